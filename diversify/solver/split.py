"""Scenarios in groups of like multipliers, whose means cost nearly what they cost by themselves."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# Steps towards the direction in which multipliers differ most; any direction will do.
STEPS = 3


@dataclass(frozen=True, slots=True)
class Split:
    """Groups of the scenarios of a shard, and the order in which they came apart.

    Attributes
    ----------
    group : numpy.ndarray
        Group of each scenario at the end, shape (S,).
    roots : int
        Number of groups at the beginning.
    origin : numpy.ndarray
        Group from which each further group was split off, shape (splits,).
    loss : numpy.ndarray
        What that group's mean could at most be too cheap by [USD], shape (splits,).
    rest : numpy.ndarray
        The same of all groups together before each split and at the end, shape (splits + 1,).
    """

    group: Index
    roots: int
    origin: Index
    loss: Vector
    rest: Vector

    def after(self, count: int) -> Index:
        """Return the group of each scenario after so many splits, shape (S,)."""
        place = np.arange(self.roots + len(self.origin))
        for at in range(len(self.origin) - 1, count - 1, -1):
            place[place == self.roots + at] = self.origin[at]
        return np.asarray(place[self.group])


def split(multipliers: Vector, sides: Vector, mass: Vector, root: Index, most: int) -> Split:
    r"""Return groups within which multipliers differ little where right sides differ.

    The mean :math:`\bar\pi_g` of a group's optimal multipliers is feasible for the mean of its
    right sides, so the optimal value there is short of the mean of the optimal values by at most

    .. math:: \sum_{s \in g} p_s\, (\pi_s - \bar\pi_g)^\top (h_s - \bar h_g)

    which is nothing where all multipliers of a group are one (Espinoza & Moreno 2014, Song &
    Luedtke 2015). The group that may lose most is split first, across the direction in which its
    multipliers differ most.

    Parameters
    ----------
    multipliers : numpy.ndarray
        Optimal multipliers of the rows, shape (S, rows).
    sides : numpy.ndarray
        What of the right sides differs, shape (S, rows).
    mass : numpy.ndarray
        Probability of each scenario, shape (S,).
    root : numpy.ndarray
        Group of each scenario to begin with, from 0 on without holes, shape (S,).
    most : int
        Number of groups at the end at most.

    Returns
    -------
    Split
        Whose groups lie within those of the beginning.

    Examples
    --------
    Two scenarios share their multipliers and stay together, whatever their right sides.

    >>> pi, h = np.array([[1.0], [1.0], [3.0]]), np.array([[0.0], [4.0], [5.0]])
    >>> found = split(pi, h, np.full(3, 1 / 3), np.zeros(3, dtype=np.int64), 3)
    >>> found.group.tolist(), [round(float(x), 3) for x in found.rest]
    ([0, 0, 1], [1.333, 0.0])
    """
    live = np.flatnonzero(np.ptp(multipliers, axis=0) * np.ptp(sides, axis=0) > 0.0)
    part, side = multipliers[:, live], sides[:, live]
    groups = [np.flatnonzero(root == k) for k in range(int(root.max(initial=-1)) + 1)]
    count = len(groups)
    group = root.copy()
    losses = [_loss(part[m], side[m], mass[m]) for m in groups]
    heap = [(-loss, k) for k, loss in enumerate(losses) if loss > 0.0]
    heapq.heapify(heap)
    origin: list[int] = []
    loss: list[float] = []
    rest = [sum(losses)]
    while heap and len(groups) < most:
        value, k = heapq.heappop(heap)
        members = groups[k]
        away = _away(part[members], side[members], mass[members])
        if away.all() or not away.any():
            continue
        groups[k] = members[~away]
        groups.append(members[away])
        group[groups[-1]] = len(groups) - 1
        origin.append(k)
        loss.append(-value)
        left = rest[-1] + value
        for at in (k, len(groups) - 1):
            m = groups[at]
            lost = _loss(part[m], side[m], mass[m])
            left += lost
            if lost > 0.0:
                heapq.heappush(heap, (-lost, at))
        rest.append(max(0.0, left))
    return Split(
        group, count, np.array(origin, dtype=np.int64), np.array(loss), np.array(rest, dtype=float)
    )


def _loss(multipliers: Vector, sides: Vector, mass: Vector) -> float:
    """Return what the mean of a group may be too cheap by."""
    total = mass.sum()
    if len(mass) < 2 or total <= 0.0:
        return 0.0
    one = multipliers - (mass / total) @ multipliers
    return float(abs(mass @ np.einsum("sr,sr->s", one, sides)))


def _away(multipliers: Vector, sides: Vector, mass: Vector) -> NDArray[np.bool_]:
    """Say which scenarios of a group lie on one side of its middle."""
    weight = mass / mass.sum()
    one, other = multipliers - weight @ multipliers, sides - weight @ sides
    # Where right sides are alike, multipliers may differ.
    one *= np.sqrt(weight @ (other * other))
    direction = one[np.argmax(weight * np.einsum("sr,sr->s", one, one))]
    for _ in range(STEPS):
        direction = (weight * (one @ direction)) @ one
        length = np.linalg.norm(direction)
        if length == 0.0:
            break
        direction = direction / length
    return np.asarray(one @ direction > 0.0)
