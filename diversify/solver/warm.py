"""One linear problem after another of the same shape, each from the basis of the last."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from diversify.solver.answer import Answer
from diversify.solver.problem import Problem
from diversify.solver.warm_lp import WarmLp

# Beyond so many changed coefficients, handing all over anew is cheaper.
MANY = 20_000


class WarmProblem:
    """Answers problems like :func:`~diversify.solver.highs.run`, from what it has answered before.

    Whatever two problems of the same shape differ in is changed in place, so the answer is the new
    problem's; only the way to it is shorter.
    """

    def __init__(self) -> None:
        self._lp: WarmLp | None = None
        self._last: Problem | None = None

    @property
    def known(self) -> bool:
        """Whether there is a basis to start from."""
        return self._lp is not None

    def __call__(self, problem: Problem) -> Answer:
        """Return what HiGHS finds for a linear problem.

        Parameters
        ----------
        problem : Problem
            Checked arrays, without integers.

        Returns
        -------
        Answer
            Not yet certified.

        Raises
        ------
        SolverError
            If HiGHS fails, warm and cold.
        """
        lp = self._prepared(problem)
        self._last = problem
        status, point, multipliers = lp.solve(
            problem.lower, problem.upper, problem.low, problem.high
        )
        if status != "optimal":
            self._lp = None
            return Answer(status, None, None, -np.inf)
        return Answer(status, point, multipliers, -np.inf)

    def _prepared(self, problem: Problem) -> WarmLp:
        """Return the kept problem with everything changed that is now different."""
        if self._lp is None or self._last is None or self._last.shape != problem.shape:
            self._lp = WarmLp(problem)
            return self._lp
        change = sp.coo_array(problem.matrix - self._last.matrix)
        live = np.flatnonzero(change.data)
        if len(live) > MANY:
            self._lp = WarmLp(problem)
            return self._lp
        rows = change.row[live].astype(np.int64)
        columns = change.col[live].astype(np.int64)
        if len(live):
            found: Any = problem.matrix[rows, columns]
            values = np.asarray(found.toarray() if hasattr(found, "toarray") else found)
            self._lp.change_entries(rows, columns, values.ravel())
        if (problem.cost != self._last.cost).any():
            self._lp.change_cost(problem.cost)
        return self._lp
