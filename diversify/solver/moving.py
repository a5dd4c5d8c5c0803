"""Cuts at another level of a policy: what they say is affine in the level, and stays a bound."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import OPS, PLAN
from diversify.solver.cuts import Cut

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


class Mover:
    r"""Moves cuts from one level to another.

    A cut is multipliers :math:`\mu` times the rows of the recourse. With right sides
    :math:`h + \ell\,h'` and first-stage coefficients :math:`T + \ell\,T'`, a level that changes by
    :math:`\Delta` leaves the multipliers dual feasible and gives

    .. math:: constant + \Delta\,\mu^\top h', \quad slope - \Delta\,T'^\top \mu .

    Levels in first-stage rows and in rows in expectation do not touch cuts at all.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    symbols : int or numpy.ndarray
        Position of the level among the symbols, or of each that changes.
    """

    def __init__(self, blocks: Blocks, symbols: int | Index) -> None:
        parts = [_Part(blocks, int(symbol)) for symbol in np.atleast_1d(symbols)]
        self.movable = all(part.movable for part in parts)
        self._count = len(parts)
        self._parts = [(i, part) for i, part in enumerate(parts) if not part.still]

    @property
    def still(self) -> bool:
        """Whether the levels touch no cut at all."""
        return self.movable and not self._parts

    def moved(self, cut: Cut, change: float | Vector) -> Cut:
        """Return a cut at a level that is higher by ``change``.

        Parameters
        ----------
        cut : Cut
            Valid at the old level.
        change : float or numpy.ndarray
            Of the symbol, or of each.

        Returns
        -------
        Cut
            Valid at the new one.
        """
        changes = np.broadcast_to(np.asarray(change, dtype=np.float64), (self._count,))
        for i, part in self._parts:
            cut = part.moved(cut, float(changes[i]))
        return cut


class _Part:
    """What one level does to cuts."""

    def __init__(self, blocks: Blocks, symbol: int) -> None:
        entries = blocks.entries.slope[:, [symbol]].toarray().ravel()
        pattern = blocks.matrix.tocoo()
        live = np.flatnonzero(entries[pattern.data])
        slope = sp.csr_array(
            (entries[pattern.data[live]], (pattern.row[live], pattern.col[live])),
            shape=pattern.shape,
        )
        recourse = slope[np.flatnonzero(blocks.stage != PLAN)][:, blocks.first :]
        self.movable = not (recourse.nnz or blocks.cost.slope[:, [symbol]].nnz)
        ops = blocks.stage == OPS
        right = blocks.right.slope[:, [symbol]].toarray().ravel()
        self._right = np.where(ops, right, 0.0)
        rows = sp.diags_array(ops.astype(np.float64))
        self._plan = sp.csr_array(rows @ slope[:, : blocks.first])
        self.still = not (self._right.any() or self._plan.nnz)

    def moved(self, cut: Cut, change: float) -> Cut:
        if change == 0.0:
            return cut
        constant = cut.constant + change * float(cut.multipliers @ self._right[cut.rows])
        more = self._plan[cut.rows].T @ cut.multipliers
        columns, slope = cut.columns, cut.slope
        if more.any():
            dense = -change * more
            np.add.at(dense, columns, slope)
            columns = np.flatnonzero(dense)
            slope = dense[columns]
        return dataclasses.replace(cut, constant=constant, columns=columns, slope=slope)
