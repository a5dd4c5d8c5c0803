"""A frozen batch of scenarios."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.errors import Finding, InputError

# Odd, so that no bit of an earlier number is lost.
FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Scenarios:
    """A batch of scenarios: what every hazard does in every period, and how likely that is.

    Parameters
    ----------
    hazards : tuple of str
        Names of the hazards, in the order of the second axis of ``values``.
    values : numpy.ndarray
        Shape (S, H, T). For outages the part that remains available, 0 to 1; for demand hazards
        the multiplier of demand. 1 means undisturbed.
    probability : numpy.ndarray
        Shape (S,), positive or zero, adding up to 1.
    labels : tuple of str
        Name of each scenario.
    seed : int or None
        What the draw started from; None for listed scenarios.
    source : str
        ``"listed"``, ``"outages"`` or the name of another generator.

    Raises
    ------
    InputError
        If shapes do not fit, probabilities are negative or do not add up to 1 within 1e-9, values
        are not finite or below 0, or labels or hazards repeat.

    Examples
    --------
    >>> values = np.array([[[1.0]], [[0.0]]])
    >>> batch = Scenarios(("storm",), values, np.array([0.9, 0.1]), ("a", "b"))
    >>> batch.count, batch.first_news.tolist()
    (2, [1, 0])
    """

    hazards: tuple[str, ...]
    values: NDArray[np.float64]
    probability: NDArray[np.float64]
    labels: tuple[str, ...]
    seed: int | None = None
    source: str = "listed"

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)
        probability = np.array(self.probability, dtype=np.float64)
        _check(self.hazards, values, probability, self.labels)
        values.setflags(write=False)
        probability.setflags(write=False)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "probability", probability)

    @property
    def count(self) -> int:
        """Number of scenarios."""
        return len(self.probability)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.values.shape[2])

    @cached_property
    def first_news(self) -> NDArray[np.int64]:
        """Period of the first disruption of each scenario, T where there is none (R10)."""
        disturbed = (self.values != 1.0).any(axis=1)
        return np.where(disturbed.any(axis=1), disturbed.argmax(axis=1), self.periods)

    @cached_property
    def theta(self) -> NDArray[np.float64]:
        """The batch as one matrix, shape (S, H·T)."""
        return self.values.reshape(self.count, -1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over hazards, values, probabilities and labels."""
        digest = hashlib.sha256()
        digest.update("\x1f".join([*self.hazards, "", *self.labels]).encode())
        digest.update(np.ascontiguousarray(self.values).tobytes())
        digest.update(np.ascontiguousarray(self.probability).tobytes())
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        """Whether the other batch has the same scenarios from the same source."""
        if not isinstance(other, Scenarios):
            return NotImplemented
        mine, others = (
            (self.digest, self.seed, self.source),
            (other.digest, other.seed, other.source),
        )
        return mine == others

    def __hash__(self) -> int:
        return hash(self.digest)

    def over(self, hazards: Sequence[str]) -> Scenarios:
        """Return the batch over some of its hazards; others would bring news that concerns nobody.

        Parameters
        ----------
        hazards : sequence of str
            Names of hazards of this batch, in the order wanted.

        Returns
        -------
        Scenarios
            This batch, where these are its hazards already.
        """
        if tuple(hazards) == self.hazards:
            return self
        columns = [self.hazards.index(hazard) for hazard in hazards]
        return replace(self, hazards=tuple(hazards), values=self.values[:, columns])

    def possible(self) -> Scenarios:
        """Return the batch without scenarios of probability zero, which no measure counts.

        Returns
        -------
        Scenarios
            This batch, where every scenario is possible.
        """
        kept = np.flatnonzero(self.probability > 0)
        if len(kept) == self.count:
            return self
        labels = tuple(self.labels[i] for i in kept)
        return replace(
            self, values=self.values[kept], probability=self.probability[kept], labels=labels
        )

    def distinct(self) -> tuple[Scenarios, NDArray[np.int64]]:
        """Return the batch without repetitions, and where each scenario went.

        Returns
        -------
        Scenarios
            Every vector once, with the summed probability, in order of first appearance.
        numpy.ndarray
            Shape (S,): position of each scenario of this batch in the smaller one.
        """
        kept, where = first_of_each(self.theta)
        mass = np.asarray(np.bincount(where, self.probability, len(kept)), dtype=np.float64)
        batch = Scenarios(
            self.hazards,
            self.values[kept],
            mass,
            tuple(self.labels[i] for i in kept),
            self.seed,
            self.source,
        )
        return batch, where


def first_of_each(
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first of each kind of row, in order of appearance, and the kind of each row.

    Rows are told apart by a hash of each number, and compared number by number afterwards: two
    rows of one hash that differ are found, and then all rows are sorted instead.

    Parameters
    ----------
    rows : numpy.ndarray
        Shape (S, P), without NaN.

    Returns
    -------
    numpy.ndarray
        Positions of the rows that are kept, shape (K,).
    numpy.ndarray
        Position among these of the row that equals each, shape (S,).

    Examples
    --------
    >>> kept, where = first_of_each(np.array([[1.0], [2.0], [1.0]]))
    >>> kept.tolist(), where.tolist()
    ([0, 1], [0, 1, 0])
    """
    count = len(rows)
    total = np.zeros(count, dtype=np.uint64)
    for column in np.flatnonzero((rows != rows[:1]).any(axis=0)).tolist():
        # Zero has two signs and one meaning.
        total = total * FACTOR + pd.util.hash_array(rows[:, column] + 0.0)
    where = np.asarray(pd.factorize(total)[0], dtype=np.int64)
    kept = np.zeros(int(where.max(initial=-1)) + 1, dtype=np.int64)
    kept[where[::-1]] = np.arange(count - 1, -1, -1)
    step = max(1, 4_000_000 // max(1, rows.shape[1]))
    for start in range(0, count, step):
        span = slice(start, start + step)
        if not (rows[span] == rows[kept[where[span]]]).all():
            return _sorted_apart(rows)
    return kept, where


def _sorted_apart(
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(first[order]), rank[inverse.reshape(-1)]


def _check(
    hazards: tuple[str, ...],
    values: NDArray[np.float64],
    probability: NDArray[np.float64],
    labels: tuple[str, ...],
) -> None:
    problems: list[tuple[str, str]] = []
    if len(set(hazards)) != len(hazards):
        problems.append(("hazards repeat", "name each hazard once"))
    if values.ndim != 3 or values.shape[1] != len(hazards):
        problems.append(
            (f"values have shape {values.shape}", f"give (scenarios, {len(hazards)}, periods)")
        )
    if not len(probability):
        problems.append(("there is no scenario", "give at least one"))
    elif len(probability) != len(values) or len(labels) != len(values):
        problems.append(("values, probabilities and labels differ in length", "give one each"))
    else:
        total = float(probability.sum())
        if not np.isfinite(probability).all() or (probability < 0).any():
            problems.append(("a probability is negative or not a number", "give 0 or more"))
        elif abs(total - 1.0) > 1e-9:
            problems.append((f"probabilities add up to {total!r}", "make them add up to 1"))
        if not np.isfinite(values).all() or (values < 0).any():
            problems.append(("a value is negative or not a number", "give 0 or more"))
        if len(set(labels)) != len(labels):
            twice = sorted({label for label in labels if labels.count(label) > 1})[:3]
            problems.append((f"labels repeat: {', '.join(twice)}", "name each scenario once"))
    if problems:
        raise InputError(
            [Finding.error(table="scenarios", message=what, remedy=do) for what, do in problems]
        )
