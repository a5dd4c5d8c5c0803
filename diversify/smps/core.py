"""The core file: one scenario's linear or mixed-integer program, in MPS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Core:
    """The program of the core file, as the user wrote it.

    Attributes
    ----------
    name : str
        The word after NAME.
    maximise : bool
        Whether the objective is to be as large as possible.
    objective : str
        Name of its row.
    free : frozenset of str
        Other rows of type N, which limit nothing.
    rows : tuple of str
        Rows that limit something, in the order of the file.
    kind : numpy.ndarray
        -1 for L, 0 for E, 1 for G.
    columns : tuple of str
        In the order of the file.
    matrix : scipy.sparse.coo_array
        Shape (rows, columns), sorted by row, no place twice.
    cost : numpy.ndarray
        Shape (columns,).
    objective_right : float
        Right side of the objective row: its constant with the other sign.
    right : numpy.ndarray
        Shape (rows,).
    below, above : numpy.ndarray
        How far the activity may lie below and above the right side, shape (rows,); infinite on
        the open side of an inequality.
    lower, upper : numpy.ndarray
        Bounds of the columns.
    integer : numpy.ndarray
        Which columns are integer.
    right_name, bound_name : str or None
        Names of the right side and of the bounds, where the file gives them.
    order : tuple of str
        All rows in the order of the file, those of type N included.
    """

    name: str
    maximise: bool
    objective: str
    free: frozenset[str]
    rows: tuple[str, ...]
    kind: NDArray[np.int8]
    columns: tuple[str, ...]
    matrix: sp.coo_array
    cost: Vector
    objective_right: float
    right: Vector
    below: Vector
    above: Vector
    lower: Vector
    upper: Vector
    integer: NDArray[np.bool_]
    right_name: str | None
    bound_name: str | None
    order: tuple[str, ...]

    @property
    def row_at(self) -> dict[str, int]:
        """Position of each row by name."""
        return {name: i for i, name in enumerate(self.rows)}

    @property
    def column_at(self) -> dict[str, int]:
        """Position of each column by name."""
        return {name: j for j, name in enumerate(self.columns)}
