"""Plans that exceed a budget for a fine: what becomes of a search whose best plan is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diversify.errors import SolverError
from diversify.solver.least_excess import refuse_hopeless

if TYPE_CHECKING:
    from diversify.solver.search import Search

Vector = NDArray[np.float64]
RISES = 10
# After so many rises it is asked whether any plan keeps the budgets, if none is known. Where looks
# are dear, it may take so many of them at first, and more after so many rises.
DOUBT, FEW, LATE = 2, 8, 6


# Part of the gap below which a fine is little, and how many times what is exceeded is spared then.
PAID, TIMES = 0.25, 2.0
# So many more plans are looked at before the fine rises; part of a budget that is nothing.
WAITS, NOTHING = 3, 1e-6


class Margin:
    r"""What masters spare of rows in expectation, so that plans on the way to theirs keep them.

    .. math:: risk(y) - o \le b, \quad o \ge -\delta

    A master knows too little of risk, so that its plans exceed what it believes them to keep. What
    it says of :math:`b - \delta` bounds the cost at :math:`b` by weak duality, so nothing is lost.

    Parameters
    ----------
    size : numpy.ndarray
        Right side of each row, shape (R,).

    Attributes
    ----------
    spare : numpy.ndarray
        The margin, in the rows' units, shape (R,).

    Examples
    --------
    >>> margin = Margin(np.array([10.0, 10.0]))
    >>> margin.ask(np.array([0.5, -1.0]))
    >>> margin.fade()
    >>> margin.spare.tolist()
    [0.5, 0.0]
    """

    def __init__(self, size: Vector) -> None:
        self.spare = self._asked = np.zeros(len(size))
        self._nothing = NOTHING * size
        self._waited = 0

    def ask(self, excess: Vector) -> None:
        """Spare more than the best plan exceeds the rows by, shape (R,)."""
        self.spare = self._asked = TIMES * np.maximum(excess, 0.0)

    def fade(self) -> None:
        """Spare less: where plans keep the rows without, it costs."""
        self.spare = np.where(self.spare > self._nothing, self.spare / 2.0, 0.0)

    def drop(self) -> None:
        """Spare nothing."""
        self.spare = self._asked = np.zeros(len(self.spare))

    def waits(self) -> bool:
        """Say whether to look at more plans before fines rise, and spare again what was asked."""
        self._waited += 1
        if self._waited > WAITS or not self._asked.any():
            return False
        # It fades once before it counts.
        self.spare = 2.0 * self._asked
        return True


class NoConvergenceError(SolverError):
    """The cuts did not close the gap."""


def fined(search: Search) -> bool:
    """Say whether the best plan exceeds a budget; if so the fine was too low, and rises.

    Parameters
    ----------
    search : Search
        Whose gap is closed but for that.

    Raises
    ------
    NoConvergenceError
        If plans exceed budgets whatever that costs.
    InfeasibleError
        If no plan keeps the budgets, proven.
    """
    if search.found is None or search.found.fine == 0.0:
        return False
    search.fine = 8.0 * search.fine
    search.rises += 1
    known = np.isfinite(search.hull.cheapest()[0])
    if search.rises == (LATE if search.clustered else DOUBT) and not known:
        refuse_hopeless(search)
    elif search.rises == DOUBT and not known:
        refuse_hopeless(search, FEW)
    if search.rises > RISES:
        raise NoConvergenceError("a budget is exceeded whatever that costs")
    # What risk there is at least may show that no plan keeps the budgets.
    weight = search.fine / search.fine.max()
    search.add(search.evaluator.evaluate(search.best, weight, 0.0).cuts)
    search.cost = np.inf
    search.take(search.best)
    return True
