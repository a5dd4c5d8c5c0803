"""Solve by decomposition and prove the answer with stored cuts and an exact evaluation."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import OPS
from diversify.errors import NotCertifiedError, SolverError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.certificate import Certificate, certify
from diversify.solver.decomposed import Way, decompose
from diversify.solver.evaluation import from_forms
from diversify.solver.highs import run
from diversify.solver.search import Search
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


def solve_decomposed(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    *,
    gap: float = 1e-6,
    objective: MeanCvar | None = None,
    way: Way | None = None,
) -> Solution:
    """Return the cheapest plan of a batch of scenarios, by cuts, with its certificate.

    Cost and feasibility come from the exact evaluation of every scenario, verified in numpy; the
    bound is that of the master with the stored cuts, by weak duality.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem; only its first stage may have yes/no decisions.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    gap : float
        Relative gap at which the search ends.
    objective : MeanCvar, optional
        What is minimised; the expected cost by default.
    way : Way, optional
        How to compute.

    Returns
    -------
    Solution
        Certified.

    Raises
    ------
    NoConvergenceError
        Where this method does not serve; the extensive form then may.
    InfeasibleError
        If no plan keeps all rows.
    NotCertifiedError
        If plan and cuts do not prove each other.
    """
    goal = objective or MeanCvar()
    search = decompose(blocks, theta, probability, news, gap=0.5 * gap, objective=goal, way=way)
    try:
        return proven(search, blocks, probability, goal, gap)
    finally:
        search.evaluator.close()


def proven(
    search: Search, blocks: Blocks, probability: Vector, goal: MeanCvar, gap: float
) -> Solution:
    """Return the best plan of a search that has closed its gap, with the proof.

    Parameters
    ----------
    search : Search
        At its end; its evaluator stays open.
    blocks : Blocks
        The compiled problem.
    probability : numpy.ndarray
        Of the scenarios, shape (S,).
    goal : MeanCvar
        What is minimised.
    gap : float
        Relative gap that was asked for.

    Returns
    -------
    Solution
        Certified.

    Raises
    ------
    NotCertifiedError
        If plan and cuts do not prove each other.
    """
    frame, found = search.frame, search.found
    if found is None:
        raise SolverError("the search ended without a plan")
    constant = (goal.mean + goal.cvar) * blocks.offset
    objective = goal.value(found.totals, probability) + constant
    problem = frame.problem(search.pool.cuts)
    whole = bool(problem.integer.any())
    linear = problem
    if whole:
        values = np.zeros(frame.width)
        values[: blocks.first] = search.best
        linear = problem.fixed(values)
    answer = run(linear, solver="simplex")
    if answer.point is None or answer.multipliers is None:
        raise SolverError(f"the final master problem ended {answer.status}")
    priced = answer.multipliers.copy()
    priced[len(frame.rows) :] /= frame.money
    exact = frame.problem(search.pool.cuts, exact=True)
    proof, bound = certify(
        dataclasses.replace(exact, lower=linear.lower, upper=linear.upper), answer.point, priced
    )
    bound *= frame.money
    if whole:
        # The bound over all decisions is the mixed-integer master's.
        bound = min(bound, search.bound + constant)
    distance = max(0.0, objective - bound) / (1.0 + abs(objective))
    certificate = Certificate(
        max(_primal(search), found.primal), max(proof.dual, found.dual), distance, max(gap, 1e-6)
    )
    if not certificate.ok:
        raise NotCertifiedError(
            f"the decomposed plan does not pass the certificate: primal {certificate.primal:.1e}, "
            f"dual {certificate.dual:.1e}, gap {certificate.gap:.1e}"
        )
    row_multiplier = _row_multipliers(search, answer.multipliers)
    level_price, row_price = _prices(blocks, search.best, row_multiplier)
    evaluator = search.evaluator
    rows = blocks.stage == OPS
    return Solution(
        blocks=blocks,
        status="optimal",
        point="certified",
        plan=search.best,
        outcomes=from_forms(blocks, search.best, found.forms, probability),
        level_price=level_price,
        row_price=row_price,
        row_multiplier=row_multiplier,
        certificate=certificate,
        objective=objective,
        bound=bound,
        gap=distance,
        method="decomposed",
        size={
            "rows": int(rows.sum()),
            "columns": blocks.second,
            "nonzeros": int(np.diff(blocks.matrix.indptr)[rows].sum()),
            "distinct_scenarios": len(probability),
            "clusters": frame.clusters,
            "iterations": search.iterations,
            "cuts": len(search.pool.cuts),
            "recourse_problems": evaluator.solves,
            "solved_again": evaluator.retries,
            "bases": evaluator.bases,
        },
        remarks=evaluator.runner.remarks,
    )


def _primal(search: Search) -> float:
    """Return the largest relative violation of bounds, first-stage rows and rows in expectation."""
    frame, plan, found = search.frame, search.best, search.found
    first = len(plan)
    lower, upper = frame.blocks.lower[:first], frame.blocks.upper[:first]
    bounds = np.maximum(lower - plan, plan - upper) / (1.0 + np.abs(plan))
    whole = np.abs(plan - np.round(plan))[frame.blocks.integer[:first]]
    part = frame.matrix[:, :first]
    activity = part @ plan
    size = 1.0 + abs(part) @ np.abs(plan)
    start = len(frame.rows) - len(frame.expected)
    if found is not None:
        activity[start:] += found.risk
        size[start:] += np.abs(found.risk)
    rows = np.maximum(frame.low - activity, activity - frame.high) / size
    return float(max(0.0, *(v.max(initial=0.0) for v in (bounds, whole, rows))))


def _row_multipliers(search: Search, multipliers: Vector) -> Vector:
    """Return the change of cost with the right side of each block row, over all scenarios."""
    frame = search.frame
    total = np.zeros(len(frame.blocks.rows))
    count = len(frame.rows)
    total[frame.rows] = frame.money * multipliers[:count]
    for cut, weight in zip(search.pool.cuts, multipliers[count:], strict=True):
        if weight != 0.0:
            total[cut.rows] += weight * frame.factor(cut) * frame.money * cut.multipliers
    return total


def _prices(
    blocks: Blocks, plan: Vector, multipliers: Vector
) -> tuple[dict[str, float], dict[tuple[str, int], float]]:
    """Return the price of each policy level; levels multiply the plan's columns or stand alone."""
    level_price = dict.fromkeys(blocks.policies, 0.0)
    row_price: dict[tuple[str, int], float] = {}
    for row in np.flatnonzero((blocks.policy >= 0) & (multipliers != 0.0)).tolist():
        name = blocks.policies[blocks.policy[row]]
        symbol = blocks.levels[name]
        span = slice(blocks.matrix.indptr[row], blocks.matrix.indptr[row + 1])
        mine = blocks.matrix.indices[span] < blocks.first
        entries = blocks.matrix.data[span][mine]
        slopes = blocks.entries.slope[entries][:, [symbol]].toarray().ravel()
        rate = blocks.right.slope[row, symbol] - slopes @ plan[blocks.matrix.indices[span][mine]]
        value = float(multipliers[row] * rate)
        row_price[name, row] = value
        level_price[name] += value
    return level_price, row_price
