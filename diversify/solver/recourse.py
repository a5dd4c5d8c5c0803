"""The second stage for a fixed plan, for all scenarios whose news comes in the same period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED, OPS

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recourse:
    r"""The second stage from the period of the news on.

    .. math:: \min q(\theta)\,y, \quad W(\theta)\,y \lesseqgtr h(\theta) - T(\theta)\,x

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
        Rows that stay rows, over those columns, without their random part.
    rows : numpy.ndarray
        Block rows: first those that stay rows, then those that became bounds.
    bounded : numpy.ndarray
        Column of ``matrix`` that each row of the second kind bounds.
    factor : numpy.ndarray
        Its coefficient there.
    plan_row, plan_column, plan_entry : numpy.ndarray
        The plan's part: row (position in ``rows``), first-stage column, entry of the blocks.
    random_row, random_column, random_entry : numpy.ndarray
        Coefficients of ``matrix`` that depend on the data: row, column, entry of the blocks.
    risk : numpy.ndarray
        Coefficients of the columns in each row in expectation, shape (R, columns).
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
    random_row: Index
    random_column: Index
    random_entry: Index
    risk: Vector

    @property
    def kept(self) -> int:
        """Number of rows that stay rows."""
        return self.matrix.shape[0]

    @property
    def random_cost(self) -> bool:
        """Whether the costs of the columns depend on the data."""
        return bool(self.blocks.cost.slope[self.blocks.first + self.columns].nnz)

    def cost(self, theta: Vector) -> Vector:
        """Return the costs of the columns, shape (S, columns)."""
        return self.blocks.cost.at(theta)[..., self.blocks.first + self.columns]

    def left(self, plan: Vector) -> tuple[Vector, sp.csr_array]:
        """Return what the plan leaves of the right sides, affine in the data.

        Parameters
        ----------
        plan : numpy.ndarray
            First-stage point, shape (first,).

        Returns
        -------
        numpy.ndarray
            Constant part, shape (rows,).
        scipy.sparse.csr_array
            Slopes, shape (rows, P).
        """
        weight = plan[self.plan_column]
        used = np.flatnonzero(weight)
        take = sp.csr_array(
            (weight[used], (self.plan_row[used], np.arange(len(used)))),
            shape=(len(self.rows), len(used)),
        )
        entries, right = self.blocks.entries, self.blocks.right
        chosen = self.plan_entry[used]
        base = right.base[self.rows] - take @ entries.base[chosen]
        slope = right.slope[self.rows] - take @ entries.slope[chosen]
        return np.asarray(base), sp.csr_array(slope)

    def full(self, plan: Vector, points: Vector) -> Vector:
        """Return second-stage points with the plan's values before the news, shape (S, second)."""
        twin = self.blocks.twin[self.blocks.first :]
        whole = np.tile(np.where(twin >= 0, plan[twin], 0.0), (len(points), 1))
        whole[:, self.columns] = points
        return whole


def prepare_recourse(
    blocks: Blocks, before: int, *, policies: bool = True, theta: Vector | None = None
) -> Recourse:
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
    theta : numpy.ndarray, optional
        Data of one scenario, for the levels that rows in expectation use, shape (P,).

    Returns
    -------
    Recourse
        For every scenario with this news.
    """
    first = blocks.first
    period = blocks.column_period[first:]
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
    random = np.diff(blocks.entries.slope.indptr)[entry] > 0
    live = mine & (random | (blocks.entries.base[entry] != 0.0))
    size = np.bincount(at[live], minlength=len(ops))
    # A bound divides by its coefficient, so a random coefficient keeps its row.
    uncertain = np.bincount(at[live & random], minlength=len(ops)) > 0
    alone = (size == 1) & ~uncertain
    order = np.r_[np.flatnonzero(~alone), np.flatnonzero(alone)]
    rank = np.empty(len(ops), dtype=np.int64)
    rank[order] = np.arange(len(ops))
    recourse = sp.csr_array(
        (blocks.entries.base[entry[live]], (rank[at[live]], place[column[live] - first])),
        shape=(len(ops), len(columns)),
    )
    kept = int((~alone).sum())
    target = np.where(column < first, column, blocks.twin[column])
    plan = ~mine & (target >= 0)
    varied = live & random
    return Recourse(
        blocks=blocks,
        before=before,
        columns=columns,
        matrix=recourse[:kept],
        rows=ops[order],
        bounded=recourse[kept:].indices.astype(np.int64),
        factor=recourse[kept:].data,
        plan_row=rank[at[plan]],
        plan_column=target[plan],
        plan_entry=entry[plan],
        random_row=rank[at[varied]],
        random_column=place[column[varied] - first],
        random_entry=entry[varied],
        risk=_risk(blocks, columns, theta),
    )


def _risk(blocks: Blocks, columns: Index, theta: Vector | None) -> Vector:
    rows = np.flatnonzero(blocks.stage == EXPECTED)
    entries = blocks.entries.base if theta is None else blocks.entries.at(theta)
    weights = np.zeros((len(rows), len(columns)))
    for r, row in enumerate(rows):
        span = slice(blocks.matrix.indptr[row], blocks.matrix.indptr[row + 1])
        whole = np.zeros(len(blocks.columns))
        whole[blocks.matrix.indices[span]] = entries[blocks.matrix.data[span]]
        weights[r] = whole[blocks.first + columns]
    return weights


def before_cost(recourse: Recourse) -> Vector:
    """Return the cost of each first-stage column in a scenario before its news, shape (first,).

    Parameters
    ----------
    recourse : Recourse
        The second stage of a group.

    Returns
    -------
    numpy.ndarray
        What scenarios do before their news is the plan's, and so is its cost.
    """
    blocks = recourse.blocks
    first = blocks.first
    period, twin = blocks.column_period[first:], blocks.twin[first:]
    known = np.flatnonzero((period >= 0) & (period < recourse.before) & (twin >= 0))
    return np.asarray(
        np.bincount(twin[known], blocks.cost.base[first + known], first), dtype=np.float64
    )
