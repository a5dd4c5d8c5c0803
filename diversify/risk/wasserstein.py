"""Wasserstein distance: the worst mean when every loss may be moved, a little on average."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def value(
    losses: NDArray[np.float64],
    probability: NDArray[np.float64],
    radius: float,
    lipschitz: float = 1.0,
) -> float:
    r"""Return the largest mean of a function of what may be moved by ``radius`` on average.

    .. math:: \sup_{W_1(Q, P) \le \varepsilon} \mathbb{E}_Q f = \mathbb{E}_P f + \varepsilon\,
        Lip(f)

    Source: Mohajerin Esfahani & Kuhn, Mathematical Programming 171, 2018, for support without
    bounds; where what moves is bounded, it is an upper bound.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Value of f and probability of each scenario, shape (S,).
    radius : float
        0 or more, in the unit of what is moved.
    lipschitz : float
        How fast f changes with it: 1 where the losses themselves are moved.

    Returns
    -------
    float
        In the unit of the losses.

    Examples
    --------
    >>> value(np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05]), 2.0)
    13.5
    """
    return float(probability @ losses) + radius * lipschitz
