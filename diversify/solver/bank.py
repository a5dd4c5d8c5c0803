"""A bank of bases: one factorisation serves every scenario in which its basis is optimal."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.solver.chain import Chain, Found
from diversify.solver.narrow import Product, every
from diversify.solver.recourse import Recourse
from diversify.solver.sides import Sides

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
NONE = -1
# A recourse with more rows has nearly as many optimal bases as scenarios (docs/design/solver.md).
ROWS = 80
COLUMNS = 1_000
# Beyond so many entries of rows times columns to try all bases takes longer than to solve anew.
ENTRIES = 20_000
# Relative violation of a bound up to which a basis counts as feasible.
FEASIBLE = 1e-9
# Relative size below which a reduced cost counts as zero.
ZERO = 1e-10
SINGULAR = 1e-12
ROUND = 16
# With fewer scenarios served for each linear problem the bank does not pay.
WORTH = 8.0
TRIAL = 16
MOST = 4_096


@dataclass(frozen=True, slots=True)
class _Basis:
    """What is basic in ``[W, -I]``, and the inverse of those columns."""

    basic: Index
    inverse: Vector


class _Box:
    """Bounds of columns and rows of several scenarios side by side, shape (S, columns + rows)."""

    def __init__(self, low: Vector, high: Vector) -> None:
        self.low, self.high = low, high
        self.has_low, self.has_high = np.isfinite(low).all(axis=0), np.isfinite(high).all(axis=0)


class Bank:
    """The bases that were optimal somewhere, kept for every plan as long as the matrix stays.

    Dual bank and bunching (Wets 1988): a basis that is dual feasible bounds every scenario's cost
    from below, and where it is also primal feasible the scenario is solved.

    Parameters
    ----------
    recourse : Recourse
        The second stage of a group, with a matrix that does not depend on the data.
    """

    def __init__(self, recourse: Recourse) -> None:
        rows, columns = recourse.matrix.shape
        self._rows = Product(recourse.matrix)
        self._whole = np.hstack([recourse.matrix.toarray(), -np.eye(rows)])
        self._columns = columns
        self._bases: list[_Basis] = []
        self._place: dict[bytes, int] = {}
        self._cost = np.zeros(0)
        self._reduced = np.zeros((0, rows + columns))
        self._duals = np.zeros((0, rows))
        self.pays = True
        self.left = np.zeros(0, dtype=np.int64)

    @staticmethod
    def serves(recourse: Recourse) -> bool:
        """Whether the recourse is small enough, and its matrix and costs do not vary."""
        rows, columns = recourse.matrix.shape
        fixed = not len(recourse.random_row) and not recourse.random_cost
        small = 0 < rows <= ROWS and 0 < columns <= COLUMNS and rows * columns <= ENTRIES
        return fixed and small

    @property
    def count(self) -> int:
        """Number of bases."""
        return len(self._bases)

    def bases(self) -> Index:
        """Return all bases, shape (bases, rows): columns from 0 on, rows after them."""
        basics = [basis.basic for basis in self._bases]
        return np.array(basics, dtype=np.int64).reshape(len(basics), len(self._whole))

    def learn(self, bases: Index) -> None:
        """Take bases of an earlier run; they prove nothing by themselves.

        Parameters
        ----------
        bases : numpy.ndarray
            Shape (bases, rows), as :meth:`bases` returns them; what is none of this matrix is left
            out.
        """
        for basic in bases[: MOST - self.count]:
            within = bool(((basic >= 0) & (basic < self._whole.shape[1])).all())
            if within and len(np.unique(basic)) == len(basic):
                self._learn(basic)

    def solve(self, chain: Chain, cost: Vector, sides: Sides, theta: Vector, known: Index) -> Found:
        """Return the answers of scenarios, by bases where one fits, by the chain elsewhere.

        A bank that does not pay stops, and ``left`` says which scenarios have no answer yet.

        Parameters
        ----------
        chain : Chain
            Solves what no basis does; it must hold all columns.
        cost : numpy.ndarray
            Shape (columns,).
        sides : Sides
            Of the scenarios.
        theta : numpy.ndarray
            Their data, shape (S, P).
        known : numpy.ndarray
            The basis of each scenario so far, -1 for none; updated in place.

        Returns
        -------
        Found
            Exact up to the tolerance of the factorisation; to be verified as any other.
        """
        box = _Box(np.hstack([sides.lower, sides.low]), np.hstack([sides.upper, sides.high]))
        count = len(known)
        found = Found(
            np.zeros((count, self._columns)),
            np.zeros((count, len(self._whole))),
            np.ones(count, dtype=bool),
        )
        self._price(cost)
        found.feasible[sides.crossed] = False
        todo = np.flatnonzero(found.feasible)
        todo = self._take(todo, known[todo], box, found, known)
        best, value = np.full(count, NONE, dtype=np.int64), np.full(count, -np.inf)
        seen = solved = served = 0
        while len(todo) and self.pays:
            fresh = self._improve(todo, seen, box, best, value)
            seen = self.count
            left = self._take(todo[fresh], best[todo[fresh]], box, found, known)
            served += int(fresh.sum()) - len(left)
            todo = np.sort(np.r_[todo[~fresh], left])
            if solved >= TRIAL and served < WORTH * solved:
                self.pays = False
                break
            chosen = _representatives(todo, best[todo])
            solved += len(chosen)
            self._ask(chain, cost, sides, theta, chosen, found, known)
            todo = np.setdiff1d(todo, chosen, assume_unique=True)
        self.left = todo
        return found

    def _ask(
        self,
        chain: Chain,
        cost: Vector,
        sides: Sides,
        theta: Vector,
        chosen: Index,
        found: Found,
        known: Index,
    ) -> None:
        """Solve some scenarios by linear programming, and add their bases to the bank."""
        for s in chosen.tolist():
            one = np.array([s])
            answer = chain.solve(cost, sides.at(one), theta[one])
            found.points[s], found.duals[s] = answer.points[0], answer.duals[0]
            found.feasible[s] = answer.feasible[0]
            if answer.feasible[0] and self.count < MOST:
                known[s] = self._learn(chain.basic())
        self._price(cost)

    def _learn(self, basic: Index) -> int:
        """Return the position of a basis in the bank, where it goes if it is new."""
        if len(basic) != len(self._whole):
            return NONE
        basic = np.sort(basic)
        key = basic.tobytes()
        if key not in self._place:
            square = self._whole[:, basic]
            try:
                inverse = np.linalg.inv(square)
            except np.linalg.LinAlgError:
                return NONE
            if np.abs(inverse).max(initial=1.0) * np.abs(square).max(initial=1.0) > 1 / SINGULAR:
                return NONE
            self._place[key] = self.count
            self._bases.append(_Basis(basic, inverse))
        return self._place[key]

    def _price(self, cost: Vector) -> None:
        """Bring multipliers and reduced costs of all bases up to date with a cost."""
        if not np.array_equal(cost, self._cost):
            self._cost = cost
            self._reduced, self._duals = self._reduced[:0], self._duals[:0]
        whole = np.r_[cost, np.zeros(len(self._whole))]
        tiny = ZERO * (1.0 + np.abs(cost).max(initial=0.0))
        duals, reduced = [], []
        for basis in self._bases[len(self._duals) :]:
            dual = basis.inverse.T @ whole[basis.basic]
            price = whole - self._whole.T @ dual
            price[basis.basic] = 0.0
            duals.append(dual)
            reduced.append(np.where(np.abs(price) <= tiny, 0.0, price))
        if duals:
            self._duals = np.vstack([self._duals, duals])
            self._reduced = np.vstack([self._reduced, reduced])

    def _valid(self, box: _Box, start: int) -> NDArray[np.bool_]:
        """Say which bases, from one on, have no reduced cost on a side that does not exist."""
        part = self._reduced[start:]
        wrong = ((part > 0) & ~box.has_low) | ((part < 0) & ~box.has_high)
        return np.asarray(~wrong.any(axis=1))

    def _improve(
        self, todo: Index, start: int, box: _Box, best: Index, value: Vector
    ) -> NDArray[np.bool_]:
        """Update the best bound of each scenario with the bases from one on; say which changed."""
        fresh = np.zeros(len(todo), dtype=bool)
        valid = start + np.flatnonzero(self._valid(box, start))
        if not len(valid):
            return fresh
        low, high = box.low[todo], box.high[todo]
        up, down = np.maximum(self._reduced[valid], 0.0), np.minimum(self._reduced[valid], 0.0)
        used_low, used_high = up.any(axis=0), down.any(axis=0)
        bound = low[:, used_low] @ up[:, used_low].T + high[:, used_high] @ down[:, used_high].T
        at = bound.argmax(axis=1)
        most = bound[np.arange(len(todo)), at]
        fresh = most > value[todo] + ZERO * (1.0 + np.abs(most))
        value[todo[fresh]], best[todo[fresh]] = most[fresh], valid[at[fresh]]
        return np.asarray(fresh)

    def _not_at_low(self, b: int, box: _Box) -> Index:
        """Return the columns outside a basis that do not lie at their lower side everywhere."""
        price = self._reduced[b]
        elsewhere = (price < 0) | ((price == 0) & ~box.has_low)
        elsewhere[self._bases[b].basic] = False
        return np.flatnonzero(elsewhere)

    def _take(self, todo: Index, bases: Index, box: _Box, found: Found, known: Index) -> Index:
        """Solve the scenarios in which a given basis is primal feasible; return the others."""
        if not len(todo):
            return todo
        left = [todo[bases == NONE]]
        order = np.argsort(bases, kind="stable")
        ranked = bases[order]
        edges = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1], True]).tolist()
        valid = self._valid(box, 0)
        for start, end in itertools.pairwise(edges):
            b = int(ranked[start])
            mine = todo[order[start:end]]
            if b == NONE:
                continue
            if not valid[b]:
                left.append(mine)
                continue
            basis = self._bases[b]
            basic = basis.basic
            rest = box.low[mine]
            other = self._not_at_low(b, box)
            ends = _ends(rest[:, other], box.high[mine[:, None], other], self._reduced[b, other])
            rest[:, other] = ends
            rest[:, basic] = 0.0
            load = self._rows.of(rest[:, : self._columns]) - rest[:, self._columns :]
            value = -load @ basis.inverse.T
            size = 1.0 + np.abs(value)
            low, high = box.low[mine[:, None], basic], box.high[mine[:, None], basic]
            good = every(np.maximum(low - value, value - high) <= FEASIBLE * size)
            rest[:, basic] = value
            chosen = mine[good]
            found.points[chosen] = rest[good, : self._columns]
            found.duals[chosen] = self._duals[b]
            known[chosen] = b
            left.append(mine[~good])
        return np.sort(np.concatenate(left))


def _ends(low: Vector, high: Vector, price: Vector) -> Vector:
    """Return where columns outside the basis lie: above, or where there is room, shape (S, n)."""
    above = np.where(np.isfinite(high), high, 0.0)
    return np.where((price < 0) | ~np.isfinite(low), above, low)


def _representatives(todo: Index, best: Index) -> Index:
    """Choose one scenario for each of the bases that fail for the most scenarios."""
    _, first, counts = np.unique(best, return_index=True, return_counts=True)
    ranked = np.argsort(-counts, kind="stable")[:ROUND]
    return np.sort(todo[first[ranked]])
