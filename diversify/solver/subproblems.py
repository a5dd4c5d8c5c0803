"""Exact answers of recourse problems, each proven in numpy whatever the solver said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.errors import NotCertifiedError, SolverError
from diversify.solver.bank import Bank
from diversify.solver.chain import Chain, Found
from diversify.solver.narrow import Product, highest, summed
from diversify.solver.recourse import Recourse
from diversify.solver.sides import OWN, Sider, Sides

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
TOLERANCE = 1e-7
# Numbers held at once for the sides of scenarios.
HELD = 1_000_000


@dataclass(frozen=True, slots=True)
class Answers:
    """Optimal points and proofs of the recourse problems of one plan.

    Attributes
    ----------
    points : numpy.ndarray
        Shape (S, columns).
    cost : numpy.ndarray
        What was minimised, shape (S,).
    multipliers : numpy.ndarray
        Shape (S, rows), of the rows that stay rows and of those that became bounds.
    own : numpy.ndarray
        What the columns' own bounds add to the dual value, shape (S,).
    feasible : numpy.ndarray
        Which scenarios have recourse, shape (S,).
    primal, dual : float
        Largest relative violation of rows and bounds, and of the signs of reduced costs.
    """

    points: Vector
    cost: Vector
    multipliers: Vector
    own: Vector
    feasible: NDArray[np.bool_]
    primal: float
    dual: float


@dataclass(frozen=True, slots=True)
class Asked:
    """Some scenarios of a question, to be answered again under another cost.

    Attributes
    ----------
    found : Found
        Points and multipliers so far.
    sides : Sides
        Bounds and right sides.
    theta : numpy.ndarray
        Data, shape (S, P).
    place : numpy.ndarray or None
        Positions in the group, by which last bases are known, shape (S,).
    """

    found: Found
    sides: Sides
    theta: Vector
    place: Index | None


class Subproblems:
    """The recourse problems of one group of scenarios, with what was learnt about them.

    Parameters
    ----------
    recourse : Recourse
        The second stage of the group.
    """

    def __init__(self, recourse: Recourse) -> None:
        self.recourse = recourse
        self.sider = Sider(recourse)
        self.bank: Bank | None = Bank(recourse) if Bank.serves(recourse) else None
        self._chain = Chain(recourse, whole=self.bank is not None)
        self.retries = 0
        # By a chain that a bank once had.
        self._solved = 0
        self._left: tuple[Vector, sp.csr_array] | None = None
        self._last: Asked | None = None
        self._rows, self._sizes = Product(recourse.matrix), Product(abs(recourse.matrix))
        self._columns = Product(sp.csr_array(recourse.matrix.T))
        self._by_column = recourse.matrix.tocsc()
        entries = recourse.blocks.entries
        self._varied = entries.slope[recourse.random_entry]
        count = len(recourse.random_entry)
        self._to_row = _gather(recourse.random_row, count, recourse.kept)
        self._to_column = _gather(recourse.random_column, count, len(recourse.columns))

    @property
    def solves(self) -> int:
        """Number of linear problems solved."""
        return self._solved + self._chain.solves

    @property
    def chunk(self) -> int:
        """How many scenarios to take at once."""
        r = self.recourse
        return max(64, HELD // (len(r.rows) + 2 * len(r.columns) + r.kept + 1))

    def solve(
        self,
        left: tuple[Vector, sp.csr_array],
        theta: Vector,
        cost: Vector,
        known: Index | None = None,
        place: Index | None = None,
    ) -> Answers:
        """Return the exact answers for some scenarios and a plan.

        Parameters
        ----------
        left : tuple
            What the plan leaves of the right sides, from :meth:`Recourse.left`.
        theta : numpy.ndarray
            Data of the scenarios, shape (S, P).
        cost : numpy.ndarray
            Cost of the columns, shape (columns,) or (S, columns).
        known : numpy.ndarray, optional
            Basis of each scenario in the bank, -1 for none; updated in place.
        place : numpy.ndarray, optional
            Positions in the group, by which last bases are known, shape (S,).

        Returns
        -------
        Answers
            Every one proven by weak duality, in numpy.

        Raises
        ------
        NotCertifiedError
            If an answer does not prove itself even from a cold start.
        """
        if left is not self._left:
            self._left = left
            self._chain.new_plan()
        sides = self.sider.sides(left, theta)
        if self.bank is not None and cost.ndim == 1 and known is not None:
            found = self.bank.solve(self._chain, cost, sides, theta, known)
            self._finish(found, self.bank, cost, sides, theta, place)
        else:
            found = self._chain.solve(cost, sides, theta, place=place)
        self._last = Asked(found, sides, theta, place)
        return self._proven(cost, found, sides, theta)

    def _finish(
        self,
        found: Found,
        bank: Bank,
        cost: Vector,
        sides: Sides,
        theta: Vector,
        place: Index | None,
    ) -> None:
        """Solve what a bank that does not pay has left, and do without it from then on."""
        if bank.pays:
            return
        # Without a bank a chain may leave out what cannot move, which it is faster for.
        self._solved += self._chain.solves
        self.bank, self._chain = None, Chain(self.recourse)
        todo = bank.left
        if len(todo):
            at = None if place is None else place[todo]
            rest = self._chain.solve(cost, sides.at(todo), theta[todo], place=at)
            found.points[todo], found.duals[todo] = rest.points, rest.duals
            found.feasible[todo] = rest.feasible

    def movable(self, least: Vector) -> tuple[Index, Asked]:
        """Return which answers of the last call of :meth:`solve` another price may change.

        Parameters
        ----------
        least : numpy.ndarray
            Cost of the columns at no price of risk, shape (columns,) or (S, columns).

        Returns
        -------
        numpy.ndarray
            Positions in that call.
        Asked
            These scenarios.

        Raises
        ------
        SolverError
            If nothing was solved yet.
        """
        if self._last is None:
            raise SolverError("there is no question to answer again")
        last, risk = self._last, self.recourse.risk
        still = np.ones(len(last.theta), dtype=bool)
        if (risk < 0.0).any():
            still[:] = False
        elif risk.any():
            still = self._unmoved(last, least, np.flatnonzero(risk.any(axis=0)))
        at = np.flatnonzero(~still)
        found = last.found
        part = Found(found.points[at], found.duals[at], found.feasible[at])
        place = None if last.place is None else last.place[at]
        return at, Asked(part, last.sides.at(at), last.theta[at], place)

    def _unmoved(self, asked: Asked, cost: Vector, columns: Index) -> NDArray[np.bool_]:
        """Say which answers stay optimal at a cost that differs in some columns, shape (S,).

        A column that is zero, and not worth more at the other cost either, adds to neither proof.
        """
        found, sides = asked.found, asked.sides
        if np.isin(columns, self.recourse.random_column).any():
            return np.zeros(len(found.points), dtype=bool)
        paid = (self._by_column[:, columns].T @ found.duals.T).T
        still = (found.points[:, columns] == 0.0) & (sides.lower[:, columns] == 0.0)
        still &= sides.lower_from[:, columns] == OWN
        still &= cost[..., columns] >= paid
        return np.asarray(still.all(axis=1))

    def again(self, asked: Asked, cost: Vector, columns: Index) -> Answers:
        """Return the answers for some scenarios under another cost.

        Parameters
        ----------
        asked : Asked
            From :meth:`movable`, at the same plan.
        cost : numpy.ndarray
            Shape (columns,), or (S, columns) for these scenarios.
        columns : numpy.ndarray
            Where it differs.

        Returns
        -------
        Answers
            As in :meth:`solve`; what stays optimal is proven to be and not solved again.

        Raises
        ------
        NotCertifiedError
            If an answer does not prove itself even from a cold start.
        """
        before, sides, theta = asked.found, asked.sides, asked.theta
        found = Found(before.points.copy(), before.duals.copy(), before.feasible.copy())
        chosen = np.flatnonzero(~self._unmoved(asked, cost, columns))
        if len(chosen):
            price = cost if cost.ndim == 1 else cost[chosen]
            at = None if asked.place is None else asked.place[chosen]
            new = self._chain.solve(price, sides.at(chosen), theta[chosen], place=at)
            found.points[chosen], found.duals[chosen] = new.points, new.duals
            found.feasible[chosen] = new.feasible
        return self._proven(cost, found, sides, theta)

    def _proven(self, cost: Vector, found: Found, sides: Sides, theta: Vector) -> Answers:
        """Return answers, those that do not prove themselves solved again."""
        wrong = self._residuals(found, sides, theta)
        bad = np.flatnonzero(self._unproven(cost, found, sides, theta, wrong))
        if len(bad):
            # HiGHS issues 3294 and 3194: a warm start can end "optimal" with a wrong answer.
            self.retries += len(bad)
            price = cost if cost.ndim == 1 else cost[bad]
            again = self._chain.solve(price, sides.at(bad), theta[bad], cold=True)
            found.points[bad], found.duals[bad] = again.points, again.duals
            found.feasible[bad] = again.feasible
            wrong = self._residuals(found, sides, theta)
            if self._unproven(cost, found, sides, theta, wrong).any():
                raise NotCertifiedError("a recourse problem ended without a proof, warm and cold")
        return self._answers(cost, found, sides, theta, wrong)

    def _residuals(self, found: Found, sides: Sides, theta: Vector) -> Vector:
        """Return the largest relative violation of each scenario, shape (S,)."""
        points = found.points
        activity, size = self._rows.of(points), self._sizes.of(np.abs(points))
        if len(self.recourse.random_row):
            extra = (self._varied @ theta.T).T * points[:, self.recourse.random_column]
            activity = activity + extra @ self._to_row
            size = size + np.abs(extra) @ self._to_row
        rows = np.maximum(sides.low - activity, activity - sides.high) / (1.0 + size)
        bounds = np.maximum(sides.lower - points, points - sides.upper) / (1.0 + np.abs(points))
        return np.maximum(highest(rows), highest(bounds))

    def _reduced(self, cost: Vector, duals: Vector, theta: Vector) -> Vector:
        reduced = cost - self._columns.of(duals)
        if len(self.recourse.random_row):
            extra = (self._varied @ theta.T).T * duals[:, self.recourse.random_row]
            reduced = reduced - extra @ self._to_column
        return np.asarray(reduced)

    def _unproven(
        self, cost: Vector, found: Found, sides: Sides, theta: Vector, wrong: Vector
    ) -> NDArray[np.bool_]:
        """Say which answers are not feasible, or not as cheap as their dual value."""
        reduced = self._reduced(cost, found.duals, theta)
        value = _sum_sides(found.duals, sides.low, sides.high) + _sum_sides(
            reduced, sides.lower, sides.upper
        )
        paid = summed(found.points, cost)
        gap = np.abs(paid - value) / (1.0 + np.abs(paid))
        return np.asarray(found.feasible & ~((wrong <= TOLERANCE) & (gap <= TOLERANCE)))

    def _answers(
        self, cost: Vector, found: Found, sides: Sides, theta: Vector, wrong: Vector
    ) -> Answers:
        """Return dual-feasible multipliers of all rows, and what the columns' own bounds add."""
        r = self.recourse
        # A multiplier of the wrong sign would void the proof: it is set to zero, and the reduced
        # costs, which are computed afterwards, take its part.
        sense = self.sider.sense
        clean = np.where(sense > 0, np.maximum(found.duals, 0.0), found.duals)
        clean = np.where(sense < 0, np.minimum(clean, 0.0), clean)
        reduced = self._reduced(cost, clean, theta)
        whole = np.zeros((len(clean), len(r.rows)))
        whole[:, : r.kept] = clean
        source = np.where(reduced > 0, sides.lower_from, sides.upper_from)
        at, column = np.nonzero((source != OWN) & (reduced != 0.0))
        row = source[at, column]
        whole[at, r.kept + row] = reduced[at, column] / r.factor[row]
        side = np.where(reduced > 0, self.sider.own_lower, self.sider.own_upper)
        exists = np.isfinite(side)
        own = np.where((source == OWN) & exists, reduced * np.where(exists, side, 0.0), 0.0)
        loose = np.where((source == OWN) & ~exists, np.abs(reduced), 0.0)
        loose *= 1.0 + np.abs(found.points)
        paid = summed(found.points, cost)
        signs = highest(loose) / (1.0 + np.abs(paid))
        return Answers(
            found.points,
            paid,
            whole,
            np.asarray(own.sum(axis=1)),
            found.feasible,
            float(wrong[found.feasible].max(initial=0.0)),
            float(signs[found.feasible].max(initial=0.0)),
        )


def _gather(target: Index, count: int, width: int) -> sp.csr_array:
    return sp.csr_array((np.ones(count), (np.arange(count), target)), shape=(count, width))


def _sum_sides(price: Vector, low: Vector, high: Vector) -> Vector:
    side = np.where(price > 0, low, high)
    finite = np.isfinite(side)
    return summed(np.where(finite, side, 0.0), price)
