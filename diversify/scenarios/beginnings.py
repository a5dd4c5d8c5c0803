"""When outages begin: on their own, by a common shock, or joined by a copula."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri, stdtrit

from diversify.scenarios.hazards import Copula
from diversify.scenarios.streams import BEGIN, MIXTURE, Points

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Probabilities nearer to 0 or 1 than this have no finite quantile that matters.
EDGE = 1e-15
# So many numbers at a time stay in the cache of a processor.
PIECE = 200_000


def once(points: Points, name: str, strike: float, periods: int) -> Mask:
    r"""Return the beginnings of one process, from one number for the first of them.

    The first beginning is :math:`\lfloor \ln(1-u) / \ln(1-p) \rfloor`; each later period has
    one with probability :math:`p` on its own, as if every period had been drawn.

    Parameters
    ----------
    points : Points
        Where numbers come from.
    name : str
        Of the hazard or shock.
    strike : float
        Chance of a beginning in a period :math:`p`.
    periods : int
        T.

    Returns
    -------
    numpy.ndarray
        Shape (S, T).
    """
    return after_first(first_of(points.once(BEGIN, name), strike), points, name, strike, periods)


def first_of(u: Vector, strike: float) -> Vector:
    """Return the period of the first beginning, infinite for never where the chance is 0."""
    if strike <= 0.0:
        return np.full(len(u), np.inf)
    if strike >= 1.0:
        return np.zeros(len(u))
    return np.asarray(np.floor(np.log1p(-u) / np.log1p(-strike)))


def after_first(first: Vector, points: Points, name: str, strike: float, periods: int) -> Mask:
    """Return all beginnings where the first is known, shape (S, T)."""
    at = np.arange(periods)
    begins = first[:, None] == at
    early = first < periods - 1
    if early.any():
        more = points.later(BEGIN, name, periods) < strike
        begins |= more & (at > first[:, None])
    return np.asarray(begins)


def joined(copula: Copula, numbers: dict[str, Vector], mixture: Points) -> dict[str, Vector]:
    r"""Return numbers between 0 and 1 that a copula joins, each uniform as before.

    With :math:`z = R^{1/2} \Phi^{-1}(u)` the Gaussian copula gives :math:`\Phi(z)`, and the t
    copula :math:`t_\nu(z / \sqrt{w/\nu})` with :math:`w \sim \chi^2_\nu`, one for all hazards.
    Returned are the arguments, :math:`z` or :math:`z / \sqrt{w/\nu}`.

    Parameters
    ----------
    copula : Copula
        What joins them.
    numbers : dict
        Independent numbers by hazard, shape (S, T).
    mixture : Points
        Where :math:`w` comes from.

    Returns
    -------
    dict
        By hazard, shape (S, T): a beginning is where it is below :func:`threshold`.
    """
    values, vectors = np.linalg.eigh(copula.matrix)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    count, periods = next(iter(numbers.values())).shape
    scale = None if copula.df is None else _mixed(copula.df, mixture.grid(MIXTURE, "", periods))
    found = {name: np.empty((count, periods)) for name in copula.names}
    step = max(1, PIECE // max(1, len(copula.names) * periods))
    for start in range(0, count, step):
        some = slice(start, start + step)
        normal = np.stack([numbers[name][some] for name in copula.names])
        ndtri(np.clip(normal, EDGE, 1.0 - EDGE, out=normal), out=normal)
        joint = np.tensordot(root, normal, 1)
        if scale is not None:
            joint *= scale[some]
        for name, part in zip(copula.names, joint, strict=True):
            found[name][some] = part
    return found


def _mixed(df: float, u: Vector) -> Vector:
    """Return by how much the mixture of a t copula stretches what it joins."""
    half = df / 2
    return np.asarray(np.sqrt(half / gammaincinv(half, np.clip(u, EDGE, 1.0 - EDGE))))


def threshold(copula: Copula, strike: float) -> float:
    """Return the argument below which a beginning with this chance lies."""
    return float(ndtri(strike) if copula.df is None else stdtrit(copula.df, strike))
