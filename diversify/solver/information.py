"""What it is worth to know the future, and to reckon with not knowing it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.errors import InfeasibleError, NotCertifiedError, SolverError
from diversify.solver.alone import Alone
from diversify.solver.evaluator import Evaluator, ordered
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.methods import solve_batch
from diversify.solver.priced import helpers
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Batch = tuple[Vector, Vector, Index]
ROUNDING = 1e-9
Solve = Callable[[Vector, Vector, Index], Solution]


@dataclass(frozen=True, slots=True)
class Information:
    r"""Three costs of one problem, in which what is known differs.

    .. math:: WS \le RP \le EEV, \quad EVPI = RP - WS, \quad VSS = EEV - RP

    Source: Birge & Louveaux, Introduction to Stochastic Programming, 2011, chapter 4.

    Attributes
    ----------
    wait_and_see : float
        Mean cost where the scenario is known before anything is decided (WS).
    recourse : float
        Cost of the best plan (RP).
    mean_value : float
        Cost of the plan that is best for the mean of all data, in all scenarios (EEV); infinite
        where that plan has no recourse in one of them.
    """

    wait_and_see: float
    recourse: float
    mean_value: float

    @property
    def of_perfect_information(self) -> float:
        """The expected value of perfect information (EVPI)."""
        return self._beyond_rounding(self.recourse - self.wait_and_see)

    @property
    def of_stochastic_solution(self) -> float:
        """The value of the stochastic solution (VSS)."""
        return self._beyond_rounding(self.mean_value - self.recourse)

    def _beyond_rounding(self, value: float) -> float:
        return 0.0 if abs(value) <= ROUNDING * (1.0 + abs(self.recourse)) else value


def wait_and_see(
    blocks: Blocks, theta: Vector, probability: Vector, news: Index, solve: Solve | None = None
) -> float:
    """Return the mean cost where each scenario has the plan that is best for it alone.

    Parameters
    ----------
    blocks : Blocks
        A problem without rows in expectation; see :func:`~diversify.solver.priced.priced`.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    solve : callable, optional
        Solves some scenarios by itself, as where there are losses to be survived besides.

    Returns
    -------
    float
        Each scenario's optimum is certified.

    Raises
    ------
    InfeasibleError, UnboundedError
        If a scenario alone has no optimum.
    """
    one = np.ones(1)

    def cold(s: int) -> float:
        some = slice(s, s + 1)
        if solve is not None:
            return solve(theta[some], one, news[some]).objective
        return solve_extensive(blocks, theta[some], one, news[some]).objective

    chosen = np.flatnonzero(probability > 0.0)
    costs = np.zeros(len(theta))
    plain = not (blocks.integer.any() or blocks.cones or blocks.curves) and solve is None
    # Neighbours differ little, so that each solve starts near its end.
    line = chosen[ordered(theta[chosen])]
    for before in np.unique(news[chosen]).tolist():
        members = line[news[line] == before]
        alone = Alone(blocks, before, theta[members[0]]) if plain else None
        for s in members.tolist():
            found = None if alone is None else alone.cost(theta[s])
            costs[s] = cold(s) if found is None else found
    return float(probability @ costs)


def mean_value_cost(
    blocks: Blocks,
    middle: Batch,
    batch: Batch,
    solve: Solve | None = None,
    free: NDArray[np.bool_] | None = None,
) -> float:
    """Return what the plan that is best for the mean data costs in all scenarios.

    Parameters
    ----------
    blocks : Blocks
        A problem without rows in expectation.
    middle : tuple
        Data, probability and news of the scenario of the mean, shapes (1, P), (1,) and (1,); a
        second one with hardly any probability may decide among plans that are equally good for it.
    batch : tuple
        The same of all scenarios, shapes (S, P), (S,) and (S,).
    solve : callable, optional
        As in :func:`wait_and_see`, for the mean.
    free : numpy.ndarray, optional
        First-stage columns that only serve to write policies down, shape (first,): they are no
        part of the plan, and take their best values.

    Returns
    -------
    float
        Infinite where the plan has no recourse in a scenario. Where several plans are best for the
        mean, it is that of one of them.
    """
    asked = solve or partial(solve_extensive, blocks)
    plan = asked(*middle).plan
    return plan_cost(blocks, plan, *batch, free)


def plan_cost(
    blocks: Blocks,
    plan: Vector,
    theta: Vector,
    probability: Vector,
    news: Index,
    free: NDArray[np.bool_] | None = None,
) -> float:
    """Return the expected cost of a plan, each scenario met as is cheapest within the limits.

    Parameters
    ----------
    blocks : Blocks
        A problem without rows in expectation.
    plan : numpy.ndarray
        First-stage point, shape (first,).
    theta, probability, news : numpy.ndarray
        The scenarios, shapes (S, P), (S,) and (S,).
    free : numpy.ndarray, optional
        First-stage columns that take their best values instead, shape (first,).

    Returns
    -------
    float
        Infinite where a scenario has no recourse.
    """
    first = blocks.first
    loose = np.zeros(first, dtype=bool) if free is None else free
    if loose.any() or blocks.integer[first:].any():
        value = np.where(blocks.integer[:first], np.round(plan), plan)
        lower, upper = blocks.lower.copy(), blocks.upper.copy()
        lower[:first] = np.where(loose, lower[:first], value)
        upper[:first] = np.where(loose, upper[:first], value)
        held = dataclasses.replace(blocks, lower=lower, upper=upper, cones=())
        try:
            return solve_batch(held, theta, probability, news).objective
        except InfeasibleError:
            return math.inf
    evaluator = Evaluator(blocks, theta, probability, news)
    try:
        found = evaluator.evaluate(plan)
    finally:
        evaluator.close()
    if found.missing:
        return math.inf
    return blocks.offset + float(probability @ found.totals)


def information_values(
    blocks: Blocks, theta: Vector, probability: Vector, recourse: float
) -> Information:
    """Return what knowing is worth in a problem whose scenarios are all known from the start.

    Parameters
    ----------
    blocks : Blocks
        A problem without rows in expectation, such as one from SMPS files.
    theta, probability : numpy.ndarray
        The scenarios, shapes (S, P) and (S,).
    recourse : float
        Cost of its best plan.

    Returns
    -------
    Information
        The three costs.

    Raises
    ------
    SolverError
        If the problem has rows in expectation.
    """
    if (blocks.stage == EXPECTED).any():
        raise SolverError("rows in expectation couple the scenarios: price them first")
    now = np.zeros(len(theta), dtype=np.int64)
    known = wait_and_see(blocks, theta, probability, now)
    try:
        middle = ((probability @ theta)[None], np.ones(1), now[:1])
        mean = mean_value_cost(blocks, middle, (theta, probability, now))
    except (InfeasibleError, NotCertifiedError):
        mean = math.inf
    return Information(known, recourse, mean)


def plan_helpers(blocks: Blocks) -> NDArray[np.bool_]:
    """Say which first-stage columns only serve to write policies down, shape (first,)."""
    return helpers(blocks)[: blocks.first]
