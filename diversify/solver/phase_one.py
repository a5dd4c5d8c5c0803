"""Why a scenario has no recourse: multipliers that no feasible plan can violate."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.errors import SolverError
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.solver.recourse import Recourse
from diversify.solver.sides import Sider

Vector = NDArray[np.float64]
# A violation below this is the solver's tolerance, not a missing recourse.
SMALL = 1e-9
# What is missing by less than a solver's tolerance shows where everything is so many times larger.
MAGNIFIED = 1e4
# Part of what adds up to a reduced cost that counts as rounding.
LOOSE = 1e-7


def infeasibility(
    recourse: Recourse, sider: Sider, left: Vector, theta: Vector
) -> tuple[Vector, float]:
    r"""Return multipliers that prove that a scenario has no recourse for a plan.

    .. math:: \min_{y, s \ge 0} \mathbf{1}^\top s \quad \text{with } W y \pm s
        \lesseqgtr h - T x

    Its multipliers :math:`\pi` bound the violation of every plan from below, so
    :math:`\pi^\top (h - T x) + own \le 0` is a cut.

    Parameters
    ----------
    recourse : Recourse
        The second stage of the scenario's group.
    sider : Sider
        Its senses and own bounds.
    left : numpy.ndarray
        What the plan leaves of the right sides of all rows, shape (rows,).
    theta : numpy.ndarray
        Data of the scenario, shape (P,).

    Returns
    -------
    numpy.ndarray
        Multipliers of all rows, shape (rows,).
    float
        What the columns' own bounds add.

    Raises
    ------
    SolverError
        If the scenario turns out to have recourse.
    """
    matrix = _whole(recourse, theta)
    rows, columns = matrix.shape
    sense = recourse.blocks.sense[recourse.rows]
    elastic = sp.csr_array(sp.hstack([matrix, sp.eye_array(rows), -sp.eye_array(rows)]))
    # Rows are measured in their own size, so that tonnes and dollars count alike.
    size = 1.0 / (1.0 + np.abs(left))
    # A row of ten million tonnes counts so little that a solver would take its part for zero.
    unit = float(2.0 ** np.ceil(-np.log2(size.min(initial=1.0))))
    most = np.where(np.r_[sense, -sense] >= 0, np.inf, 0.0)
    for factor in (1.0, MAGNIFIED):
        problem = Problem(
            elastic,
            np.r_[np.zeros(columns), unit * size, unit * size],
            np.r_[factor * sider.own_lower, np.zeros(2 * rows)],
            np.r_[factor * sider.own_upper, most],
            np.where(sense >= 0, factor * left, -np.inf),
            np.where(sense <= 0, factor * left, np.inf),
            np.zeros(columns + 2 * rows, dtype=bool),
        )
        answer = run(problem, solver="simplex")
        if answer.multipliers is None:
            raise SolverError(f"the search for what is missing ended {answer.status}")
        duals = answer.multipliers / unit
        duals = np.where(sense > 0, np.maximum(duals, 0.0), duals)
        duals = np.where(sense < 0, np.minimum(duals, 0.0), duals)
        reduced = -(matrix.T @ duals)
        side = np.where(reduced > 0, sider.own_lower, sider.own_upper)
        exists = np.isfinite(side)
        own = float(reduced[exists] @ side[exists])
        # Where there is no side, nothing is proven unless the reduced cost is rounding.
        noise = LOOSE * (abs(matrix).T @ np.abs(duals))
        proven = bool((exists | (np.abs(reduced) <= noise)).all())
        if proven and float(duals @ left) + own > SMALL:
            return duals, own
    raise SolverError("a recourse problem was called infeasible and has a point")


def _whole(recourse: Recourse, theta: Vector) -> sp.csr_array:
    """Return the matrix of all rows, those that became bounds below the others."""
    columns = len(recourse.columns)
    count = len(recourse.bounded)
    bounds = sp.csr_array(
        (recourse.factor, (np.arange(count), recourse.bounded)), shape=(count, columns)
    )
    kept = recourse.matrix
    if len(recourse.random_row):
        entries = recourse.blocks.entries
        extra = np.asarray(entries.slope[recourse.random_entry] @ theta)
        kept = kept + sp.csr_array(
            (extra, (recourse.random_row, recourse.random_column)), shape=kept.shape
        )
    return sp.csr_array(sp.vstack([kept, bounds]))
