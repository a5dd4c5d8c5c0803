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
ROUNDS = 25
TOLERANCE = 1e-9
KEPT = 2


@dataclass(frozen=True, slots=True)
class Priced:
    """The recourse of a plan within its budgets.

    Attributes
    ----------
    cost : float
        Expected cost from the news on; infinite where the budgets cannot be kept.
    points : list of numpy.ndarray
        Points of each group of scenarios, a convex mix of cheapest ones.
    cuts : list of Cut
        All cuts that came up, exact at this plan.
    prices : list of numpy.ndarray
        Prices whose points are in the mix, shape (R,) each: where to begin at the next plan.
    at_least : float
        Lower bound of the cost, also where it is infinite.
    """

    cost: float
    points: list[Vector]
    cuts: list[Cut]
    prices: list[Vector]
    at_least: float


def priced_recourse(
    evaluator: Evaluator,
    plan: Vector,
    allowed: Vector,
    prices: list[Vector],
    largest: float,
    hope: float,
    slack: float,
    noise: float,
) -> Priced:
    r"""Return the cheapest recourse of a plan that keeps rows in expectation.

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
    largest : float
        Price that counts as too high: a budget that still does not hold then cannot be kept.
    hope : float
        Stop as soon as the cost cannot fall below this.
    slack : float
        How far the mix may be from the cheapest [USD]; any mix within the budgets is a true cost.
    noise : float
        A price below this counts as none.

    Returns
    -------
    Priced
        With infinite cost where the budgets cannot be kept, or there is no hope.
    """
    pool: list[Evaluated] = []
    tried: list[Vector] = []
    cuts: list[Cut] = []
    waiting = list(prices)
    at_least = -np.inf
    while True:
        price = waiting.pop(0)
        found = evaluator.evaluate(plan, price)
        pool.append(found)
        tried.append(price)
        cuts += found.cuts
        at_least = max(at_least, found.cost + float(price @ (found.risk - allowed)))
        if not price.any() and (found.risk <= _above(allowed)).all():
            return Priced(found.cost, found.points, cuts, [price], found.cost)
        if at_least > hope or len(pool) > ROUNDS:
            return Priced(np.inf, found.points, cuts, prices, at_least)
        if waiting:
            continue
        weights, value, fresh, excess = _mix(pool, allowed, largest, noise)
        kept = excess <= 1e-9 * (1.0 + np.abs(allowed).max())
        if kept and value - at_least <= max(slack, TOLERANCE * (1.0 + abs(value))):
            used = [p for p, w in zip(tried, weights.T, strict=True) if w.max() > 1e-9]
            return Priced(value, evaluator.mixed(pool, weights), cuts, used[-KEPT:], at_least)
        if any(np.allclose(fresh, other, rtol=1e-9, atol=0.0) for other in tried):
            return Priced(np.inf, found.points, cuts, prices, at_least)
        waiting.append(fresh)


def _above(allowed: Vector) -> Vector:
    return allowed + 1e-9 * (1.0 + np.abs(allowed))


def _mix(
    pool: list[Evaluated], allowed: Vector, largest: float, noise: float
) -> tuple[Vector, float, Vector, float]:
    """Return the cheapest mix within the budgets, its cost, its prices, and what it exceeds.

    Each scenario mixes its own points; the weights have shape (S, number of points).
    """
    points, rows, count = len(pool), len(allowed), len(pool[0].costs)
    costs = np.array([item.costs for item in pool]).T
    base = costs.min(axis=1)
    risks = np.array([item.risks for item in pool]).transpose(1, 0, 2).reshape(-1, rows)
    risks = np.where(np.abs(risks) < 1e-9, 0.0, risks)
    # The solver reads absolute tolerances, so costs are counted from the cheapest and scaled.
    scale = 1.0 + abs(float(base.sum()))
    one = sp.csr_array(sp.kron(sp.eye_array(count), np.ones((1, points))))
    budget = sp.hstack([sp.csr_array(risks.T), -sp.eye_array(rows)])
    problem = Problem(
        sp.csr_array(sp.vstack([budget, sp.hstack([one, sp.csr_array((count, rows))])])),
        np.r_[((costs - base[:, None]) / scale).ravel(), np.full(rows, largest / scale)],
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
    value = float(base.sum()) + scale * float(problem.cost @ answer.point)
    price = np.maximum(-answer.multipliers[:rows], 0.0) * scale
    price = np.where(price < noise, 0.0, price)
    return weights, value, price, float(answer.point[count * points :].sum())
