"""Plans that exceed a budget for a fine: what becomes of a search whose best plan is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diversify.errors import SolverError
from diversify.solver.least_excess import refuse_hopeless

if TYPE_CHECKING:
    from diversify.solver.search import Search

RISES = 10
# After so many rises it is asked whether any plan keeps the budgets.
DOUBT = 2


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
    if search.rises == DOUBT:
        refuse_hopeless(search)
    if search.rises > RISES:
        raise NoConvergenceError("a budget is exceeded whatever that costs")
    # What risk there is at least may show that no plan keeps the budgets.
    weight = search.fine / search.fine.max()
    search.add(search.evaluator.evaluate(search.best, weight, 0.0).cuts)
    search.cost = np.inf
    search.take(search.best)
    return True
