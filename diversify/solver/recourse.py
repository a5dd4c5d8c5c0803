"""The second stage for a fixed plan, for all scenarios whose news comes in the same period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import OPS
from diversify.errors import SolverError

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recourse:
    """The second stage from the period of the news on.

    Before the news a scenario is the plan (R10), so those columns are the plan's. Rows with one
    variable become bounds of that variable, which makes each problem smaller.

    Attributes
    ----------
    blocks : Blocks
        The compiled problem.
    before : int
        Number of periods before the news.
    columns : numpy.ndarray
        Second-stage columns that are decided, counted within the second stage.
    matrix : scipy.sparse.csr_array
        Rows that stay rows, over those columns; the same for every scenario.
    rows : numpy.ndarray
        Block rows: first those that stay rows, then those that became bounds.
    bounded : numpy.ndarray
        Column of ``matrix`` that each row of the second kind bounds.
    factor : numpy.ndarray
        Its coefficient there.
    plan_row, plan_column, plan_entry : numpy.ndarray
        The plan's part: row (position in ``rows``), first-stage column, entry of the blocks.
    """

    blocks: Blocks
    before: int
    columns: Index
    matrix: sp.csr_array
    rows: Index
    bounded: Index
    factor: Vector
    plan_row: Index
    plan_column: Index
    plan_entry: Index

    @property
    def kept(self) -> int:
        """Number of rows that stay rows."""
        return self.matrix.shape[0]

    def right(self, theta: Vector) -> Vector:
        """Return right sides without the plan's part, shape (S, rows)."""
        return self.blocks.right.at(theta)[:, self.rows]

    def plan_values(self, theta: Vector) -> Vector:
        """Return the coefficients of the plan's part, shape (S, entries)."""
        entries = self.blocks.entries
        slope = entries.slope[self.plan_entry]
        return np.asarray(entries.base[self.plan_entry] + (slope @ theta.T).T)

    def plan_part(self, plan: Vector, theta: Vector) -> Vector:
        """Return what the plan contributes to each row, shape (S, rows)."""
        weighted = self.plan_values(theta) * plan[self.plan_column]
        count = len(self.plan_row)
        gather = sp.csr_array(
            (np.ones(count), (np.arange(count), self.plan_row)), shape=(count, len(self.rows))
        )
        return np.asarray(weighted @ gather)

    def full(self, plan: Vector, points: Vector) -> Vector:
        """Return second-stage points with the plan's values before the news, shape (S, second)."""
        twin = self.blocks.twin[self.blocks.first :]
        whole = np.tile(np.where(twin >= 0, plan[twin], 0.0), (len(points), 1))
        whole[:, self.columns] = points
        return whole


def prepare_recourse(blocks: Blocks, before: int, *, policies: bool) -> Recourse:
    """Return the second stage of a compiled problem, ready to be solved for any plan.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    before : int
        Number of periods before the news.
    policies : bool
        Whether to keep the scenario rows of policies. Without them, what happens in a scenario is
        what is cheapest then.

    Returns
    -------
    Recourse
        For every scenario with this news.

    Raises
    ------
    SolverError
        If a coefficient of the second stage itself depends on scenario data.
    """
    first = blocks.first
    period, twin = blocks.column_period[first:], blocks.twin[first:]
    dropped = (period >= 0) & (period < before)
    columns = np.flatnonzero(~dropped)
    place = np.full(blocks.second, -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    chosen = (blocks.stage == OPS) & ((blocks.row_period < 0) | (blocks.row_period >= before))
    if not policies:
        chosen &= blocks.policy < 0
    ops = np.flatnonzero(chosen)
    block = blocks.matrix[ops]
    at = np.repeat(np.arange(len(ops)), np.diff(block.indptr))
    column, entry = block.indices.astype(np.int64), block.data
    mine = column >= first
    mine[mine] = place[column[mine] - first] >= 0
    if blocks.entries.slope[entry[mine]].nnz:
        raise SolverError("a coefficient between recourse variables depends on scenario data")
    recourse = sp.csr_array(
        (blocks.entries.base[entry[mine]], (at[mine], place[column[mine] - first])),
        shape=(len(ops), len(columns)),
    )
    recourse.eliminate_zeros()
    alone = np.diff(recourse.indptr) == 1
    order = np.r_[np.flatnonzero(~alone), np.flatnonzero(alone)]
    rank = np.empty(len(ops), dtype=np.int64)
    rank[order] = np.arange(len(ops))
    start = recourse.indptr[np.flatnonzero(alone)]
    target = np.where(column < first, column, twin[np.maximum(column - first, 0)])
    plan = ~mine & (target >= 0)
    return Recourse(
        blocks=blocks,
        before=before,
        columns=columns,
        matrix=recourse[~alone],
        rows=ops[order],
        bounded=recourse.indices[start].astype(np.int64),
        factor=recourse.data[start],
        plan_row=rank[at[plan]],
        plan_column=target[plan],
        plan_entry=entry[plan],
    )
