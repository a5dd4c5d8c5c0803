"""What an outage is like once it has begun: how long it lasts and how much it takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betaincinv, ndtri

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Length:
    r"""How many periods an outage lasts; a fraction is a part of the last one.

    Attributes
    ----------
    kind : str
        ``geometric`` (a whole number, at least 1), ``fixed``, ``exponential``, ``lognormal`` or
        ``weibull``.
    mean : float
        In periods.
    sd : float
        Standard deviation in periods, of ``lognormal`` and ``weibull``.
    """

    kind: str
    mean: float
    sd: float = 0.0

    def at(self, u: Vector) -> Vector:
        """Return the quantiles at some probabilities, of the same shape [periods].

        Parameters
        ----------
        u : numpy.ndarray
            From 0 to 1, without 1.

        Examples
        --------
        >>> Length("geometric", 2.0).at(np.array([0.0, 0.49, 0.51, 0.76])).tolist()
        [1.0, 1.0, 2.0, 3.0]
        >>> Length("exponential", 2.0).at(np.array([0.5])).round(4).tolist()
        [1.3863]
        """
        if self.kind == "fixed":
            return np.full(np.shape(u), self.mean)
        if self.kind == "geometric":
            if self.mean <= 1.0:
                return np.ones(np.shape(u))
            return np.asarray(np.maximum(np.ceil(np.log1p(-u) / np.log1p(-1.0 / self.mean)), 1.0))
        if self.kind == "exponential":
            return np.asarray(-self.mean * np.log1p(-u))
        if self.kind == "lognormal":
            variance = np.log1p((self.sd / self.mean) ** 2)
            return np.asarray(self.mean * np.exp(variance**0.5 * ndtri(u) - variance / 2))
        shape = weibull_shape(self.sd / self.mean)
        scale = self.mean / np.exp(lgamma(1 + 1 / shape))
        return np.asarray(scale * (-np.log1p(-u)) ** (1 / shape))


def weibull_shape(variation: float) -> float:
    r"""Return the shape of the Weibull distribution with a coefficient of variation.

    .. math:: v^2 = \Gamma(1 + 2/k) / \Gamma(1 + 1/k)^2 - 1

    Parameters
    ----------
    variation : float
        Standard deviation over mean, from 0.01 to 100.

    Returns
    -------
    float
        The shape :math:`k`, 1 for the exponential distribution.

    Examples
    --------
    >>> round(weibull_shape(1.0), 9)
    1.0
    """

    def excess(log_shape: float) -> float:
        k = np.exp(log_shape)
        return float(lgamma(1 + 2 / k) - 2 * lgamma(1 + 1 / k) - np.log1p(variation**2))

    return float(np.exp(brentq(excess, np.log(0.05), np.log(500.0), xtol=1e-14)))


@dataclass(frozen=True, slots=True)
class Size:
    """How much an outage takes, or by how much a demand or a price rises.

    Attributes
    ----------
    mean : float
        The severity where it does not vary.
    low, high : float
        Ends of a uniform severity; equal where it is none.
    sd : float
        Standard deviation of a beta severity; 0 where it is none.
    """

    mean: float
    low: float = 0.0
    high: float = 0.0
    sd: float = 0.0

    @property
    def varies(self) -> bool:
        """Whether outages differ in it."""
        return self.sd > 0 or self.high > self.low

    @property
    def expected(self) -> float:
        """The mean over all outages.

        Examples
        --------
        >>> Size(1.0, 0.2, 0.6).expected, Size(0.3, sd=0.1).expected
        (0.4, 0.3)
        """
        return (self.low + self.high) / 2 if self.sd == 0 and self.high > self.low else self.mean

    def at(self, u: Vector) -> Vector:
        """Return the quantiles at some probabilities, of the same shape.

        Parameters
        ----------
        u : numpy.ndarray
            From 0 to 1.

        Examples
        --------
        >>> Size(0.5, 0.2, 0.8).at(np.array([0.0, 0.5, 1.0])).round(9).tolist()
        [0.2, 0.5, 0.8]
        """
        if self.sd > 0:
            return np.asarray(betaincinv(*self._beta, u))
        if self.high > self.low:
            return np.asarray(self.low + (self.high - self.low) * u)
        return np.full(np.shape(u), self.mean)

    def drawn(self, rng: np.random.Generator, count: int) -> Vector:
        """Return independent severities, shape (count,), which takes less time than quantiles."""
        return rng.beta(*self._beta, count) if self.sd > 0 else self.at(rng.random(count))

    @property
    def _beta(self) -> tuple[float, float]:
        """Both parameters of the beta distribution, which mean and variance decide."""
        both = self.mean * (1 - self.mean) / self.sd**2 - 1
        return self.mean * both, (1 - self.mean) * both
