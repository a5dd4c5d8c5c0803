"""A search that looks at some of the scenarios at a time, and at all to be sure."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from diversify.solver.search import ITERATIONS, NoConvergenceError, Search

Vector = NDArray[np.float64]
# Steps after which the best plan is looked at again: failed ones, or since the last exact look.
PATIENCE = 8
# Steps that stay near the best plan, until the cuts bound the master.
NEAR = 2


def search_partially(search: Search, tolerance: float) -> None:
    """Close the gap of a search with steps that evaluate a part of the scenarios each.

    Cuts of a part are as valid as all. Whether a step is good is estimated: what the model says of
    all scenarios, and how far it was off for the part that was looked at. When estimate and bound
    meet, all scenarios are evaluated exactly.

    Parameters
    ----------
    search : Search
        With many clusters, each within one shard.
    tolerance : float
        Relative gap.

    Raises
    ------
    NoConvergenceError
        If the gap does not close.
    InfeasibleError
        If no plan keeps all rows.
    """
    guess = _Guess(search)
    turns = itertools.cycle(search.evaluator.turns())
    everything = list(range(len(search.evaluator.members)))
    best = search.best
    # Several prices at once let the master know how budgets trade against cost.
    anchor = search.price.copy()
    search.take(best, 0.02 * (1.0 + abs(search.worth(best))), rounds=2)
    merit = search.at_least if np.isfinite(search.at_least) else search.cost
    if not anchor.any() and search.found is not None and search.found.prices:
        anchor = np.mean(search.found.prices, axis=0)
    step, failed, sure, renew, check = 0.5, 0, True, False, 0
    for iteration in range(ITERATIONS):
        search.center = best
        if iteration >= NEAR:
            search.radius = np.inf
        point, value, inside = search.propose()
        if renew:
            # Only now: cuts at one price say little about a plan at another.
            anchor, renew = np.where(search.price > 0, search.price, anchor), False
        if inside:
            search.bound = max(search.bound, value)
        ahead = merit - search.bound
        enough = tolerance * (1.0 + abs(merit))
        if search.cost - search.bound <= enough and not search.fined():
            return
        if np.isfinite(merit) and ahead <= enough and iteration >= check:
            search.take(best, 3.0 * enough, rounds=4, hope=search.bound + enough)
            if search.cost - search.bound <= enough and not search.fined():
                return
            # The estimate was too good: what the best plan truly costs counts from here on.
            # So does a mix of prices that was not good enough yet.
            merit, sure = max(search.at_least, search.bound + 1.01 * enough), True
            renew, check = True, iteration + PATIENCE
            if not merit < search.cost:
                best, merit = search.best, search.cost
            continue
        if np.isfinite(merit) and failed >= PATIENCE and not sure:
            # An estimate that was too good would stop all progress: look at the plan itself again.
            merit, sure = guess.look(best, anchor, everything), True
            continue
        if np.isfinite(merit):
            # The master's own point now and then, which its cuts then no longer let pass.
            reach = 1.0 if failed % 3 == 2 else step
            point = best + reach * (point - best)
        estimate = guess.look(point, anchor, next(turns) if np.isfinite(merit) else everything)
        if estimate < merit:
            best, merit, failed, sure = point, estimate, 0, False
            step = min(1.0, 1.2 * step)
        else:
            failed += 1
            step = max(0.3, 0.9 * step)
        search.iterations += 1
        if search.watch is not None:
            search.watch(search)
    raise NoConvergenceError(f"the gap was still {search.gap:.3g} of the cost")


class _Guess:
    """What the cuts say of each cluster at a plan, to judge a part of them by.

    Parameters
    ----------
    search : Search
        Whose cuts are added and read.
    """

    def __init__(self, search: Search) -> None:
        self.search = search
        evaluator = search.evaluator
        count = search.frame.clusters
        self._mass = np.bincount(evaluator.cluster, evaluator.probability, count)
        self._known = np.zeros(count, dtype=bool)

    def look(self, plan: Vector, price: Vector, shards: list[int]) -> float:
        """Add the cuts of some shards at a plan and return an estimate of its cost.

        Parameters
        ----------
        plan : numpy.ndarray
            First-stage point, shape (first,).
        price : numpy.ndarray
            Price of each row in expectation, shape (R,).
        shards : list of int
            Which to evaluate.

        Returns
        -------
        float
            Cost with the price of what budgets are exceeded by; infinite where a scenario has no
            recourse.
        """
        search, frame = self.search, self.search.frame
        if not shards:
            return float("inf")
        model = self._model(plan, price)
        cuts = search.evaluator.look(plan, price, shards)
        if cuts is None:
            search.add(search.evaluator.missing)
            return float("inf")
        search.add(cuts)
        looked = np.array([cut.cluster for cut in cuts], dtype=np.int64)
        true = np.array([cut.value(plan) for cut in cuts])
        if not self._known.all():
            model[looked] = true
            self._known[looked] = True
            if not self._known.all():
                return float("inf")
            off = 0.0
        else:
            error = float((true - model[looked]).sum())
            off = error * float(self._mass.sum() / self._mass[looked].sum())
        start = len(frame.rows) - len(frame.expected)
        allowed = frame.high[start:] - frame.matrix[start:, : search.first] @ plan
        fixed = frame.money * float(frame.cost[: search.first] @ plan)
        return fixed + float(model.sum()) + off - float(price @ allowed)

    def _model(self, plan: Vector, price: Vector) -> Vector:
        """Return what cuts say of each cluster at a price, first order in the price."""
        search = self.search
        model = np.full(search.frame.clusters, -np.inf)
        for cut in search.pool.cuts:
            if cut.weight:
                said = cut.value(plan) + float((price - cut.risk) @ cut.seen)
                model[cut.cluster] = max(model[cut.cluster], said)
        return model
