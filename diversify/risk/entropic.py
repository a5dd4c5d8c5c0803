"""Entropic risk: the certain loss that is as bad, to somebody with constant risk aversion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp


def value(losses: NDArray[np.float64], probability: NDArray[np.float64], aversion: float) -> float:
    r"""Return the entropic risk of a discrete distribution of losses.

    .. math:: \frac1\theta \log \mathbb{E}\, e^{\theta L}
        = \sup_Q\ \mathbb{E}_Q L - \tfrac1\theta KL(Q \,\|\, P)

    Source: Foellmer & Schied, Finance and Stochastics 6, 2002. It is a figure only: its rows
    would not be linear.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Loss and probability of each scenario, shape (S,).
    aversion : float
        :math:`\theta`, above 0, per unit of loss.

    Returns
    -------
    float
        In the unit of the losses: between the mean, for small aversion, and the worst case.

    Examples
    --------
    >>> round(value(np.array([0.0, 1.0]), np.array([0.5, 0.5]), 2.0), 9)
    0.716890415
    """
    possible = probability > 0.0
    total = logsumexp(aversion * losses[possible], b=probability[possible])
    return float(total) / aversion
