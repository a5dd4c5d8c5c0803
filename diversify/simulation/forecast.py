"""What can be expected of the disruptions that have begun, by how long they have lasted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.scenarios import Scenarios
from diversify.scenarios.hazards import Process, read_hazards
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
    lasts = _spread(length)
    left = lasts[lasts > age - 1] - (age - 1)
    if not len(left):
        return np.zeros(ahead)
    return np.asarray(np.clip(left[:, None] - step, 0.0, 1.0).mean(axis=0))


def begun(length: Length, strike: float, ahead: int) -> Vector:
    r"""Return what part of each coming period new outages are expected to take, none being there.

    .. math:: 1 - \prod_{k=0}^{j-1} \bigl(1 - p\, E[\min(1, (L - k)^+)]\bigr),
        \quad j = 1, \dots, ahead

    Parameters
    ----------
    length : Length
        Distribution of how long outages last.
    strike : float
        Chance :math:`p` that one begins in a period.
    ahead : int
        How many periods to look.

    Returns
    -------
    numpy.ndarray
        Shape (ahead,).

    Examples
    --------
    >>> begun(Length("fixed", 1.0), 0.25, 3).tolist()
    [0.25, 0.25, 0.25]
    >>> begun(Length("geometric", 2.0), 0.5, 2).tolist()
    [0.5, 0.625]
    """
    lasting = np.r_[min(1.0, length.mean), remaining(length, 1, ahead - 1)]
    if length.kind != "geometric":
        lasting[0] = np.minimum(1.0, _spread(length)).mean()
    return np.asarray(1.0 - np.cumprod(1.0 - strike * lasting))


def _spread(length: Length) -> Vector:
    """Return durations at equal steps of probability, shape (POINTS,)."""
    return np.asarray(length.at((np.arange(POINTS) + 0.5) / POINTS))


class Forecast:
    """Expected values of hazards in the periods to come.

    A hazard that is drawn goes on as its distribution of durations says, and begins anew at its
    rate. One that is only listed goes on as it does on average in the scenarios in which it has
    done the same so far for as long.

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
        hazards = read_hazards(case) if batch.source != "listed" else None
        shocks = {} if hazards is None else {shock.name: shock for shock in hazards.shocks}
        self._drawn: list[tuple[Process, float] | None] = [None] * len(batch.hazards)
        for process in () if hazards is None else hazards.processes:
            chance = process.strike
            if process.shock:
                shock = shocks[process.shock]
                chance = 1.0 - (1.0 - chance) * (1.0 - shock.strike * shock.hit)
            self._drawn[batch.hazards.index(process.name)] = process, chance
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
        for h, drawn in enumerate(self._drawn):
            for a in np.unique(age[:, h]).tolist():
                mine = np.flatnonzero(age[:, h] == a)
                if drawn is None:
                    found[mine, h] = self._listed(h, t, a, now[mine, h], count)
                else:
                    found[mine, h] = self._expected(*drawn, (h, a, count), now[mine, h])
        return found

    def _expected(
        self, process: Process, chance: float, key: tuple[int, int, int], now: Vector
    ) -> Vector:
        """Return the expected values of a hazard that is drawn, shape (U, ahead)."""
        _, age, count = key
        if key not in self._known:
            fresh = begun(process.length, chance, count)
            old = remaining(process.length, age, count) if age else np.zeros(count)
            self._known[key] = np.stack([old, (1.0 - old) * fresh])
        old, fresh = self._known[key]
        return np.asarray(
            1.0 + (now[:, None] - 1.0) * old + process.sign * process.size.expected * fresh
        )

    def _listed(self, h: int, t: int, age: int, now: Vector, count: int) -> Vector:
        batch = self._batch
        found = np.ones((len(now), count))
        for value in np.unique(now):
            same = (batch.values[:, h, t] == value) & (self._ages[:, h, t] == age)
            weight = batch.probability[same]
            mean = weight @ batch.values[same, h, t + 1 : t + 1 + count] / weight.sum()
            found[now == value] = mean
        return found
