"""What a solve found, as arrays: the point, the multipliers, and what they prove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.solver.certificate import Certificate
from diversify.solver.evaluation import Outcomes

Vector = NDArray[np.float64]
Status = Literal["optimal", "infeasible", "unbounded", "stopped"]
Point = Literal["certified", "feasible", "none"]
Reason = Literal["", "time limit", "interrupted"]


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved problem: status and point are two things (R4).

    Attributes
    ----------
    status : {"optimal", "stopped"}
        Why the solver stopped.
    point : {"certified", "feasible"}
        What the point is.
    plan : numpy.ndarray
        Values of the first-stage columns, shape (first,).
    outcomes : Outcomes
        Costs by kind and shortages in each scenario.
    level_price : dict
        Change of cost with each policy's level, by policy.
    row_price : dict
        The part of each policy row in that, by policy and block row.
    row_multiplier : numpy.ndarray
        Multiplier of each block row, summed over the scenarios.
    certificate : Certificate or None
        None for a point that was not proven.
    objective, bound, gap : float
        Cost of the point, proven lower bound, and their relative distance.
    method : str
        ``"extensive"`` or the name of another method.
    size : dict
        Rows, columns, non-zeros and distinct scenarios of what was solved.
    remarks : tuple of str
        What the user should know of how it was solved.
    reason : {"", "time limit", "interrupted"}
        Why it stopped, where the status is "stopped".
    """

    blocks: Blocks
    status: Status
    point: Point
    plan: Vector
    outcomes: Outcomes
    level_price: dict[str, float]
    row_price: dict[tuple[str, int], float]
    row_multiplier: Vector
    certificate: Certificate | None
    objective: float
    bound: float
    gap: float
    method: str
    size: dict[str, int]
    remarks: tuple[str, ...] = ()
    reason: Reason = ""
