"""What a solver says, before anything is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Status = Literal["optimal", "infeasible", "unbounded", "stopped"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver says, before anything is believed.

    Attributes
    ----------
    status : {"optimal", "infeasible", "unbounded", "stopped"}
        Why it stopped.
    point : numpy.ndarray or None
        Values of the columns, where there is a feasible point.
    multipliers : numpy.ndarray or None
        Multipliers of the rows of a linear problem: change of cost with the right side.
    bound : float
        Lower bound on the cost that the solver claims, -inf where it claims none.
    interrupted : bool
        Whether it stopped because the user said so.
    """

    status: Status
    point: Vector | None
    multipliers: Vector | None
    bound: float
    interrupted: bool = False
