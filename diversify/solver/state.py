"""How far a search is, in numbers that anyone may show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class State:
    """How far a search is.

    Attributes
    ----------
    iteration : int
        Evaluated plans.
    cost, bound : float
        Cost of the best plan and lower bound [USD]; infinite where there is none yet.
    solves : int
        Linear problems solved for recourse.
    cuts : int
        Cuts in the master.
    scenarios, total : int
        Scenarios that this search is over, and all there are: a search over some comes first.
    """

    iteration: int
    cost: float
    bound: float
    solves: int
    cuts: int
    scenarios: int
    total: int

    @property
    def gap(self) -> float:
        """Relative distance between cost and bound, infinite where one is missing."""
        if not np.isfinite(self.cost - self.bound):
            return float("inf")
        return max(0.0, self.cost - self.bound) / (1.0 + abs(self.cost))
