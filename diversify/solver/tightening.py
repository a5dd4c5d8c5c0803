"""Links between a yes or no and what it lets through, as tight as the other rows allow."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from diversify.solver.certificate import certify
from diversify.solver.problem import Problem
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
# Each link costs a linear problem of some milliseconds, so only the first ones are looked at.
MOST = 500
# A link is left as it is where it would be tightened by less than this part of its room.
WORTH = 0.01
# Room for the rounding of a proof, and the least that a link still leaves, relative to its sides.
ROUNDING = 1e-9
LEAST = 1e-6


def tightened(problem: Problem) -> Problem:
    r"""Return a problem with the same whole points, whose links leave no more room than is used.

    .. math:: a^\top x + M u \le h \;\to\; a^\top x + (\overline a - h + M)\, u \le \overline a,
        \quad \overline a = \max \{a^\top x : u = 0\}

    and likewise where a yes leaves the room. The maximum is that of the linear relaxation, and its
    bound is proven by weak duality (coefficient tightening: Savelsbergh 1994).

    Parameters
    ----------
    problem : Problem
        Rows with one yes or no, other columns that are not whole, and one side are links.

    Returns
    -------
    Problem
        With other numbers in some links.

    Examples
    --------
    A decision that would let 100 through, where 5 is the most that there can be:

    >>> import scipy.sparse as sp
    >>> link = sp.csr_array(np.array([[1.0, -100.0]]))
    >>> low, high = np.array([-np.inf]), np.array([0.0])
    >>> size, whole = np.array([5.0, 1.0]), np.array([False, True])
    >>> loose = Problem(link, np.ones(2), np.zeros(2), size, low, high, whole)
    >>> tightened(loose).matrix.toarray().round(6).tolist()
    [[1.0, -5.0]]
    """
    links = _links(problem)
    if not links:
        return problem
    low, high, matrix = problem.low.copy(), problem.high.copy(), problem.matrix.copy()
    lp = WarmLp(problem.relaxed().without_cost())
    for row, at in links[:MOST]:
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        upward = bool(np.isfinite(high[row]))
        sign = 1.0 if upward else -1.0
        side = sign * float(high[row] if upward else low[row])
        weight = sign * float(matrix.data[at])
        form = np.zeros(problem.shape[1])
        form[matrix.indices[span]] = sign * matrix.data[span]
        column = int(matrix.indices[at])
        form[column] = 0.0
        # One value of the decision says what the link is there for, the other leaves room.
        loose = 1.0 if weight < 0 else 0.0
        tight, room = (side, side - weight) if weight < 0 else (side - weight, side)
        most = _most(problem, lp, form, column, loose)
        most = max(most, tight + LEAST * (1.0 + abs(tight)))
        if room - most <= WORTH * (room - tight):
            continue
        matrix.data[at] = sign * (side - most if weight < 0 else most - tight)
        if weight > 0 and upward:
            high[row] = most
        elif weight > 0:
            low[row] = -most
    return dataclasses.replace(problem, matrix=matrix, low=low, high=high)


def _links(problem: Problem) -> list[tuple[int, int]]:
    """Return rows with one yes or no, and where among the non-zeros it stands."""
    matrix = problem.matrix
    binary = problem.integer & (problem.lower == 0.0) & (problem.upper == 1.0)
    found = []
    for row in np.flatnonzero(np.isfinite(problem.low) != np.isfinite(problem.high)).tolist():
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        whole = np.flatnonzero(problem.integer[matrix.indices[span]])
        at = span.start + int(whole[0]) if len(whole) else 0
        if len(whole) == 1 and span.stop - span.start > 1 and binary[matrix.indices[at]]:
            found.append((row, at))
    return found


def _most(problem: Problem, lp: WarmLp, form: Vector, column: int, value: float) -> float:
    """Return a proven upper limit of a form where a decision has a value, or infinity."""
    lower, upper = problem.lower.copy(), problem.upper.copy()
    lower[column] = upper[column] = value
    lp.change_cost(-form)
    status, point, multipliers = lp.resolve(lower, upper)
    if status != "optimal":
        return np.inf
    asked = dataclasses.replace(problem.relaxed(), cost=-form, lower=lower, upper=upper, offset=0.0)
    proof, bound = certify(asked, point, multipliers)
    return ROUNDING * (1.0 + abs(bound)) - bound if proof.ok else np.inf
