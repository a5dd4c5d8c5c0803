"""What a solve found, as arrays: the point, the multipliers, and what they prove."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.solver.certificate import Certificate
from diversify.solver.evaluation import Outcomes
from diversify.solver.worth import Worth

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
    worth : Worth
        What one more unit of each limit is worth.
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
    worth: Worth = field(default_factory=Worth)

    def priced(self, scale: Mapping[str, float]) -> Solution:
        """Return the solution with prices of levels instead of prices of their symbols.

        Parameters
        ----------
        scale : mapping
            Change of a symbol with its level, by policy, where it is not 1.

        Returns
        -------
        Solution
            The same otherwise.
        """
        if not scale:
            return self
        return dataclasses.replace(
            self,
            level_price={k: scale.get(k, 1.0) * v for k, v in self.level_price.items()},
            row_price={k: scale.get(k[0], 1.0) * v for k, v in self.row_price.items()},
        )

    def over(self, blocks: Blocks) -> Solution:
        """Return the solution over the rows and columns of a smaller problem.

        Parameters
        ----------
        blocks : Blocks
            The problem before losses, a threshold of the objective and tangents of cones were
            added. Rows that are copies of its rows are counted with them.

        Returns
        -------
        Solution
            Prices of levels stay whole.
        """
        count, origin = len(blocks.rows), self.blocks.origin
        if origin is None:
            origin = np.arange(count)
        known = min(len(origin), len(self.row_multiplier))
        total = np.bincount(origin[:known], self.row_multiplier[:known], count)[:count]
        row_price: dict[tuple[str, int], float] = {}
        for (policy, row), value in self.row_price.items():
            if row < len(origin) and origin[row] < count:
                key = policy, int(origin[row])
                row_price[key] = row_price.get(key, 0.0) + value
        return dataclasses.replace(
            self,
            blocks=blocks,
            plan=self.plan[: blocks.first],
            row_multiplier=np.asarray(total, dtype=np.float64),
            row_price=row_price,
            worth=self.worth.over(blocks),
        )
