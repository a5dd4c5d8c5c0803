"""Yes/no decisions in the first stage: the master as a mixed-integer problem."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.errors import InfeasibleError
from diversify.solver.fines import NoConvergenceError, fined
from diversify.solver.search import ITERATIONS, Search
from diversify.solver.whole_master import WholeMaster

Vector = NDArray[np.float64]
# Plans to look at for one choice of the decisions before the master chooses again.
POLISH = 12
# Relative gap of the first master, and what part of the search's gap that of a later one may be.
WIDE = 1e-3
PART = 0.4
# Part of the way from whole decisions to those of the relaxation at which cuts are made.
NEAR = 0.02
# What part of the gap that is asked for the cost of some decisions may be off.
EXACT = 0.5


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
    inner = search.best
    search.radius = np.inf
    search.margin.drop()
    master = WholeMaster(search)
    search.strict, search.cost, search.found = True, np.inf, None
    start, rounds = search.iterations, 0
    while search.iterations - start < ITERATIONS and rounds < ITERATIONS:
        rounds += 1
        plan = _choose(search, master, gap)
        if plan is not None and not search.gap <= gap:
            _look(search, master, plan, inner, gap)
        # A plan that pays a fine may cost less than any that keeps the budgets.
        if search.gap <= gap and not fined(search):
            master.settle()
            return
    raise NoConvergenceError(f"the gap was still {search.gap:.3g} of the cost")


def _choose(search: Search, master: WholeMaster, gap: float) -> Vector | None:
    """Return the master's plan and raise the bound to the master's."""
    frame, first = search.frame, search.first
    # To close the master's own gap further than the search's is time spent on old cuts.
    open_part = PART * search.gap if np.isfinite(search.cost) else WIDE
    answer = master.chosen(min(max(open_part, gap / 4), WIDE))
    if answer.status == "infeasible":
        raise InfeasibleError("no plan keeps all limits")
    if answer.point is None:
        raise NoConvergenceError(f"the master problem ended {answer.status}")
    known = len(search.pool.cuts)
    if search.tangents(answer.point[:first]):
        master.keep(search.pool.cuts[known:])
        return None
    search.bound = max(search.bound, frame.money * (answer.bound - frame.constant))
    plan = answer.point[:first].copy()
    plan[master.integer] = np.round(plan[master.integer])
    return plan


def _look(search: Search, master: WholeMaster, plan: Vector, inner: Vector, gap: float) -> None:
    """Find what decisions cost, or that they cost more than the best, and the cuts that say so."""
    if not master.possible(plan):
        return
    lower, upper = search.lower.copy(), search.upper.copy()
    master.settle()
    search.lower[master.integer] = search.upper[master.integer] = plan[master.integer]
    try:
        if len(master.integer) == search.first:
            _evaluate(search, plan, inner, gap)
        else:
            whole = master.integer
            known = search.found is not None and (search.best[whole] == plan[whole]).all()
            _polish(search, gap, known=bool(known))
        master.learn()
    finally:
        search.lower, search.upper = lower, upper


def _evaluate(search: Search, plan: Vector, inner: Vector, gap: float) -> None:
    """Evaluate decisions that are all there is to a plan, unless cuts nearby say that it is dear.

    Where a decision is no, the cheapest multipliers of its rows are many, and most of them say far
    too much of what a yes would save. A little way towards the relaxation they are the right ones
    (Magnanti & Wong 1981), and nearly exact at the decisions too.
    """
    search.take(plan + NEAR * (inner - plan), search.cost - search.bound)
    if not _dear(search, search.propose()[1], search.cost, gap):
        search.take(plan, search.cost - search.bound)


def _polish(search: Search, gap: float, *, known: bool) -> None:
    """Improve the rest of a plan until it is known what its decisions cost, or that it is dear.

    Decisions that are ``known`` are those of the best plan, and it goes on from there.
    """
    best, found, cost = search.best, search.found, search.cost
    step = 1.0
    if not known:
        search.cost, search.found = np.inf, None
    try:
        for _ in range(POLISH):
            point, value, _ = search.propose()
            if _dear(search, value, cost, gap):
                break
            if np.isfinite(search.cost):
                reached = min(cost, search.cost) - search.bound
                ahead = search.cost - value
                if ahead <= max(EXACT * gap * search.size(search.cost), PART * reached):
                    break
                point = search.best + step * (point - search.best)
            better = search.take(point, search.cost - value)
            step = min(1.0, 1.2 * step) if better else max(0.3, 0.9 * step)
    except InfeasibleError:
        # Then the cuts say so, and the master will look elsewhere.
        pass
    finally:
        if search.cost >= cost:
            search.best, search.found, search.cost = best, found, cost


def _dear(search: Search, value: float, cost: float, gap: float) -> bool:
    """Say whether a bound is so close to the best cost that nothing is left to gain."""
    return bool(np.isfinite(cost) and value >= cost - EXACT * gap * search.size(cost))
