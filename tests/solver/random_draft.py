"""Write a two-stage problem as numbers of each scenario; what varies becomes data symbols."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile.blocks import EXPECTED, Affine, Blocks, make_label
from diversify.risk.mean_cvar import MeanCvar

Vector = NDArray[np.float64]
Number = float | Vector
Terms = dict[int, Number]


@dataclass(frozen=True)
class Instance:
    """A problem, its scenarios, and what is minimised (None: the mean)."""

    blocks: Blocks
    theta: Vector
    probability: Vector
    news: NDArray[np.int64]
    objective: MeanCvar | None


@dataclass(frozen=True)
class _Column:
    first: bool
    ref: Vector
    low: float
    high: float
    cost: Vector
    integer: bool
    period: int
    twin: int


@dataclass(frozen=True)
class _Row:
    stage: int
    sense: int
    terms: dict[int, Vector]
    right: Vector
    period: int
    policy: str


@dataclass
class Draft:
    """Columns and rows with a number for each scenario; what varies becomes data symbols."""

    rng: np.random.Generator
    probability: Vector
    columns: list[_Column] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)
    symbols: list[Vector] = field(default_factory=list)

    def every(self, number: Number) -> Vector:
        return np.broadcast_to(np.asarray(number, dtype=float), self.probability.shape).copy()

    def plan(
        self, ref: float, low: float, high: float, cost: float, *, integer: bool = False
    ) -> int:
        """Add a first-stage column and return its number; ``ref`` is its value in the point."""
        column = _Column(True, self.every(ref), low, high, self.every(cost), integer, -1, -1)
        self.columns.append(column)
        return len(self.columns) - 1

    def ops(
        self, ref: Number, low: float, high: float, cost: Number, period: int = -1, twin: int = -1
    ) -> int:
        """Add a second-stage column and return its number."""
        column = _Column(False, self.every(ref), low, high, self.every(cost), False, period, twin)
        self.columns.append(column)
        return len(self.columns) - 1

    def at(self, terms: Terms) -> Vector:
        """Return the value of a linear form at the hidden point, in each scenario."""
        total = np.zeros_like(self.probability)
        for column, number in terms.items():
            total += self.every(number) * self.columns[column].ref
        return total

    def row(
        self,
        stage: int,
        sense: int,
        terms: Terms,
        right: Number | None = None,
        *,
        slack: Number = 0.0,
        period: int = -1,
        policy: str = "",
    ) -> None:
        """Add a row; without a right side, one that the hidden point keeps with some slack."""
        if right is None:
            value = self.at(terms)
            value = self.every(self.probability @ value) if stage == EXPECTED else value
            right = value - sense * np.abs(slack)
        whole = {column: self.every(number) for column, number in terms.items()}
        self.rows.append(_Row(stage, sense, whole, self.every(right), period, policy))

    def _affine(
        self, numbers: list[Vector], levels: dict[int, int], data: float = 0.0
    ) -> tuple[Vector, list[Vector]]:
        """Return the base and the triplets (number, symbol, slope) of the slope.

        A number that is the same in all scenarios is data, too, with the probability ``data``.
        """
        base, triplets = np.zeros(len(numbers)), []
        for i, number in enumerate(numbers):
            if i in levels:
                triplets.append(np.array([i, levels[i], 1.0]))
                continue
            base[i] = number[0]
            if (number != number[0]).any() or self.rng.random() < data:
                slope, shift = self.rng.choice([1.0, -2.0, 0.5]), self.rng.integers(0, 3)
                base[i] -= slope * shift
                self.symbols.append((number - base[i]) / slope)
                triplets.append(np.array([i, len(self.symbols) - 1, slope]))
        return base, triplets

    def _sized(self, numbers: tuple[Vector, list[Vector]]) -> Affine:
        base, triplets = numbers
        where = np.array(triplets).reshape(-1, 3).T
        at = (where[0].astype(int), where[1].astype(int))
        shape = (len(base), len(self.symbols))
        return Affine(base, sp.csr_array((where[2], at), shape=shape))

    def finish(self, news: NDArray[np.int64], objective: MeanCvar | None) -> Instance:
        """Return the problem with the columns of the first stage before those of the second."""
        order = sorted(range(len(self.columns)), key=lambda j: not self.columns[j].first)
        place = {j: i for i, j in enumerate(order)} | {-1: -1}
        columns, rows = [self.columns[j] for j in order], self.rows
        policies = sorted({row.policy for row in rows if row.policy})
        levels: dict[str, int] = {}
        limits: dict[int, int] = {}
        for i, row in enumerate(rows):
            if row.policy and row.policy not in levels:
                levels[row.policy] = limits[i] = len(self.symbols)
                self.symbols.append(row.right)
        terms = [sorted((place[j], number) for j, number in row.terms.items()) for row in rows]
        numbers = [number for row in terms for _, number in row]
        parts = (
            self._affine(numbers, {}),
            self._affine([row.right for row in rows], limits, 0.2),
            self._affine([column.cost for column in columns], {}),
        )
        entries, right, cost = (self._sized(part) for part in parts)
        start = np.r_[0, np.cumsum([len(row) for row in terms])]
        index = np.array([j for row in terms for j, _ in row])
        blocks = Blocks(
            columns=tuple(make_label("column", j) for j in range(len(columns))),
            rows=tuple(make_label("row", i) for i in range(len(rows))),
            symbols=tuple(make_label("data", i) for i in range(len(self.symbols))),
            first=sum(column.first for column in columns),
            matrix=sp.csr_array(
                (np.arange(len(numbers)), index, start), shape=(len(rows), len(columns))
            ),
            entries=entries,
            right=right,
            sense=np.array([row.sense for row in rows], dtype=np.int8),
            stage=np.array([row.stage for row in rows], dtype=np.int8),
            cost=cost,
            offset=1.5,
            lower=np.array([column.low for column in columns], dtype=float),
            upper=np.array([column.high for column in columns], dtype=float),
            integer=np.array([column.integer for column in columns]),
            column_period=np.array([column.period for column in columns], dtype=np.int64),
            row_period=np.array([row.period for row in rows], dtype=np.int64),
            twin=np.array([place[column.twin] for column in columns], dtype=np.int64),
            policy=np.array(
                [policies.index(row.policy) if row.policy else -1 for row in rows], dtype=np.int64
            ),
            policies=tuple(policies),
            levels=levels,
            forms={},
        )
        # Without any symbol there are still scenarios.
        theta = np.array(self.symbols).reshape(-1, len(self.probability)).T.copy()
        return Instance(blocks, theta, self.probability, news, objective)
