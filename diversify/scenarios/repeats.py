"""Which scenarios repeat: told apart by hash, and compared number by number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Odd, so that no bit of an earlier number is lost.
FACTOR = np.uint64(0x9E3779B97F4A7C15)


def first_of_each(
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first of each kind of row, in order of appearance, and the kind of each row.

    Rows are told apart by a hash of each number, and compared number by number afterwards: two
    rows of one hash that differ are found, and then all rows are sorted instead.

    Parameters
    ----------
    rows : numpy.ndarray
        Shape (S, P), without NaN.

    Returns
    -------
    numpy.ndarray
        Positions of the rows that are kept, shape (K,).
    numpy.ndarray
        Position among these of the row that equals each, shape (S,).

    Examples
    --------
    >>> kept, where = first_of_each(np.array([[1.0], [2.0], [1.0]]))
    >>> kept.tolist(), where.tolist()
    ([0, 1], [0, 1, 0])
    """
    count = len(rows)
    total = np.zeros(count, dtype=np.uint64)
    for column in np.flatnonzero((rows != rows[:1]).any(axis=0)).tolist():
        # Zero has two signs and one meaning.
        total = total * FACTOR + pd.util.hash_array(rows[:, column] + 0.0)
    where = np.asarray(pd.factorize(total)[0], dtype=np.int64)
    kept = np.zeros(int(where.max(initial=-1)) + 1, dtype=np.int64)
    kept[where[::-1]] = np.arange(count - 1, -1, -1)
    step = max(1, 4_000_000 // max(1, rows.shape[1]))
    for start in range(0, count, step):
        span = slice(start, start + step)
        if not (rows[span] == rows[kept[where[span]]]).all():
            return _sorted_apart(rows)
    return kept, where


def _sorted_apart(
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(first[order]), rank[inverse.reshape(-1)]
