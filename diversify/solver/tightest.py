"""The tightest level of a rule that some plan keeps, all else as it is."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED, PLAN
from diversify.policies import Policy
from diversify.solver.conflict import likeliest
from diversify.solver.extensive import stack
from diversify.solver.highs import run
from diversify.solver.warm import WarmProblem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# How closely the level is found, relative to its size.
WITHIN = 1e-5
ROUNDS = 60
# Non-zeros beyond which asking all scenarios takes minutes.
LARGE = 2_000_000
# The first step from a level that holds in few scenarios, relative to its size.
NEAR = 1e-4
# Doublings of a level in the search for one that some plan keeps.
GROWTHS = 24


def tightest_level(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    policy: Policy,
    *,
    most: int = 40,
    checked: int = 200,
) -> float | None:
    """Return the tightest level of a policy at which a plan exists, to 1e-5 of its size.

    The level is halved in on: at each, the rest of the problem is asked for any plan at all, from
    the basis of the last. So it does not matter where the level stands in the rows, nor what kind
    of rule it is.

    Parameters
    ----------
    blocks, theta, probability, news
        The problem.
    policy : Policy
        One with rows in it.
    most : int
        Look for the level in no more scenarios than this, the likeliest ones.
    checked : int
        Then ask so many, and move the level until it is that of these; a large problem is not
        asked again.

    Returns
    -------
    float or None
        A level with a plan, such that a slightly tighter one has none; the end of what the policy
        takes where even that has a plan; None where no level has.
    """

    def among(count: int) -> _Asked:
        chosen, mass = likeliest(probability, count)
        return _Asked(blocks, theta[chosen], mass, news[chosen], policy, once=False)

    alone = _Asked(blocks, theta, probability, news, policy, once=True)
    found = _sought(alone.possible, policy)
    if found is None or not (blocks.stage != PLAN).any():
        return found
    # Most rules clash with the plan alone, which is far smaller than the scenarios.
    few = among(most)
    first = found
    found = first if few.possible(first) else _sought(few.possible, policy)
    if len(theta) <= most or blocks.matrix.nnz * min(checked, len(theta)) > LARGE:
        return found
    # Few scenarios ask for less than many, except where they are averaged.
    averaged = bool((blocks.stage == EXPECTED).any())
    many = among(checked)
    if found is None:
        return _sought(many.possible, policy) if averaged else None
    return _settled(many.possible, policy, found, first if averaged else found)


class _Asked:
    """Whether there is any plan at a level, in the first stage alone or with its scenarios."""

    def __init__(
        self,
        blocks: Blocks,
        theta: Vector,
        probability: Vector,
        news: Index,
        policy: Policy,
        *,
        once: bool,
    ) -> None:
        self._problem = (blocks, theta, probability, news)
        self._policy, self._once = policy, once
        self._ask = None if blocks.integer.any() else WarmProblem()

    def possible(self, level: float) -> bool:
        blocks, theta, probability, news = self._problem
        moved = theta.copy()
        moved[:, blocks.levels[self._policy.name]] = self._policy.symbol_value(level)
        if self._once:
            moved, probability, news = moved[:1], np.ones(1), news[:1]
        extensive = stack(blocks, moved, probability, news)
        problem = extensive.problem.without_cost()
        if self._once:
            problem = problem.only(np.flatnonzero(blocks.stage[extensive.row] == PLAN))
        if self._ask is not None and self._ask(problem).status != "infeasible":
            return True
        # What a warm start says against a plan is not final.
        return run(problem).status != "infeasible"


def _sought(possible: Callable[[float], bool], policy: Policy) -> float | None:
    start = max(policy.level_value, 1e-6)
    share = policy.level_field == "share"
    loose: float | None
    tight: float | None
    if policy.upper:
        loose, tight = _known(possible, start, 1.0 if share else math.inf), 0.0
    else:
        loose, tight = 0.0 if possible(0.0) else None, 1.0 if share else None
        if loose is not None and tight is None:
            tight = _beyond(possible, start)
            if tight is None:
                return math.inf
    if loose is None or tight is None:
        return loose
    if possible(tight):
        return tight
    return _halved(possible, loose, tight)


def _halved(possible: Callable[[float], bool], loose: float, tight: float) -> float:
    """Return the tightest level between one with a plan and one without."""
    for _ in range(ROUNDS):
        if abs(loose - tight) <= WITHIN * max(abs(loose), abs(tight), 1e-6):
            break
        middle = 0.5 * (loose + tight)
        if possible(middle):
            loose = middle
        else:
            tight = middle
    return loose


def _settled(
    possible: Callable[[float], bool], policy: Policy, level: float, end: float
) -> float | None:
    """Return the tightest level, from one near it on, and no tighter than an end."""
    if math.isinf(level):
        return level if possible(level) else _sought(possible, policy)
    sign = 1.0 if policy.upper else -1.0
    most = 1.0 if policy.level_field == "share" else math.inf
    loose = tight = None
    step = NEAR * max(abs(level), 1e-6)
    now = level
    for _ in range(GROWTHS):
        if possible(now):
            loose = now
            if now == end or tight is not None:
                break
            # Towards the end: it may hold there, too.
            now = max(end, now - step) if policy.upper else min(end, now + step)
        else:
            tight = now
            if loose is not None or now == (most if policy.upper else 0.0):
                break
            now = min(most, max(0.0, now + sign * step))
        step *= 4.0
    if loose is None or tight is None:
        return loose
    return _halved(possible, loose, tight)


def _known(possible: Callable[[float], bool], start: float, end: float) -> float | None:
    """Return a level with a plan, from one on upwards."""
    level = min(start, end)
    for _ in range(GROWTHS):
        if possible(level):
            return level
        if level >= end:
            return None
        level = min(2.0 * level, end)
    return None


def _beyond(possible: Callable[[float], bool], start: float) -> float | None:
    """Return a level without a plan, from one on upwards."""
    level = start
    for _ in range(GROWTHS):
        if not possible(level):
            return level
        level = 2.0 * level
    return None
