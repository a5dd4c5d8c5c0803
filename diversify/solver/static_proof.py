"""The proof of a solution without recourse: bound, residuals and gap, recomputed in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.errors import NotCertifiedError
from diversify.solver.certificate import Certificate, certify
from diversify.solver.problem import Problem
from diversify.solver.static_losses import Point, StaticProblem
from diversify.solver.static_model import Step

Vector = NDArray[np.float64]
EXCESS = 1e-9  # largest excess over a limit, relative to 1 + the limit


@dataclass(frozen=True, slots=True, eq=False)
class StaticSolution:
    """A point with its proof.

    Attributes
    ----------
    x : numpy.ndarray
        All columns of the first stage.
    objective, bound : float
        Cost plus weighted CVaR, and the bound that was proven.
    cvar, var, price : numpy.ndarray
        Of each tail; the price is what one unit of its limit saves.
    certificate : Certificate
        Residuals and gap, recomputed in numpy.
    iterations, cuts : int
        Steps over all scenarios, and cuts made in them.
    """

    x: Vector
    objective: float
    bound: float
    cvar: Vector
    var: Vector
    price: Vector
    certificate: Certificate
    iterations: int
    cuts: int


def excess(problem: StaticProblem, point: Point) -> Vector:
    """Return how far each CVaR is above its limit, relative to 1 + the limit."""
    pairs = zip(problem.tails, point.cvar, strict=True)
    return np.array(
        [0.0 if t.limit is None else (value - t.limit) / (1.0 + abs(t.limit)) for t, value in pairs]
    )


def proven(
    problem: StaticProblem, point: Point, step: Step, rounds: int, made: int
) -> StaticSolution:
    """Return the solution with bound, residuals and gap from the multipliers of the last step."""
    first, width = problem.first, problem.width
    cost, offset = first.cost.copy(), first.offset
    rows, low, high, prices = [], [], [], []
    for k, (tail, cut) in enumerate(zip(problem.tails, step.cuts, strict=True)):
        if tail.limit is None:
            cost[:width] += tail.price * cut.slope
            offset += tail.price * cut.constant
        else:
            rows.append(np.r_[cut.slope, np.zeros(len(cost) - width)])
            low.append(-np.inf)
            high.append(tail.limit - cut.constant)
            prices.append(-step.price[k])
    matrix = (
        sp.csr_array(sp.vstack([first.matrix, sp.csr_array(np.array(rows))]))
        if rows
        else (first.matrix)
    )
    linear = _Exact(
        matrix,
        cost,
        first.lower,
        first.upper,
        np.r_[first.low, low],
        np.r_[first.high, high],
        np.zeros(len(cost), dtype=bool),
        offset,
    )
    proof, bound = certify(linear, point.x, np.r_[step.rows, prices])
    weights = np.array([t.price if t.limit is None else 0.0 for t in problem.tails])
    objective = float(first.cost @ point.x) + first.offset + float(weights @ point.cvar)
    over = float(excess(problem, point).max(initial=0.0))
    gap = max(0.0, objective - bound) / (1.0 + abs(objective))
    certificate = Certificate(max(proof.primal, over), proof.dual, gap)
    if not certificate.ok:
        raise NotCertifiedError(f"the point was not proven optimal: {certificate}")
    return StaticSolution(
        point.x,
        objective,
        bound,
        point.cvar,
        point.var,
        step.price,
        certificate,
        rounds,
        made,
    )


class _Exact(Problem):
    """The problem of the proof: numpy alone reads it, so tiny coefficients may stay."""

    def __post_init__(self) -> None:
        """Refuse nothing: no solver sees it."""
