"""A frozen batch of scenarios."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from diversify.case.card import card
from diversify.scenarios.checking import check_announced, check_batch, own
from diversify.scenarios.reduction import forward_selection
from diversify.scenarios.repeats import first_of_each


@dataclass(frozen=True, eq=False)
class Scenarios:
    """A batch of scenarios: what every hazard does in every period, and how likely that is.

    Parameters
    ----------
    hazards : tuple of str
        Names of the hazards, in the order of the second axis of ``values``.
    values : numpy.ndarray
        Shape (S, H, T). For outages the part that remains available, 0 to 1; for demand hazards
        or prices the multiplier. 1 means undisturbed.
    probability : numpy.ndarray
        Shape (S,), positive or zero, adding up to 1.
    labels : tuple of str
        Name of each scenario.
    seed : int or None
        What the draw started from; None for listed scenarios.
    source : str
        ``"listed"``, ``"outages"`` or the name of another generator.
    announced : tuple of (str, int)
        Hazards that are announced, and how many periods before they begin.
    remarks : tuple of str
        What is to be said of the draw wherever it is used.

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
    announced: tuple[tuple[str, int], ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = own(self.values)
        probability = own(self.probability)
        check_batch(self.hazards, values, probability, self.labels)
        check_announced(self.hazards, self.announced)
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
        """Period of the first news of each scenario, T where there is none (R10).

        That is the first disruption, or its announcement.
        """
        disturbed = (self.values != 1.0).any(axis=1)
        news = np.where(disturbed.any(axis=1), disturbed.argmax(axis=1), self.periods)
        for name, before in self.announced:
            own = self.values[:, self.hazards.index(name)] != 1.0
            heard = np.where(own.any(axis=1), own.argmax(axis=1) - before, self.periods)
            news = np.minimum(news, np.maximum(heard, 0))
        return np.asarray(news)

    @cached_property
    def theta(self) -> NDArray[np.float64]:
        """The batch as one matrix, shape (S, H·T)."""
        return self.values.reshape(self.count, -1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over hazards, values, probabilities, labels and announcements."""
        digest = hashlib.sha256()
        digest.update("\x1f".join([*self.hazards, "", *self.labels]).encode())
        digest.update(np.ascontiguousarray(self.values).tobytes())
        digest.update(np.ascontiguousarray(self.probability).tobytes())
        if self.announced:
            digest.update(repr(self.announced).encode())
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

    def _repr_html_(self) -> str:
        quiet = float(self.probability[self.first_news == self.periods].sum())
        rows: list[tuple[str, object]] = [
            ("scenarios", self.count),
            ("periods", self.periods),
            ("source", self.source),
            ("seed", "none" if self.seed is None else self.seed),
            ("chance of no disruption", f"{quiet:.4g}"),
            *((f"mean of {name}", f"{mean:.4g}") for name, mean in self._means()),
            ("digest", self.digest),
        ]
        return card("Scenarios", rows)

    def _means(self) -> list[tuple[str, float]]:
        means = np.einsum("s,sht->h", self.probability, self.values) / max(1, self.periods)
        return list(zip(self.hazards, means.tolist(), strict=True))

    @property
    def effective(self) -> float:
        r"""How many equally likely scenarios tell as much: :math:`1 / \sum_s p_s^2` (Kish)."""
        return float(1.0 / (self.probability @ self.probability))

    def reduced(self, count: int) -> tuple[Scenarios, float]:
        """Return a few scenarios that stand for all, and how far they are from them.

        Parameters
        ----------
        count : int
            How many to keep; fewer where fewer differ.

        Returns
        -------
        Scenarios
            Some of these, each with the probability of those that it stands for.
        float
            The Kantorovich distance: an expectation changes by at most this, times how much the
            loss may change per unit of availability and period.

        Raises
        ------
        InputError
            If less than one is to be kept, or too many differ.

        Examples
        --------
        >>> values = np.array([[[1.0]], [[0.9]], [[0.0]]])
        >>> batch = Scenarios(("storm",), values, np.array([0.5, 0.3, 0.2]), ("a", "b", "c"))
        >>> few, distance = batch.reduced(2)
        >>> few.labels, few.probability.tolist(), round(distance, 3)
        (('a', 'c'), [0.8, 0.2], 0.03)
        """
        distinct, _ = self.possible().distinct()
        kept, stands, distance = forward_selection(distinct.theta, distinct.probability, count)
        mass = np.bincount(stands, distinct.probability, len(kept))
        labels = tuple(distinct.labels[i] for i in kept)
        remark = (
            f"{len(kept)} of {distinct.count} distinct scenarios stand for all, at a Kantorovich "
            f"distance of {distance:.3g}"
        )
        batch = replace(
            distinct,
            values=distinct.values[kept],
            probability=np.asarray(mass, dtype=np.float64),
            labels=labels,
            remarks=(*self.remarks, *((remark,) if len(kept) < distinct.count else ())),
        )
        return batch, distance

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
        return replace(
            self,
            hazards=tuple(hazards),
            values=self.values[:, columns],
            announced=tuple(pair for pair in self.announced if pair[0] in hazards),
        )

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
        batch = replace(
            self,
            values=self.values[kept],
            probability=mass,
            labels=tuple(self.labels[i] for i in kept),
        )
        return batch, where
