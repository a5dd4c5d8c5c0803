"""A two-stage stochastic program: the arrays of one scenario, and what may happen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import Finding, InputError

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# Numbers that a list of scenarios may hold: 160 MB of them.
LIMIT = 20_000_000


@dataclass(frozen=True, eq=False)
class Batch:
    """Scenarios to solve, no two of them equal.

    Attributes
    ----------
    theta : numpy.ndarray
        Value of each random number in each scenario, shape (S, P).
    probability : numpy.ndarray
        Shape (S,), positive, adding up to 1.
    count : int
        Number of scenarios before equal ones were put together.
    """

    theta: Vector
    probability: Vector
    count: int


@dataclass(frozen=True, eq=False)
class Group:
    """Random numbers that have a joint discrete distribution, independent of all others.

    Attributes
    ----------
    name : str
        What the file calls it.
    entries : numpy.ndarray
        Positions of the numbers among all random ones, shape (E,).
    values : numpy.ndarray
        Shape (K, E), no row twice.
    probability : numpy.ndarray
        Shape (K,), positive, adding up to 1.
    """

    name: str
    entries: Index
    values: Vector
    probability: Vector

    @property
    def size(self) -> int:
        """Number of outcomes."""
        return len(self.probability)


@dataclass(frozen=True, eq=False)
class Distribution:
    """One random number with a continuous distribution, independent of all others.

    Attributes
    ----------
    name : str
        What the file calls it.
    entry : int
        Position of the number among all random ones.
    family : str
        ``"UNIFORM"`` or ``"NORMAL"``.
    first, second : float
        Ends of the interval, or mean and variance.
    shift, factor : float
        The number is ``shift + factor * draw``.
    """

    name: str
    entry: int
    family: str
    first: float
    second: float
    shift: float
    factor: float

    def draw(self, rng: np.random.Generator, count: int) -> Vector:
        """Return so many values of the number, shape (count,)."""
        if self.family == "UNIFORM":
            drawn = rng.uniform(self.first, self.second, count)
        else:
            drawn = rng.normal(self.first, math.sqrt(self.second), count)
        return np.asarray(self.shift + self.factor * drawn)


@dataclass(frozen=True, eq=False)
class StochasticProgram:
    """A two-stage stochastic program, as it was read from SMPS files.

    Attributes
    ----------
    name : str
        What the core file calls it.
    maximise : bool
        Whether the objective of the files is to be as large as possible; the blocks always hold
        what is to be as small as possible.
    blocks : Blocks
        The arrays of one scenario, affine in the random numbers, which are its symbols.
    groups : tuple of Group
        Discrete ones.
    distributions : tuple of Distribution
        Continuous ones.
    warnings : tuple of Finding
        What is doubtful in the files, or was decided for the user.
    """

    name: str
    maximise: bool
    blocks: Blocks
    groups: tuple[Group, ...]
    distributions: tuple[Distribution, ...]
    warnings: tuple[Finding, ...]

    @property
    def support(self) -> int | None:
        """Number of scenarios that may happen; None where a distribution is continuous."""
        if self.distributions:
            return None
        return math.prod(group.size for group in self.groups)

    @property
    def first_stage(self) -> tuple[str, ...]:
        """Names of the columns of the first stage."""
        return self.blocks.columns[: self.blocks.first]

    @property
    def recourse(self) -> str:
        """``"random"`` where a coefficient of a second-stage column is, else ``"fixed"``."""
        entries = self.blocks.matrix
        second = entries.data[entries.indices >= self.blocks.first]
        return "random" if self.blocks.entries.slope[second].nnz else "fixed"

    def scenarios(self) -> Batch:
        """Return all scenarios that may happen.

        Returns
        -------
        Batch
            The product of the independent groups; the last group changes fastest.

        Raises
        ------
        InputError
            If a distribution is continuous, or there are too many scenarios to list.
        """
        support, width = self.support, len(self.blocks.symbols)
        if support is None or support * (width + 1) > LIMIT:
            many = "a continuous distribution has" if support is None else f"{support:.4g} are"
            raise InputError(
                [
                    Finding.error(
                        table="stoch",
                        message=f"{many} too many scenarios to list",
                        remedy="draw a sample with --scenarios N",
                    )
                ]
            )
        theta = np.empty((support, width))
        probability = np.ones(1)
        after = support
        for group in self.groups:
            after //= group.size
            before = support // (group.size * after)
            shape = (before, group.size, after, len(group.entries))
            value = np.broadcast_to(group.values[None, :, None, :], shape)
            theta[:, group.entries] = value.reshape(support, -1)
            probability = np.multiply.outer(probability, group.probability).ravel()
        # A product of many small numbers may be zero in floating point, and nothing counts it.
        kept = probability > 0.0
        if not kept.all():
            theta, probability = theta[kept], probability[kept]
        return Batch(theta, probability / probability.sum(), support)

    def sample(self, count: int, seed: int | Sequence[int]) -> Batch:
        """Return independent draws of all random numbers.

        Parameters
        ----------
        count : int
            Number of draws.
        seed : int or sequence of int
            The same seed gives the same draws.

        Returns
        -------
        Batch
            Equal draws are put together, in order of first appearance.
        """
        rng = np.random.default_rng(seed)
        theta = np.empty((count, len(self.blocks.symbols)))
        picks = np.empty((count, len(self.groups)), dtype=np.int32)
        for g, group in enumerate(self.groups):
            edges = np.cumsum(group.probability)
            # The last edge may be a digit below 1.
            pick = np.searchsorted(edges[:-1], rng.random(count), side="right")
            theta[:, group.entries] = group.values[pick]
            picks[:, g] = pick
        for distribution in self.distributions:
            theta[:, distribution.entry] = distribution.draw(rng, count)
        if self.distributions:
            return Batch(theta, np.full(count, 1.0 / count), count)
        kept, mass = _distinct(picks, [group.size for group in self.groups])
        return Batch(theta[kept], mass / count, count)


def merged(values: Vector, probability: Vector) -> tuple[Vector, Vector]:
    """Return outcomes without those of probability zero and with equal ones put together.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (K, E).
    probability : numpy.ndarray
        Shape (K,).

    Returns
    -------
    numpy.ndarray
        Values in order of first appearance.
    numpy.ndarray
        Their probabilities.

    Examples
    --------
    >>> outcomes = np.array([[2.0], [1.0], [2.0], [3.0]])
    >>> values, mass = merged(outcomes, np.array([0.25, 0.5, 0.25, 0.0]))
    >>> values.ravel().tolist(), mass.tolist()
    ([2.0, 1.0], [0.5, 0.5])
    """
    possible = probability > 0.0
    values, probability = values[possible], probability[possible]
    _, first, inverse = np.unique(values, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    mass = np.bincount(inverse.reshape(-1), probability, len(first))
    return values[first[order]], np.asarray(mass[order], dtype=np.float64)


def _distinct(picks: NDArray[np.int32], sizes: list[int]) -> tuple[Index, Vector]:
    """Return where each different row of picks appears first, and how often it does."""
    key: NDArray[np.generic]
    if math.prod(sizes) < 2**62:
        place = np.ones(len(sizes), dtype=np.int64)
        place[:-1] = np.cumprod(np.array(sizes[:0:-1], dtype=np.int64))[::-1]
        key = picks.astype(np.int64) @ place
    else:
        # Rows as plain bytes: many times faster to sort than rows as such.
        row = np.dtype((np.void, picks.dtype.itemsize * picks.shape[1]))
        key = np.ascontiguousarray(picks).view(row).reshape(-1)
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    order = np.argsort(first, kind="stable")
    return first[order].astype(np.int64), count[order].astype(np.float64)
