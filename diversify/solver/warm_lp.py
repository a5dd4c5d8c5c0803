"""One linear problem that is solved again and again, each time from where the last solve ended."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.answer import Status
from diversify.solver.highs import (
    BASIC,
    ERROR,
    FEASIBLE,
    OPTIMAL,
    UNKNOWN,
    answer_of,
    check,
    prepared,
    renewed,
    set_option,
)
from diversify.solver.problem import Problem
from diversify.solver.scaling import cost_scale

Vector = NDArray[np.float64]
DEVEX = 1


class WarmLp:
    """One linear problem whose bounds change from solve to solve, each from the last basis.

    Parameters
    ----------
    problem : Problem
        The first problem; cost and matrix stay.
    presolve : bool
        Whether the first solve is a large one from nothing.
    brief : bool
        Whether many solves of few pivots each are to come, with bounds in arrays that stay as they
        are.
    """

    def __init__(self, problem: Problem, *, presolve: bool = False, brief: bool = False) -> None:
        self._problem = problem
        self._scale = cost_scale(problem.cost)
        self._h = prepared(problem, None, 1e-6, "simplex", 1, 0)
        set_option(self._h, "presolve", "on" if presolve else "off")
        self._presolve = presolve
        if brief:
            # To begin with exact edge weights takes longer than a few pivots.
            set_option(self._h, "simplex_dual_edge_weight_strategy", DEVEX)
        self._brief = brief
        self._told: tuple[Vector, Vector, Vector, Vector] | None = None
        rows, columns = problem.shape
        self._columns = np.arange(columns, dtype=np.int32)
        self._rows = np.arange(rows, dtype=np.int32)

    def solve(
        self, lower: Vector, upper: Vector, low: Vector, high: Vector
    ) -> tuple[Status, Vector, Vector]:
        """Return status, point and multipliers for new bounds of columns and rows."""
        h, told = self._h, self._told
        if told is None or not self._brief:
            check(h.changeColsBounds(len(lower), self._columns, lower, upper), "changeColsBounds")
            check(h.changeRowsBounds(len(low), self._rows, low, high), "changeRowsBounds")
        else:
            # Neighbours differ in little, and to hand over all takes as long as some pivots.
            at = np.flatnonzero((lower != told[0]) | (upper != told[1])).astype(np.int32)
            if len(at):
                check(h.changeColsBounds(len(at), at, lower[at], upper[at]), "changeColsBounds")
            at = np.flatnonzero((low != told[2]) | (high != told[3])).astype(np.int32)
            if len(at):
                check(h.changeRowsBounds(len(at), at, low[at], high[at]), "changeRowsBounds")
        self._told = (lower, upper, low, high)
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
            check(self._h.changeCoeff(row, column, float(value)), "changeCoeff")

    def add_rows(self, matrix: sp.csr_array, low: Vector, high: Vector) -> None:
        """Add rows at the end; the basis stays."""
        count, self._told = matrix.shape[0], None
        self._rows = np.arange(len(self._rows) + count, dtype=np.int32)
        starts, places = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        rows = (count, low, high, matrix.nnz, starts, places, matrix.data)
        check(self._h.addRows(*rows), "addRows")

    def delete_rows(self, rows: NDArray[np.int64]) -> None:
        """Delete rows; those after them move up."""
        self._told = None
        self._rows = np.arange(len(self._rows) - len(rows), dtype=np.int32)
        check(self._h.deleteRows(len(rows), rows.astype(np.int32)), "deleteRows")

    def resolve(self, lower: Vector, upper: Vector) -> tuple[Status, Vector, Vector]:
        """Return status, point and multipliers for new bounds of the columns, same rows."""
        self._told = None
        check(self._h.changeColsBounds(len(lower), self._columns, lower, upper), "changeColsBounds")
        answer = self._run()
        if self._presolve:
            set_option(self._h, "presolve", "off")
            self._presolve = False
        return answer

    def _run(self) -> tuple[Status, Vector, Vector]:
        if not self._ended():
            # The dual simplex of HiGHS 1.15.1 can give up on a warm basis; a cold start does not.
            self.forget()
            set_option(self._h, "presolve", "on")
            ended = self._ended()
            if not ended:
                # It can also fail on everything after a failure, in the same object.
                self._h = renewed(self._h)
                ended = self._ended()
            if not ended:
                # On rows that hardly clash the interior point method still decides.
                self.forget()
                set_option(self._h, "solver", "ipm")
                check(self._h.run(), "run")
                set_option(self._h, "solver", "simplex")
            set_option(self._h, "presolve", "off")
        answer = answer_of(self._h, self._problem, self._h.getModelStatus())
        if answer.point is None or answer.multipliers is None:
            return answer.status, np.zeros(0), np.zeros(0)
        return answer.status, answer.point, answer.multipliers

    def _ended(self) -> bool:
        """Solve, and say whether that settled anything."""
        failed = self._h.run() == ERROR
        status = self._h.getModelStatus()
        pointless = self._h.getInfo().primal_solution_status != FEASIBLE
        return not (failed or status == UNKNOWN or (status == OPTIMAL and pointless))

    def change_cost(self, cost: Vector) -> None:
        """Give the columns another cost."""
        self._scale = cost_scale(cost)
        scaled = cost * self._scale
        check(self._h.changeColsCost(len(cost), self._columns, scaled), "changeColsCost")
        self._problem = dataclasses.replace(self._problem, cost=cost)

    def basic(self) -> NDArray[np.int64]:
        """Return what is basic: columns from 0 on, rows as ``columns + row``, shape (rows,).

        Empty where there is no basis. HiGHS 1.15.1 was seen to crash in ``getBasicVariables``.
        """
        basis = self._h.getBasis()
        if not basis.valid:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero([s == BASIC for s in (*basis.col_status, *basis.row_status)])

    def basis(self) -> object:
        """Return the basis as it is, to start from again later; None where there is none."""
        basis = self._h.getBasis()
        return basis if basis.valid else None

    def start_from(self, basis: object) -> None:
        """Start the next solve from a basis of the same problem."""
        check(self._h.setBasis(basis), "setBasis")

    def forget(self) -> None:
        """Drop the basis, so that the next solve starts cold."""
        check(self._h.clearSolver(), "clearSolver")
