"""Which scenarios to look at first, and which share a cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.solver.evaluator import ordered

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# By what part sums of probabilities differ that should be equal.
ROUNDING = 1e-9


def in_line(theta: Vector, news: Index) -> Index:
    """Return scenarios by news, and within it so that neighbours differ little, shape (S,)."""
    order = ordered(theta)
    return np.asarray(order[np.argsort(news[order], kind="stable")])


def systematic(line: Index, probability: Vector, count: int) -> tuple[Index, Vector]:
    """Return a sample at equal steps of probability along a line, with its probabilities.

    Parameters
    ----------
    line : numpy.ndarray
        All scenarios in an order in which neighbours are alike, shape (S,).
    probability : numpy.ndarray
        Of the scenarios, shape (S,).
    count : int
        Number of steps; scenarios met more than once count more.

    Returns
    -------
    numpy.ndarray
        Positions of the chosen scenarios.
    numpy.ndarray
        Their probabilities, which add up to 1.

    Examples
    --------
    >>> chosen, mass = systematic(np.arange(4), np.array([0.5, 0.1, 0.1, 0.3]), 4)
    >>> chosen.tolist(), mass.tolist()
    ([0, 2, 3], [0.5, 0.25, 0.25])
    """
    reached = np.cumsum(probability[line])
    steps = (np.arange(count) + 0.5) / count * reached[-1]
    met = np.minimum(np.searchsorted(reached, steps), len(line) - 1)
    chosen, times = np.unique(met, return_counts=True)
    return line[chosen], times / count


def clusters(members: list[Index], probability: Vector, count: int) -> Index:
    """Return the cluster of each scenario: runs of a shard's line of about equal probability.

    Parameters
    ----------
    members : list of numpy.ndarray
        Scenarios of each shard, in an order in which neighbours are alike.
    probability : numpy.ndarray
        Of the scenarios, shape (S,).
    count : int
        About how many clusters; each shard has at least one of its own; one each, if there
        are as many clusters as scenarios.

    Returns
    -------
    numpy.ndarray
        Shape (S,), counted from 0 without holes.

    Examples
    --------
    >>> shards = [np.array([2, 0]), np.array([1])]
    >>> clusters(shards, np.full(3, 1 / 3), 2).tolist()
    [0, 1, 0]
    """
    if count >= len(probability):
        return np.arange(len(probability))
    found = np.zeros(len(probability), dtype=np.int64)
    total = float(probability.sum())
    start = 0
    for chosen in members:
        wanted = round(count * float(probability[chosen].sum()) / total)
        parts = np.array_split(chosen, min(max(1, wanted), len(chosen)))
        for part in parts:
            found[part] = start
            start += 1
    return found


def telling(
    totals: Vector, probability: Vector, line: Index, beyond: float, counts: tuple[int, int]
) -> tuple[Index, Vector]:
    """Return a sample that knows the dearest scenarios well, with its probabilities.

    Where the tail of the cost counts, a sample at equal steps has hardly any of it.

    Parameters
    ----------
    totals : numpy.ndarray
        Cost of each scenario under some plan, shape (S,).
    probability : numpy.ndarray
        Of the scenarios, shape (S,).
    line : numpy.ndarray
        All scenarios in an order in which neighbours are alike, shape (S,).
    beyond : float
        Probability of the dearest scenarios.
    counts : tuple of int
        Number of steps among the dearest, and among the others.

    Returns
    -------
    numpy.ndarray
        Positions of the chosen scenarios.
    numpy.ndarray
        Their probabilities, which add up to 1.

    Examples
    --------
    >>> costs, mass = np.array([3.0, 9.0, 1.0, 2.0]), np.full(4, 0.25)
    >>> chosen, mass = telling(costs, mass, np.arange(4), 0.5, (2, 1))
    >>> chosen.tolist(), mass.tolist()
    ([0, 1, 2], [0.25, 0.25, 0.5])
    """
    dear = dearest(totals, probability, beyond)
    chosen, mass = [], []
    for part, count in zip((line[dear[line]], line[~dear[line]]), counts, strict=True):
        if probability[part].sum() > 0:
            found, share = systematic(part, probability, count)
            chosen.append(found)
            mass.append(share * probability[part].sum() / probability.sum())
    return np.concatenate(chosen), np.concatenate(mass)


def by_cost(totals: Vector, probability: Vector, beyond: float, counts: tuple[int, int]) -> Index:
    """Return the cluster of each scenario: runs of scenarios that are about as dear.

    Parameters
    ----------
    totals, probability, beyond
        As in :func:`telling`.
    counts : tuple of int
        Number of clusters among the dearest, and among the others, at most.

    Returns
    -------
    numpy.ndarray
        Shape (S,), counted from 0 without holes.

    Examples
    --------
    >>> by_cost(np.array([3.0, 9.0, 1.0, 2.0]), np.full(4, 0.25), 0.5, (2, 1)).tolist()
    [0, 1, 2, 2]
    """
    dear = dearest(totals, probability, beyond)
    order = np.argsort(totals, kind="stable")
    found = np.zeros(len(totals), dtype=np.int64)
    start = 0
    for part, count in zip((order[dear[order]], order[~dear[order]]), counts, strict=True):
        for run in np.array_split(part, max(1, min(count, len(part)))):
            found[run] = start
            start += bool(len(run))
    return found


def dearest(totals: Vector, probability: Vector, beyond: float) -> NDArray[np.bool_]:
    """Say which scenarios are the dearest, until a probability; those without recourse first."""
    order = np.argsort(-np.where(np.isfinite(totals), totals, np.inf), kind="stable")
    reached = np.cumsum(probability[order])
    found = np.zeros(len(totals), dtype=bool)
    # The one with which the probability is reached belongs to them.
    found[order] = reached - probability[order] < beyond * reached[-1] * (1.0 - ROUNDING)
    return found
