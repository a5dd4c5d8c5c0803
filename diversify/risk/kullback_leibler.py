"""Relative entropy: the worst mean among distributions near the given one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def worst_probability(losses: Vector, probability: Vector, radius: float) -> Vector:
    r"""Return the distribution within a relative entropy that has the largest mean loss.

    .. math:: \max_q\ \textstyle\sum_s q_s L_s \quad \text{s.t.} \quad
        \sum_s q_s \log (q_s / p_s) \le \rho, \quad q_s \propto p_s\, e^{t L_s}

    Source: Hu & Hong, Kullback-Leibler divergence constrained distributionally robust
    optimization, 2013.

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
    >>> worst_probability(np.array([0.0, 1.0]), np.array([0.5, 0.5]), 1.0).tolist()
    [0.0, 1.0]
    """
    # Loaded where it is used: to check policies takes no optimiser.
    from scipy.optimize import brentq

    possible = probability > 0.0
    low, top = float(losses[possible].min()), float(losses[possible].max())
    if top == low or radius == 0.0:
        return probability.copy()
    at_top = np.where(losses == top, probability, 0.0)
    if radius >= -float(np.log(at_top.sum())):
        return np.asarray(at_top / at_top.sum())
    # Counted from the largest loss, so that no exponential overflows.
    shape = (np.where(possible, losses, top) - top) / (top - low)

    def tilted(power: float) -> Vector:
        weight = probability * np.exp(power * shape)
        return np.asarray(weight / weight.sum())

    def excess(power: float) -> float:
        mass = float(probability @ np.exp(power * shape))
        return power * float(tilted(power) @ shape) - float(np.log(mass)) - radius

    most = 1.0
    while excess(most) < 0.0:
        most *= 2.0
    return tilted(float(brentq(excess, 0.0, most, xtol=1e-13, rtol=1e-14)))


def value(losses: Vector, probability: Vector, radius: float) -> float:
    r"""Return the largest mean loss of any distribution within a relative entropy.

    .. math:: \sup_{KL(Q \| P) \le \rho} \mathbb{E}_Q L
        = \inf_{a > 0}\ a \log \mathbb{E}\, e^{L / a} + a \rho

    Parameters as in :func:`worst_probability`.

    Returns
    -------
    float
        In the unit of the losses.

    Examples
    --------
    >>> round(value(np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05]), 0.05), 6)
    20.402992
    """
    return float(worst_probability(losses, probability, radius) @ losses)
