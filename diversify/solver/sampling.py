"""Which scenarios to look at first, and which share a cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.solver.evaluator import ordered

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


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
