"""Total variation: the worst that some of the probability, put elsewhere, can do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def worst_probability(losses: Vector, probability: Vector, radius: float) -> Vector:
    r"""Return the distribution within a distance in total variation that has the largest losses.

    The smallest losses give up ``radius`` of probability to the largest one. No other distribution
    over the same scenarios with

    .. math:: \tfrac12 \textstyle\sum_s |q_s - p_s| \le \delta

    is as bad by any measure that grows with the losses, since this one dominates them all.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Loss and probability of each scenario, shape (S,).
    radius : float
        From 0 to 1.

    Returns
    -------
    numpy.ndarray
        Shape (S,), adding up to 1.

    Examples
    --------
    >>> worst_probability(np.array([0.0, 1.0, 2.0]), np.array([0.5, 0.3, 0.2]), 0.25).tolist()
    [0.25, 0.3, 0.45]
    """
    order = np.argsort(losses, kind="stable")
    weights = probability[order]
    before = np.cumsum(weights) - weights
    taken = np.clip(radius - before, 0.0, weights)
    moved = probability.copy()
    moved[order] = weights - taken
    possible = np.flatnonzero(probability > 0.0)
    moved[possible[np.argmax(losses[possible])]] += float(taken.sum())
    return np.asarray(moved)


def value(losses: Vector, probability: Vector, radius: float) -> float:
    r"""Return the largest mean loss of any distribution within a distance in total variation.

    .. math:: \sup_{TV(Q, P) \le \delta} \mathbb{E}_Q L
        = \delta \max_s L_s + (1 - \delta)\, CVaR_\delta(L)

    Parameters as in :func:`worst_probability`.

    Returns
    -------
    float
        In the unit of the losses.

    Examples
    --------
    >>> round(value(np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05]), 0.05), 9)
    16.5
    """
    return float(worst_probability(losses, probability, radius) @ losses)
