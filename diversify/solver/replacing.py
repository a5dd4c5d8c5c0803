"""Rows of the first stage changed in a master that keeps its cuts and its basis."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.cuts import Cut
from diversify.solver.master import Frame
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]


def replace_rows(
    master: WarmLp, old: Frame, new: Frame, cuts: list[Cut], box: tuple[Vector, Vector]
) -> None:
    """Turn a master with some cuts into that of another frame with the same cuts.

    Parameters
    ----------
    master : WarmLp
        That of the old frame, changed in place.
    old, new : Frame
        Over the same rows and columns.
    cuts : list of Cut
        Valid for both, in the order of the master's rows.
    box : tuple of numpy.ndarray
        Bounds of the columns, shape (width,) each.
    """
    change = sp.coo_array(new.matrix - old.matrix)
    live = np.flatnonzero(change.data)
    if len(live):
        rows, columns = (index[live].astype(np.int64) for index in (change.row, change.col))
        chosen, place = np.unique(rows, return_inverse=True)
        master.change_entries(rows, columns, new.matrix[chosen].toarray()[place, columns])
    if (new.low != old.low).any() or (new.high != old.high).any():
        low = np.array([new.solver_row(cut)[2] for cut in cuts])
        high = np.full(len(low), np.inf)
        master.solve(*box, np.r_[new.low, low], np.r_[new.high, high])
