"""What a solver says, before anything is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Status = Literal["optimal", "infeasible", "unbounded", "stopped"]
FEASIBILITY = 1e-7  # how far HiGHS lets a row be violated


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


def without_columns(low: Vector, high: Vector, offset: float) -> Answer:
    """Return the answer to a problem without columns, whose rows all have the activity 0.

    Parameters
    ----------
    low, high : numpy.ndarray
        Bounds of the rows, shape (rows,).
    offset : float
        The cost.

    Returns
    -------
    Answer
        Optimal or infeasible.

    Examples
    --------
    >>> without_columns(np.array([1.0]), np.array([2.0]), 0.0).status
    'infeasible'
    """
    if (low > FEASIBILITY).any() or (high < -FEASIBILITY).any():
        return Answer("infeasible", None, None, np.inf)
    return Answer("optimal", np.zeros(0), np.zeros(len(low)), offset)
