"""Means of like scenarios in place of scenarios: searches that are small, and whose cuts hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import InfeasibleError
from diversify.solver.bank import Bank
from diversify.solver.evaluator import Evaluator
from diversify.solver.fines import NoConvergenceError
from diversify.solver.keeping import Keeper
from diversify.solver.pace import INSIDE
from diversify.solver.recourse import prepare_recourse
from diversify.solver.search import Search
from diversify.solver.split import Split

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# Fewer scenarios than this are looked at themselves: the gap asked for is a hundredth then.
LEAST = 2_000
# Groups as parts of the scenarios. The few tell the master what far plans cost, the many the rest.
PARTS = (0.02, 0.2)
# Fewer groups than this are looked at sooner than they are handed over.
ALONE = 1_000
# A level is solved to this part of what its means may be short by, and of the gap.
CLOSE, EXACT = 0.04, 0.25
# Where the finest means may be short by more of the cost than this, they say too little.
COARSE = 2e-3
# It also ends when so many plans moved its bound by less than that: what it is for is its bound.
STALL = 3


@dataclass(frozen=True, slots=True)
class Groups:
    """Means of groups of scenarios.

    Attributes
    ----------
    theta : numpy.ndarray
        Mean data of each group, shape (G, P).
    probability, news, cluster : numpy.ndarray
        Shape (G,).
    loss : float
        What the means may be too cheap by in all, where they were made [USD].
    """

    theta: Vector
    probability: Vector
    news: Index
    cluster: Index
    loss: float


def serves(blocks: Blocks, news: Index) -> bool:
    """Say whether to look at means: only right sides may differ, or means bound nothing.

    Where a bank serves, many scenarios cost little more than few.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    news : numpy.ndarray
        Periods before the news of each distinct scenario, shape (S,).
    """
    if len(news) < LEAST:
        return False
    recourse = prepare_recourse(blocks, int(news.min()))
    differs = len(recourse.random_row) > 0 or recourse.random_cost
    return not differs and not Bank.serves(recourse)


def grouped(evaluator: Evaluator, news: Index, count: int) -> Groups:
    """Return the means of about so many groups, those that may lose most split first.

    Parameters
    ----------
    evaluator : Evaluator
        Which was asked for splits.
    news : numpy.ndarray
        Periods before the news of each scenario, shape (S,).
    count : int
        Number of groups.
    """
    splits = evaluator.splits
    counts = _splits(splits, count)
    group, start = np.zeros(len(news), dtype=np.int64), 0
    for one, taken, members in zip(splits, counts, evaluator.members, strict=True):
        group[members] = start + one.after(taken)
        start += one.roots + taken
    mass = evaluator.probability
    total = np.bincount(group, mass, start)
    # A group of scenarios without any probability has a mean too.
    weight = np.where(total[group] > 0.0, mass, 1.0)
    add = sp.csr_array((weight, (group, np.arange(len(group)))), shape=(start, len(group)))
    whole = np.bincount(group, weight, start)
    one_of = np.zeros(start, dtype=np.int64)
    one_of[group] = np.arange(len(group))
    loss = sum(float(one.rest[taken]) for one, taken in zip(splits, counts, strict=True))
    return Groups(
        np.asarray(add @ evaluator.theta) / whole[:, None],
        np.asarray(total, dtype=np.float64),
        news[one_of],
        evaluator.cluster[one_of],
        loss,
    )


def _splits(splits: list[Split], count: int) -> list[int]:
    """Return how many splits of each shard make so many groups."""
    loss = np.concatenate([np.minimum.accumulate(one.loss) for one in splits])
    shard = np.repeat(np.arange(len(splits)), [len(one.loss) for one in splits])
    left = max(0, count - sum(one.roots for one in splits))
    best = np.argsort(-loss, kind="stable")[:left]
    return [int(k) for k in np.bincount(shard[best], minlength=len(splits))]


def approach(search: Search, news: Index, tolerance: float, workers: int, keeper: Keeper) -> None:
    """Bring a search near its end by searches over means of like scenarios.

    What is convex in the data costs less at a mean than on average (Jensen), so every cut of a
    mean is one of its scenarios. All scenarios are looked at where it begins, which tells how to
    group them, and where it ends.

    Parameters
    ----------
    search : Search
        Over all scenarios, new.
    news : numpy.ndarray
        Periods before the news of each scenario, shape (S,).
    tolerance : float
        Relative gap that is asked for.
    workers : int
        Processes.
    keeper : Keeper
        What watches over the search.
    """
    evaluator = search.evaluator
    total = len(evaluator.probability)
    if search.found is None:
        # Groups are those of the plan that it begins with.
        evaluator.parts = 2.0 * max(PARTS)
        search.take(search.best)
        evaluator.parts = 0.0
    if not evaluator.splits or not np.isfinite(search.cost):
        return
    start = search.best
    levels = [grouped(evaluator, news, int(part * total)) for part in PARTS]
    if levels[-1].loss > COARSE * search.size(search.cost):
        levels = []
    for groups in levels:
        close = max(EXACT * tolerance * search.size(search.cost), CLOSE * groups.loss)
        ended = _level(search, groups, start, close, tolerance, workers, keeper)
        if ended is None:
            break
        start = ended
        # With what is known by now masters do not go far, and what they say bounds the cost.
        search.radius = np.inf
    evaluator.splits = []
    if search.gap > tolerance:
        search.take(start, max(0.0, search.cost - search.bound))


def _level(
    search: Search,
    groups: Groups,
    start: Vector,
    close: float,
    tolerance: float,
    workers: int,
    keeper: Keeper,
) -> Vector | None:
    """Search over means until little is left to gain [USD], or the gap is closed.

    Returns the best plan, and None if the search failed.
    """
    evaluator = Evaluator(
        search.frame.blocks,
        groups.theta,
        groups.probability,
        groups.news,
        groups.cluster,
        workers=workers if len(groups.theta) > ALONE else 1,
    )
    inner = Search(search.frame, evaluator, start, search.objective, search.price)
    inner.fine = np.maximum(inner.fine, search.fine)
    inner.caps.limit = search.caps.limit.copy()
    inner.rough = inner.pace.leans = True
    # Groups come apart where there is risk: of means, many have it, and each price costs as much.
    inner.caps.near = ()
    inner.share(search)
    keeper.beside(inner)
    size = search.size(search.cost)
    try:
        inner.run(close / size, enough=search.cost - tolerance * size, stall=STALL)
    except (InfeasibleError, NoConvergenceError):
        return None
    finally:
        evaluator.close()
        search.caps.forget()
    search.bound = max(search.bound, inner.bound)
    search.price, search.caps.limit = inner.price, np.maximum(search.caps.limit, inner.caps.limit)
    search.fine = np.maximum(search.fine, inner.fine)
    # At an edge of what plans may be, multipliers say too much of others.
    return inner.pace.inward(inner.best, min(INSIDE, tolerance))
