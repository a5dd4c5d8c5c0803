"""The highest prices that a master may put on rows in expectation, raised as it turns out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.solver.master import Frame
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
# By what a price may at first be above that of a sample, and by what it then rises.
GROWTH = 1.25
# A master's value that rises by less than this part of what it lacks tells that a cap is too low.
STALL = 0.03
# A row that was free in a sample: part of a plan's cost for which it may be exceeded by its size.
FREE = 1e-3
# Parts of the price of budgets at the best plan at which the next one is looked at.
NEAR = (0.7, 1.3)
# The fine for exceeding a row, as a multiple of its price so far; in costs of a plan for its size,
# where there is no price so far, and where it was free in a sample.
FINE = 4.0
DEAR = 1e1
SMALL = 1e-2


def cost_for_size(frame: Frame, plan: Vector) -> Vector:
    """Return what a plan costs for the size of each row in expectation [USD per unit], shape (R,).

    Parameters
    ----------
    frame : Frame
        The master without cuts.
    plan : numpy.ndarray
        Any that makes sense, shape (first,).
    """
    first, size = frame.blocks.first, frame.limits
    cost = float(frame.money * np.abs(frame.cost[:first]) @ np.abs(plan))
    return np.asarray((1.0 + cost) / np.where(size > 0, size, 1.0))


def first_fine(price: Vector | None, unit: Vector) -> Vector:
    """Return what exceeding each row in expectation costs a plan at first, shape (R,).

    Parameters
    ----------
    price : numpy.ndarray, optional
        Price of each row in a sample [USD per unit], shape (R,).
    unit : numpy.ndarray
        From :func:`cost_for_size`.

    Examples
    --------
    >>> first_fine(np.array([3.0, 0.0]), np.array([500.0, 500.0])).tolist()
    [12.0, 5.0]
    """
    if price is None:
        return DEAR * unit
    return np.where(price > 0, FINE * price, SMALL * unit)


class Caps:
    r"""Lets a master exceed rows in expectation for a price above which none can then be.

    .. math:: \min c^\top y + \bar\lambda^\top o \quad\text{with rows}\quad risk(y) - o \le b

    Few cuts know little of what less risk costs, and a master that believes them puts a price on
    it far above the true one; cuts made at such a price help little at another. Whatever the
    price, what the master bounds is the cost of plans that keep the rows, so it stays a bound.

    Parameters
    ----------
    frame : Frame
        The master without cuts.
    price : numpy.ndarray, optional
        Price of each row in a sample [USD per unit], shape (R,); without one nothing is capped.
    unit : numpy.ndarray
        Cost of a plan for the size of each row [USD per unit], shape (R,).
    """

    def __init__(self, frame: Frame, price: Vector | None, unit: Vector) -> None:
        self._frame = frame
        self.limit = np.full(len(unit), np.inf)
        if price is not None:
            self.limit = np.where(price > 0, GROWTH * price, FREE * unit)
        self._size = frame.limits
        self.cost = frame.cost
        self._told: Vector | None = frame.cost
        self._value = -np.inf
        # At which parts of the best plan's price the next one is looked at as well.
        self.near: tuple[float, ...] = NEAR

    def room(self) -> Vector:
        """Return by what each row may be exceeded, shape (R,)."""
        return np.where(np.isfinite(self.limit), np.inf, 0.0)

    def around(self, prices: list[Vector]) -> list[Vector]:
        """Return prices below and above others, none far above its cap, shape (R,) each."""
        known = [np.minimum(price, self.limit) for price in prices if price.any()]
        return [part * price for price in known for part in self.near]

    def lift(self) -> None:
        """Cap nothing any more."""
        self.limit = np.full(len(self.limit), np.inf)

    def forget(self) -> None:
        """Say that the master is another, whose costs are not known."""
        self._told = None

    def tell(self, master: WarmLp, fine: Vector) -> None:
        """Give a master the prices; one that reached the fine is capped no more.

        Parameters
        ----------
        master : WarmLp
            Over the columns of the frame.
        fine : numpy.ndarray
            What exceeding each row costs a plan [USD per unit], shape (R,).
        """
        self.limit = np.where(self.limit >= fine, np.inf, self.limit)
        cost = self._frame.cost.copy()
        cost[self._frame.over] = np.where(
            np.isfinite(self.limit), self.limit / self._frame.money, 0.0
        )
        self.cost = cost
        if self._told is None or (cost != self._told).any():
            master.change_cost(cost)
            self._told = cost

    def met(self, over: Vector, value: float, ahead: float) -> None:
        """Raise the price of the rows that a master's point exceeds, where that stays so.

        The first masters exceed rows whatever the price, and learn nothing from a higher one.

        Parameters
        ----------
        over : numpy.ndarray
            By what it does, in the rows' units, shape (R,).
        value : float
            Of the master [USD].
        ahead : float
            What the best plan costs more [USD].
        """
        exceeded = over > 1e-9 * (1.0 + self._size)
        stalled = value - self._value < STALL * ahead
        self._value = value
        if stalled and exceeded.any():
            self.limit = np.where(exceeded, GROWTH * self.limit, self.limit)
            # Values under another price do not compare.
            self._value = -np.inf
