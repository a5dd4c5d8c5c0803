"""Streams of random numbers: one for each hazard and purpose, from the seed and the name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

Vector = NDArray[np.float64]

# What a number is drawn for. Names give bytes, below 256, so no name can stand for a purpose.
BEGIN, LENGTH, SIZE, HIT, MIXTURE, POINTS, STRIKE = range(1000, 1007)
LATER = 100
BELOW_ONE = float(np.nextafter(1.0, 0.0))


def own_stream(seed: int, name: str) -> np.random.Generator:
    """Return the first stream of a hazard, from the seed and its name."""
    return np.random.default_rng([seed, *name.encode()])


def stream(seed: int, purpose: int, name: str = "") -> np.random.Generator:
    """Return a stream of its own for a purpose, and for a hazard or shock where there is one."""
    return np.random.default_rng([seed, purpose, *name.encode()])


class Points(Protocol):
    """Where numbers between 0 and 1 come from, one for each scenario."""

    def once(self, purpose: int, name: str) -> Vector:
        """Return one number for each scenario, shape (S,)."""

    def grid(self, purpose: int, name: str, periods: int) -> Vector:
        """Return one number for each scenario and period, shape (S, T)."""

    def later(self, purpose: int, name: str, periods: int) -> Vector:
        """Return the same for what matters less, shape (S, T)."""


class Plain:
    """Independent numbers."""

    def __init__(self, seed: int, count: int) -> None:
        self._seed, self._count = seed, count

    def once(self, purpose: int, name: str) -> Vector:
        """Return one number for each scenario, shape (S,)."""
        return stream(self._seed, purpose, name).random(self._count)

    def grid(self, purpose: int, name: str, periods: int) -> Vector:
        """Return one number for each scenario and period, shape (S, T)."""
        return stream(self._seed, purpose, name).random((self._count, periods))

    def later(self, purpose: int, name: str, periods: int) -> Vector:
        """Return numbers from a stream apart, shape (S, T)."""
        return self.grid(purpose + LATER, name, periods)


class Mirrored:
    """Antithetic pairs: the second half of the scenarios mirrors the first."""

    def __init__(self, seed: int, count: int) -> None:
        self._half = Plain(seed, count // 2)

    def once(self, purpose: int, name: str) -> Vector:
        """Return one number for each scenario, shape (S,)."""
        return _mirror(self._half.once(purpose, name))

    def grid(self, purpose: int, name: str, periods: int) -> Vector:
        """Return one number for each scenario and period, shape (S, T)."""
        return _mirror(self._half.grid(purpose, name, periods))

    def later(self, purpose: int, name: str, periods: int) -> Vector:
        """Return numbers from a stream apart, shape (S, T)."""
        return _mirror(self._half.later(purpose, name, periods))


class Spread:
    """Scrambled Sobol points for what matters most, independent numbers for the rest.

    Parameters
    ----------
    seed, count : int
        Seed of the scrambling and number of points.
    once, grids : iterable of (int, str)
        What takes one dimension each, and one for each period.
    periods : int
        T.
    """

    def __init__(
        self,
        seed: int,
        count: int,
        once: Iterable[tuple[int, str]],
        grids: Iterable[tuple[int, str]],
        periods: int,
    ) -> None:
        self._rest = Plain(seed, count)
        self._once = {key: i for i, key in enumerate(once)}
        begin = len(self._once)
        self._grids = {key: begin + i * periods for i, key in enumerate(grids)}
        width = max(1, begin + len(self._grids) * periods)
        sampler = qmc.Sobol(width, rng=stream(seed, POINTS))
        # The first points of the next power of two; scipy warns of any other number.
        self._points = sampler.random_base2(max(0, int(np.ceil(np.log2(count)))))[:count]

    def once(self, purpose: int, name: str) -> Vector:
        """Return one coordinate of the points, shape (S,)."""
        return np.asarray(self._points[:, self._once[purpose, name]])

    def grid(self, purpose: int, name: str, periods: int) -> Vector:
        """Return one coordinate for each period, shape (S, T)."""
        begin = self._grids[purpose, name]
        return np.asarray(self._points[:, begin : begin + periods])

    def later(self, purpose: int, name: str, periods: int) -> Vector:
        """Return independent numbers, shape (S, T)."""
        return self._rest.later(purpose, name, periods)


def _mirror(half: Vector) -> Vector:
    # Never 1, of which the quantile may be infinite.
    return np.concatenate([half, np.minimum(1.0 - half, BELOW_ONE)])
