"""Whether budgets can be kept at all: the plan that exceeds them least, with proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.errors import InfeasibleError
from diversify.solver.certificate import certify
from diversify.solver.cuts import Cut
from diversify.solver.problem import Problem
from diversify.solver.warm_lp import WarmLp

if TYPE_CHECKING:
    from diversify.solver.search import Search

Vector = NDArray[np.float64]
# An excess below this, relative to a budget, is the solver's tolerance.
SMALL = 1e-6
ROUNDS = 80
# A price of a budget, times its size, below this part of the largest counts as none.
FAINT = 1e-6
# How often prices are guessed where the master says none, and by what they change.
GUESSES = 12
HEAVIER = 8.0


def refuse_hopeless(search: Search, rounds: int = ROUNDS) -> None:
    r"""Refuse budgets that no plan keeps, or make the search look near a plan that keeps them.

    .. math:: \min_{x, \rho, t \ge 0} t \quad \text{with } a_r^\top x + \textstyle\sum_k \rho_{rk}
        - s_r t \le b_r, \quad \pi^\top \rho_k \ge \text{const} + slope^\top x

    Cuts on risk alone bound :math:`\rho` from below; each round prices the budgets as the last
    one says and adds the cuts of the recourse with least risk (Kelley 1960).

    Parameters
    ----------
    search : Search
        With budgets; gets the cuts, and the plan where it is better than its own.
    rounds : int
        Most plans to look at; it may then have said nothing.

    Raises
    ------
    InfeasibleError
        If the least excess is above 1e-6 of a budget, proven by weak duality.
    """
    frame, first = search.frame, search.first
    start = len(frame.rows) - len(frame.expected)
    size = 1.0 + np.abs(frame.high[start:])
    cuts = [cut for cut in search.pool.cuts if not (cut.weight or cut.tail)]
    lp = WarmLp(_problem(search, cuts, size))
    guess, guesses = 1.0 / size, 0
    for _ in range(rounds):
        problem = _problem(search, cuts, size)
        status, point, multipliers = lp.resolve(problem.lower, problem.upper)
        if status == "infeasible":
            raise InfeasibleError("no plan keeps all limits")
        if status != "optimal":
            return
        plan = point[:first]
        weight = np.maximum(-multipliers[start : len(frame.rows)], 0.0)
        priced = bool(weight.any())
        weight = weight if priced else guess
        # In a cut to which a budget counts next to nothing, a solver does not see it at all.
        weight = np.where(weight * size > FAINT * float((weight * size).max()), weight, 0.0)
        found = search.evaluator.evaluate(plan, weight, 0.0)
        own = frame.matrix[start:, :first] @ plan - frame.high[start:]
        fresh = list(found.cuts)
        if not found.missing:
            over = (own + found.risk) / size
            excess = float(over.max())
            at_least = float(weight @ (own + found.risk) / (weight @ size))
            if excess <= SMALL / 10:
                search.add(fresh)
                search.take(plan)
                return
            if not priced and guesses < GUESSES and (over < 0.0).any():
                # What one budget has to spare must not hide what another is exceeded by.
                guess = guess * np.where(over > 0.0, HEAVIER, 1.0 / HEAVIER)
                guess, guesses = guess / float(guess @ size), guesses + 1
            elif at_least <= float(point[-1]) + SMALL / 10:
                proof, bound = certify(problem, point, multipliers)
                if proof.dual <= SMALL and bound > SMALL:
                    raise InfeasibleError("no plan keeps all budgets")
                return
        if not fresh:
            return
        cuts += fresh
        search.add(fresh)
        lp.add_rows(*_rows(search, fresh))


def _problem(search: Search, cuts: list[Cut], size: Vector) -> Problem:
    frame = search.frame
    start, width = len(frame.rows) - len(frame.expected), frame.width
    slack = sp.csr_array(np.r_[np.zeros(start), -size][:, None])
    rows, low, high = _rows(search, cuts)
    lower, upper = np.r_[search.lower, 0.0], np.r_[search.upper, np.inf]
    # Costs play no part here, and without rows they would have no lower limit.
    rho = slice(search.first + frame.clusters, search.first + frame.clusters * (1 + len(size)))
    still = np.ones(width + 1, dtype=bool)
    still[: search.first] = still[rho] = still[-1] = False
    lower[still] = upper[still] = 0.0
    return Problem(
        sp.csr_array(sp.vstack([sp.hstack([frame.matrix, slack]), rows])),
        np.r_[np.zeros(width), 1.0],
        lower,
        upper,
        np.r_[frame.low, low],
        np.r_[frame.high, high],
        np.zeros(width + 1, dtype=bool),
    )


def _rows(search: Search, cuts: list[Cut]) -> tuple[sp.csr_array, Vector, Vector]:
    """Return cuts as rows over the columns of the master and the excess."""
    found = [search.frame.solver_row(cut) for cut in cuts]
    sizes = [len(columns) for columns, _, _ in found]
    matrix = sp.csr_array(
        (
            np.concatenate([np.zeros(0), *(values for _, values, _ in found)]),
            np.concatenate([np.zeros(0, dtype=np.int64), *(columns for columns, _, _ in found)]),
            np.r_[0, np.cumsum(sizes)].astype(np.int64),
        ),
        shape=(len(found), search.frame.width + 1),
    )
    low = np.array([low for _, _, low in found], dtype=np.float64)
    return matrix, low, np.full(len(found), np.inf)
