"""How far a search goes towards the master's points, and where these lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(slots=True)
class Pace:
    """Parts of the way from the best plan to the master's points.

    Attributes
    ----------
    short : float
        The least part.
    longer, shorter : float
        What success and failure make of a part.
    middle : numpy.ndarray or None
        Mean of the master's points so far, shape (first,).
    count : int
        How many they are.

    Examples
    --------
    >>> pace = Pace()
    >>> pace.after(0.5, better=True), pace.after(0.16, better=False)
    (0.6, 0.15)
    >>> [pace.met(np.array(point)).tolist() for point in ([0.0, 1.0], [1.0, 0.0])]
    [[0.0, 1.0], [1.0, 0.0]]
    >>> pace.inward(np.zeros(2), 0.1).tolist()
    [0.05, 0.05]
    """

    short: float = 0.15
    longer: float = 1.2
    shorter: float = 0.8
    middle: Vector | None = None
    count: int = 0

    def after(self, step: float, better: bool) -> float:
        """Return the part of the way that follows one that led to a better plan or did not."""
        return min(1.0, self.longer * step) if better else max(self.short, self.shorter * step)

    def met(self, point: Vector) -> Vector:
        """Take note of a point of the master, and return it."""
        self.count += 1
        before = point if self.middle is None else self.middle
        self.middle = before + (point - before) / self.count
        return point

    def inward(self, plan: Vector, part: float) -> Vector:
        """Return a plan moved a part of the way to the mean of the master's points."""
        return plan if self.middle is None else plan + part * (self.middle - plan)
