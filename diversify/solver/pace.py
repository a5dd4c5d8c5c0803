"""How far a search goes towards the master's points, and where these lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
# At an edge of what plans may be, multipliers say too much of others: plans are looked at so much
# of the way to the mean of the master's points, and less as the gap closes.
INSIDE = 1e-3


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
    leans : bool
        Whether plans are moved inside at all.
    leaning : bool
        Whether the next plan is moved inside; after one that was, in vain, one is not.

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
    leans: bool = False
    leaning: bool = True

    def after(self, step: float, better: bool) -> float:
        """Return the part of the way that follows one that led to a better plan or did not."""
        self.leaning = better or not self.leaning
        return min(1.0, self.longer * step) if better else max(self.short, self.shorter * step)

    def met(self, point: Vector) -> Vector:
        """Take note of a point of the master, and return it."""
        self.count += 1
        before = point if self.middle is None else self.middle
        self.middle = before + (point - before) / self.count
        return point

    def inside(self, plan: Vector, ahead: float) -> Vector:
        """Return a plan moved a little inside, where it is the turn (Fischetti et al. 2016).

        Parameters
        ----------
        plan : numpy.ndarray
            Shape (first,).
        ahead : float
            Relative gap at this moment.
        """
        return self.inward(plan, min(INSIDE, ahead)) if self.leans and self.leaning else plan

    def inward(self, plan: Vector, part: float) -> Vector:
        """Return a plan moved a part of the way to the mean of the master's points."""
        return plan if self.middle is None else plan + part * (self.middle - plan)


def within(lower: Vector, upper: Vector, center: Vector, reach: Vector) -> tuple[Vector, Vector]:
    """Return bounds narrowed to what lies within reach of a point, never to nothing.

    Parameters
    ----------
    lower, upper : numpy.ndarray
        Bounds, shape (n,).
    center, reach : numpy.ndarray
        The point, which may lie outside, and how far to go in each direction, shape (n,).

    Examples
    --------
    >>> zero, ten = np.zeros(2), np.full(2, 10.0)
    >>> [part.tolist() for part in within(zero, ten, np.array([4.0, 12.0]), np.ones(2))]
    [[3.0, 10.0], [5.0, 10.0]]
    """
    low = np.minimum(np.maximum(lower, center - reach), upper)
    return low, np.maximum(np.minimum(upper, center + reach), low)
