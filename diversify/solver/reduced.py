"""A recourse problem over the columns that a plan lets move, with fewer rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.sides import CROSSED, OWN, Sides, layers, tighten

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReducedSides:
    """Bounds and sides of several reduced problems.

    Attributes
    ----------
    lower, upper : numpy.ndarray
        Of the columns that may move, shape (S, live).
    lower_from, upper_from : numpy.ndarray
        Which reduced row each bound comes from; -1 for a bound that was there before.
    low, high : numpy.ndarray
        Of the rows that are left, shape (S, rows).
    empty : numpy.ndarray
        Scenarios without any point, shape (S,).
    """

    lower: Vector
    upper: Vector
    lower_from: NDArray[np.int32]
    upper_from: NDArray[np.int32]
    low: Vector
    high: Vector
    empty: NDArray[np.bool_]


class Reduced:
    """What is left of a recourse when some columns cannot move.

    A row with one column that may move is a bound of that column, and a row without any is a
    condition on the plan alone. Both leave the problem; the multiplier of the first kind is read
    from the reduced cost of its column.

    Parameters
    ----------
    matrix : scipy.sparse.csc_array
        Rows of the recourse over all its columns.
    live : numpy.ndarray
        Columns that may move, in order.
    whole : bool
        Whether to keep every row.
    """

    def __init__(self, matrix: sp.csc_array, live: Index, *, whole: bool = False) -> None:
        part = sp.csr_array(matrix[:, live])
        size = np.diff(part.indptr)
        single = (size == 1) & (not whole)
        self.live = live
        self.gone = np.setdiff1d(np.arange(matrix.shape[1]), live)
        self._still = sp.csr_array(matrix[:, self.gone])
        self.rows = np.flatnonzero((size > 1) | whole)
        self.matrix = sp.csr_array(part[self.rows])
        self._single = np.flatnonzero(single)
        self._bounded = part.indices[part.indptr[:-1][single]].astype(np.int64)
        self._factor = part.data[part.indptr[:-1][single]]
        self._none = np.flatnonzero((size == 0) & (not whole))
        self._layers = layers(np.arange(len(self._single)), self._bounded)

    def sides(self, sides: Sides) -> ReducedSides:
        """Return bounds and sides of the reduced problems.

        Parameters
        ----------
        sides : Sides
            Of the whole problems; columns that are gone have equal bounds.

        Returns
        -------
        ReducedSides
            Of the same scenarios.
        """
        low, high = sides.low, sides.high
        shift = self._shift(sides)
        if shift is not None:
            low, high = low - shift, high - shift
        lower, upper = sides.lower[:, self.live].copy(), sides.upper[:, self.live].copy()
        lower_from = np.full(lower.shape, OWN, dtype=np.int32)
        upper_from = np.full(upper.shape, OWN, dtype=np.int32)
        empty = sides.crossed
        if len(self._single):
            at, factor = self._single, self._factor
            one, other = low[:, at] / factor, high[:, at] / factor
            below, above = np.where(factor > 0, one, other), np.where(factor > 0, other, one)
            for rows in self._layers:
                columns = self._bounded[rows]
                tighten(lower, lower_from, below, rows, columns, np.greater)
                tighten(upper, upper_from, above, rows, columns, np.less)
            close = (lower > upper) & (lower <= upper + CROSSED * (1.0 + np.abs(upper)))
            upper[close] = lower[close]
            empty = empty | np.asarray((lower > upper).any(axis=1))
        if len(self._none):
            at = self._none
            spare = CROSSED * (1.0 + np.abs(sides.low[:, at]))
            empty = empty | (low[:, at] > np.where(np.isfinite(spare), spare, 0.0)).any(axis=1)
            spare = CROSSED * (1.0 + np.abs(sides.high[:, at]))
            empty = empty | (high[:, at] < -np.where(np.isfinite(spare), spare, 0.0)).any(axis=1)
        rows = self.rows
        return ReducedSides(
            lower, upper, lower_from, upper_from, low[:, rows], high[:, rows], np.asarray(empty)
        )

    def all_duals(self, cost: Vector, duals: Vector, inner: ReducedSides, whole: int) -> Vector:
        """Return multipliers of all rows from those of the rows that are left.

        Parameters
        ----------
        cost : numpy.ndarray
            Of the columns that may move, shape (live,) or (S, live).
        duals : numpy.ndarray
            Of the rows that are left, shape (S, rows).
        inner : ReducedSides
            Of the same scenarios.
        whole : int
            Number of all rows.

        Returns
        -------
        numpy.ndarray
            Shape (S, whole): a row that became a bound has what its column's reduced cost says.
        """
        found = np.zeros((len(duals), whole))
        found[:, self.rows] = duals
        if len(self._single):
            reduced = cost - (self.matrix.T @ duals.T).T
            source = np.where(reduced > 0, inner.lower_from, inner.upper_from)
            at, column = np.nonzero((source != OWN) & (reduced != 0.0))
            row = source[at, column]
            found[at, self._single[row]] = reduced[at, column] / self._factor[row]
        return found

    def _shift(self, sides: Sides) -> Vector | None:
        """Return what columns that cannot move add to each row, shape (S, rows)."""
        fixed = (sides.lower[:, self.gone] != 0.0).any(axis=0)
        if not fixed.any():
            return None
        at = np.flatnonzero(fixed)
        return np.asarray((self._still[:, at] @ sides.lower[:, self.gone[at]].T).T)
