"""What can be expected of the disruptions that have begun, by how long they have lasted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.scenarios import Scenarios
from diversify.scenarios.hazards import read_hazards
from diversify.scenarios.marks import Length

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
POINTS = 4_000


def ages(values: Vector) -> Index:
    """Return for how many periods each hazard has been disturbed, this one included.

    Parameters
    ----------
    values : numpy.ndarray
        What each hazard does, shape (S, H, T).

    Returns
    -------
    numpy.ndarray
        Shape (S, H, T); 0 where it is undisturbed.

    Examples
    --------
    >>> ages(np.array([[[1.0, 0.5, 0.5, 1.0, 0.0]]])).tolist()
    [[[0, 1, 2, 0, 1]]]
    """
    found = np.zeros(values.shape, dtype=np.int64)
    for t in range(values.shape[2]):
        before = found[:, :, t - 1] if t else 0
        found[:, :, t] = np.where(values[:, :, t] != 1.0, before + 1, 0)
    return found


def remaining(length: Length, age: int, ahead: int) -> Vector:
    r"""Return what part of each coming period an outage is expected to last.

    .. math:: E[\min(1, \max(0, L - (a - 1 + j)))\ |\ L > a - 1], \quad j = 1, \dots, ahead

    Parameters
    ----------
    length : Length
        Distribution of how long outages last.
    age : int
        Periods that it has lasted, the present one included.
    ahead : int
        How many periods to look.

    Returns
    -------
    numpy.ndarray
        Shape (ahead,).

    Examples
    --------
    >>> remaining(Length("geometric", 2.0), 3, 2).tolist()
    [0.5, 0.25]
    >>> remaining(Length("fixed", 2.5), 1, 3).tolist()
    [1.0, 0.5, 0.0]
    """
    step = np.arange(1, ahead + 1)
    if length.kind == "geometric":
        # Without memory: how long it has lasted says nothing.
        return np.asarray((1.0 - 1.0 / max(length.mean, 1.0)) ** step)
    lasts = length.at((np.arange(POINTS) + 0.5) / POINTS)
    left = lasts[lasts > age - 1] - (age - 1)
    if not len(left):
        return np.zeros(ahead)
    return np.asarray(np.clip(left[:, None] - step, 0.0, 1.0).mean(axis=0))


class Forecast:
    """Expected values of hazards in the periods to come.

    A hazard that is drawn goes on as its distribution of durations says. One that is only listed
    goes on as it does on average in the scenarios in which it has done the same so far for as
    long. What has not begun is expected not to begin.

    Parameters
    ----------
    case : Case
        The case.
    batch : Scenarios
        What is played.
    """

    def __init__(self, case: Case, batch: Scenarios) -> None:
        self._batch = batch
        self._ages = ages(batch.values)
        drawn = (
            {}
            if batch.source == "listed"
            else {process.name: process.length for process in read_hazards(case).processes}
        )
        self._lengths = [drawn.get(name) for name in batch.hazards]
        self._known: dict[tuple[int, int, int], Vector] = {}

    def ages(self, t: int) -> Index:
        """Return for how many periods each hazard of each scenario has lasted, shape (S, H)."""
        return np.asarray(self._ages[:, :, t])

    def ahead(self, chosen: Index, t: int, count: int) -> Vector:
        """Return the expected values of some scenarios in the coming periods.

        Parameters
        ----------
        chosen : numpy.ndarray
            Positions of the scenarios, shape (U,).
        t : int
            The present period.
        count : int
            How many periods to look.

        Returns
        -------
        numpy.ndarray
            Shape (U, H, count).
        """
        now, age = self._batch.values[chosen, :, t], self._ages[chosen, :, t]
        found = np.ones((*now.shape, count))
        for h, length in enumerate(self._lengths):
            for a in np.unique(age[:, h]):
                mine = np.flatnonzero(age[:, h] == a)
                if a == 0:
                    continue
                if length is None:
                    found[mine, h] = self._listed(h, t, int(a), now[mine, h], count)
                    continue
                key = (h, int(a), count)
                if key not in self._known:
                    self._known[key] = remaining(length, int(a), count)
                found[mine, h] = 1.0 + (now[mine, h, None] - 1.0) * self._known[key]
        return found

    def _listed(self, h: int, t: int, age: int, now: Vector, count: int) -> Vector:
        batch = self._batch
        found = np.ones((len(now), count))
        for value in np.unique(now):
            same = (batch.values[:, h, t] == value) & (self._ages[:, h, t] == age)
            weight = batch.probability[same]
            mean = weight @ batch.values[same, h, t + 1 : t + 1 + count] / weight.sum()
            found[now == value] = mean
        return found
