"""Worst means near a distribution, by the name of the set: figures, not rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from diversify.risk import chi_squared, kullback_leibler, total_variation, wasserstein

Vector = NDArray[np.float64]

WORST_MEANS: Final[dict[str, Callable[[Vector, Vector, float], float]]] = {
    "tv": total_variation.value,
    "chi2": chi_squared.value,
    "kl": kullback_leibler.value,
    "wasserstein": wasserstein.value,
}
"""Largest mean loss within a radius, from losses, probabilities and the radius."""
