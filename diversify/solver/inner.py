"""A plan's exact cost when scenarios share a budget: a mix of recourses, priced by the budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.cuts import Cut
from diversify.solver.evaluator import Evaluated, Evaluator
from diversify.solver.highs import run
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
ROUNDS = 40
# Prices that differ by less than this part are one.
SAME = 1e-3
TOLERANCE = 1e-9
# So many groups of scenarios have weights of their own in a mix.
MIXED = 4_000


@dataclass(frozen=True, slots=True)
class Priced:
    """The recourse of a plan within its budgets.

    Attributes
    ----------
    cost : float
        Expected cost from the news on, with the fine for what budgets are exceeded by; infinite
        where there is no recourse or no hope.
    fine : float
        The fine alone.
    totals, forms : numpy.ndarray
        Total cost, and costs by kind and shortages, of each scenario: a convex mix.
    cuts : list of Cut
        All cuts that came up, exact at this plan.
    prices : list of numpy.ndarray
        What the budgets cost at the mix, shape (R,): where to begin at the next plan.
    at_least : float
        Lower bound of the cost, also where it is infinite.
    risk : numpy.ndarray
        The scenarios' part of each row in expectation, shape (R,).
    primal, dual : float
        Largest relative violations of the points.
    each : numpy.ndarray
        Cost without fine, and the scenarios' part of each row in expectation, of the recourse at
        each price, shape (n, 1 + R).
    """

    cost: float
    fine: float
    totals: Vector
    forms: Vector
    cuts: list[Cut]
    prices: list[Vector]
    at_least: float
    risk: Vector
    primal: float
    dual: float
    each: Vector


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop looking.

    Attributes
    ----------
    fine : numpy.ndarray
        What exceeding each row in expectation costs [USD per unit], shape (R,). If it is more than
        the row's price at the optimum, the optimum exceeds nothing (exact penalty).
    hope : float
        Stop as soon as the cost cannot fall below this.
    slack : float
        How far the mix may be from the cheapest [USD]; any mix within the budgets is a true cost.
    noise : float
        A price below this counts as none.
    rounds : int
        Number of prices after which the mix is taken as it is, fine included.
    positive : bool
        Whether no scenario can add less than nothing to a row in expectation.
    """

    fine: Vector
    hope: float
    slack: float
    noise: float
    rounds: int = ROUNDS
    positive: bool = False


def priced_recourse(
    evaluator: Evaluator,
    plan: Vector,
    allowed: Vector,
    prices: list[Vector],
    limits: Limits,
    threshold: float | None = None,
) -> Priced:
    r"""Return the cheapest recourse of a plan that keeps rows in expectation or pays a fine.

    Each round minimises :math:`cost + \lambda^\top risk` exactly and mixes the points found so far
    at least cost within the budgets (Dantzig & Wolfe); the mix prices the budgets anew. It ends
    when no new point would improve the mix.

    Parameters
    ----------
    evaluator : Evaluator
        The recourse of the batch.
    plan : numpy.ndarray
        First-stage point.
    allowed : numpy.ndarray
        What the plan leaves of each row in expectation, shape (R,).
    prices : list of numpy.ndarray
        Prices to begin with, shape (R,) each.
    limits : Limits
        When to stop looking.
    threshold : float, optional
        As in :meth:`Evaluator.evaluate`.

    Returns
    -------
    Priced
        With infinite cost where there is no recourse, or no hope.
    """
    pool: list[Evaluated] = []
    tried: list[Vector] = []
    cuts: list[Cut] = []
    waiting = list(prices)
    at_least = -np.inf
    while True:
        for price, found in zip(
            waiting, evaluator.evaluate_at(plan, waiting, threshold=threshold), strict=True
        ):
            first = pool[0].cuts if pool and limits.positive else []
            cuts += telling(found.cuts, first)
            if found.missing:
                return _hopeless(found, [], cuts, prices, np.inf)
            pool.append(found)
            tried.append(price)
            at_least = max(at_least, found.cost + float(price @ (found.risk - allowed)))
        enough = max(limits.slack, TOLERANCE * (1.0 + abs(found.cost)))
        for price, found in zip(tried, pool, strict=True):
            spare = float(price @ np.maximum(allowed - found.risk, 0.0))
            if (found.risk <= _above(allowed)).all() and spare <= enough:
                alone = Mix([found], np.zeros(len(found.costs), dtype=np.int64), np.ones((1, 1)))
                return _priced(alone, evaluator, pool, cuts, [price], at_least, 0.0)
        if at_least > limits.hope:
            return _hopeless(found, pool, cuts, prices, at_least)
        mix, value, fresh, excess = _mix(pool, evaluator, allowed, limits)
        if len(pool) == 1:
            fresh = _nearby(price, found.risk, allowed, fresh)
        new = not any(np.allclose(fresh, other, rtol=1e-6, atol=0.0) for other in tried)
        near = value - at_least <= enough
        if near or not new or len(pool) >= limits.rounds:
            return _priced(mix, evaluator, pool, cuts, [fresh], at_least, excess)
        waiting = [fresh]


def around(prices: list[Vector]) -> list[Vector]:
    """Return prices with the lowest of all first, from which the others are cheap to answer for.

    Parameters
    ----------
    prices : list of numpy.ndarray
        Shape (R,) each.

    Examples
    --------
    >>> [p.tolist() for p in around([np.array([2.0, 1.0]), np.array([1.0, 3.0])])]
    [[1.0, 1.0], [2.0, 1.0], [1.0, 3.0]]
    """
    found = [np.min(prices, axis=0)]
    for price in prices:
        if not any(np.allclose(price, other, rtol=SAME, atol=0.0) for other in found):
            found.append(price)
    return found


def telling(cuts: list[Cut], cheaper: list[Cut]) -> list[Cut]:
    """Return the cuts that say more than those made at the same plan under a lower price.

    Where a cluster has no risk to avoid, a dearer budget changes nothing, and as risk is not
    negative the cut of the cheaper one is the stronger.

    Parameters
    ----------
    cuts, cheaper : list of Cut
        Made at one plan.
    """
    known = {(cut.cluster, cut.weight, cut.tail): cut for cut in cheaper}
    found = []
    for cut in cuts:
        other = known.get((cut.cluster, cut.weight, cut.tail))
        same = (
            other is not None
            and cut.constant == other.constant
            and (cut.risk >= other.risk).all()
            and np.array_equal(cut.columns, other.columns)
            and np.array_equal(cut.slope, other.slope)
        )
        if not same:
            found.append(cut)
    return found


def _each(pool: list[Evaluated], rows: int) -> Vector:
    return np.array([[item.cost, *item.risk] for item in pool]).reshape(len(pool), 1 + rows)


def _hopeless(
    found: Evaluated,
    pool: list[Evaluated],
    cuts: list[Cut],
    prices: list[Vector],
    at_least: float,
) -> Priced:
    return Priced(
        np.inf,
        np.inf,
        found.totals,
        found.forms,
        cuts,
        prices,
        at_least,
        found.risk,
        np.inf,
        np.inf,
        _each(pool, len(found.risk)),
    )


@dataclass(frozen=True, slots=True)
class Mix:
    """Recourse at several prices, mixed.

    Attributes
    ----------
    pool : list of Evaluated
        What is mixed.
    group : numpy.ndarray
        Which weights each scenario has, shape (S,).
    weights : numpy.ndarray
        Of the points in each group, shape (groups, number of points).
    """

    pool: list[Evaluated]
    group: Index
    weights: Vector


def _priced(
    mix: Mix,
    evaluator: Evaluator,
    looked: list[Evaluated],
    cuts: list[Cut],
    prices: list[Vector],
    at_least: float,
    fine: float,
) -> Priced:
    """Return what a mix comes to."""
    each, pool = mix.weights[mix.group], mix.pool
    costs = sum(each[:, j] * item.costs for j, item in enumerate(pool))
    risks = sum(each[:, j, None] * item.risks for j, item in enumerate(pool))
    return Priced(
        float(evaluator.probability @ costs) + fine,
        fine,
        np.asarray(sum(each[:, j] * item.totals for j, item in enumerate(pool))),
        np.asarray(sum(each[:, j, None] * item.forms for j, item in enumerate(pool))),
        cuts,
        prices,
        at_least,
        np.asarray(evaluator.probability @ risks),
        max(item.primal for item in pool),
        max(item.dual for item in pool),
        _each(looked, len(pool[0].risk)),
    )


def _nearby(price: Vector, risk: Vector, allowed: Vector, fresh: Vector) -> Vector:
    """Return a second price near the first: what is exceeded dearer, what is to spare cheaper."""
    off = (risk - allowed) / np.maximum(np.abs(allowed), 1e-12)
    change = np.sign(off) * np.clip(4.0 * np.abs(off), 0.02, 0.5)
    return np.where(price > 0, price * (1.0 + change), fresh)


def _above(allowed: Vector) -> Vector:
    return allowed + 1e-9 * (1.0 + np.abs(allowed))


def _groups(pool: list[Evaluated]) -> Index:
    """Return which scenarios are mixed alike: those that are the same in all points, first."""
    costs = np.array([item.costs for item in pool])
    risks = np.array([item.risks for item in pool])
    differ = (costs != costs[:1]).any(axis=0) | (risks != risks[:1]).any(axis=(0, 2))
    group = np.zeros(len(differ), dtype=np.int64)
    count = int(differ.sum())
    group[differ] = 1 + np.arange(count) // max(1, int(np.ceil(count / MIXED)))
    return group


def _mix(
    pool: list[Evaluated], evaluator: Evaluator, allowed: Vector, limits: Limits
) -> tuple[Mix, float, Vector, float]:
    """Return the cheapest mix, its cost with the fine, its prices, and the fine."""
    group = _groups(pool)
    mass = evaluator.probability
    points, rows, count = len(pool), len(allowed), int(group.max()) + 1
    costs = np.array([np.bincount(group, mass * item.costs, count) for item in pool]).T
    base = costs.min(axis=1)
    risks = np.array(
        [[np.bincount(group, mass * item.risks[:, r], count) for r in range(rows)] for item in pool]
    )
    risks = risks.transpose(2, 0, 1).reshape(-1, rows)
    # Never coarser than the units of the budgets: the solver keeps them to its own tolerance.
    size = np.clip(np.abs(risks).max(axis=0), 1e-12, 1.0)
    risks = np.where(np.abs(risks) < 1e-9 * size, 0.0, risks)
    # The solver reads absolute tolerances, so costs are counted from the cheapest and scaled.
    scale = 1.0 + abs(float(base.sum()))
    one = sp.csr_array(sp.kron(sp.eye_array(count), np.ones((1, points))))
    budget = sp.hstack([sp.csr_array((risks / size).T), -sp.diags_array(1.0 / size)])
    problem = Problem(
        sp.csr_array(sp.vstack([budget, sp.hstack([one, sp.csr_array((count, rows))])])),
        np.r_[((costs - base[:, None]) / scale).ravel(), limits.fine / scale],
        np.zeros(count * points + rows),
        np.full(count * points + rows, np.inf),
        np.r_[np.full(rows, -np.inf), np.ones(count)],
        np.r_[allowed / size, np.ones(count)],
        np.zeros(count * points + rows, dtype=bool),
    )
    answer = run(problem, solver="simplex")
    if answer.point is None or answer.multipliers is None:
        return Mix(pool, group, np.zeros((count, points))), np.inf, np.zeros(rows), np.inf
    weights = answer.point[: count * points].reshape(count, points)
    over = np.maximum(answer.point[count * points :], 0.0)
    over = np.where(over <= 1e-9 * (1.0 + np.abs(allowed)), 0.0, over)
    value = float(base.sum()) + scale * float(problem.cost @ answer.point)
    price = np.maximum(-answer.multipliers[:rows], 0.0) * scale / size
    price = np.where(price < limits.noise, 0.0, price)
    return Mix(pool, group, weights), value, price, float(limits.fine @ over)
