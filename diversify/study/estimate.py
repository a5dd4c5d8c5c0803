"""Means over draws, with the interval in which the truth lies."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Vector = NDArray[np.float64]
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, and between which numbers it lies with 95 % confidence.

    Attributes
    ----------
    value, low, high : float
        All equal where nothing was left to chance.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over draws and how far it may be off.

    Attributes
    ----------
    mean : float
        Weighted by the probabilities.
    error : float
        Its standard error.
    freedom : float
        Degrees of freedom of the error; infinite where there is none.
    """

    mean: float
    error: float
    freedom: float

    def between(self) -> Estimate:
        """Return the two-sided interval of Student's t."""
        half = self._quantile((1.0 + CONFIDENCE) / 2) * self.error
        return Estimate(self.mean, self.mean - half, self.mean + half)

    def at_most(self) -> Estimate:
        """Return the one-sided interval from 0 on, of what cannot be below 0."""
        half = self._quantile(CONFIDENCE) * self.error
        return Estimate(max(0.0, self.mean), 0.0, max(0.0, self.mean + half))

    def _quantile(self, confidence: float) -> float:
        return float(stdtrit(min(self.freedom, 1e9), confidence)) if self.error > 0 else 0.0


def spread(values: Vector, probability: Vector, certain: NDArray[np.bool_]) -> Spread:
    r"""Return a mean over draws with its standard error, each kind of draw by itself.

    Draws of one weight that follow one another are independent draws of one kind, as
    :func:`diversify.scenarios.importance` makes them; with equal weights all are of one kind. With
    :math:`W_k` the probability of kind :math:`k`, of which there are :math:`n_k` draws with the
    variance :math:`s_k^2`,

    .. math:: se^2 = \textstyle\sum_k W_k^2 s_k^2 / n_k

    with the degrees of freedom of Satterthwaite (Biometrics Bulletin 2, 1946). A kind with a single
    draw takes the variance that it has together with its neighbour.

    Parameters
    ----------
    values : numpy.ndarray
        Of each draw, shape (S,).
    probability : numpy.ndarray
        Weight of each draw, shape (S,).
    certain : numpy.ndarray
        Draws that are all there is of their kind, shape (S,).

    Returns
    -------
    Spread
        Exact for draws whose kinds are fixed beforehand; too wide where draws balance each other,
        as Sobol points and pairs do.

    Examples
    --------
    >>> values = np.array([0.0, 1.0, 3.0])
    >>> found = spread(values, np.array([0.5, 0.25, 0.25]), np.array([True, False, False]))
    >>> found.mean, found.error, found.freedom
    (1.0, 0.5, 1.0)
    """
    mean = float(probability @ values)
    edges = np.flatnonzero(np.r_[True, probability[1:] != probability[:-1], True])
    kinds = [np.arange(a, b) for a, b in itertools.pairwise(edges.tolist())]
    kinds = [kind for kind in kinds if not (len(kind) == 1 and certain[kind[0]])]
    parts, weights = [], []
    for i, kind in enumerate(kinds):
        seen = kind
        if len(kind) == 1 and len(kinds) > 1:
            seen = np.concatenate([kind, kinds[i + 1] if i + 1 < len(kinds) else kinds[i - 1]])
        if len(seen) < 2:
            continue
        size = float(probability[kind].sum())
        parts.append(size * size * float(values[seen].var(ddof=1)) / len(kind))
        weights.append(len(seen) - 1)
    variance = float(sum(parts))
    if variance == 0.0:
        return Spread(mean, 0.0, float("inf"))
    freedom = variance**2 / sum(v * v / n for v, n in zip(parts, weights, strict=True))
    return Spread(mean, variance**0.5, float(freedom))
