"""A two-stage problem with its scenarios, and a sheet on which to write one down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import OPS, PLAN, Affine
from diversify.risk.mean_cvar import MeanCvar

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
NONE: Mapping[int, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem and its scenarios.

    Attributes
    ----------
    blocks : Blocks
        The problem of one scenario.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability : numpy.ndarray
        Shape (S,), adding up to 1.
    draws : int
        How many scenarios there were before equal ones were merged.
    objective : MeanCvar or None
        What is minimised; None for the expected cost.
    data : Any
        What the problem was written from, for those who write it in another way.
    """

    blocks: Blocks
    theta: Vector
    probability: Vector
    draws: int
    objective: MeanCvar | None = None
    data: Any = None

    @property
    def news(self) -> Index:
        """Periods before news: none, every decision of the second stage knows its scenario."""
        return np.zeros(len(self.theta), dtype=np.int64)

    def sizes(self) -> dict[str, int]:
        """Return the sizes of one scenario and of the batch."""
        rows, columns = self.blocks.matrix.shape
        return {
            "draws": self.draws,
            "distinct": len(self.theta),
            "rows": rows,
            "columns": columns,
            "nonzeros": int(self.blocks.matrix.nnz),
        }


class Term(NamedTuple):
    """A non-zero: column, fixed part of the coefficient, symbol that is added, its factor."""

    column: int
    base: float
    symbol: int = -1
    factor: float = 0.0


class Sheet:
    """Collects columns and rows and returns the arrays.

    Parameters
    ----------
    symbols : iterable of str
        Labels of the scenario data.
    """

    def __init__(self, symbols: Iterable[str]) -> None:
        self.symbols = tuple(symbols)
        self._columns: list[tuple[str, float, float, float, bool]] = []
        self._rows: list[tuple[str, list[Term], int, float, Mapping[int, float], int]] = []
        self._first = 0

    def plan(
        self,
        label: str,
        cost: float,
        lower: float = 0.0,
        upper: float = np.inf,
        *,
        integer: bool = False,
    ) -> int:
        """Add a first-stage column and return its position; these come before all others."""
        if self._first != len(self._columns):
            raise ValueError("first-stage columns come first")
        self._first += 1
        self._columns.append((f"plan.{label}", cost, lower, upper, integer))
        return len(self._columns) - 1

    def ops(self, label: str, cost: float, lower: float = 0.0, upper: float = np.inf) -> int:
        """Add a second-stage column and return its position."""
        self._columns.append((f"ops.{label}", cost, lower, upper, False))
        return len(self._columns) - 1

    def row(
        self,
        label: str,
        terms: list[Term],
        sense: int,
        right: float,
        data: Mapping[int, float] = NONE,
    ) -> None:
        """Add a row; ``sense`` is +1 for ``>=``, -1 for ``<=``, 0 for ``=``.

        ``data`` says what is added to the right side: symbols with their factors.
        """
        stage = PLAN if all(term.column < self._first for term in terms) else OPS
        self._rows.append((label, terms, sense, right, data, stage))

    def blocks(self) -> Blocks:
        """Return the arrays."""
        names, cost, lower, upper, integer = zip(*self._columns, strict=True)
        count, height, width = len(names), len(self._rows), len(self.symbols)
        terms = [(r, term) for r, row in enumerate(self._rows) for term in row[1]]
        # One is added so that position 0 is not a stored zero, which scipy would be free to drop.
        pattern = sp.csr_array(
            (
                np.arange(1, len(terms) + 1),
                ([r for r, _ in terms], [term.column for _, term in terms]),
            ),
            shape=(height, count),
        )
        if pattern.nnz != len(terms):
            raise ValueError("a row names a column twice")
        pattern.data -= 1
        entries = _affine(
            [t.base for _, t in terms],
            [(i, t.symbol, t.factor) for i, (_, t) in enumerate(terms) if t.symbol >= 0],
            width,
        )
        right = _affine(
            [row[3] for row in self._rows],
            [(r, symbol, f) for r, row in enumerate(self._rows) for symbol, f in row[4].items()],
            width,
        )
        price = np.array(cost, dtype=float)
        plain = np.full(count, -1, dtype=np.int64)
        first = np.arange(count) < self._first
        return Blocks(
            columns=names,
            rows=tuple(row[0] for row in self._rows),
            symbols=self.symbols,
            first=self._first,
            matrix=pattern,
            entries=entries,
            right=right,
            sense=np.array([row[2] for row in self._rows], dtype=np.int8),
            stage=np.array([row[5] for row in self._rows], dtype=np.int8),
            cost=Affine(price, sp.csr_array((count, width))),
            offset=0.0,
            lower=np.array(lower, dtype=float),
            upper=np.array(upper, dtype=float),
            integer=np.array(integer, dtype=bool),
            column_period=plain,
            row_period=np.full(height, -1, dtype=np.int64),
            twin=plain,
            policy=np.full(height, -1, dtype=np.int64),
            policies=(),
            levels={},
            forms={
                ("plan cost", "total"): np.where(first, price, 0.0),
                ("cost", "total"): np.where(first, 0.0, price),
            },
        )


def _affine(base: list[float], slopes: list[tuple[int, int, float]], width: int) -> Affine:
    rows = np.array([row for row, _, _ in slopes], dtype=np.int64)
    symbols = np.array([symbol for _, symbol, _ in slopes], dtype=np.int64)
    factors = np.array([factor for _, _, factor in slopes], dtype=np.float64)
    slope = sp.csr_array((factors, (rows, symbols)), shape=(len(base), width))
    return Affine(np.array(base, dtype=np.float64), slope)


def merged(codes: NDArray[np.uint64]) -> tuple[Index, Vector]:
    """Return where each distinct row of codes stands first, and its share of all rows.

    Whole rows are compared, not hashes of them.

    Parameters
    ----------
    codes : numpy.ndarray
        One row for each draw, shape (N, W).

    Returns
    -------
    numpy.ndarray
        Positions, shape (S,).
    numpy.ndarray
        Probabilities, shape (S,).
    """
    order = np.lexsort(codes.T)
    ranked = codes[order]
    new = np.r_[True, (ranked[1:] != ranked[:-1]).any(axis=1)]
    start = np.flatnonzero(new)
    size = np.diff(np.r_[start, len(codes)])
    return order[start].astype(np.int64), size / len(codes)
