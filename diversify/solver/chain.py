"""Recourse problems solved one after the other, each from a basis that is near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.errors import SolverError
from diversify.solver.problem import Problem
from diversify.solver.recourse import Recourse
from diversify.solver.reduced import Reduced, ReducedSides
from diversify.solver.sides import Sides
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# A problem with so many times the columns that can move is made anew.
WIDE = 1.4
# So few columns more than needed do no harm.
SPARE = 20


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

    A scenario starts from the basis it ended with under the last plan, and if there is none, from
    that of the scenario before it. Columns that no plan so far let move are left out, and rows that
    bound one column then.

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
        self._reduced: Reduced | None = None
        self._bases: dict[int, object] = {}
        self._fresh = True
        # Columns that this plan and the one before it let move.
        self._moved = self._moved_before = np.zeros(len(recourse.columns), dtype=bool)
        self._cost = np.zeros(0)
        self._by_column = recourse.matrix.tocsc()
        self._by_column.eliminate_zeros()
        entries = recourse.blocks.entries
        self._varied = entries.slope[recourse.random_entry]
        self._fixed_part = entries.base[recourse.random_entry]

    def solve(
        self,
        cost: Vector,
        sides: Sides,
        theta: Vector,
        *,
        cold: bool = False,
        place: Index | None = None,
    ) -> Found:
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
        place : numpy.ndarray, optional
            Positions in the group, to know bases by, shape (S,); none are kept by default.

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
        lp, reduced, inner = self._prepare(cost if cost.ndim == 1 else cost[0], sides)
        live = reduced.live
        duals = np.zeros((count, len(reduced.rows)))
        values = np.asarray((self._varied @ theta.T).T) + self._fixed_part
        lower, upper, low, high = inner.lower, inner.upper, inner.low, inner.high
        known = None if place is None else place.tolist()
        found.points[:] = np.where(np.isfinite(sides.lower), sides.lower, 0.0)
        for s in range(count):
            if inner.empty[s]:
                found.feasible[s] = False
                found.points[s] = 0.0
                continue
            if cost.ndim == 2:
                lp.change_cost(cost[s, live])
            if values.shape[1]:
                lp.change_entries(self.recourse.random_row, self.recourse.random_column, values[s])
            if cold:
                lp.forget()
            elif known is not None and self._bases.get(known[s]) is not None:
                lp.start_from(self._bases[known[s]])
            self.solves += 1
            status, point, multipliers = lp.solve(lower[s], upper[s], low[s], high[s])
            if status == "infeasible" and not cold:
                lp.forget()
                status, point, multipliers = lp.solve(lower[s], upper[s], low[s], high[s])
            if status == "infeasible":
                found.feasible[s] = False
                found.points[s] = 0.0
                continue
            if status != "optimal":
                raise SolverError(f"the recourse of a scenario ended {status}")
            if known is not None:
                self._bases[known[s]] = lp.basis()
            found.points[s, live] = point
            duals[s] = multipliers
        part = cost[live] if cost.ndim == 1 else cost[:, live]
        found.duals[:] = reduced.all_duals(part, duals, inner, self.recourse.kept)
        found.duals[~found.feasible] = 0.0
        return found

    def basic(self) -> Index:
        """Return the basis of the last solve: columns from 0 on, rows as ``columns + row``."""
        return np.zeros(0, dtype=np.int64) if self._lp is None else self._lp.basic()

    def new_plan(self) -> None:
        """Say that another plan comes, for which other columns may move."""
        self._fresh = True
        self._moved_before, self._moved = self._moved, np.zeros_like(self._moved)

    def _prepare(self, cost: Vector, sides: Sides) -> tuple[WarmLp, Reduced, ReducedSides]:
        """Make a solver over the columns that can move, which is much smaller than all."""
        moves = (sides.lower != sides.upper).any(axis=0)
        if self._whole:
            moves[:] = True
        self._moved = self._moved | moves
        reduced = self._reduced
        if reduced is not None:
            # Scenarios come in parts: what all of them need is known from the last plan.
            needed = self._moved_before | moves
            if self._fresh and len(reduced.live) > WIDE * needed.sum() + SPARE:
                moves, reduced = needed, None
            elif moves[reduced.gone].any():
                moves[reduced.live] = True
                reduced = None
        if self._lp is None or reduced is None:
            reduced = Reduced(self._by_column, np.flatnonzero(moves), whole=self._whole)
            inner = reduced.sides(sides)
            live = len(reduced.live)
            problem = Problem(
                reduced.matrix,
                cost[reduced.live],
                np.minimum(inner.lower[0], inner.upper[0]),
                inner.upper[0],
                np.minimum(inner.low[0], inner.high[0]),
                inner.high[0],
                np.zeros(live, dtype=bool),
            )
            self._lp, self._reduced = WarmLp(problem, brief=True), reduced
            self._bases.clear()
        else:
            inner = reduced.sides(sides)
            if not np.array_equal(cost, self._cost):
                self._lp.change_cost(cost[reduced.live])
        self._cost, self._fresh = cost, False
        return self._lp, reduced, inner
