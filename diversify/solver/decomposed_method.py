"""Solve by decomposition and prove the answer on the extensive form's own arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import NotCertifiedError, SolverError
from diversify.solver.certificate import Certificate, certify, primal_residual
from diversify.solver.decomposed import Decomposed, decompose
from diversify.solver.extensive import Extensive, stack
from diversify.solver.highs import run
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


def solve_decomposed(blocks: Blocks, theta: Vector, probability: Vector, news: Index) -> Solution:
    """Return the cheapest plan of a batch of scenarios, by cuts, with its certificate.

    The cost and the feasibility are recomputed on the arrays of the extensive form; the bound is
    that of the master with the stored cuts, by weak duality.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem, without integer columns.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).

    Returns
    -------
    Solution
        Certified.

    Raises
    ------
    RecourseInfeasibleError, NoConvergenceError
        Where this method does not serve; the extensive form then may.
    NotCertifiedError
        If plan and cuts do not prove each other.
    """
    found = decompose(blocks, theta, probability, news)
    extensive = stack(blocks, theta, probability, news)
    point = _point(extensive, found)
    objective = float(extensive.problem.cost @ point) + blocks.offset
    answer = run(found.frame.problem(found.cuts), solver="simplex")
    if answer.point is None or answer.multipliers is None:
        raise SolverError(f"the final master problem ended {answer.status}")
    priced = answer.multipliers.copy()
    priced[len(found.frame.rows) :] /= found.frame.money
    master = found.frame.problem(found.cuts, exact=True)
    proof, bound = certify(master, answer.point, priced)
    bound *= found.frame.money
    gap = max(0.0, objective - bound) / (1.0 + abs(objective))
    certificate = Certificate(primal_residual(extensive.problem, point), proof.dual, gap)
    if not certificate.ok:
        raise NotCertifiedError(
            f"the decomposed plan does not pass the certificate: primal {certificate.primal:.1e}, "
            f"dual {certificate.dual:.1e}, gap {certificate.gap:.1e}"
        )
    row_multiplier = _row_multipliers(blocks, found, answer.multipliers)
    level_price, row_price = _prices(blocks, found.plan, row_multiplier)
    problem = extensive.problem
    return Solution(
        blocks=blocks,
        status="optimal",
        point="certified",
        plan=found.plan,
        recourse=found.recourse,
        level_price=level_price,
        row_price=row_price,
        row_multiplier=row_multiplier,
        certificate=certificate,
        objective=objective,
        bound=bound,
        gap=gap,
        method="decomposed",
        size={
            "rows": problem.shape[0],
            "columns": problem.shape[1],
            "nonzeros": int(problem.matrix.nnz),
            "distinct_scenarios": len(theta),
            "iterations": found.iterations,
            "cuts": len(found.cuts),
            "recourse_problems": found.solves,
        },
    )


def _point(extensive: Extensive, found: Decomposed) -> Vector:
    point = np.zeros(extensive.problem.shape[1])
    first = len(found.plan)
    point[:first] = found.plan
    own = extensive.where >= first
    point[extensive.where[own]] = found.recourse[own]
    return point


def _row_multipliers(blocks: Blocks, found: Decomposed, multipliers: Vector) -> Vector:
    """Return the change of cost with the right side of each block row, over all scenarios."""
    total = np.zeros(len(blocks.rows))
    count = len(found.frame.rows)
    total[found.frame.rows] = found.frame.money * multipliers[:count]
    for cut, weight in zip(found.cuts, multipliers[count:], strict=True):
        if weight != 0.0:
            total[cut.rows] += weight * cut.mass
    return total


def _prices(
    blocks: Blocks, plan: Vector, multipliers: Vector
) -> tuple[dict[str, float], dict[tuple[str, int], float]]:
    """Return the price of each policy level; levels multiply the plan's columns or stand alone."""
    level_price = dict.fromkeys(blocks.policies, 0.0)
    row_price: dict[tuple[str, int], float] = {}
    for row in np.flatnonzero((blocks.policy >= 0) & (multipliers != 0.0)).tolist():
        name = blocks.policies[blocks.policy[row]]
        symbol = blocks.levels[name]
        span = slice(blocks.matrix.indptr[row], blocks.matrix.indptr[row + 1])
        mine = blocks.matrix.indices[span] < blocks.first
        entries = blocks.matrix.data[span][mine]
        slopes = blocks.entries.slope[entries][:, [symbol]].toarray().ravel()
        rate = blocks.right.slope[row, symbol] - slopes @ plan[blocks.matrix.indices[span][mine]]
        value = float(multipliers[row] * rate)
        row_price[name, row] = value
        level_price[name] += value
    return level_price, row_price
