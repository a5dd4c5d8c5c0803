"""Recourse problems of one plan, solved exactly, one after the other from the last basis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.errors import NotCertifiedError, SolverError
from diversify.solver.highs import WarmLp
from diversify.solver.problem import Problem
from diversify.solver.recourse import Recourse

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
TOLERANCE = 1e-7
OWN = -1
# Bases are kept for so many scenarios of a group: beyond, memory counts more than pivots.
BASES = 5_000


class RecourseInfeasibleError(SolverError):
    """A scenario has no recourse for this plan."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Optimal points and proofs of the recourse problems of one plan.

    Attributes
    ----------
    points : numpy.ndarray
        Shape (S, columns).
    multipliers : numpy.ndarray
        Shape (S, rows), of the rows that stay rows and of those that became bounds.
    own : numpy.ndarray
        What the columns' own bounds add to the dual value, shape (S,).
    right : numpy.ndarray
        Right sides without the plan's part, shape (S, rows).
    """

    points: Vector
    multipliers: Vector
    own: Vector
    right: Vector


class Subproblems:
    """The recourse problems of one group of scenarios, with their warm solver.

    Parameters
    ----------
    recourse : Recourse
        The second stage of the group.
    theta : numpy.ndarray
        Data of the group's scenarios, shape (S, P); their order is the order of solving.
    """

    def __init__(self, recourse: Recourse, theta: Vector) -> None:
        self.recourse = recourse
        self.theta = theta
        first = recourse.blocks.first
        costs = recourse.blocks.cost.at(theta)[:, first + recourse.columns]
        self.cost = costs[0]
        if not (costs == costs[0]).all():
            raise NotCertifiedError("recourse costs that depend on scenario data")
        self._own_lower = recourse.blocks.lower[first + recourse.columns]
        self._own_upper = recourse.blocks.upper[first + recourse.columns]
        self._right = recourse.right(theta)
        kind = recourse.blocks.sense[recourse.rows[recourse.kept :]] * np.sign(recourse.factor)
        self._below = _layers(np.flatnonzero(kind >= 0), recourse.bounded)
        self._above = _layers(np.flatnonzero(kind <= 0), recourse.bounded)
        self._lp: WarmLp | None = None
        self._last_cost = self.cost
        self._bases: dict[int, Any] = {}
        self.solves = 0
        self.retries = 0

    def solve(self, plan: Vector, cost: Vector | None = None) -> Answers:
        """Return the exact answers for a plan.

        Parameters
        ----------
        plan : numpy.ndarray
            First-stage point, shape (first,).
        cost : numpy.ndarray, optional
            Cost of the columns, where it is not the cost of the case.

        Returns
        -------
        Answers
            Every one proven by weak duality, in numpy.

        Raises
        ------
        RecourseInfeasibleError
            If a scenario has no recourse.
        NotCertifiedError
            If an answer does not prove itself even from a cold start.
        """
        price = self.cost if cost is None else cost
        keep = len(self.theta) <= BASES
        left = self._right - self.recourse.plan_part(plan, self.theta)
        lower, upper, lower_from, upper_from = self._bounds(left)
        low, high = self._sides(left)
        count = len(self.theta)
        points = np.zeros((count, len(price)))
        duals = np.zeros((count, self.recourse.kept))
        for s in range(count):
            if self._lp is not None and s in self._bases:
                self._lp.start_from(self._bases[s])
            points[s], duals[s] = self._one(price, lower[s], upper[s], low[s], high[s], cold=False)
            if keep and self._lp is not None:
                self._bases[s] = self._lp.basis()
        bad = self._unproven(price, points, duals, lower, upper, low, high)
        for s in np.flatnonzero(bad).tolist():
            # HiGHS issues 3294 and 3194: a warm start can end "optimal" with a wrong answer.
            self.retries += 1
            points[s], duals[s] = self._one(price, lower[s], upper[s], low[s], high[s], cold=True)
        if bad.any() and self._unproven(price, points, duals, lower, upper, low, high).any():
            raise NotCertifiedError("a recourse problem ended without a proof, warm and cold")
        multipliers, own = self._multipliers(price, duals, lower_from, upper_from)
        return Answers(points, multipliers, own, self._right)

    def _one(
        self, price: Vector, lower: Vector, upper: Vector, low: Vector, high: Vector, *, cold: bool
    ) -> tuple[Vector, Vector]:
        if self._lp is None:
            problem = Problem(
                self.recourse.matrix,
                price,
                lower,
                upper,
                low,
                high,
                np.zeros(len(price), dtype=bool),
            )
            self._lp = WarmLp(problem)
            self._last_cost = price
        elif price is not self._last_cost:
            self._lp.change_cost(price)
            self._last_cost = price
        if cold:
            self._lp.forget()
        self.solves += 1
        status, point, duals = self._lp.solve(lower, upper, low, high)
        if status == "infeasible" and not cold:
            return self._one(price, lower, upper, low, high, cold=True)
        if status != "optimal":
            raise RecourseInfeasibleError(f"a scenario's recourse is {status}")
        return point, duals

    def _sides(self, left: Vector) -> tuple[Vector, Vector]:
        sense = self.recourse.blocks.sense[self.recourse.rows[: self.recourse.kept]]
        sides = left[:, : self.recourse.kept]
        return np.where(sense >= 0, sides, -np.inf), np.where(sense <= 0, sides, np.inf)

    def _bounds(self, left: Vector) -> tuple[Vector, Vector, Index, Index]:
        """Return bounds of the columns, and which row each comes from (OWN: the column's own)."""
        r = self.recourse
        count = len(left)
        lower = np.tile(self._own_lower, (count, 1))
        upper = np.tile(self._own_upper, (count, 1))
        lower_from = np.full(lower.shape, OWN, dtype=np.int64)
        upper_from = np.full(upper.shape, OWN, dtype=np.int64)
        value = left[:, r.kept :] / r.factor
        for rows in self._below:
            _tighten(lower, lower_from, value, rows, r.bounded[rows], np.greater)
        for rows in self._above:
            _tighten(upper, upper_from, value, rows, r.bounded[rows], np.less)
        # Bounds that are equal in theory may cross in the last digit.
        crossed = (lower > upper) & (lower <= upper + 1e-7 * (1.0 + np.abs(upper)))
        upper[crossed] = lower[crossed]
        return lower, upper, lower_from, upper_from

    def _unproven(
        self,
        price: Vector,
        points: Vector,
        duals: Vector,
        lower: Vector,
        upper: Vector,
        low: Vector,
        high: Vector,
    ) -> NDArray[np.bool_]:
        """Say which answers are not feasible, or not as cheap as their dual value."""
        activity = (self.recourse.matrix @ points.T).T
        size = 1.0 + (abs(self.recourse.matrix) @ np.abs(points).T).T
        rows = np.maximum(low - activity, activity - high) / size
        bounds = np.maximum(lower - points, points - upper) / (1.0 + np.abs(points))
        wrong = np.maximum(rows.max(axis=1, initial=0.0), bounds.max(axis=1, initial=0.0))
        reduced = price - (self.recourse.matrix.T @ duals.T).T
        value = _sum_sides(duals, low, high) + _sum_sides(reduced, lower, upper)
        cost = points @ price
        gap = np.abs(cost - value) / (1.0 + np.abs(cost))
        return np.asarray(~((wrong <= TOLERANCE) & (gap <= TOLERANCE)))

    def _multipliers(
        self, price: Vector, duals: Vector, lower_from: Index, upper_from: Index
    ) -> tuple[Vector, Vector]:
        """Return dual-feasible multipliers of all rows, and what the columns' own bounds add."""
        r = self.recourse
        sense = r.blocks.sense[r.rows[: r.kept]]
        # A multiplier of the wrong sign would void the proof: it is set to zero, and the reduced
        # costs, which are computed afterwards, take its part.
        clean = np.where(sense > 0, np.maximum(duals, 0.0), duals)
        clean = np.where(sense < 0, np.minimum(clean, 0.0), clean)
        reduced = price - (r.matrix.T @ clean.T).T
        whole = np.zeros((len(duals), len(r.rows)))
        whole[:, : r.kept] = clean
        source = np.where(reduced > 0, lower_from, upper_from)
        at, column = np.nonzero((source != OWN) & (reduced != 0.0))
        row = source[at, column]
        whole[at, r.kept + row] = reduced[at, column] / r.factor[row]
        side = np.where(reduced > 0, self._own_lower, self._own_upper)
        mine = (source == OWN) & np.isfinite(side)
        return whole, np.where(mine, reduced * np.where(mine, side, 0.0), 0.0).sum(axis=1)


def _sum_sides(price: Vector, low: Vector, high: Vector) -> Vector:
    side = np.where(price > 0, low, high)
    finite = np.isfinite(side)
    return np.asarray((np.where(finite, side, 0.0) * price).sum(axis=1))


def _layers(rows: Index, bounded: Index) -> list[Index]:
    """Split rows so that no column is bounded twice within a part."""
    parts: list[list[int]] = []
    seen: dict[int, int] = {}
    for row in rows.tolist():
        layer = seen.get(int(bounded[row]), 0)
        seen[int(bounded[row])] = layer + 1
        if layer == len(parts):
            parts.append([])
        parts[layer].append(row)
    return [np.array(part, dtype=np.int64) for part in parts]


def _tighten(
    bound: Vector, source: Index, value: Vector, rows: Index, columns: Index, better: np.ufunc
) -> None:
    """Replace bounds by the values of rows where those are tighter, and note the rows."""
    new, old = value[:, rows], bound[:, columns]
    tighter = better(new, old)
    bound[:, columns] = np.where(tighter, new, old)
    source[:, columns] = np.where(tighter, rows, source[:, columns])
