"""A linear or mixed-integer problem as arrays, ready for a solver."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.errors import SolverError

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Problem:
    """Minimise ``cost @ x + offset`` with ``low <= matrix @ x <= high`` and bounds on ``x``.

    Attributes
    ----------
    matrix : scipy.sparse.csr_array
        Shape (rows, columns).
    cost, lower, upper : numpy.ndarray
        Of the columns.
    low, high : numpy.ndarray
        Of the rows.
    integer : numpy.ndarray
        Which columns are integer.
    offset : float
        Constant of the objective.
    proof : bool
        Whether the arrays are for a proof in numpy only, and no solver will drop any of them.
    """

    matrix: sp.csr_array
    cost: Vector
    lower: Vector
    upper: Vector
    low: Vector
    high: Vector
    integer: NDArray[np.bool_]
    offset: float = 0.0
    proof: bool = False

    def __post_init__(self) -> None:
        """Refuse what a solver would take for a number or quietly drop (R1)."""
        finite = {"matrix": self.matrix.data, "cost": self.cost}
        for name, values in finite.items():
            bad = np.flatnonzero(~np.isfinite(values))
            if len(bad):
                raise SolverError(f"the {name} holds NaN or infinity at {bad[:3].tolist()}")
        bounds = {"lower": self.lower, "upper": self.upper, "low": self.low, "high": self.high}
        for name, values in bounds.items():
            bad = np.flatnonzero(np.isnan(values))
            if len(bad):
                raise SolverError(f"the bounds {name!r} hold NaN at {bad[:3].tolist()}")
        size = np.abs(self.matrix.data)
        # HiGHS 1.15.1 drops coefficients up to 1e-9 and rejects those from 1e15 on.
        dropped = len(size) > 0 and (size.max() >= 1e15 or size[size > 0].min(initial=1.0) <= 1e-9)
        if dropped and not self.proof:
            raise SolverError(
                f"coefficients range from {size[size > 0].min():.3g} to {size.max():.3g}; "
                "the solver would drop or reject some: rescale the units of the case"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape

    def fixed(self, values: Vector) -> Problem:
        """Return the linear problem with the integer columns fixed at the rounded values."""
        lower, upper = self.lower.copy(), self.upper.copy()
        whole = np.round(values[self.integer])
        lower[self.integer] = whole
        upper[self.integer] = whole
        return Problem(
            self.matrix,
            self.cost,
            lower,
            upper,
            self.low,
            self.high,
            np.zeros_like(self.integer),
            self.offset,
        )

    def relaxed(self) -> Problem:
        """Return the linear relaxation."""
        return Problem(
            self.matrix,
            self.cost,
            self.lower,
            self.upper,
            self.low,
            self.high,
            np.zeros_like(self.integer),
            self.offset,
        )

    def only(self, rows: Index) -> Problem:
        """Return the problem with some of its rows."""
        return replace(self, matrix=self.matrix[rows], low=self.low[rows], high=self.high[rows])

    def without_cost(self) -> Problem:
        """Return the problem that asks for any feasible point."""
        return replace(self, cost=np.zeros_like(self.cost), offset=0.0)
