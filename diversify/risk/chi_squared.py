"""Chi-squared divergence: the worst mean among distributions near the given one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def worst_probability(losses: Vector, probability: Vector, radius: float) -> Vector:
    r"""Return the distribution within a chi-squared divergence that has the largest mean loss.

    .. math:: \max_q\ \textstyle\sum_s q_s L_s \quad \text{s.t.} \quad
        \sum_s (q_s - p_s)^2 / p_s \le \rho, \quad q_s = p_s \frac{(L_s - \eta)^+}{\mathbb{E}
        (L - \eta)^+}

    Source: Ben-Tal, den Hertog, De Waegenaere, Melenberg & Rennen, Management Science 59(2), 2013;
    the form of q follows from the conditions of optimality.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Loss and probability of each scenario, shape (S,).
    radius : float
        0 or more.

    Returns
    -------
    numpy.ndarray
        Shape (S,), adding up to 1.

    Examples
    --------
    >>> worst_probability(np.array([0.0, 1.0]), np.array([0.5, 0.5]), 0.25).tolist()
    [0.25, 0.75]
    """
    # Loaded where it is used: to check policies takes no optimiser.
    from scipy.optimize import brentq

    mean = float(probability @ losses)
    spread = float(probability @ (losses - mean) ** 2) ** 0.5
    possible = probability > 0.0
    if spread == 0.0 or radius == 0.0:
        return probability.copy()
    inside = 1.0 + (losses - mean) * (radius**0.5 / spread)
    if (inside[possible] >= 0.0).all():
        return np.asarray(probability * inside)
    low, top = float(losses[possible].min()), float(losses[possible].max())
    at_top = np.where(losses == top, probability, 0.0)
    if radius >= 1.0 / at_top.sum() - 1.0:
        return np.asarray(at_top / at_top.sum())
    near = float(losses[possible & (losses < top)].max())

    def tilted(threshold: float) -> Vector:
        weight = probability * np.maximum(losses - threshold, 0.0)
        return np.asarray(weight / weight.sum())

    def excess(threshold: float) -> float:
        moved = tilted(threshold)[possible]
        return float((moved**2 / probability[possible]).sum()) - 1.0 - radius

    # Beyond the second largest loss everything lies on the largest, and that was too far.
    return tilted(float(brentq(excess, low, near, xtol=1e-13 * (top - low), rtol=1e-14)))


def value(losses: Vector, probability: Vector, radius: float) -> float:
    r"""Return the largest mean loss of any distribution within a chi-squared divergence.

    It is :math:`\mathbb{E} L + \sqrt{\rho\, Var(L)}` as long as no probability would be negative.

    Parameters as in :func:`worst_probability`.

    Returns
    -------
    float
        In the unit of the losses.

    Examples
    --------
    >>> round(value(np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05]), 0.05), 6)
    17.124722
    """
    return float(worst_probability(losses, probability, radius) @ losses)
