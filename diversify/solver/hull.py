"""Plans between those that were looked at: what they cost at most, budgets kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.highs import run
from diversify.solver.problem import Problem

if TYPE_CHECKING:
    from diversify.solver.search import Search

Vector = NDArray[np.float64]
# Budgets are kept with so much to spare, as the solver keeps them to its own tolerance only.
SPARE = 1e-7
# A weight or an excess below this is the solver's tolerance.
NONE = 1e-9


class Hull:
    r"""Costs and risks at plans looked at, between which what is left is convex.

    .. math:: cost\Bigl(\sum_i w_i x_i\Bigr) \le \sum_i w_i\, cost_i
        \quad\text{where } \sum_i w_i\, excess_i \le 0,\ \sum_i w_i = 1,\ w \ge 0

    Recourse that is mixed like the plans is feasible for the mixed plan, so a plan between one
    that exceeds a budget and one that has some to spare keeps it, at a cost known before it is
    looked at.

    Parameters
    ----------
    size : numpy.ndarray
        Size of each row in expectation, shape (R,).

    Examples
    --------
    >>> hull = Hull(np.array([2.0]))
    >>> hull.add(np.array([0.0]), np.array([100.0]), np.array([[1.0]]))
    >>> hull.add(np.array([4.0]), np.array([104.0]), np.array([[-1.0]]))
    >>> value, plan = hull.cheapest()
    >>> round(value, 3), plan.round(3).tolist()
    (102.0, [2.0])
    """

    def __init__(self, size: Vector) -> None:
        self._size = np.where(size > 0.0, size, 1.0)
        self._plans: list[Vector] = []
        self._plan: list[int] = []
        self._cost: list[float] = []
        self._excess: list[Vector] = []

    def add(self, plan: Vector, cost: Vector, excess: Vector) -> None:
        """Take note of a plan, and of what it costs and exceeds under several prices.

        Parameters
        ----------
        plan : numpy.ndarray
            Shape (first,).
        cost : numpy.ndarray
            Cost, without any fine [USD], shape (n,).
        excess : numpy.ndarray
            By what each row in expectation is exceeded, negative where it is not, shape (n, R).
        """
        self._plan += [len(self._plans)] * len(cost)
        self._plans.append(plan)
        self._cost += cost.tolist()
        self._excess += list(excess)

    @property
    def least(self) -> float:
        """The least that any plan costs, whether it keeps the budgets or not [USD]."""
        return min(self._cost, default=np.inf)

    def knows(self, plan: Vector) -> bool:
        """Say whether a plan was looked at."""
        return any(np.allclose(plan, other, rtol=1e-9, atol=1e-9) for other in self._plans)

    def cheapest(self) -> tuple[float, Vector]:
        """Return the least that a plan among these is known to cost, and that plan.

        Returns
        -------
        float
            Infinite where none of them is known to keep the budgets [USD].
        numpy.ndarray
            Shape (first,); empty then.
        """
        none = np.inf, np.zeros(0)
        if not self._cost:
            return none
        cost, excess = np.array(self._cost), np.array(self._excess) / self._size
        excess = np.where(np.abs(excess) < NONE, 0.0, excess)
        count, least = len(cost), float(cost.min())
        problem = Problem(
            sp.csr_array(np.vstack([excess.T, np.ones((1, count))])),
            (cost - least) / (np.ptp(cost) or 1.0),
            np.zeros(count),
            np.ones(count),
            np.r_[np.full(excess.shape[1], -np.inf), 1.0],
            np.r_[np.full(excess.shape[1], -SPARE), 1.0],
            np.zeros(count, dtype=bool),
        )
        point = run(problem, solver="simplex").point
        if point is None:
            return none
        weight = np.where(point > NONE, point, 0.0)
        weight /= weight.sum()
        if (weight @ excess > 0.0).any():
            return none
        used = np.flatnonzero(weight)
        plans = np.array([self._plans[self._plan[i]] for i in used])
        return float(weight @ cost), np.asarray(weight[used] @ plans)


def settled(search: Search, bound: float, inside: bool, tolerance: float) -> bool:
    """Look at the plan between others that closes the gap, and say whether there was one.

    Parameters
    ----------
    search : Search
        Whose best plan costs too much yet, or exceeds a budget for a fine.
    bound : float
        What the master says [USD].
    inside : bool
        Whether its trust region let it be, so that this bounds the cost; if it closes the gap and
        is no bound, the region goes.
    tolerance : float
        Relative gap that is asked for.

    Returns
    -------
    bool
        Whether the master is to be asked again.
    """
    if not _closes(search, search.hull.least, bound, tolerance):
        return False
    value, plan = search.hull.cheapest()
    if not _closes(search, value, bound, tolerance) or search.hull.knows(plan):
        return False
    if not inside:
        search.radius = np.inf
        return True
    kept = search.best, search.found, search.cost, search.center, search.last
    if search.found is not None and search.found.fine:
        # What pays a fine may be cheaper than all that keep the budgets.
        search.cost = np.inf
    search.take(plan, value - bound, hope=np.inf)
    ends = not (search.found is None or search.found.fine)
    ends &= _closes(search, search.cost, bound, tolerance)
    if search.cost >= kept[2] and not ends:
        search.best, search.found, search.cost, search.center, search.last = kept
    return True


def _closes(search: Search, cost: float, bound: float, tolerance: float) -> bool:
    return bool(np.isfinite(cost) and cost - bound <= tolerance * search.size(cost))
