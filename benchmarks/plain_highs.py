"""HiGHS as it comes: arrays handed over, its own settings, nothing of this library around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy

from diversify.solver.problem import Problem


@dataclass(frozen=True, slots=True)
class Plain:
    """What HiGHS found.

    Attributes
    ----------
    stopped : bool
        Whether the limit of time was reached.
    optimum : float or None
        Cost of the best point, None without one.
    """

    stopped: bool
    optimum: float | None


def model(problem: Problem, options: dict[str, Any]) -> Any:
    """Return HiGHS with a problem in it."""
    h = highspy.Highs()
    for name, value in {"output_flag": False, **options}.items():
        if h.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise RuntimeError(f"HiGHS has no option {name}")
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = problem.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = problem.cost, problem.lower, problem.upper
    lp.row_lower_, lp.row_upper_, lp.offset_ = problem.low, problem.high, problem.offset
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = problem.matrix.indptr, problem.matrix.indices
    lp.a_matrix_.value_ = problem.matrix.data
    if problem.integer.any():
        kinds = [highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger]
        lp.integrality_ = [kinds[int(i)] for i in problem.integer]
    if h.passModel(lp) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS did not take the model")
    return h


def solved(problem: Problem, limit: float, gap: float) -> Plain:
    """Return what HiGHS finds within so many seconds."""
    # Simplex was the fastest of HiGHS's ways on the sourcing problem; it is the default, too.
    options = {"solver": "simplex", "time_limit": limit, "mip_rel_gap": gap}
    h = model(problem, options)
    h.run()
    status, states = h.getModelStatus(), highspy.HighsModelStatus
    if status not in (states.kOptimal, states.kTimeLimit):
        raise RuntimeError(f"HiGHS says {h.modelStatusToString(status)}")
    info = h.getInfo()
    feasible = info.primal_solution_status == 2  # kSolutionStatusFeasible
    value = float(info.objective_function_value) if feasible else None
    return Plain(status == states.kTimeLimit, value)
