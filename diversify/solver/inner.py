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
TOLERANCE = 1e-9
KEPT = 2


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
        Prices whose points are in the mix, shape (R,) each: where to begin at the next plan.
    at_least : float
        Lower bound of the cost, also where it is infinite.
    risk : numpy.ndarray
        The scenarios' part of each row in expectation, shape (R,).
    primal, dual : float
        Largest relative violations of the points.
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
    """

    fine: Vector
    hope: float
    slack: float
    noise: float
    rounds: int = ROUNDS


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
        price = waiting.pop(0)
        found = evaluator.evaluate(plan, price, threshold=threshold)
        cuts += found.cuts
        if found.missing:
            return _hopeless(found, cuts, prices, np.inf)
        pool.append(found)
        tried.append(price)
        at_least = max(at_least, found.cost + float(price @ (found.risk - allowed)))
        enough = max(limits.slack, TOLERANCE * (1.0 + abs(found.cost)))
        spare = float(price @ np.maximum(allowed - found.risk, 0.0))
        if (found.risk <= _above(allowed)).all() and spare <= enough:
            return _priced([found], np.ones((1, 1)), evaluator, cuts, [price], at_least, 0.0)
        if at_least > limits.hope:
            return _hopeless(found, cuts, prices, at_least)
        if waiting:
            continue
        weights, value, fresh, excess = _mix(pool, evaluator, allowed, limits)
        if len(pool) == 1:
            fresh = _nearby(price, found.risk, allowed, fresh)
        new = not any(np.allclose(fresh, other, rtol=1e-6, atol=0.0) for other in tried)
        if value - at_least <= enough or not new or len(pool) >= limits.rounds:
            used = [p for p, w in zip(tried, weights.T, strict=True) if w.max() > 1e-9]
            return _priced(pool, weights, evaluator, cuts, used[-KEPT:], at_least, excess)
        waiting.append(fresh)


def _hopeless(found: Evaluated, cuts: list[Cut], prices: list[Vector], at_least: float) -> Priced:
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
    )


def _priced(
    pool: list[Evaluated],
    weights: Vector,
    evaluator: Evaluator,
    cuts: list[Cut],
    prices: list[Vector],
    at_least: float,
    fine: float,
) -> Priced:
    """Return the mix of points, with weights of shape (clusters or 1, number of points)."""
    each = weights[evaluator.cluster] if len(weights) > 1 else weights
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
    )


def _nearby(price: Vector, risk: Vector, allowed: Vector, fresh: Vector) -> Vector:
    """Return a second price near the first: what is exceeded dearer, what is to spare cheaper."""
    off = (risk - allowed) / np.maximum(np.abs(allowed), 1e-12)
    change = np.sign(off) * np.clip(4.0 * np.abs(off), 0.02, 0.5)
    return np.where(price > 0, price * (1.0 + change), fresh)


def _above(allowed: Vector) -> Vector:
    return allowed + 1e-9 * (1.0 + np.abs(allowed))


def _mix(
    pool: list[Evaluated], evaluator: Evaluator, allowed: Vector, limits: Limits
) -> tuple[Vector, float, Vector, float]:
    """Return the cheapest mix, its cost with the fine, its prices, and the fine.

    Each cluster mixes its own points; the weights have shape (K, number of points).
    """
    mass, cluster = evaluator.probability, evaluator.cluster
    points, rows, count = len(pool), len(allowed), int(cluster.max()) + 1
    costs = np.array([np.bincount(cluster, mass * item.costs, count) for item in pool]).T
    base = costs.min(axis=1)
    risks = np.array(
        [
            [np.bincount(cluster, mass * item.risks[:, r], count) for r in range(rows)]
            for item in pool
        ]
    )
    risks = risks.transpose(2, 0, 1).reshape(-1, rows)
    risks = np.where(np.abs(risks) < 1e-9, 0.0, risks)
    # The solver reads absolute tolerances, so costs are counted from the cheapest and scaled.
    scale = 1.0 + abs(float(base.sum()))
    one = sp.csr_array(sp.kron(sp.eye_array(count), np.ones((1, points))))
    budget = sp.hstack([sp.csr_array(risks.T), -sp.eye_array(rows)])
    problem = Problem(
        sp.csr_array(sp.vstack([budget, sp.hstack([one, sp.csr_array((count, rows))])])),
        np.r_[((costs - base[:, None]) / scale).ravel(), limits.fine / scale],
        np.zeros(count * points + rows),
        np.full(count * points + rows, np.inf),
        np.r_[np.full(rows, -np.inf), np.ones(count)],
        np.r_[allowed, np.ones(count)],
        np.zeros(count * points + rows, dtype=bool),
    )
    answer = run(problem, solver="simplex")
    if answer.point is None or answer.multipliers is None:
        return np.zeros((count, points)), np.inf, np.zeros(rows), np.inf
    weights = answer.point[: count * points].reshape(count, points)
    over = np.maximum(answer.point[count * points :], 0.0)
    over = np.where(over <= 1e-9 * (1.0 + np.abs(allowed)), 0.0, over)
    value = float(base.sum()) + scale * float(problem.cost @ answer.point)
    price = np.maximum(-answer.multipliers[:rows], 0.0) * scale
    price = np.where(price < limits.noise, 0.0, price)
    return weights, value, price, float(limits.fine @ over)
