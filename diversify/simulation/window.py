"""Some periods of the compiled problem, with what earlier ones left as data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile.blocks import OPS, Affine, Blocks
from diversify.errors import SolverError
from diversify.solver.evaluation import scenario_forms

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """The problem of some periods.

    Attributes
    ----------
    blocks : Blocks
        First-stage columns as they were, scenario columns of the window's periods; the last symbols
        are the state. Its named forms count the first of the periods only, and the last of them are
        the state that it leaves.
    before, after : numpy.ndarray
        Columns of the whole problem that are the state at the beginning, and after the first of
        the periods.
    """

    blocks: Blocks
    before: Index
    after: Index

    def data(self, theta: Vector, state: Vector) -> Vector:
        """Return data with a state, shape (S, P + states).

        Parameters
        ----------
        theta : numpy.ndarray
            Data of the whole problem, shape (S, P).
        state : numpy.ndarray
            Value of each column of ``before``, shape (S, states).
        """
        return np.concatenate([theta, state], axis=1)


def row_periods(blocks: Blocks) -> Index:
    """Return the last period that each row speaks of, -1 for those without scenario columns.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.

    Returns
    -------
    numpy.ndarray
        Shape (rows,).
    """
    pattern = blocks.matrix
    found = np.full(len(blocks.rows), -1, dtype=np.int64)
    at = np.repeat(np.arange(len(blocks.rows)), np.diff(pattern.indptr))
    np.maximum.at(found, at, blocks.column_period[pattern.indices])
    return found


def make_window(blocks: Blocks, first: int, last: int, worth: Mapping[str, float]) -> Window:
    r"""Return the problem of the periods from ``first`` to ``last``.

    .. math:: \min \textstyle\sum_{t} q_t y_t - \sum_j v_j y_{j,last}, \quad
        W_t\, y_t \lesseqgtr h_t(\theta) - T_t(\theta)\, x - V_t\, y_{t-1}

    Parameters
    ----------
    blocks : Blocks
        The compiled problem of the whole horizon.
    first, last : int
        Periods.
    worth : mapping
        What a unit of a scenario column is worth at the end of the window [USD], by label.

    Returns
    -------
    Window
        Rows of policies are left out: what happens is what is cheapest.

    Raises
    ------
    SolverError
        If a row joins more than two periods, or what is left of one period meets random data in
        the next.
    """
    count, period = blocks.first, blocks.column_period
    row_period = row_periods(blocks)
    own = np.flatnonzero((period >= first) & (period <= last))
    rows = np.flatnonzero(
        (blocks.stage == OPS) & (blocks.policy < 0) & (row_period >= first) & (row_period <= last)
    )
    pattern = blocks.matrix[rows]
    at = np.repeat(np.arange(len(rows)), np.diff(pattern.indptr))
    column, entry = pattern.indices.astype(np.int64), pattern.data
    earlier = (column >= count) & (period[column] < first) & (period[column] >= 0)
    before = np.unique(column[earlier])
    random = np.diff(blocks.entries.slope.indptr)[entry] > 0
    if (period[before] < first - 1).any() or (earlier & random).any():
        raise SolverError("a plan whose rows join more than two periods cannot be played forward")
    states = len(before)
    place = np.full(len(blocks.columns), -1, dtype=np.int64)
    place[:count] = np.arange(count)
    place[own] = count + np.arange(len(own))
    live = place[column] >= 0
    # One is added so that position 0 is not a stored zero, which scipy would be free to drop.
    matrix = sp.csr_array(
        (entry[live] + 1, (at[live], place[column[live]])),
        shape=(len(rows), count + len(own)),
    )
    matrix.sort_indices()
    matrix.data = matrix.data.astype(np.int64) - 1
    moved = sp.csr_array(
        (
            -blocks.entries.base[entry[earlier]],
            (at[earlier], np.searchsorted(before, column[earlier])),
        ),
        shape=(len(rows), states),
    )
    kept = np.r_[np.arange(count), own]
    cost = blocks.cost.base[kept].copy()
    for i, label in enumerate(blocks.columns[c] for c in own):
        if label in worth:
            cost[count + i] -= worth[label]
    after = _after(blocks, row_period, first)
    now = np.where(period[kept] == first, 1.0, 0.0)
    forms = {key: form[kept] * now for key, form in scenario_forms(blocks).items()}
    for c in after:
        unit = np.zeros(len(kept))
        unit[place[c]] = 1.0
        forms["short", "state", blocks.columns[c]] = unit
    cut = dataclasses.replace(
        blocks,
        columns=tuple(blocks.columns[c] for c in kept),
        rows=tuple(blocks.rows[r] for r in rows),
        symbols=(*blocks.symbols, *(f"state {blocks.columns[c]}" for c in before)),
        matrix=matrix,
        entries=_wider(blocks.entries.base, blocks.entries.slope, states),
        right=Affine(
            blocks.right.base[rows],
            sp.csr_array(sp.hstack([blocks.right.slope[rows], moved])),
        ),
        sense=blocks.sense[rows],
        stage=blocks.stage[rows],
        cost=_wider(cost, blocks.cost.slope[kept], states),
        lower=blocks.lower[kept],
        upper=blocks.upper[kept],
        integer=blocks.integer[kept],
        column_period=np.full(len(kept), -1, dtype=np.int64),
        row_period=np.full(len(rows), -1, dtype=np.int64),
        twin=np.full(len(kept), -1, dtype=np.int64),
        policy=np.full(len(rows), -1, dtype=np.int64),
        policies=(),
        levels={},
        forms=forms,
        cones=(),
        origin=None,
    )
    return Window(cut, before, after)


def _after(blocks: Blocks, row_period: Index, t: int) -> Index:
    """Return the columns of a period that rows of the next one read."""
    rows = (blocks.stage == OPS) & (blocks.policy < 0) & (row_period == t + 1)
    used = np.unique(blocks.matrix[np.flatnonzero(rows)].indices)
    return np.asarray(used[blocks.column_period[used] == t], dtype=np.int64)


def _wider(base: Vector, slope: sp.csr_array, more: int) -> Affine:
    """Return affine numbers over more symbols, on which they do not depend."""
    none = sp.csr_array((slope.shape[0], more))
    return Affine(base, sp.csr_array(sp.hstack([slope, none])))
