"""Divergences: how far one distribution is from another, and the worst within reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from diversify.risk import chi_squared, kullback_leibler

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Divergence:
    r"""A way to say how far a distribution is from another, as a mean over the latter.

    .. math:: D(Q, P) = \mathbb{E}_P\, \varphi(q / p), \quad \varphi \ge 0 \text{ convex}, \quad
        \varphi(1) = 0, \quad \varphi(0) = 1

    Attributes
    ----------
    generator : callable
        :math:`\varphi` of densities, 0 or more.
    worst_probability : callable
        The distribution within a radius that has the largest mean, from losses, probabilities and
        the radius.
    """

    generator: Callable[[Vector], Vector]
    worst_probability: Callable[[Vector, Vector, float], Vector]

    def value(self, losses: Vector, probability: Vector, radius: float) -> float:
        """Return the largest mean loss of any distribution within a radius.

        Parameters
        ----------
        losses, probability : numpy.ndarray
            Loss and probability of each scenario, shape (S,).
        radius : float
            0 or more.

        Returns
        -------
        float
            In the unit of the losses.

        Examples
        --------
        >>> losses, probability = np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05])
        >>> round(DIVERGENCES["chi2"].value(losses, probability, 0.05), 6)
        17.124722
        """
        return float(self.worst_probability(losses, probability, radius) @ losses)


def _chi_squared(density: Vector) -> Vector:
    return np.asarray((density - 1.0) ** 2)


def _relative_entropy(density: Vector) -> Vector:
    # At 0 the product is 0, whatever the logarithm.
    logarithm = np.log(np.where(density > 0.0, density, 1.0))
    return np.asarray(density * logarithm - density + 1.0)


DIVERGENCES: Final[dict[str, Divergence]] = {
    "chi2": Divergence(_chi_squared, chi_squared.worst_probability),
    "kl": Divergence(_relative_entropy, kullback_leibler.worst_probability),
}
"""Divergences by the name of the set that they make."""
