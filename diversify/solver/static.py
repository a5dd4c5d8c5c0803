"""Problems without recourse: cost within limits on CVaR, or with CVaR in the objective, exactly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from diversify.errors import InfeasibleError, NotCertifiedError, UnboundedError
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.solver.static_groups import group
from diversify.solver.static_losses import Cut, Point, StaticProblem, evaluate
from diversify.solver.static_model import Step, solve_step, units_of
from diversify.solver.static_proof import EXCESS, StaticSolution, excess, proven

Vector = NDArray[np.float64]
SMALLEST = 2_000  # scenarios of the first sample
GROWTH = 8  # scenarios of a sample over those of the one before
WINDOW = 700  # scenarios near VaR that stay single
KEPT = 120  # cuts in the model
ROUNDS = 300
SAMPLE_ROUNDS = 8
CLOSED = 1e-10
FAR = 1e12


@dataclass
class Search:
    """Where the search is: the box, the penalties and the cuts of one set of scenarios."""

    penalty: Vector
    radius: float
    pool: list[Cut] = field(default_factory=list)
    rounds: int = 0
    made: int = 0
    log: list[Cut] | None = None


def solve_static(problem: StaticProblem, log: list[Cut] | None = None) -> StaticSolution:
    r"""Return the optimum of a problem without recourse, with its certificate.

    .. math:: \min_{x \in X}\ c x + \sum_k w_k\, CVaR_{\alpha_k}(L_k(x)) \quad\text{with}\quad
        CVaR_{\alpha_k}(L_k(x)) \le limit_k

    Parameters
    ----------
    problem : StaticProblem
        With a linear first stage; for yes/no decisions see :mod:`diversify.solver.static_integer`.
    log : list of Cut, optional
        Receives every cut that was made over all scenarios.

    Returns
    -------
    StaticSolution
        Certified.

    Raises
    ------
    InfeasibleError
        If no point keeps the rows, or none the limits too; it says how near a point can come.
    UnboundedError
        If the cost has no lower limit.
    NotCertifiedError
        If the search ends without proof.
    """
    x, bounded = first_point(problem.first)
    search = Search(penalties(problem), np.inf, log=log)
    if not bounded:
        _refuse_ray(problem)
    for size in _sizes(problem.count):
        x = _sampled(problem.sample(size), x, search)
        search.radius = max(search.radius, 0.5 * _size(problem, x) / np.sqrt(size))
    return finish(problem, x, search)


def finish(problem: StaticProblem, x: Vector, search: Search) -> StaticSolution:
    """Return the optimum from a starting point, raising penalties until limits are kept.

    Parameters
    ----------
    problem : StaticProblem
        A linear problem over all scenarios.
    x : numpy.ndarray
        Keeps the rows of the first stage.
    search : Search
        Box and penalties to begin with; its cuts must hold for every x.

    Returns
    -------
    StaticSolution
        Certified.
    """
    budgets = np.array([t.limit is not None for t in problem.tails])
    for attempt in range(4):
        point, step = _descend(problem, x, search, ROUNDS)
        if (excess(problem, point) <= EXCESS).all():
            return proven(problem, point, step, search.rounds, search.made)
        x = point.x
        if attempt == 0:
            x = _nearest(problem, x, search).x
        search.penalty = np.where(budgets, 30.0 * search.penalty, search.penalty)
    raise NotCertifiedError("the search ended with a limit exceeded by numbers too small to price")


def first_point(first: Problem) -> tuple[Vector, bool]:
    """Return a point that keeps rows and bounds, the cheapest where there is one.

    Parameters
    ----------
    first : Problem
        The first stage.

    Returns
    -------
    numpy.ndarray
        All columns.
    bool
        Whether there is a cheapest.

    Raises
    ------
    InfeasibleError
        If nothing keeps them.
    """
    relaxed = first.relaxed()
    answer = run(relaxed, solver="simplex")
    if answer.status == "infeasible":
        raise InfeasibleError("no purchase keeps the rows and bounds, whatever the limits on risk")
    bounded = answer.status != "unbounded"
    if not bounded:
        answer = run(relaxed.without_cost(), solver="simplex")
    if answer.status != "optimal" or answer.point is None:
        raise NotCertifiedError(f"HiGHS ended with {answer.status} on the rows and bounds")
    return np.clip(answer.point, first.lower, first.upper), bounded


def _refuse_ray(problem: StaticProblem) -> None:
    """Refuse a cost that falls along a direction that keeps all limits."""
    first = problem.first
    sides = [np.where(np.isfinite(side), 0.0, side) for side in (first.low, first.high)]
    lower = np.where(np.isfinite(first.lower), 0.0, -1.0)
    upper = np.where(np.isfinite(first.upper), 0.0, 1.0)
    cone = replace(first, low=sides[0], high=sides[1], lower=lower, upper=upper, offset=0.0)
    tails = tuple(
        replace(t, constant=0.0, shift=None, limit=None if t.limit is None else 0.0)
        for t in problem.tails
    )
    ray = solve_static(StaticProblem(cone, problem.matrix, problem.probability, tails))
    if ray.objective < -1e-7 * (1.0 + np.abs(first.cost).max()):
        _nearest(problem, first_point(first)[0], Search(penalties(problem), np.inf))
        raise UnboundedError("the cost has no lower limit: something earns money without end")


def _sizes(count: int) -> list[int]:
    sizes, size = [], SMALLEST
    while size * GROWTH <= count:
        sizes.append(size)
        size *= GROWTH
    return sizes


def _size(problem: StaticProblem, x: Vector) -> float:
    head = float(np.abs(x[: problem.width]).max(initial=0.0))
    return head if head > 0 else 1.0


def penalties(problem: StaticProblem) -> Vector:
    """Return weights of CVaR in the objective, and for limits what is dear against any cost."""
    cost = float(np.abs(problem.first.cost[: problem.width]).max(initial=0.0)) or 1.0
    found = []
    for tail in problem.tails:
        worth = float(np.abs(tail.weight * problem.mean - tail.direct).max(initial=0.0)) or 1.0
        found.append(10.0 * cost / worth if tail.limit is not None else tail.price)
    return np.array(found)


def _sampled(problem: StaticProblem, x: Vector, search: Search) -> Vector:
    """Return a good point of a sample; it teaches the size of steps and penalties."""
    inner = Search(search.penalty, search.radius)
    point, step = _descend(problem, x, inner, SAMPLE_ROUNDS)
    dear = np.array([t.limit is not None for t in problem.tails]) & (step.price > 0)
    kept = excess(problem, point) < 1e-3
    search.penalty = np.where(dear & kept, 3.0 * step.price, search.penalty)
    search.radius = 0.5 * inner.radius
    return point.x


def _merit(problem: StaticProblem, point: Point, penalty: Vector) -> float:
    limits = np.array([0.0 if t.limit is None else t.limit for t in problem.tails])
    budgets = np.array([t.limit is not None for t in problem.tails])
    over = point.cvar - limits
    over = np.where(budgets, np.maximum(over, 0.0), over)
    first = problem.first
    return float(first.cost @ point.x) + first.offset + float(penalty @ over)


def _descend(problem: StaticProblem, x: Vector, search: Search, rounds: int) -> tuple[Point, Step]:
    """Return the least merit, by models that are exact near the point, in a box that adapts.

    The model is a lower bound everywhere, so a step inside the box with nothing left to gain is
    optimal everywhere.
    """
    first, width, penalty = problem.first, problem.width, search.penalty
    point = evaluate(problem, x)
    merit = _merit(problem, point, penalty)
    units = units_of(problem, x, first.cost)
    wide = _size(problem, x)
    window = max(WINDOW // len(problem.tails), 200)
    _learn(search, point.cuts)
    groups = [group(problem, point, k, window) for k in range(len(problem.tails))]
    step = Step("stopped", x, -np.inf, np.zeros(0), np.zeros(len(penalty)), [])
    for _ in range(rounds):
        search.rounds += 1
        low, high = first.lower.copy(), first.upper.copy()
        low[:width] = np.maximum(low[:width], point.x[:width] - search.radius)
        high[:width] = np.minimum(high[:width], point.x[:width] + search.radius)
        step = solve_step(problem, groups, search.pool, penalty, units, low, high)
        if step.status != "optimal":
            if step.status == "unbounded" and np.isinf(search.radius):
                search.radius = 10.0 * wide
                continue
            raise NotCertifiedError(f"HiGHS ended with {step.status} in a step")
        trial = evaluate(problem, step.x)
        reached = _merit(problem, trial, penalty)
        move = np.abs(step.x - point.x)[:width]
        length = float(move.max(initial=0.0))
        boxed = _boxed(first, step.x[:width], low[:width], high[:width], search.radius)
        closed = CLOSED * (abs(reached) + _spread(first.cost, step.x))
        _learn(search, [*trial.cuts, *step.cuts])
        if reached - step.value <= closed and not boxed:
            search.radius = max(length, 1e-6 * wide)
            return trial, step
        expected, gained = merit - step.value, merit - reached
        better = gained > 0.05 * expected
        if better or reached <= merit:
            point, merit = trial, reached
            groups = [group(problem, point, k, window) for k in range(len(groups))]
            if _size(problem, point.x) > FAR * (1.0 + wide):
                raise UnboundedError("the cost falls as far as numbers reach")
        if gained > 0.6 * expected and boxed:
            search.radius *= 2.5
        elif gained < 0.4 * expected:
            search.radius = length * (0.5 if better else 0.3)
        if search.radius < 1e-9 * wide:
            # Ties at VaR can hide a kink from the groups; the cuts made meanwhile know it.
            search.radius = 1e-2 * wide
    return point, step


def _boxed(first: Problem, x: Vector, low: Vector, high: Vector, radius: float) -> bool:
    """Whether the box, not a bound of the problem, holds the step back."""
    if np.isinf(radius):
        return False
    at_low = (x <= low + 1e-6 * radius) & (low > first.lower[: len(x)])
    at_high = (x >= high - 1e-6 * radius) & (high < first.upper[: len(x)])
    return bool((at_low | at_high).any())


def _spread(cost: Vector, x: Vector) -> float:
    return float(np.abs(cost) @ np.abs(x)) * 1e-2


def _learn(search: Search, cuts: list[Cut]) -> None:
    search.pool.extend(cuts)
    search.made += len(cuts)
    if search.log is not None:
        search.log.extend(cuts)
    del search.pool[:-KEPT]


def _nearest(problem: StaticProblem, x: Vector, search: Search) -> Point:
    """Return a point that keeps all limits; where there is none, say how near one can come."""
    budgets = np.array([t.limit is not None for t in problem.tails])
    free = replace(problem.first, cost=np.zeros_like(problem.first.cost), offset=0.0)
    tails = tuple(t for t in problem.tails if t.limit is not None)
    where = np.cumsum(budgets) - 1
    easy = StaticProblem(free, problem.matrix, problem.probability, tails)
    pool = [Cut(int(where[c.tail]), c.constant, c.slope) for c in search.pool if budgets[c.tail]]
    log: list[Cut] = []
    inner = Search(np.ones(len(tails)), np.inf, pool, log=log)
    point, step = _descend(easy, x, inner, ROUNDS)
    names = np.flatnonzero(budgets)
    search.pool = [Cut(int(names[c.tail]), c.constant, c.slope) for c in inner.pool]
    search.rounds += inner.rounds
    if search.log is not None:
        search.log.extend(Cut(int(names[c.tail]), c.constant, c.slope) for c in log)
    if (excess(easy, point) > EXCESS).any():
        if step.value <= 0.5 * EXCESS:
            raise NotCertifiedError("it was not proven that no purchase keeps the limits")
        texts = [
            f"CVaR at {t.level:g} comes down to {v:.6g} where the limit is {t.limit:g}"
            for t, v in zip(tails, point.cvar, strict=True)
        ]
        raise InfeasibleError("no purchase keeps all limits on risk: " + "; ".join(texts))
    return point
