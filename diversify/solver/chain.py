"""Recourse problems solved one after the other, each from the basis of the one before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.errors import SolverError
from diversify.solver.highs import WarmLp
from diversify.solver.problem import Problem
from diversify.solver.recourse import Recourse
from diversify.solver.sides import Sides

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# For so many scenarios a smaller problem is worth a cold start.
MANY = 200


@dataclass(slots=True)
class Found:
    """What HiGHS said of several recourse problems, before anything is believed.

    Attributes
    ----------
    points : numpy.ndarray
        Shape (S, columns).
    duals : numpy.ndarray
        Multipliers of the rows that stay rows, shape (S, kept).
    feasible : numpy.ndarray
        Which scenarios have recourse, shape (S,).
    """

    points: Vector
    duals: Vector
    feasible: NDArray[np.bool_]


class Chain:
    """A warm solver that goes from scenario to scenario of one group.

    Parameters
    ----------
    recourse : Recourse
        The second stage of the group.
    whole : bool
        Whether to keep columns that cannot move, so that bases of different plans compare.
    """

    def __init__(self, recourse: Recourse, *, whole: bool = False) -> None:
        self.recourse = recourse
        self._whole = whole or len(recourse.random_row) > 0
        self.solves = 0
        self._lp: WarmLp | None = None
        self._live = np.zeros(0, dtype=np.int64)
        self._gone = np.zeros(0, dtype=np.int64)
        self._fresh = True
        self._cost = np.zeros(0)
        self._by_column = recourse.matrix.tocsc()
        entries = recourse.blocks.entries
        self._varied = entries.slope[recourse.random_entry]
        self._fixed_part = entries.base[recourse.random_entry]

    def solve(self, cost: Vector, sides: Sides, theta: Vector, *, cold: bool = False) -> Found:
        """Return points and multipliers of scenarios, in their order.

        Parameters
        ----------
        cost : numpy.ndarray
            Shape (columns,), or (S, columns) where it differs between scenarios.
        sides : Sides
            Of the same scenarios.
        theta : numpy.ndarray
            Their data, shape (S, P).
        cold : bool
            Forget the last basis before each.

        Returns
        -------
        Found
            Points are zero where there is no recourse.

        Raises
        ------
        SolverError
            If the cost of a scenario falls without end.
        """
        count = len(sides.low)
        found = Found(
            np.zeros((count, cost.shape[-1])),
            np.zeros((count, self.recourse.kept)),
            np.ones(count, dtype=bool),
        )
        self._prepare(cost if cost.ndim == 1 else cost[0], sides)
        live = self._live
        lower, upper = sides.lower[:, live], sides.upper[:, live]
        low, high = sides.low, sides.high
        shift = self._shift(sides)
        if shift is not None:
            low, high = low - shift, high - shift
        values = np.asarray((self._varied @ theta.T).T) + self._fixed_part
        empty = sides.crossed
        for s in range(count):
            if empty[s]:
                found.feasible[s] = False
                continue
            lp = self._lp
            if lp is None:  # pragma: no cover - _prepare makes it
                raise SolverError("the recourse solver was not prepared")
            if cost.ndim == 2:
                lp.change_cost(cost[s, live])
            if values.shape[1]:
                lp.change_entries(self.recourse.random_row, self.recourse.random_column, values[s])
            if cold:
                lp.forget()
            self.solves += 1
            status, point, duals = lp.solve(lower[s], upper[s], low[s], high[s])
            if status == "infeasible" and not cold:
                lp.forget()
                status, point, duals = lp.solve(lower[s], upper[s], low[s], high[s])
            if status == "infeasible":
                found.feasible[s] = False
                continue
            if status != "optimal":
                raise SolverError(f"the recourse of a scenario ended {status}")
            found.points[s] = sides.lower[s]
            found.points[s, live] = point
            found.duals[s] = duals
        return found

    def basic(self) -> Index:
        """Return the basis of the last solve: columns from 0 on, rows as ``columns + row``."""
        return np.zeros(0, dtype=np.int64) if self._lp is None else self._lp.basic()

    def new_plan(self) -> None:
        """Say that another plan comes, for which other columns may move."""
        self._fresh = True

    def _prepare(self, cost: Vector, sides: Sides) -> None:
        """Make a solver over the columns that can move, which is much smaller than all."""
        moves = (sides.lower != sides.upper).any(axis=0)
        if self._whole or len(sides.low) < MANY:
            moves[:] = True
        if self._lp is not None and self._fresh:
            # A new solver starts cold: that pays for many scenarios only.
            keep = len(self._live) == len(moves) and moves.all()
            self._lp = self._lp if keep else None
        if self._lp is None or moves[self._gone].any():
            known = np.zeros(len(moves), dtype=bool)
            if not self._fresh:
                known[self._live] = True
            live = np.flatnonzero(moves | known)
            self._live, self._gone = live, np.setdiff1d(np.arange(len(moves)), live)
            problem = Problem(
                sp.csr_array(self._by_column[:, live]),
                cost[live],
                np.minimum(sides.lower[0, live], sides.upper[0, live]),
                sides.upper[0, live],
                sides.low[0],
                sides.high[0],
                np.zeros(len(live), dtype=bool),
            )
            self._lp = WarmLp(problem)
        elif not np.array_equal(cost, self._cost):
            self._lp.change_cost(cost[self._live])
        self._cost, self._fresh = cost, False

    def _shift(self, sides: Sides) -> Vector | None:
        """Return what columns that cannot move add to each row, shape (S, kept)."""
        still = self._gone[(sides.lower[:, self._gone] != 0.0).any(axis=0)]
        if not len(still):
            return None
        return np.asarray((self._by_column[:, still] @ sides.lower[:, still].T).T)
