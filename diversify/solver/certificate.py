"""The certificate: residuals and gap recomputed in numpy, on the unscaled problem (R3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.solver.answer import Answer
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Certificate:
    """How far a point and its multipliers are from proving that the point is the cheapest.

    Attributes
    ----------
    primal : float
        Largest violation of a row, bound or integrality, relative to ``1 +`` the size of the row's
        terms.
    dual : float
        Largest violation of the multipliers' signs, as the cost it could hide, relative to
        ``1 +`` the largest cost.
    gap : float
        Cost minus proven lower bound, relative to ``1 + |cost|``.
    within : float
        The gap that was asked for.
    """

    primal: float
    dual: float
    gap: float
    within: float = TOLERANCE

    @property
    def ok(self) -> bool:
        """Whether the residuals are within 1e-6, and the gap within what was asked for."""
        # Each by itself: the largest of 0 and NaN is 0 in Python.
        residuals = all(part <= TOLERANCE for part in (self.primal, self.dual))
        return residuals and self.gap <= self.within

    @property
    def allowed(self) -> str:
        """What the three numbers may be, in words.

        Examples
        --------
        >>> Certificate(0.0, 0.0, 5e-5, within=1e-4).allowed
        'the gap at most 1e-04, the others 1e-06'
        """
        if self.within == TOLERANCE:
            return f"each at most {TOLERANCE:.0e}"
        return f"the gap at most {self.within:.0e}, the others {TOLERANCE:.0e}"


def primal_residual(problem: Problem, point: Vector) -> float:
    """Return the largest relative violation of rows, bounds and integrality.

    Parameters
    ----------
    problem : Problem
        The problem.
    point : numpy.ndarray
        Values of the columns.

    Returns
    -------
    float
        0 for a point that keeps everything.
    """
    if not np.isfinite(point).all():
        return float("inf")
    activity = problem.matrix @ point
    size = 1.0 + abs(problem.matrix) @ np.abs(point)
    rows = np.maximum(problem.low - activity, activity - problem.high) / size
    bounds = np.maximum(problem.lower - point, point - problem.upper) / (1.0 + np.abs(point))
    whole = np.abs(point - np.round(point))[problem.integer]
    return float(max(0.0, *(part.max(initial=0.0) for part in (rows, bounds, whole))))


def certify(problem: Problem, point: Vector, multipliers: Vector) -> tuple[Certificate, float]:
    r"""Return the certificate of a linear problem, and the lower bound that was proven.

    Any multipliers prove a bound, by weak duality: with reduced costs
    :math:`z = c - A^\top y`,

    .. math:: c^\top x \ge \sum_i \max(y_i, 0)\, low_i + \min(y_i, 0)\, high_i
        + \sum_j \max(z_j, 0)\, lower_j + \min(z_j, 0)\, upper_j .

    Where a side is infinite, the multiplier there must be zero; what is left of it is the dual
    residual, counted with the point's own distance so that it has the unit of cost.

    Parameters
    ----------
    problem : Problem
        A linear problem.
    point, multipliers : numpy.ndarray
        Values of the columns, multipliers of the rows.

    Returns
    -------
    Certificate
        Residuals and gap.
    float
        The lower bound, offset included.
    """
    if not (np.isfinite(point).all() and np.isfinite(multipliers).all()):
        return Certificate(primal_residual(problem, point), float("inf"), float("inf")), -np.inf
    cost = float(problem.cost @ point) + problem.offset
    reduced = problem.cost - problem.matrix.T @ multipliers
    activity = problem.matrix @ point
    row_bound, row_wrong = _side(multipliers, problem.low, problem.high, activity)
    column_bound, column_wrong = _side(reduced, problem.lower, problem.upper, point)
    bound = row_bound + column_bound + problem.offset
    scale = 1.0 + max(abs(cost), float(np.abs(problem.cost).max(initial=0.0)))
    certificate = Certificate(
        primal=primal_residual(problem, point),
        dual=float(max(row_wrong, column_wrong) / scale),
        gap=float(max(0.0, cost - bound) / (1.0 + abs(cost))),
    )
    return certificate, float(bound)


def holds(problem: Problem, answer: Answer) -> bool:
    """Say whether an answer has a point of the problem, and multipliers that prove it the cheapest.

    Parameters
    ----------
    problem : Problem
        The problem.
    answer : Answer
        What a solver says of it; of one that stopped, or with integer columns, the point counts.

    Returns
    -------
    bool
        Within the tolerance of a certificate.
    """
    if answer.point is None or primal_residual(problem, answer.point) > TOLERANCE:
        return False
    if answer.status != "optimal" or problem.integer.any():
        return True
    return (
        answer.multipliers is not None and certify(problem, answer.point, answer.multipliers)[0].ok
    )


def _side(price: Vector, low: Vector, high: Vector, at: Vector) -> tuple[float, float]:
    """Return the bound that prices prove, and the largest price on a side that does not exist."""
    side = np.where(price > 0, low, high)
    exists = np.isfinite(side)
    bound = float(price[exists] @ side[exists])
    wrong = np.abs(price[~exists]) * (1.0 + np.abs(at[~exists]))
    return bound, float(wrong.max(initial=0.0))
