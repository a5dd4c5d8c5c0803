"""The tightest level of a rule that some plan keeps, all else as it is."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import PLAN
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
        Look at no more scenarios than this, the likeliest ones.

    Returns
    -------
    float or None
        A level with a plan, such that a slightly tighter one has none; the end of what the policy
        takes where even that has a plan; None where no level has.
    """
    chosen, mass = likeliest(probability, most)
    part = theta[chosen], mass, news[chosen]
    alone = _Asked(blocks, *part, policy, once=True)
    found = _sought(alone.possible, policy)
    if found is None or not (blocks.stage != PLAN).any():
        return found
    # Most rules clash with the plan alone, which is far smaller than the scenarios.
    whole = _Asked(blocks, *part, policy, once=False)
    return found if whole.possible(found) else _sought(whole.possible, policy)


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
    for _ in range(ROUNDS):
        if abs(loose - tight) <= WITHIN * max(abs(loose), abs(tight), 1e-6):
            break
        middle = 0.5 * (loose + tight)
        if possible(middle):
            loose = middle
        else:
            tight = middle
    return loose


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
