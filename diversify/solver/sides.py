"""Bounds and right sides of many recourse problems at once, for one plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.recourse import Recourse

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
OWN = -1
# Bounds that are equal in theory may cross in the last digit, by this much.
CROSSED = 1e-7


@dataclass(frozen=True, slots=True)
class Sides:
    """Bounds of the columns and sides of the rows of several scenarios.

    Attributes
    ----------
    lower, upper : numpy.ndarray
        Of the columns, shape (S, columns).
    lower_from, upper_from : numpy.ndarray
        Which row of the second kind each bound comes from; -1 for the column's own.
    low, high : numpy.ndarray
        Of the rows that stay rows, shape (S, kept).
    """

    lower: Vector
    upper: Vector
    lower_from: NDArray[np.int32]
    upper_from: NDArray[np.int32]
    low: Vector
    high: Vector

    def at(self, chosen: Index) -> Sides:
        """Return those of some scenarios."""
        return Sides(
            self.lower[chosen],
            self.upper[chosen],
            self.lower_from[chosen],
            self.upper_from[chosen],
            self.low[chosen],
            self.high[chosen],
        )

    @property
    def crossed(self) -> NDArray[np.bool_]:
        """Scenarios in which a lower bound exceeds an upper one, shape (S,)."""
        return np.asarray((self.lower > self.upper).any(axis=1))


class Sider:
    """Makes the sides of scenarios of one group for one plan.

    Parameters
    ----------
    recourse : Recourse
        The second stage of the group.
    """

    def __init__(self, recourse: Recourse) -> None:
        self.recourse = recourse
        first = recourse.blocks.first
        self.own_lower = recourse.blocks.lower[first + recourse.columns]
        self.own_upper = recourse.blocks.upper[first + recourse.columns]
        self.sense = recourse.blocks.sense[recourse.rows[: recourse.kept]]
        kind = recourse.blocks.sense[recourse.rows[recourse.kept :]] * np.sign(recourse.factor)
        self._below = layers(np.flatnonzero(kind >= 0), recourse.bounded)
        self._above = layers(np.flatnonzero(kind <= 0), recourse.bounded)

    def sides(self, left: tuple[Vector, sp.csr_array], theta: Vector) -> Sides:
        """Return bounds and right sides.

        Parameters
        ----------
        left : tuple
            What the plan leaves of the right sides, from :meth:`Recourse.left`.
        theta : numpy.ndarray
            Data of the scenarios, shape (S, P).

        Returns
        -------
        Sides
            The tightest bound of each column, with the row that it comes from.
        """
        r = self.recourse
        base, slope = left
        value = np.asarray((slope @ theta.T).T) + base
        count = len(theta)
        lower = np.tile(self.own_lower, (count, 1))
        upper = np.tile(self.own_upper, (count, 1))
        lower_from = np.full(lower.shape, OWN, dtype=np.int32)
        upper_from = np.full(upper.shape, OWN, dtype=np.int32)
        bounds = value[:, r.kept :] / r.factor
        for rows in self._below:
            tighten(lower, lower_from, bounds, rows, r.bounded[rows], np.greater)
        for rows in self._above:
            tighten(upper, upper_from, bounds, rows, r.bounded[rows], np.less)
        close = (lower > upper) & (lower <= upper + CROSSED * (1.0 + np.abs(upper)))
        upper[close] = lower[close]
        sides = value[:, : r.kept]
        low = np.where(self.sense >= 0, sides, -np.inf)
        high = np.where(self.sense <= 0, sides, np.inf)
        return Sides(lower, upper, lower_from, upper_from, low, high)


def layers(rows: Index, bounded: Index) -> list[Index]:
    """Return rows in parts, so that no column is bounded twice within one.

    Parameters
    ----------
    rows : numpy.ndarray
        Positions.
    bounded : numpy.ndarray
        Column that each row bounds, by position.

    Returns
    -------
    list of numpy.ndarray
        As many parts as the most rows that bound one column.

    Examples
    --------
    >>> layers(np.array([0, 1, 2]), np.array([5, 5, 7]))
    [array([0, 2]), array([1])]
    """
    parts: list[list[int]] = []
    seen: dict[int, int] = {}
    for row in rows.tolist():
        layer = seen.get(int(bounded[row]), 0)
        seen[int(bounded[row])] = layer + 1
        if layer == len(parts):
            parts.append([])
        parts[layer].append(row)
    return [np.array(part, dtype=np.int64) for part in parts]


def tighten(
    bound: Vector,
    source: NDArray[np.int32],
    value: Vector,
    rows: Index,
    columns: Index,
    better: np.ufunc,
) -> None:
    """Replace bounds by the values of rows where those are tighter, and note the rows.

    Parameters
    ----------
    bound, source : numpy.ndarray
        Bounds so far and where they come from, shape (S, columns); changed in place.
    value : numpy.ndarray
        Bound that each row gives, shape (S, all rows).
    rows, columns : numpy.ndarray
        Rows to look at, and the column that each bounds.
    better : numpy.ufunc
        ``numpy.greater`` for lower bounds, ``numpy.less`` for upper ones.
    """
    new, old = value[:, rows], bound[:, columns]
    tighter = better(new, old)
    bound[:, columns] = np.where(tighter, new, old)
    source[:, columns] = np.where(tighter, rows, source[:, columns])
