"""A search that looks at some of the scenarios at a time, and at all to be sure."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from diversify.solver.search import ITERATIONS, NoConvergenceError, Search

Vector = NDArray[np.float64]
# By how much prices of budgets are varied: with cuts at one price only, the master cannot know
# what another would do.
WIDE, MIDDLE, NARROW = 0.3, 0.1, 0.04
# How fast the prices that are looked at follow those of the master.
TRUST = 0.3
ROUGH = 2e-3
# Failed steps after which the best plan is looked at again.
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
    signs = itertools.cycle(_signs(len(search.price)))
    everything = list(range(len(search.evaluator.members)))
    best = search.best
    # Several prices at once tell the master where to look for those of budgets.
    anchor = search.price.copy()
    search.take(best, 0.02 * (1.0 + abs(search.worth(best))), rounds=2)
    merit = search.cost
    if not anchor.any() and search.found is not None and search.found.prices:
        anchor = np.mean(search.found.prices, axis=0)
    step, failed, sure = 0.5, 0, True
    for iteration in range(ITERATIONS):
        search.center = best
        if iteration >= NEAR:
            search.radius = np.inf
        point, value, inside = search.propose()
        distance = ahead_of(merit, search.bound)
        if distance < ROUGH or not anchor.any():
            # A model that is still rough prices budgets anyhow.
            anchor = (1 - TRUST) * anchor + TRUST * search.price
        if inside:
            search.bound = max(search.bound, value)
        ahead = merit - search.bound
        enough = tolerance * (1.0 + abs(merit))
        if np.isfinite(merit) and ahead <= enough:
            search.take(best, 3.0 * enough, rounds=4)
            if search.cost - search.bound <= enough and not search.fined():
                return
            # The estimate was too good: what the best plan truly costs counts from here on.
            best, merit, sure = search.best, search.cost, True
            continue
        if np.isfinite(merit) and failed >= PATIENCE and not sure:
            # An estimate that was too good would stop all progress: look at the plan itself again.
            merit, sure = guess.look(best, anchor, everything), True
            continue
        if np.isfinite(merit):
            # The master's own point now and then, which its cuts then no longer let pass.
            reach = 1.0 if failed % 3 == 2 else step
            point = best + reach * (point - best)
        varied = WIDE if distance > 1e-3 else MIDDLE if distance > 3e-4 else NARROW
        price = anchor * (1.0 + varied * next(signs))
        estimate = guess.look(point, price, next(turns) if np.isfinite(merit) else everything)
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


def ahead_of(cost: float, bound: float) -> float:
    """Return the relative distance between a cost and a bound."""
    return (cost - bound) / (1.0 + abs(cost)) if np.isfinite(cost) else float("inf")


def _signs(count: int) -> list[Vector]:
    """Return directions in which prices are varied in turn; they add up to nothing."""
    if count == 0:
        return [np.zeros(0)]
    pattern = [np.ones(count), -np.ones(count)]
    for r in range(count if count > 1 else 0):
        flip = np.ones(count)
        flip[r] = -1.0
        pattern += [flip, -flip]
    return pattern


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
