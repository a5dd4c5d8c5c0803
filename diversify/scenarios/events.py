"""From outages, each with a beginning, a length and a size, to values by period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def write_events(
    values: Vector,
    column: int,
    rows: Index,
    starts: Index,
    lengths: Vector | float,
    sizes: Vector | float,
    sign: int,
) -> None:
    r"""Write some outages of a hazard into the values of a batch.

    .. math:: value_{s,t} = 1 \pm \max_e size_e\, \min(1, length_e - (t - start_e))^+

    over the outages :math:`e` of scenario :math:`s` that have begun: what ends within a period
    counts for the part of it that it lasts, and of two outages the larger one counts.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (S, H, T), contiguous, ones at the hazard; changed.
    column : int
        Position of the hazard.
    rows, starts : numpy.ndarray
        Scenario and period in which each outage begins, shape (E,).
    lengths, sizes : numpy.ndarray or float
        Periods and severity of each, shape (E,), or of all.
    sign : int
        -1 for what takes from availability, +1 for what adds to a multiplier.

    Examples
    --------
    >>> values = np.ones((1, 1, 4))
    >>> write_events(values, 0, np.array([0]), np.array([1]), 1.5, 0.4, -1)
    >>> values[0, 0].tolist()
    [1.0, 0.6, 0.8, 1.0]
    """
    _, hazards, periods = values.shape
    flat = values.reshape(-1)
    lasts = np.asarray(np.broadcast_to(lengths, rows.shape), dtype=np.float64)
    takes = np.asarray(np.broadcast_to(sizes, rows.shape), dtype=np.float64)
    whole = np.minimum(np.ceil(lasts), periods - starts).astype(np.int64)
    first = (rows * hazards + column) * periods + starts
    extreme = np.minimum if sign < 0 else np.maximum
    # Outages are handled by age, since few last long.
    alive = np.arange(len(rows))
    for age in range(int(whole.max(initial=0))):
        alive = alive[whole[alive] > age]
        part = np.minimum(1.0, lasts[alive] - age)
        extreme.at(flat, first[alive] + age, 1.0 + sign * takes[alive] * part)
