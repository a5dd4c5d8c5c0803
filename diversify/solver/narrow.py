"""Reductions over the columns of arrays with many rows and few columns.

NumPy reduces each row on its own, which for a handful of columns costs ten times the arithmetic.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]
# With more columns than this NumPy's own reduction is as fast.
NARROW = 24
# Numbers up to which a matrix is dense, and per non-zero.
SMALL, DENSE = 400, 4


def highest(values: Vector) -> Vector:
    """Return the largest number of each row, and zero where none is above it.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (S, n).

    Returns
    -------
    numpy.ndarray
        Shape (S,); not a number where one of the row is none.

    Examples
    --------
    >>> highest(np.array([[1.0, 3.0], [-2.0, -1.0]])).tolist()
    [3.0, 0.0]
    """
    if values.shape[1] > NARROW:
        return np.asarray(values.max(axis=1, initial=0.0))
    found = np.zeros(len(values))
    for column in values.T:
        np.maximum(found, column, out=found)
    return found


def every(mask: Mask) -> Mask:
    """Return whether all of each row is true, shape (S,).

    Parameters
    ----------
    mask : numpy.ndarray
        Shape (S, n).

    Returns
    -------
    numpy.ndarray
        True for a row without columns.

    Examples
    --------
    >>> every(np.array([[True, True], [True, False]])).tolist()
    [True, False]
    """
    if mask.shape[1] > NARROW:
        return np.asarray(mask.all(axis=1))
    found = np.ones(len(mask), dtype=np.bool_)
    for column in mask.T:
        found &= column
    return found


def summed(left: Vector, right: Vector) -> Vector:
    """Return the sum of the products of each row, shape (S,).

    Parameters
    ----------
    left : numpy.ndarray
        Shape (S, n).
    right : numpy.ndarray
        Shape (S, n) or (n,).

    Returns
    -------
    numpy.ndarray
        Zero for a row without columns.

    Examples
    --------
    >>> summed(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 1.0])).tolist()
    [12.0, 34.0]
    """
    form = "sn,n->s" if right.ndim == 1 else "sn,sn->s"
    return np.asarray(np.einsum(form, left, right))


class Product:
    """Products of a matrix with many vectors: dense where it is small, for sparse ones cost more.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        Shape (m, n).

    Examples
    --------
    >>> product = Product(sp.csr_array([[1.0, 2.0], [0.0, 3.0]]))
    >>> product.of(np.array([[1.0, 1.0], [2.0, 0.0]])).tolist()
    [[3.0, 3.0], [2.0, 0.0]]
    """

    def __init__(self, matrix: sp.csr_array) -> None:
        rows, columns = matrix.shape
        small = rows * columns <= max(SMALL, DENSE * matrix.nnz)
        self._dense: Vector | None = matrix.toarray().T.copy() if small else None
        self._sparse = matrix

    def of(self, values: Vector) -> Vector:
        """Return the products with each row of values, shape (S, n), as rows, shape (S, m)."""
        if self._dense is not None:
            return np.asarray(values @ self._dense)
        return np.asarray((self._sparse @ values.T).T)
