"""The recourse of a fixed plan: what each scenario then costs, solved exactly one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import OPS
from diversify.errors import NotCertifiedError, SolverError
from diversify.solver.certificate import certify
from diversify.solver.highs import WarmLp
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
CHUNK = 256


@dataclass(frozen=True, slots=True)
class Recourse:
    """The second stage of the compiled problem, without policy rows.

    Rows with one variable become bounds of that variable, which makes each problem smaller.

    Attributes
    ----------
    blocks : Blocks
        The compiled problem.
    matrix : scipy.sparse.csr_array
        Second-stage part of the rows that remain, the same for every scenario.
    rows : numpy.ndarray
        Their positions among the block rows.
    single : numpy.ndarray
        Block rows that are bounds of one column.
    column, factor : numpy.ndarray
        That column (counted within the second stage) and its coefficient.
    """

    blocks: Blocks
    matrix: sp.csr_array
    rows: Index
    single: Index
    column: Index
    factor: Vector


def prepare_recourse(blocks: Blocks) -> Recourse:
    """Return the second stage of a compiled problem, ready to be solved for any plan.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.

    Returns
    -------
    Recourse
        Without the rows of policies: what happens in a scenario is what is cheapest then.

    Raises
    ------
    SolverError
        If a coefficient of the second stage itself depends on scenario data.
    """
    ops = np.flatnonzero((blocks.stage == OPS) & (blocks.policy < 0))
    block = blocks.matrix[ops]
    own = block.indices >= blocks.first
    positions = block.data[own]
    if blocks.entries.slope[positions].nnz:
        raise SolverError("a coefficient between recourse variables depends on scenario data")
    at = np.repeat(np.arange(len(ops)), np.diff(block.indptr))[own]
    recourse = sp.csr_array(
        (blocks.entries.base[positions], (at, block.indices[own] - blocks.first)),
        shape=(len(ops), blocks.second),
    )
    recourse.eliminate_zeros()
    alone = np.diff(recourse.indptr) == 1
    single = np.flatnonzero(alone)
    start = recourse.indptr[single]
    return Recourse(
        blocks=blocks,
        matrix=recourse[~alone],
        rows=ops[~alone],
        single=ops[single],
        column=recourse.indices[start].astype(np.int64),
        factor=recourse.data[start],
    )


def evaluate_plan(recourse: Recourse, plan: Vector, theta: Vector) -> tuple[Vector, Vector]:
    """Return the cheapest second-stage point of every scenario for a fixed plan, and its cost.

    Parameters
    ----------
    recourse : Recourse
        The prepared second stage.
    plan : numpy.ndarray
        Values of the first-stage columns, shape (first,).
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).

    Returns
    -------
    numpy.ndarray
        Shape (S, second).
    numpy.ndarray
        Cost of each scenario without the plan's own cost, shape (S,).

    Raises
    ------
    NotCertifiedError
        If a scenario's answer does not prove itself, even from a cold start.
    """
    blocks = recourse.blocks
    order = np.lexsort(theta.T[::-1])
    points = np.zeros((len(theta), blocks.second))
    cost = np.zeros(len(theta))
    lp: WarmLp | None = None
    last_prices = np.zeros(0)
    for begin in range(0, len(theta), CHUNK):
        members = order[begin : begin + CHUNK]
        lower, upper, low, high = _bounds(recourse, plan, theta[members])
        prices = blocks.cost.at(theta[members])[:, blocks.first :]
        for i, s in enumerate(members):
            problem = Problem(
                recourse.matrix, prices[i], lower[i], upper[i], low[i], high[i],
                np.zeros(blocks.second, dtype=bool),
            )
            if lp is None or not np.array_equal(prices[i], last_prices):
                lp, last_prices = WarmLp(problem), prices[i]
            points[s] = _solve(lp, problem)
            cost[s] = prices[i] @ points[s]
    return points, cost


def _solve(lp: WarmLp, problem: Problem) -> Vector:
    """Solve one scenario; an answer that does not prove itself is tried once more, cold."""
    # HiGHS issues 3294 and 3194: a warm start can end "optimal" with a wrong answer.
    for attempt in ("warm", "cold"):
        if attempt == "cold":
            lp.forget()
        status, point, multipliers = lp.solve(
            problem.lower, problem.upper, problem.low, problem.high
        )
        if status == "optimal" and certify(problem, point, multipliers)[0].ok:
            return point
    raise NotCertifiedError(f"a scenario of the fixed plan ended {status} without a proof")


def _bounds(
    recourse: Recourse, plan: Vector, theta: Vector
) -> tuple[Vector, Vector, Vector, Vector]:
    """Return bounds of columns and rows for some scenarios, the plan's part moved to the right."""
    blocks = recourse.blocks
    right = blocks.right.at(theta)
    fixed = _plan_part(blocks, plan, theta)
    left = right - fixed
    sense = blocks.sense
    low = np.where(sense[recourse.rows] >= 0, left[:, recourse.rows], -np.inf)
    high = np.where(sense[recourse.rows] <= 0, left[:, recourse.rows], np.inf)
    lower = np.tile(blocks.lower[blocks.first :], (len(theta), 1))
    upper = np.tile(blocks.upper[blocks.first :], (len(theta), 1))
    value = left[:, recourse.single] / recourse.factor
    kind = sense[recourse.single] * np.sign(recourse.factor)
    for i, column in enumerate(recourse.column):
        if kind[i] >= 0:
            lower[:, column] = np.maximum(lower[:, column], value[:, i])
        if kind[i] <= 0:
            upper[:, column] = np.minimum(upper[:, column], value[:, i])
    # Two bounds that should be equal may differ in the last digit after the arithmetic.
    crossed = (lower > upper) & (lower <= upper + 1e-9 * (1.0 + np.abs(upper)))
    return np.where(crossed, upper, lower), upper, low, high


def _plan_part(blocks: Blocks, plan: Vector, theta: Vector) -> Vector:
    """Return what the plan contributes to each row in each scenario, shape (S, rows)."""
    mine = blocks.matrix.indices < blocks.first
    positions = blocks.matrix.data[mine]
    at = np.repeat(np.arange(len(blocks.rows)), np.diff(blocks.matrix.indptr))[mine]
    x = plan[blocks.matrix.indices[mine]]
    gather = sp.csr_array(
        (x, (at, np.arange(len(positions)))), shape=(len(blocks.rows), len(positions))
    )
    base = gather @ blocks.entries.base[positions]
    slope = sp.csr_array(gather @ blocks.entries.slope[positions])
    return base + (slope @ theta.T).T
