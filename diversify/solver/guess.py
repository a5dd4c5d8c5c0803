"""A quick answer to a linear problem, not to rely on."""

from __future__ import annotations

import contextlib

import numpy as np

from diversify.errors import SolverError
from diversify.solver.answer import Answer
from diversify.solver.highs import answer_of, prepared, ran
from diversify.solver.problem import Problem


def guess(problem: Problem, time_limit: float | None = None) -> Answer:
    """Return what interior points find for a linear problem at once.

    Nothing is scaled or tried a second time, so that there is no point is no more than a guess. On
    budgets of billions that clash, HiGHS 1.15.1 needs a second for it, and its simplex minutes.

    Parameters
    ----------
    problem : Problem
        A linear problem.
    time_limit : float, optional
        Seconds.

    Returns
    -------
    Answer
        Not certified; stopped where the solver gives none.

    Examples
    --------
    At least one of two, at 2 and at 3 USD:

    >>> import scipy.sparse as sp
    >>> row, ends = sp.csr_array(np.ones((1, 2))), (np.zeros(2), np.ones(2))
    >>> sides = np.ones(1), np.full(1, np.inf)
    >>> least = Problem(row, np.array([2.0, 3.0]), *ends, *sides, np.zeros(2, dtype=bool))
    >>> guess(least).point.round(6).tolist()
    [1.0, 0.0]
    """
    h = prepared(problem, time_limit, 1e-6, "ipm", 1, 0)
    with contextlib.suppress(SolverError):
        return answer_of(h, problem, ran(h, False)[0])
    return Answer("stopped", None, None, -np.inf)
