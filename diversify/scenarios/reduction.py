"""Few scenarios that stand for many: forward selection, with the distance as a bound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from diversify.errors import Finding, InputError

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# The distances of so many scenarios to each other take 200 MB.
MOST = 5_000


def forward_selection(theta: Vector, probability: Vector, count: int) -> tuple[Index, Index, float]:
    r"""Return the scenarios that are kept one after the other, each the best that can be added.

    The distance of two scenarios is the sum of what differs, over hazards and periods. What is not
    kept goes to the nearest that is, which is the best that can be done with those kept, so

    .. math:: D = \textstyle\sum_s p_s \min_{k \in kept} \lVert \theta_s - \theta_k \rVert_1

    is the Kantorovich distance of the two distributions. (Heitsch & Roemisch, Computational
    Optimization and Applications 24, 2003: fast forward selection.)

    Parameters
    ----------
    theta : numpy.ndarray
        Shape (S, P), rows that differ.
    probability : numpy.ndarray
        Shape (S,).
    count : int
        How many to keep.

    Returns
    -------
    numpy.ndarray
        Positions of those kept, in ascending order.
    numpy.ndarray
        Shape (S,): position among these of the one that stands for each.
    float
        The distance.

    Raises
    ------
    InputError
        If ``count`` is below 1, or there are more than 5,000 scenarios.
    """
    if count < 1 or len(theta) > MOST:
        few = count < 1
        raise InputError(
            [
                Finding.error(
                    table="scenarios",
                    value=str(count if few else len(theta)),
                    message="no scenario is to be kept"
                    if few
                    else f"forward selection compares all pairs, of at most {MOST:,} scenarios",
                    remedy="keep one or more" if few else "draw fewer, or solve them all",
                )
            ]
        )
    if count >= len(theta):
        every = np.arange(len(theta))
        return every, every, 0.0
    apart = cdist(theta, theta, "cityblock")
    near = np.full(len(theta), np.inf)
    kept: list[int] = []
    for _ in range(count):
        # Column u: what is left if u is kept too.
        left = probability @ np.minimum(near[:, None], apart)
        left[kept] = np.inf
        chosen = int(left.argmin())
        kept.append(chosen)
        near = np.minimum(near, apart[:, chosen])
    order = np.sort(np.array(kept, dtype=np.int64))
    stands = np.asarray(apart[:, order].argmin(axis=1), dtype=np.int64)
    return order, stands, float(probability @ near)
