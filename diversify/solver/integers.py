"""Yes/no decisions in the first stage: the master as a mixed-integer problem."""

from __future__ import annotations

import numpy as np

from diversify.errors import InfeasibleError
from diversify.solver.highs import run
from diversify.solver.search import ITERATIONS, NoConvergenceError, Search

# Plans to look at for one choice of the decisions before the master chooses again.
POLISH = 12
# Relative gap of the first master, and what part of the search's gap that of a later one may be.
WIDE = 1e-3
PART = 0.2


def search_integers(search: Search, gap: float) -> None:
    """Close the gap of a search with whole decisions, starting from the cuts of its relaxation.

    Parameters
    ----------
    search : Search
        After its relaxation; its best plan is whole when this returns.
    gap : float
        Relative gap.

    Raises
    ------
    InfeasibleError
        If no whole decisions keep all rows.
    NoConvergenceError
        If the gap does not close.
    """
    frame, first = search.frame, search.first
    integer = frame.blocks.integer[:first]
    search.strict, search.cost, search.found = True, np.inf, None
    search.radius = np.inf
    while search.iterations < ITERATIONS:
        # To close the master's own gap further than the search's is time spent on old cuts.
        open_part = PART * search.gap if np.isfinite(search.cost) else WIDE
        within = min(max(open_part, gap / 4), WIDE)
        answer = run(frame.problem(search.pool.cuts), mip_gap=within)
        if answer.status == "infeasible":
            raise InfeasibleError("no plan keeps all limits")
        if answer.point is None:
            raise NoConvergenceError(f"the master problem ended {answer.status}")
        if search.tangents(answer.point[:first]):
            continue
        search.bound = max(search.bound, frame.money * (answer.bound - frame.constant))
        if search.gap <= gap:
            return
        plan = answer.point[:first].copy()
        plan[integer] = np.round(plan[integer])
        search.take(plan, search.cost - search.bound)
        if search.gap <= gap:
            return
        if not integer.all():
            _polish(search, plan, gap)
    raise NoConvergenceError(f"the gap was still {search.gap:.3g} of the cost")


def _polish(search: Search, plan: np.ndarray, gap: float) -> None:
    """Improve the rest of a plan with its decisions as they are."""
    integer = np.flatnonzero(search.frame.blocks.integer[: search.first])
    lower, upper = search.lower.copy(), search.upper.copy()
    best, found, cost = search.best, search.found, search.cost
    search.lower[integer] = search.upper[integer] = plan[integer]
    search.best = plan
    try:
        search.run(gap / 2, POLISH, whole=False)
    except (InfeasibleError, NoConvergenceError):
        pass
    finally:
        search.lower, search.upper = lower, upper
        if search.cost >= cost:
            search.best, search.found, search.cost = best, found, cost
