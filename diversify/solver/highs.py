"""HiGHS, the only file that talks to it: every return code is read, every number checked."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from typing import Any

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.errors import SolverError
from diversify.solver.answer import Answer, Status, without_columns
from diversify.solver.certificate import holds
from diversify.solver.problem import Problem
from diversify.solver.scaling import closest, cost_scale, worthwhile

Vector = NDArray[np.float64]
INFINITY = highspy.kHighsInf
FEASIBLE = 2  # kSolutionStatusFeasible
ERROR = highspy.HighsStatus.kError
OPTIMAL = highspy.HighsModelStatus.kOptimal
UPPER_BOUND = int(highspy.IisBoundStatus.kIisBoundStatusUpper)
BOTH_BOUNDS = int(highspy.IisBoundStatus.kIisBoundStatusBoxed)
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
            answer = _solved(_prepared(small, left, mip_gap, solver, threads, seed), small, keep)
            answer = scaling.answer(answer)
            # What is within the tolerance in scaled units need not be so in those of the problem.
            if holds(problem, answer):
                return answer
            if answer.interrupted:
                raise KeyboardInterrupt
        left = None if left is None else max(0.0, left - (time.monotonic() - begin))
    try:
        return _solved(_prepared(problem, left, mip_gap, solver, threads, seed), problem, keep)
    except SolverError:
        # HiGHS 1.15.1 was seen to end budgets of billions with neither answer nor limit.
        scaling = closest(problem)
        small = scaling.problem(problem)
        answer = _solved(_prepared(small, left, mip_gap, solver, threads, seed), small, keep)
        answer = scaling.answer(answer)
        if answer.point is not None and not holds(problem, answer):
            raise
        return answer


def _solved(h: Any, problem: Problem, keep: bool = False) -> Answer:
    keep = keep and problem.matrix.nnz > WATCHED
    status, interrupted = _ran(h, keep)
    if status == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        _set(h, "presolve", "off")
        status, interrupted = _ran(h, keep)
    if status == highspy.HighsModelStatus.kUnknown and not interrupted:
        # What presolve leaves of a clash may be too close to call.
        _set(h, "presolve", "off")
        _check(h.clearSolver(), "clearSolver")
        status, _ = _ran(h, False)
    answer = _answer(h, problem, status)
    if not interrupted:
        return answer
    if answer.status == "stopped" and answer.point is None:
        raise KeyboardInterrupt("before a plan was found")
    return dataclasses.replace(answer, interrupted=True)


def _ran(h: Any, keep: bool) -> tuple[Any, bool]:
    """Run the solver; say how that ended, and whether by an interruption."""
    ended, interrupted = _watched(h) if keep else (h.run(), False)
    _check(ended, "run")
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
        h = _prepared(one, None, 1e-6, solver, 1, 0)
        # HiGHS 1.15.1: the default strategy returns an empty set and calls it valid.
        _set(h, "iis_strategy", 2)
        _set(h, "iis_time_limit", left)
        status, found = h.getIis()
        if h.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
            raise SolverError("an infeasible subset of the rows could not be found in time")
        if status != ERROR:
            break
    _check(status, "getIis")
    rows = np.array(found.row_index_, dtype=np.int64)
    columns = np.array(found.col_index_, dtype=np.int64)
    if not len(rows) and not len(columns):
        raise SolverError("HiGHS found no infeasible subset of the rows")
    upper = [int(b) in (UPPER_BOUND, BOTH_BOUNDS) for b in found.col_bound_]
    return rows, columns[np.array(upper, dtype=bool)]


def _prepared(
    problem: Problem,
    time_limit: float | None,
    mip_gap: float,
    solver: str,
    threads: int,
    seed: int,
) -> Any:
    h = highspy.Highs()
    _set(h, "output_flag", False)
    _set(h, "threads", threads)
    _set(h, "random_seed", seed)
    _set(h, "solver", solver)
    _set(h, "mip_rel_gap", mip_gap)
    if time_limit is not None:
        _set(h, "time_limit", float(time_limit))
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
    _check(h.passModel(lp), "passModel")
    return h


def _set(h: Any, name: str, value: Any) -> None:
    if h.setOptionValue(name, value) != highspy.HighsStatus.kOk:
        raise SolverError(f"HiGHS has no option {name} = {value!r}")


def _check(status: Any, call: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise SolverError(f"HiGHS failed in {call}")


def _answer(h: Any, problem: Problem, status: Any) -> Answer:
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


class WarmLp:
    """One linear problem whose bounds change from solve to solve, each from the last basis.

    Parameters
    ----------
    problem : Problem
        The first problem; cost and matrix stay.
    presolve : bool
        Whether the first solve is a large one from nothing.
    """

    def __init__(self, problem: Problem, *, presolve: bool = False) -> None:
        self._problem = problem
        self._scale = cost_scale(problem.cost)
        self._h = _prepared(problem, None, 1e-6, "simplex", 1, 0)
        _set(self._h, "presolve", "on" if presolve else "off")
        self._presolve = presolve
        rows, columns = problem.shape
        self._columns = np.arange(columns, dtype=np.int32)
        self._rows = np.arange(rows, dtype=np.int32)

    def solve(
        self, lower: Vector, upper: Vector, low: Vector, high: Vector
    ) -> tuple[Status, Vector, Vector]:
        """Return status, point and multipliers for new bounds of columns and rows."""
        h = self._h
        if h.changeColsBounds(len(lower), self._columns, lower, upper) == ERROR:
            raise SolverError("HiGHS failed in changeColsBounds")
        if h.changeRowsBounds(len(low), self._rows, low, high) == ERROR:
            raise SolverError("HiGHS failed in changeRowsBounds")
        # The short way, taken a hundred thousand times: everything else goes through _run.
        if h.run() != ERROR and h.getModelStatus() == OPTIMAL:
            solution = h.getSolution()
            if solution.value_valid and solution.dual_valid:
                point = np.array(solution.col_value, dtype=float)
                return "optimal", point, np.array(solution.row_dual, dtype=float) / self._scale
        return self._run()

    def change_entries(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], values: Vector
    ) -> None:
        """Give some coefficients other values."""
        for row, column, value in zip(rows.tolist(), columns.tolist(), values, strict=True):
            _check(self._h.changeCoeff(row, column, float(value)), "changeCoeff")

    def add_rows(self, matrix: sp.csr_array, low: Vector, high: Vector) -> None:
        """Add rows at the end; the basis stays."""
        count = matrix.shape[0]
        self._rows = np.arange(len(self._rows) + count, dtype=np.int32)
        starts, places = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        rows = (count, low, high, matrix.nnz, starts, places, matrix.data)
        _check(self._h.addRows(*rows), "addRows")

    def delete_rows(self, rows: NDArray[np.int64]) -> None:
        """Delete rows; those after them move up."""
        self._rows = np.arange(len(self._rows) - len(rows), dtype=np.int32)
        _check(self._h.deleteRows(len(rows), rows.astype(np.int32)), "deleteRows")

    def resolve(self, lower: Vector, upper: Vector) -> tuple[Status, Vector, Vector]:
        """Return status, point and multipliers for new bounds of the columns, same rows."""
        _check(
            self._h.changeColsBounds(len(lower), self._columns, lower, upper), "changeColsBounds"
        )
        answer = self._run()
        if self._presolve:
            _set(self._h, "presolve", "off")
            self._presolve = False
        return answer

    def _run(self) -> tuple[Status, Vector, Vector]:
        if not self._ended():
            # The dual simplex of HiGHS 1.15.1 can give up on a warm basis; a cold start does not.
            self.forget()
            _set(self._h, "presolve", "on")
            ended = self._ended()
            if not ended:
                # It can also fail on everything after a failure, in the same object.
                self._renew()
                ended = self._ended()
            if not ended:
                # On rows that hardly clash the interior point method still decides.
                self.forget()
                _set(self._h, "solver", "ipm")
                _check(self._h.run(), "run")
                _set(self._h, "solver", "simplex")
            _set(self._h, "presolve", "off")
        answer = _answer(self._h, self._problem, self._h.getModelStatus())
        if answer.point is None or answer.multipliers is None:
            return answer.status, np.zeros(0), np.zeros(0)
        return answer.status, answer.point, answer.multipliers

    def _ended(self) -> bool:
        """Solve, and say whether that settled anything."""
        states = highspy.HighsModelStatus
        failed = self._h.run() == highspy.HighsStatus.kError
        status = self._h.getModelStatus()
        pointless = self._h.getInfo().primal_solution_status != FEASIBLE
        return not (
            failed or status == states.kUnknown or (status == states.kOptimal and pointless)
        )

    def _renew(self) -> None:
        """Put the same problem into a new solver."""
        fresh = highspy.Highs()
        _check(fresh.passOptions(self._h.getOptions()), "passOptions")
        _check(fresh.passModel(self._h.getLp()), "passModel")
        self._h = fresh

    def change_cost(self, cost: Vector) -> None:
        """Give the columns another cost."""
        self._scale = cost_scale(cost)
        scaled = cost * self._scale
        _check(self._h.changeColsCost(len(cost), self._columns, scaled), "changeColsCost")
        self._problem = dataclasses.replace(self._problem, cost=cost)

    def basic(self) -> NDArray[np.int64]:
        """Return what is basic: columns from 0 on, rows as ``columns + row``, shape (rows,).

        Empty where there is no basis. HiGHS 1.15.1 was seen to crash in ``getBasicVariables``.
        """
        basis = self._h.getBasis()
        if not basis.valid:
            return np.zeros(0, dtype=np.int64)
        basic = highspy.HighsBasisStatus.kBasic
        return np.flatnonzero([s == basic for s in (*basis.col_status, *basis.row_status)])

    def basis(self) -> object:
        """Return the basis as it is, to start from again later; None where there is none."""
        basis = self._h.getBasis()
        return basis if basis.valid else None

    def start_from(self, basis: object) -> None:
        """Start the next solve from a basis of the same problem."""
        _check(self._h.setBasis(basis), "setBasis")

    def forget(self) -> None:
        """Drop the basis, so that the next solve starts cold."""
        _check(self._h.clearSolver(), "clearSolver")
