"""A two-stage problem written out by plain loops: what the fields of the blocks mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from random_draft import Instance
from scipy.optimize import Bounds, LinearConstraint, milp

from diversify.compile.blocks import EXPECTED, OPS, PLAN, Affine

Vector = NDArray[np.float64]


class Numbers:
    """Numbers of a scenario: the base of each and what each symbol adds."""

    def __init__(self, numbers: Affine) -> None:
        self.base, self.slope = numbers.base, numbers.slope.toarray()

    def __call__(self, position: int, theta: Vector) -> float:
        return float(self.base[position] + self.slope[position] @ theta)


class Loops:
    """The whole problem written entry by entry from what the fields of the blocks mean.

    Every scenario has all its columns and rows; that it is the plan until its news is an equation
    (R10), and the objective's tail has a threshold and an excess (Rockafellar & Uryasev 2000).
    """

    def __init__(self, instance: Instance) -> None:
        self.instance, b = instance, instance.blocks
        scenarios = len(instance.theta)
        self.entry, self.right, self.price = (Numbers(n) for n in (b.entries, b.right, b.cost))
        self.width = b.first + scenarios * b.second + 1 + scenarios
        self.threshold = self.width - scenarios - 1
        self.rows: list[Vector] = []
        self.low: list[float] = []
        self.high: list[float] = []
        for i in range(len(b.rows)):
            if b.stage[i] == PLAN:
                self._add(i, self._row(i, 0, every=False))
            if b.stage[i] == OPS:
                for s in range(scenarios):
                    self._add(i, self._row(i, s, every=True), s)
            if b.stage[i] == EXPECTED:
                total = self._row(i, 0, every=False)
                for s in range(scenarios):
                    part = self._row(i, s, every=True)
                    part[: b.first] = 0.0
                    total += instance.probability[s] * part
                self._add(i, total)
        self._before_news()
        self.cost = self._objective()
        none = np.full(self.width - self.threshold, np.inf)
        tiled = [np.tile(bound[b.first :], scenarios) for bound in (b.lower, b.upper)]
        self.lower = np.r_[b.lower[: b.first], tiled[0], -np.inf, np.zeros(scenarios)]
        self.upper = np.r_[b.upper[: b.first], tiled[1], none]
        self.integer = np.zeros(self.width, dtype=np.int64)
        self.integer[: b.first] = b.integer[: b.first]

    def place(self, column: int, scenario: int) -> int:
        b = self.instance.blocks
        return column if column < b.first else column + scenario * b.second

    def _row(self, i: int, scenario: int, *, every: bool) -> Vector:
        b, theta = self.instance.blocks, self.instance.theta[scenario]
        row = np.zeros(self.width)
        for at in range(b.matrix.indptr[i], b.matrix.indptr[i + 1]):
            column = int(b.matrix.indices[at])
            if every or column < b.first:
                value = self.entry(int(b.matrix.data[at]), theta)
                row[self.place(column, scenario)] = value
        return row

    def _add(self, i: int, row: Vector, scenario: int = 0) -> None:
        b = self.instance.blocks
        right = self.right(i, self.instance.theta[scenario])
        self.rows.append(row)
        self.low.append(right if b.sense[i] >= 0 else -np.inf)
        self.high.append(right if b.sense[i] <= 0 else np.inf)

    def _before_news(self) -> None:
        b = self.instance.blocks
        for s, news in enumerate(self.instance.news):
            for column in range(b.first, len(b.columns)):
                if 0 <= b.column_period[column] < news:
                    row = np.zeros(self.width)
                    row[self.place(column, s)] = 1.0
                    if b.twin[column] >= 0:
                        row[b.twin[column]] = -1.0
                    self.rows.append(row)
                    self.low.append(0.0)
                    self.high.append(0.0)

    def _objective(self) -> Vector:
        b, risk = self.instance.blocks, self.instance.objective
        mean, tail, level = (1.0, 0.0, 0.0) if risk is None else (risk.mean, risk.cvar, risk.level)
        self.constant = (mean + tail) * b.offset
        total = np.zeros(self.width)
        for s, theta in enumerate(self.instance.theta):
            own = np.zeros(self.width)
            for column in range(len(b.columns)):
                own[self.place(column, s)] = self.price(column, theta)
            total += mean * self.instance.probability[s] * own
            # excess >= cost - threshold
            excess = self.threshold + 1 + s
            total[excess] = tail * self.instance.probability[s] / (1.0 - level)
            own[self.threshold], own[excess] = -1.0, -1.0
            self.rows.append(own)
            self.low.append(-np.inf)
            self.high.append(0.0)
        total[self.threshold] = tail
        return total

    def answer(self) -> tuple[float, Vector] | None:
        """The cost and point that HiGHS finds through scipy; None where there is no point."""
        for presolve in (True, False):
            found = milp(
                self.cost,
                constraints=LinearConstraint(np.array(self.rows), self.low, self.high),
                bounds=Bounds(self.lower, self.upper),
                integrality=self.integer,
                options={"mip_rel_gap": 1e-9, "presolve": presolve},
            )
            # Presolve sometimes ends in "solve error"; without it these problems are easy, too.
            if found.status in (0, 2):
                break
        if found.status == 2:
            return None
        assert found.status == 0, found.message
        return float(found.fun) + self.constant, found.x

    def optimum(self) -> float | None:
        answer = self.answer()
        return None if answer is None else answer[0]
