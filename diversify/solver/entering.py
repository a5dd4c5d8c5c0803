"""What it would take for something that a plan leaves out to enter it."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile.blocks import PLAN
from diversify.solver.problem import Problem
from diversify.solver.solution import Solution
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# What a solver would drop is left out before.
DROPPED = 1e-9


class Entering:
    r"""The first stage with recourse at its present prices, to force something into the plan.

    .. math:: \min\ \bar c^\top x \quad \text{s.t. first-stage rows}, \quad w^\top x \ge \epsilon

    with :math:`\bar c` the slope of the whole cost. Recourse is convex in the plan, so its present
    price is a lower bound of what it costs elsewhere, and the multiplier of the last row a lower
    bound of what each unit costs more than it saves; with one scenario it is exact.

    Parameters
    ----------
    solution : Solution
        Certified.
    theta : numpy.ndarray
        Data in which the levels are set, shape (P,).
    """

    def __init__(self, solution: Solution, theta: Vector) -> None:
        blocks = solution.blocks
        first = blocks.first
        rows = np.flatnonzero(blocks.stage == PLAN)
        part = blocks.matrix[rows]
        values = blocks.entries.base + blocks.entries.slope @ theta
        matrix = sp.csr_array(
            (values[part.data], part.indices, part.indptr), shape=(len(rows), len(blocks.columns))
        )[:, :first]
        matrix.data[np.abs(matrix.data) <= DROPPED] = 0.0
        matrix.eliminate_zeros()
        right = blocks.right.base[rows] + blocks.right.slope[rows] @ theta
        sense = blocks.sense[rows]
        lower, upper = blocks.lower[:first].copy(), blocks.upper[:first].copy()
        whole = np.flatnonzero(blocks.integer[:first])
        lower[whole] = upper[whole] = np.round(solution.plan[whole])
        self._problem = Problem(
            sp.csr_array(matrix),
            solution.worth.slope,
            lower,
            upper,
            np.where(sense >= 0, right, -np.inf),
            np.where(sense <= 0, right, np.inf),
            np.zeros(first, dtype=bool),
        )
        self._policy = blocks.policy[rows]
        booked = solution.plan[solution.plan > 1e-6]
        self._little = 1e-3 * float(np.median(booked)) if len(booked) else 1e-3
        self._whole: WarmLp | None = None

    def price(self, columns: Index, weight: Vector, without: int | None = -1) -> float:
        """Return what each unit costs more than it saves, at least.

        Parameters
        ----------
        columns : numpy.ndarray
            First-stage columns, of which some is to be forced into the plan.
        weight : numpy.ndarray
            What each counts, shape (n,): a discount makes the price one of today.
        without : int or None
            Position of a policy that is left out; -1 for none, None for all.

        Returns
        -------
        float
            0 or more [USD per unit]; infinite where it cannot enter at all.
        """
        problem = self._problem
        if without is None or without >= 0:
            kept = self._policy < 0 if without is None else self._policy != without
            problem = problem.only(np.flatnonzero(kept))
            lp = WarmLp(problem)
        else:
            if self._whole is None:
                self._whole = WarmLp(problem)
                self._whole.solve(problem.lower, problem.upper, problem.low, problem.high)
            lp = self._whole
        count = problem.shape[0]
        row = sp.csr_array(
            (weight, (np.zeros(len(columns), dtype=np.int64), columns)),
            shape=(1, problem.shape[1]),
        )
        lp.add_rows(row, np.array([self._little]), np.array([np.inf]))
        try:
            status, _, multipliers = lp.solve(
                problem.lower,
                problem.upper,
                np.r_[problem.low, self._little],
                np.r_[problem.high, np.inf],
            )
        finally:
            lp.delete_rows(np.array([count], dtype=np.int64))
        if status == "unbounded":
            return 0.0
        if status != "optimal":
            return np.inf
        return max(0.0, float(multipliers[count]))
