"""Scaling of rows and columns by powers of two: no digit changes, and the way back is exact."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.solver.answer import Answer
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]

# A problem is scaled when its coefficients span more than WIDE and scaling takes off GAIN: below
# that HiGHS's own scaling does as well (docs/design/numerics.md).
WIDE = 2.0**23
GAIN = 2.0**7
PASSES = 30
# No double that a problem holds leaves its range by this.
LARGEST = 120


@dataclass(frozen=True, slots=True)
class Scaling:
    r"""Powers of two for the rows and columns of a problem.

    .. math:: A' = R A C, \quad x = C x', \quad y = R y', \quad R = 2^{rows},\ C = 2^{columns}

    Attributes
    ----------
    rows, columns : numpy.ndarray
        Exponents, shape (rows,) and (columns,).
    """

    rows: Index
    columns: Index

    def problem(self, problem: Problem) -> Problem:
        """Return the problem in scaled units; its cost of a point is the same number.

        Parameters
        ----------
        problem : Problem
            The problem that the exponents were made for.

        Returns
        -------
        Problem
            With the same pattern.
        """
        matrix = problem.matrix.copy()
        row = np.repeat(self.rows, np.diff(matrix.indptr))
        matrix.data = np.ldexp(matrix.data, row + self.columns[matrix.indices])
        return Problem(
            matrix,
            np.ldexp(problem.cost, self.columns),
            np.ldexp(problem.lower, -self.columns),
            np.ldexp(problem.upper, -self.columns),
            np.ldexp(problem.low, self.rows),
            np.ldexp(problem.high, self.rows),
            problem.integer,
            problem.offset,
        )

    def point(self, scaled: Vector) -> Vector:
        """Return the point of the problem that a point of the scaled problem stands for."""
        return np.ldexp(scaled, self.columns)

    def multipliers(self, scaled: Vector) -> Vector:
        """Return the multipliers of the problem's rows from those of the scaled problem."""
        return np.ldexp(scaled, self.rows)

    def answer(self, scaled: Answer) -> Answer:
        """Return what an answer to the scaled problem says of the problem."""
        point = None if scaled.point is None else self.point(scaled.point)
        duals = None if scaled.multipliers is None else self.multipliers(scaled.multipliers)
        return dataclasses.replace(scaled, point=point, multipliers=duals)

    def back(self) -> Scaling:
        """Return the scaling that undoes this one."""
        return Scaling(-self.rows, -self.columns)


def worthwhile(problem: Problem) -> Scaling | None:
    """Return a scaling that narrows the coefficients of a problem materially, or None.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    Scaling or None
        None where the coefficients span no more than 2^23, or scaling would take off less than a
        factor of 2^7. Integer columns keep their unit.
    """
    size = np.abs(problem.matrix.data)
    used = size > 0
    if not used.any() or size[used].max() <= WIDE * size[used].min():
        return None
    found = closest(problem)
    rows = np.repeat(found.rows, np.diff(problem.matrix.indptr))[used]
    log = np.log2(size[used])
    scaled = log + rows + found.columns[problem.matrix.indices[used]]
    gained = np.ptp(log) - np.ptp(scaled) >= np.log2(GAIN)
    return found if gained and scaled.min() > np.log2(1e-9) and scaled.max() < 49 else None


def closest(problem: Problem) -> Scaling:
    """Return the scaling that brings the coefficients of a problem closest together.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    Scaling
        Integer columns keep their unit.
    """
    used = problem.matrix.data != 0
    rows = np.repeat(np.arange(problem.shape[0]), np.diff(problem.matrix.indptr))[used]
    columns = problem.matrix.indices[used].astype(np.int64)
    log = np.log2(np.abs(problem.matrix.data[used]))
    return exponents(rows, columns, log, log, problem.shape, ~problem.integer)


def exponents(
    rows: Index,
    columns: Index,
    low: Vector,
    high: Vector,
    shape: tuple[int, int],
    free: NDArray[np.bool_],
) -> Scaling:
    r"""Return the powers of two that bring the coefficients closest together.

    Rows and columns are centred in turn, as in geometric scaling,

    .. math:: r_i = -\tfrac12 \Bigl(\min_j (a_{ij} + c_j) + \max_j (a_{ij} + c_j)\Bigr), \quad
        a = \log_2 |A|,

    until that gains nothing, and rounded last. Source: Curtis & Reid, IMA Journal of Applied
    Mathematics 10, 1972, with the middle of the range in place of the mean.

    Parameters
    ----------
    rows, columns : numpy.ndarray
        Place of each coefficient, shape (n,); rows in order.
    low, high : numpy.ndarray
        Smallest and largest logarithm of each to base 2; they differ where a coefficient depends
        on scenario data.
    shape : tuple of int
        Rows and columns.
    free : numpy.ndarray
        Which columns may be scaled.

    Returns
    -------
    Scaling
        Exponents; 0 for empty rows and columns, and for columns that are not free.

    Examples
    --------
    >>> log = np.log2([1.0, 2.0**20, 2.0**20, 2.0**40])
    >>> at = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> found = exponents(*at, log, log, (2, 2), np.array([True, True]))
    >>> float(np.ptp(log + found.rows[at[0]] + found.columns[at[1]]))
    0.0
    """
    row, column = np.zeros(shape[0]), np.zeros(shape[1])
    kept = ~free
    best = (np.inf, row, column)
    for _ in range(PASSES):
        row = -_middle(rows, low + column[columns], high + column[columns], shape[0])
        column = -_middle(columns, low + row[rows], high + row[rows], shape[1])
        column[kept] = 0.0
        move = row[rows] + column[columns]
        width = float((high + move).max(initial=-np.inf) - (low + move).min(initial=np.inf))
        if width > best[0] - 0.1:
            break
        best = (width, row, column)
    # Half goes up: to even, rows that differ by a power of two would be rounded apart.
    whole = [np.clip(np.floor(x + 0.5), -LARGEST, LARGEST).astype(np.int64) for x in best[1:]]
    return Scaling(*whole)


def _middle(place: Index, low: Vector, high: Vector, count: int) -> Vector:
    """Return the middle of the range of the numbers in each place, 0 where there are none."""
    least, most = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(least, place, low)
    np.maximum.at(most, place, high)
    empty = np.isinf(least)
    least[empty], most[empty] = 0.0, 0.0
    return np.asarray((least + most) / 2)


def cost_scale(cost: Vector) -> float:
    """Return the power of two that brings the largest cost below 2**17.

    HiGHS 1.15.1 fails in the ratio test of the dual simplex ("excessive dual values") when costs
    are large; a power of two changes no digit.
    """
    largest = float(np.abs(cost).max(initial=0.0))
    return 1.0 if largest <= 2.0**17 else float(2.0 ** (17 - np.ceil(np.log2(largest))))
