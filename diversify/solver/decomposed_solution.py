"""What a search found, read from its plan, its cuts and the multipliers of its master."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import OPS
from diversify.errors import SolverError
from diversify.solver import cones
from diversify.solver.certificate import Certificate
from diversify.solver.evaluation import from_forms
from diversify.solver.master import Pool
from diversify.solver.search import Search
from diversify.solver.solution import Solution
from diversify.solver.warm_lp import WarmLp
from diversify.solver.worth import decomposed_worth

Vector = NDArray[np.float64]


def settle(search: Search) -> None:
    """Turn the tangents of cones among the cuts into rows of the first stage.

    Parameters
    ----------
    search : Search
        At its end; its frame and its cuts are replaced where there are tangents.
    """
    tangents = [
        cones.as_tangent(search.frame.blocks, cut) for cut in search.pool.cuts if cut.cone >= 0
    ]
    if not tangents:
        return
    frame, cuts = search.frame, [cut for cut in search.pool.cuts if cut.cone < 0]
    old, start = len(frame.blocks.rows), len(frame.rows) - len(frame.expected)
    blocks = cones.with_tangents(frame.blocks, tangents)
    data, fresh = search.evaluator.level_data, np.arange(old, len(blocks.rows))
    values = blocks.entries.at(data)
    part = blocks.matrix[fresh]
    # Tangents touch first-stage columns only, which come first in both.
    rows = sp.csr_array(
        (values[part.data], part.indices, part.indptr), shape=(len(fresh), frame.width)
    )
    search.frame = dataclasses.replace(
        frame,
        blocks=blocks,
        rows=np.r_[frame.rows[:start], fresh, frame.rows[start:]],
        matrix=sp.csr_array(sp.vstack([frame.matrix[:start], rows, frame.matrix[start:]])),
        low=np.r_[frame.low[:start], np.full(len(fresh), -np.inf), frame.low[start:]],
        high=np.r_[frame.high[:start], np.zeros(len(fresh)), frame.high[start:]],
    )
    search.pool = Pool(cuts, [0] * len(cuts))
    search.master = WarmLp(search.frame.problem(cuts).relaxed())


def solution_of(
    search: Search,
    probability: Vector,
    multipliers: Vector,
    objective: float,
    bound: float,
    certificate: Certificate | None,
) -> Solution:
    """Return the best plan of a search as a certified solution.

    Parameters
    ----------
    search : Search
        With an exact plan.
    probability : numpy.ndarray
        Of the scenarios, shape (S,).
    multipliers : numpy.ndarray
        Of the rows of the master.
    objective, bound : float
        Cost of the plan and proven lower bound [USD].
    certificate : Certificate or None
        None where the bound is too far away.

    Returns
    -------
    Solution
        With the prices that the multipliers say.
    """
    found, frame, blocks = search.found, search.frame, search.frame.blocks
    if found is None:
        raise SolverError("the search ended without a plan")
    row_multiplier = _row_multipliers(search, multipliers)
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
        gap=max(0.0, objective - bound) / (1.0 + abs(objective)),
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
        worth=decomposed_worth(search, multipliers),
    )


def primal_of(search: Search) -> float:
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
