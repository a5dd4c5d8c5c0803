"""Correlation matrices: from pairs, whether they can be, and the nearest that can."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Pair = tuple[str, str, float]
# What rounding leaves of an eigenvalue that is 0.
TINY = 1e-10
STEPS = 1000


def correlation(pairs: Sequence[Pair]) -> tuple[tuple[str, ...], Matrix]:
    """Return the names of some pairs, sorted, and the matrix of their correlations.

    Parameters
    ----------
    pairs : sequence of tuple
        Two names and their correlation; a pair that is not there has 0.

    Returns
    -------
    tuple of str
        Shape (n,).
    numpy.ndarray
        Shape (n, n), symmetric with ones on the diagonal.

    Examples
    --------
    >>> correlation([("b", "a", 0.5)])[1].tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    names = tuple(sorted({name for a, b, _ in pairs for name in (a, b)}))
    place = {name: i for i, name in enumerate(names)}
    matrix = np.eye(len(names))
    for a, b, rho in pairs:
        if a != b:
            matrix[place[a], place[b]] = matrix[place[b], place[a]] = rho
    return names, matrix


def smallest(matrix: Matrix) -> float:
    """Return the smallest eigenvalue of a symmetric matrix; 0 where it is rounding.

    Parameters
    ----------
    matrix : numpy.ndarray
        Shape (n, n).

    Returns
    -------
    float
        Negative where no random numbers can have these correlations.
    """
    least = float(np.linalg.eigvalsh(matrix)[0])
    return 0.0 if abs(least) < TINY else least


def nearest(matrix: Matrix) -> Matrix:
    r"""Return the nearest correlation matrix in the Frobenius norm.

    Alternating projections on the matrices without negative eigenvalues and on those with ones on
    the diagonal, with Dykstra's correction (Higham, IMA Journal of Numerical Analysis 22, 2002).

    Parameters
    ----------
    matrix : numpy.ndarray
        Shape (n, n), symmetric.

    Returns
    -------
    numpy.ndarray
        Shape (n, n).

    Examples
    --------
    >>> near = nearest(np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]))
    >>> near[0].round(4).tolist()
    [1.0, 0.7607, 0.1573]
    """
    found, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(STEPS):
        moved = found - correction
        values, vectors = np.linalg.eigh(moved)
        inside = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = inside - moved
        before, found = found, inside.copy()
        np.fill_diagonal(found, 1.0)
        if distance(before, found) < 1e-12 * max(1.0, float(np.linalg.norm(found))):
            break
    return (found + found.T) / 2


def distance(one: Matrix, other: Matrix) -> float:
    """Return the Frobenius norm of the difference of two matrices."""
    return float(np.linalg.norm(one - other))
