"""One scenario after the other, each with a plan of its own, from the last basis."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Affine, Blocks
from diversify.compile.blocks import OPS, PLAN
from diversify.errors import SolverError
from diversify.solver.certificate import certify
from diversify.solver.problem import Problem
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


class Alone:
    """The linear problem of one scenario, whose data change from solve to solve.

    Parameters
    ----------
    blocks : Blocks
        A linear problem without rows in expectation and without cones.
    before : int
        Number of periods before the news, in which the scenario is its plan.
    theta : numpy.ndarray
        Data of the first scenario, shape (P,).
    """

    def __init__(self, blocks: Blocks, before: int, theta: Vector) -> None:
        into = _columns_into(blocks, before)
        width = into.shape[0]
        chosen = (blocks.row_period < 0) | (blocks.row_period >= before)
        rows = np.flatnonzero((blocks.stage == PLAN) | ((blocks.stage == OPS) & chosen))
        block = blocks.matrix[rows]
        at = np.repeat(np.arange(len(rows)), np.diff(block.indptr))
        target = into.tocsc()
        live = np.diff(target.indptr)[block.indices] > 0
        column = target.indices[target.indptr[block.indices[live]]].astype(np.int64)
        # A column before the news and its twin may stand in one row: their coefficients add up.
        place, into_entry = np.unique(at[live] * width + column, return_inverse=True)
        take = sp.csr_array(
            (np.ones(int(live.sum())), (into_entry, block.data[live])),
            shape=(len(place), len(blocks.entries.base)),
        )
        self._entries = Affine(
            np.asarray(take @ blocks.entries.base), sp.csr_array(take @ blocks.entries.slope)
        )
        self._cost = Affine(
            np.asarray(into @ blocks.cost.base), sp.csr_array(into @ blocks.cost.slope)
        )
        self._right = Affine(blocks.right.base[rows], blocks.right.slope[rows])
        self._sense = blocks.sense[rows]
        self._rows, self._columns = place // width, place % width
        self._start = np.searchsorted(self._rows, np.arange(len(rows) + 1))
        kept = _kept(blocks, before)
        self._lower, self._upper = blocks.lower[kept], blocks.upper[kept]
        self._offset = blocks.offset
        self._random = np.flatnonzero(np.diff(self._entries.slope.indptr) > 0)
        self._dear = bool(self._cost.slope.nnz)
        self._last = self._problem(theta)
        self._lp = WarmLp(self._last)

    def _problem(self, theta: Vector) -> Problem:
        right, width = self._right.at(theta), len(self._lower)
        return Problem(
            sp.csr_array(
                (self._entries.at(theta), self._columns, self._start),
                shape=(len(self._sense), width),
            ),
            self._cost.at(theta),
            self._lower,
            self._upper,
            np.where(self._sense >= 0, right, -np.inf),
            np.where(self._sense <= 0, right, np.inf),
            np.zeros(width, dtype=bool),
            self._offset,
        )

    def cost(self, theta: Vector) -> float | None:
        """Return the cost of the best plan for one scenario that is known.

        Parameters
        ----------
        theta : numpy.ndarray
            Its data, shape (P,).

        Returns
        -------
        float or None
            None where the answer does not prove itself; a cold solve may.
        """
        try:
            problem = self._problem(theta)
            self._change(problem)
            status, point, duals = self._lp.solve(
                problem.lower, problem.upper, problem.low, problem.high
            )
        except SolverError:
            return None
        if status != "optimal" or not certify(problem, point, duals)[0].ok:
            return None
        return float(problem.cost @ point) + problem.offset

    def _change(self, problem: Problem) -> None:
        new, old = problem.matrix.data[self._random], self._last.matrix.data[self._random]
        moved = self._random[new != old]
        if len(moved):
            values = problem.matrix.data[moved]
            self._lp.change_entries(self._rows[moved], self._columns[moved], values)
        if self._dear and (problem.cost != self._last.cost).any():
            self._lp.change_cost(problem.cost)
        self._last = problem


def _early(blocks: Blocks, before: int) -> NDArray[np.bool_]:
    """Say which columns are the plan's before the news."""
    return np.asarray((blocks.column_period >= 0) & (blocks.column_period < before))


def _kept(blocks: Blocks, before: int) -> Index:
    """Return the columns that are decided."""
    return np.flatnonzero(~_early(blocks, before))


def _columns_into(blocks: Blocks, before: int) -> sp.csr_array:
    """Return which column stands for each column of the blocks: itself, its twin, or none."""
    early, kept = _early(blocks, before), _kept(blocks, before)
    place = np.full(len(blocks.columns), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    stands = np.where(early, np.where(blocks.twin >= 0, place[blocks.twin], -1), place)
    used = np.flatnonzero(stands >= 0)
    return sp.csr_array(
        (np.ones(len(used)), (stands[used], used)), shape=(len(kept), len(blocks.columns))
    )
