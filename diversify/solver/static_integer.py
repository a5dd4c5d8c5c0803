"""Yes/no decisions in a problem without recourse: cuts to a mixed-integer master, then its LP."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.errors import InfeasibleError, NotCertifiedError, StoppedError
from diversify.solver.certificate import TOLERANCE, Certificate, primal_residual
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.solver.static import (
    KEPT,
    Search,
    finish,
    penalties,
    solve_static,
)
from diversify.solver.static_losses import Cut, StaticProblem
from diversify.solver.static_model import DROPPED, power
from diversify.solver.static_proof import StaticSolution

Vector = NDArray[np.float64]
ROUNDS = 500
FINE = 2.0**10


def solve_integer(
    problem: StaticProblem, *, mip_gap: float = 1e-6, time_limit: float | None = None
) -> StaticSolution:
    """Return the optimum of a problem without recourse whose first stage has yes/no decisions.

    Cuts on CVaR hold for every choice, so the mixed-integer master with all of them is a lower
    bound. Each choice that it makes is solved exactly and leaves its cuts; a choice made twice is
    the best one.

    Parameters
    ----------
    problem : StaticProblem
        With integer columns in its first stage.
    mip_gap : float
        Relative gap at which a choice counts as the best.
    time_limit : float, optional
        Seconds after which no other choice is tried.

    Returns
    -------
    StaticSolution
        The bound is the master's, as HiGHS proves it; the rest is recomputed in numpy. At the
        time limit its gap may be larger than asked.

    Raises
    ------
    StoppedError
        If the time limit was reached before a choice was found.
    InfeasibleError, UnboundedError, NotCertifiedError
        As :func:`diversify.solver.static.solve_static`.
    """
    begin = time.perf_counter()
    pool: list[Cut] = []
    relaxed = replace(problem, first=problem.first.relaxed())
    loose = solve_static(relaxed, pool)
    steps, best, seen = loose.iterations, None, set()
    bound, asked = loose.bound, max(mip_gap, 1e-10)
    for _ in range(ROUNDS):
        found, choice = _master(problem, pool, loose.x)
        if choice is None:
            if best is None:
                raise InfeasibleError("no choice of suppliers keeps all limits on risk")
            break
        bound = max(bound, found)
        if best is not None and bound >= best.objective - asked * (1.0 + abs(best.objective)):
            break
        if time_limit is not None and time.perf_counter() - begin > time_limit:
            if best is None:
                raise StoppedError("the time limit was reached before a choice was found")
            asked = np.inf
            break
        key = np.round(choice[problem.first.integer]).astype(np.int64).tobytes()
        if key in seen:
            break
        seen.add(key)
        fixed = replace(problem, first=problem.first.fixed(choice))
        search = Search(penalties(fixed), np.inf, pool[-KEPT:], log=pool)
        try:
            solved = finish(fixed, _inside(fixed.first, choice), search)
        except InfeasibleError:
            solved = None
        steps += search.rounds
        if solved is not None and (best is None or solved.objective < best.objective):
            best = solved
    else:
        raise NotCertifiedError(f"the best choice was not proven within {ROUNDS} rounds")
    if best is None:
        raise NotCertifiedError("HiGHS repeats a choice that breaks a limit by a rounding error")
    return _result(problem, best, min(bound, best.objective), steps, len(pool), asked)


def _inside(first: Problem, choice: Vector) -> Vector:
    """Return the master's point, which teaches the most, with its decisions rounded."""
    return np.clip(choice, first.lower, first.upper)


def _result(
    problem: StaticProblem,
    best: StaticSolution,
    bound: float,
    steps: int,
    cuts: int,
    asked: float,
) -> StaticSolution:
    gap = (best.objective - bound) / (1.0 + abs(best.objective))
    primal = max(best.certificate.primal, primal_residual(problem.first, best.x))
    certificate = Certificate(primal, best.certificate.dual, max(best.certificate.gap, gap))
    if not (best.certificate.ok and primal <= TOLERANCE and gap <= max(asked, TOLERANCE)):
        raise NotCertifiedError(f"the choice was not proven the best: {certificate}")
    return replace(best, bound=bound, certificate=certificate, iterations=steps, cuts=cuts)


def _master(problem: StaticProblem, pool: list[Cut], near: Vector) -> tuple[float, Vector | None]:
    """Return bound and choice of the first stage with all cuts, None where there is no choice."""
    first, width, tails = problem.first, problem.width, problem.tails
    columns = first.shape[1]
    whole = first.integer
    size = power(float(np.abs(near[:width]).sum())) / FINE
    unit = np.where(whole, 1.0, size)
    priced = [k for k, t in enumerate(tails) if t.limit is None]
    rows, low = [], []
    for cut in pool:
        row = np.zeros(columns + len(priced))
        limit = tails[cut.tail].limit
        row[:width] = -cut.slope
        if limit is None:
            row[columns + priced.index(cut.tail)] = 1.0
        rows.append(row)
        low.append(cut.constant - (limit or 0.0))
    matrix = sp.csr_array(
        sp.vstack(
            [
                sp.hstack([first.matrix, sp.csr_array((first.shape[0], len(priced)))]),
                sp.csr_array(np.array(rows)) if rows else sp.csr_array((0, columns + len(priced))),
            ]
        )
    )
    unit = np.r_[unit, np.full(len(priced), 1.0 / FINE)]
    matrix = sp.csr_array(matrix * unit[None, :])
    tall = np.array([power(float(v)) for v in abs(matrix).max(axis=1).toarray().ravel()])
    matrix = sp.csr_array(sp.diags_array(1.0 / tall) @ matrix)
    matrix.data[np.abs(matrix.data) <= DROPPED] = 0.0
    matrix.eliminate_zeros()
    cost = np.r_[first.cost, [tails[k].price for k in priced]] * unit
    money = power(float(np.abs(cost).max(initial=0.0))) / FINE
    built = Problem(
        matrix,
        cost / money,
        np.r_[first.lower, np.full(len(priced), -np.inf)] / unit,
        np.r_[first.upper, np.full(len(priced), np.inf)] / unit,
        np.r_[first.low, low] / tall,
        np.r_[first.high, np.full(len(low), np.inf)] / tall,
        np.r_[whole, np.zeros(len(priced), dtype=bool)],
    )
    answer = run(built, mip_gap=1e-9)
    if answer.status == "infeasible":
        return np.inf, None
    if answer.status != "optimal" or answer.point is None:
        raise NotCertifiedError(f"HiGHS ended with {answer.status} in the master")
    return answer.bound * money + first.offset, (answer.point * unit)[:columns]
