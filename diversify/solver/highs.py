"""HiGHS, the only file that talks to it: every return code is read, every number checked."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from diversify.errors import SolverError
from diversify.solver.answer import Answer, without_columns
from diversify.solver.certificate import holds
from diversify.solver.problem import Problem
from diversify.solver.scaling import closest, cost_scale, worthwhile

Vector = NDArray[np.float64]
INFINITY = highspy.kHighsInf
FEASIBLE = 2  # kSolutionStatusFeasible
ERROR = highspy.HighsStatus.kError
OPTIMAL = highspy.HighsModelStatus.kOptimal
UNKNOWN = highspy.HighsModelStatus.kUnknown
BASIC = highspy.HighsBasisStatus.kBasic
UPPER_BOUND = int(highspy.IisBoundStatus.kIisBoundStatusUpper)
BOTH_BOUNDS = int(highspy.IisBoundStatus.kIisBoundStatusBoxed)
# HiGHS 1.15.1 was seen to crash, and the process with it, where its presolve looks for rows that
# their bounds force (docs/design/numerics.md); this bit turns that rule off.
FORCING_ROWS = 1 << 6
# Non-zeros beyond which a solve takes long enough for an interruption to matter.
WATCHED = 10_000


def version() -> str:
    """Return the version of HiGHS."""
    return str(highspy.Highs().version())


def run(
    problem: Problem,
    *,
    time_limit: float | None = None,
    mip_gap: float = 1e-6,
    solver: str = "choose",
    threads: int = 1,
    seed: int = 0,
    keep: bool = False,
) -> Answer:
    """Return what HiGHS finds for a problem, scaled by powers of two where that helps.

    Parameters
    ----------
    problem : Problem
        Checked arrays.
    time_limit : float, optional
        Seconds.
    mip_gap : float
        Relative gap at which a mixed-integer problem counts as solved.
    solver : {"choose", "simplex", "ipm"}
        Algorithm for linear problems.
    threads, seed : int
        Fixed, so that the same input gives the same plan (R7).
    keep : bool
        Whether an interruption ends a large solve at once, and what was found until then is
        returned; otherwise it is raised when the solve is over.

    Returns
    -------
    Answer
        Not yet certified.

    Raises
    ------
    KeyboardInterrupt
        If it was interrupted before there was a point.
    SolverError
        If HiGHS refuses an option or the model, or ends in a state that means neither an answer
        nor a limit.
    """
    begin, scaling = time.monotonic(), worthwhile(problem)
    left = time_limit
    if scaling is not None:
        small = scaling.problem(problem)
        with contextlib.suppress(SolverError):
            answer = _solved(prepared(small, left, mip_gap, solver, threads, seed), small, keep)
            answer = scaling.answer(answer)
            # What is within the tolerance in scaled units need not be so in those of the problem.
            if holds(problem, answer):
                return answer
            if answer.interrupted:
                raise KeyboardInterrupt
        left = None if left is None else max(0.0, left - (time.monotonic() - begin))
    try:
        return _solved(prepared(problem, left, mip_gap, solver, threads, seed), problem, keep)
    except SolverError:
        # HiGHS 1.15.1 was seen to end budgets of billions with neither answer nor limit.
        scaling = closest(problem)
        small = scaling.problem(problem)
        answer = _solved(prepared(small, left, mip_gap, solver, threads, seed), small, keep)
        answer = scaling.answer(answer)
        if answer.point is not None and not holds(problem, answer):
            raise
        return answer


def _solved(h: Any, problem: Problem, keep: bool = False) -> Answer:
    keep = keep and problem.matrix.nnz > WATCHED
    status, interrupted = ran(h, keep)
    if status == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        set_option(h, "presolve", "off")
        status, interrupted = ran(h, keep)
    if status == highspy.HighsModelStatus.kUnknown and not interrupted:
        # What presolve leaves of a clash may be too close to call.
        set_option(h, "presolve", "off")
        check(h.clearSolver(), "clearSolver")
        status, _ = ran(h, False)
    answer = answer_of(h, problem, status)
    if not interrupted:
        return answer
    if answer.status == "stopped" and answer.point is None:
        raise KeyboardInterrupt("before a plan was found")
    return dataclasses.replace(answer, interrupted=True)


def ran(h: Any, keep: bool) -> tuple[Any, bool]:
    """Run the solver; say how that ended, and whether by an interruption."""
    ended, interrupted = _watched(h) if keep else (h.run(), False)
    check(ended, "run")
    return h.getModelStatus(), interrupted


def _watched(h: Any) -> tuple[Any, bool]:
    """Run the solver in a thread of its own, so that an interruption can end it."""
    h.HandleUserInterrupt = True
    h.startSolve()
    done, status, interrupted = False, None, False
    while not done:
        try:
            done, status = h.wait(0.2)
        except KeyboardInterrupt:
            interrupted = True
            h.cancelSolve()
    h.HandleUserInterrupt = False
    return status, interrupted


def infeasible_subset(
    problem: Problem, *, time_limit: float = np.inf
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of an infeasible linear problem that cannot hold together.

    Parameters
    ----------
    problem : Problem
        An infeasible linear problem.
    time_limit : float
        Seconds.

    Returns
    -------
    tuple of numpy.ndarray
        Positions of rows, none of which can be left out, and of columns whose upper bound counts.

    Raises
    ------
    SolverError
        If HiGHS finds no such set, or not in time.
    """
    # HiGHS 1.15.1 was seen to fail on budgets of billions, one way or the other.
    scaled = closest(problem).problem(problem)
    begin = time.monotonic()
    for one, solver in ((problem, "choose"), (scaled, "choose"), (problem, "ipm")):
        left = max(0.0, begin + time_limit - time.monotonic())
        h = prepared(one, None, 1e-6, solver, 1, 0)
        # HiGHS 1.15.1: the default strategy returns an empty set and calls it valid.
        set_option(h, "iis_strategy", 2)
        set_option(h, "iis_time_limit", left)
        status, found = h.getIis()
        if h.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
            raise SolverError("an infeasible subset of the rows could not be found in time")
        if status != ERROR:
            break
    check(status, "getIis")
    rows = np.array(found.row_index_, dtype=np.int64)
    columns = np.array(found.col_index_, dtype=np.int64)
    if not len(rows) and not len(columns):
        raise SolverError("HiGHS found no infeasible subset of the rows")
    upper = [int(b) in (UPPER_BOUND, BOTH_BOUNDS) for b in found.col_bound_]
    return rows, columns[np.array(upper, dtype=bool)]


def prepared(
    problem: Problem,
    time_limit: float | None,
    mip_gap: float,
    solver: str,
    threads: int,
    seed: int,
) -> Any:
    """Return a solver that holds a problem; options as in :func:`run`."""
    h = highspy.Highs()
    set_option(h, "output_flag", False)
    set_option(h, "threads", threads)
    set_option(h, "random_seed", seed)
    set_option(h, "solver", solver)
    set_option(h, "mip_rel_gap", mip_gap)
    set_option(h, "presolve_rule_off", FORCING_ROWS)
    if time_limit is not None:
        set_option(h, "time_limit", float(time_limit))
    rows, columns = problem.shape
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, rows
    scale = cost_scale(problem.cost)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = problem.cost * scale, problem.lower, problem.upper
    lp.row_lower_, lp.row_upper_ = problem.low, problem.high
    lp.offset_ = problem.offset * scale
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = problem.matrix.indptr
    lp.a_matrix_.index_ = problem.matrix.indices
    lp.a_matrix_.value_ = problem.matrix.data
    if problem.integer.any():
        kinds = [highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger]
        lp.integrality_ = [kinds[int(i)] for i in problem.integer]
    check(h.passModel(lp), "passModel")
    return h


def renewed(h: Any) -> Any:
    """Return a new solver with the options and the problem of another."""
    fresh = highspy.Highs()
    check(fresh.passOptions(h.getOptions()), "passOptions")
    check(fresh.passModel(h.getLp()), "passModel")
    return fresh


def set_option(h: Any, name: str, value: Any) -> None:
    """Set an option of a solver."""
    if h.setOptionValue(name, value) != highspy.HighsStatus.kOk:
        raise SolverError(f"HiGHS has no option {name} = {value!r}")


def check(status: Any, call: str) -> None:
    """Raise an error where a call failed."""
    if status == ERROR:
        raise SolverError(f"HiGHS failed in {call}")


def answer_of(h: Any, problem: Problem, status: Any) -> Answer:
    """Return what a solver has found, by the state in which it ended."""
    states = highspy.HighsModelStatus
    info = h.getInfo()
    scale = cost_scale(problem.cost)
    whole = bool(problem.integer.any())
    limits = (states.kTimeLimit, states.kIterationLimit, states.kInterrupt, states.kSolutionLimit)
    if status == states.kInfeasible:
        return Answer("infeasible", None, None, np.inf)
    if status in (states.kUnbounded, states.kUnboundedOrInfeasible):
        return Answer("unbounded", None, None, -np.inf)
    if status == states.kModelEmpty:
        # HiGHS 1.15.1 looks at no row of a model without columns.
        lp = h.getLp()
        return without_columns(np.array(lp.row_lower_), np.array(lp.row_upper_), problem.offset)
    if status == states.kOptimal or status in limits:
        # After a limit a point can be flagged valid and be infeasible (HiGHS 1.15.1).
        feasible = info.primal_solution_status == FEASIBLE
        solution = h.getSolution()
        point = np.array(solution.col_value, dtype=float) if feasible else None
        duals = None if whole or not feasible else np.array(solution.row_dual, dtype=float) / scale
        bound = float(info.mip_dual_bound) / scale if whole else -np.inf
        if status == states.kOptimal:
            if point is None:
                raise SolverError("HiGHS says optimal and has no feasible point")
            return Answer("optimal", point, duals, bound)
        return Answer("stopped", point, duals, bound)
    raise SolverError(f"HiGHS ended with {h.modelStatusToString(status)}")
