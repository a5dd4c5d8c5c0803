"""From core, periods and random places to the blocks that the solver takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Affine, Blocks
from diversify.compile.blocks import OPS, PLAN
from diversify.smps.core import Core
from diversify.smps.periods import Periods
from diversify.smps.places import Kind, Place

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
CONSTANT = "random constant of the objective"


def make_blocks(
    core: Core, periods: Periods, places: tuple[Place, ...], labels: tuple[str, ...]
) -> Blocks:
    r"""Return the arrays of one scenario, with one symbol for each random number.

    A random bound becomes a row of the second stage, a row with a range becomes two rows, and an
    objective to be maximised changes its sign:

    .. math:: \min \pm (c(\theta) x - r(\theta)), \quad l \le A(\theta) x - b(\theta) \le u

    Parameters
    ----------
    core : Core
        The program of the core file.
    periods : Periods
        Those after the first are the second stage.
    places : tuple of Place
        The random numbers.
    labels : tuple of str
        Their names.

    Returns
    -------
    Blocks
        Without periods of news and without policies.
    """
    at = _Where(places)
    sign = -1.0 if core.maximise else 1.0
    order = np.argsort(periods.column > 0, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    rows = _rows(core, periods, at)
    pattern, base, symbol = _matrix(core, at, rank)
    matrix, base, symbol = _stacked(pattern, base, symbol, rows, rank)
    cost_symbol = at.symbols("cost", len(order))[order]
    cost = np.where(cost_symbol < 0, sign * core.cost[order], 0.0)
    cost_slope = np.full(len(order), sign)
    lower, upper = _bounds(core, at)
    lower, upper, integer = lower[order], upper[order], core.integer[order]
    columns = tuple(core.columns[j] for j in order)
    constant = at.constant
    if constant >= 0:
        # A column that is 1 carries the random constant; the right side is minus the constant.
        columns = (*columns, CONSTANT)
        cost, cost_symbol = np.append(cost, 0.0), np.append(cost_symbol, constant)
        cost_slope = np.append(cost_slope, -sign)
        lower, upper = np.append(lower, 1.0), np.append(upper, 1.0)
        integer = np.append(integer, False)
        matrix = _shaped(matrix.data, matrix.indices, matrix.indptr, len(columns))
    count = len(places)
    first = int((periods.column == 0).sum())
    second_cost = cost.copy()
    second_cost[:first] = 0.0
    forms: dict[tuple[str, ...], Vector] = {
        ("plan cost", "first stage"): cost - second_cost,
        ("cost", "second stage"): second_cost,
    }
    none = np.full(len(columns), -1, dtype=np.int64)
    height = len(rows.label)
    return Blocks(
        columns=columns,
        rows=rows.label,
        symbols=labels,
        first=first,
        matrix=matrix,
        entries=_affine(base, symbol, np.ones(len(base)), count),
        right=_affine(rows.right, rows.symbol, np.ones(height), count),
        sense=rows.sense,
        stage=rows.stage,
        cost=_affine(cost, cost_symbol, cost_slope, count),
        offset=0.0 if constant >= 0 else -sign * core.objective_right,
        lower=lower,
        upper=upper,
        integer=integer,
        column_period=none,
        row_period=np.full(height, -1, dtype=np.int64),
        twin=none.copy(),
        policy=np.full(height, -1, dtype=np.int64),
        policies=(),
        levels={},
        # Forms are plain numbers, so costs that are random have none.
        forms=forms if (cost_symbol < 0).all() else {},
    )


class _Where:
    """Which symbol each number of the core is, -1 where it is not random."""

    def __init__(self, places: tuple[Place, ...]) -> None:
        self._of: dict[str, list[tuple[int, Place]]] = {}
        for number, place in enumerate(places):
            self._of.setdefault(place.kind, []).append((number, place))
        self.constant = self.of("constant")[0][0] if self.of("constant") else -1

    def of(self, kind: Kind) -> list[tuple[int, Place]]:
        return self._of.get(kind, [])

    def symbols(self, kind: Kind, count: int) -> Index:
        """Return the symbol of each row or column."""
        found = np.full(count, -1, dtype=np.int64)
        for number, place in self.of(kind):
            found[max(place.row, place.column)] = number
        return found


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of the blocks; ``source`` is the row of the core, or -1 and ``column`` is bounded."""

    label: tuple[str, ...]
    source: Index
    column: Index
    sense: NDArray[np.int8]
    stage: NDArray[np.int8]
    right: Vector
    symbol: Index


def _rows(core: Core, periods: Periods, at: _Where) -> _Rows:
    count = len(core.rows)
    both = np.isfinite(core.below) & np.isfinite(core.above) & (core.below + core.above > 0.0)
    source = np.repeat(np.arange(count), 1 + both)
    upper_half = np.zeros(len(source), dtype=np.bool_)
    upper_half[1:] = source[1:] == source[:-1]
    below, above = core.below[source], core.above[source]
    ranged = both[source]
    open_below = ~np.isfinite(below) | (ranged & upper_half)
    open_above = ~np.isfinite(above) | (ranged & ~upper_half)
    sense = np.where(open_below, -1, np.where(open_above, 1, 0)).astype(np.int8)
    shift = np.where(sense < 0, above, np.where(sense > 0, -below, above))
    symbol = at.symbols("right", count)[source]
    names = np.where(ranged, np.where(upper_half, ", above", ", below"), "")
    label = [core.rows[i] + extra for i, extra in zip(source.tolist(), names.tolist(), strict=True)]
    # The shift of a random right side stays in its base.
    right = np.where(symbol < 0, core.right[source], 0.0) + shift
    stage = np.where(periods.row[source] == 0, PLAN, OPS).astype(np.int8)
    bounds: list[tuple[int, Place, int]] = []
    sides: tuple[tuple[Kind, int], ...] = (("lower", 1), ("upper", -1), ("fixed", 0))
    for kind, side in sides:
        bounds += [(n, place, side) for n, place in at.of(kind)]
    extra_columns = np.array([place.column for _, place, _ in bounds], dtype=np.int64)
    more = len(bounds)
    return _Rows(
        label=(*label, *(f"{p.kind} bound, {core.columns[p.column]}" for _, p, _ in bounds)),
        source=np.r_[source, np.full(more, -1)].astype(np.int64),
        column=np.r_[np.full(len(source), -1), extra_columns].astype(np.int64),
        sense=np.r_[sense, np.array([side for *_, side in bounds], dtype=np.int8)],
        stage=np.r_[stage, np.full(more, OPS, dtype=np.int8)],
        right=np.r_[right, np.zeros(more)],
        symbol=np.r_[symbol, np.array([n for n, *_ in bounds], dtype=np.int64)],
    )


def _matrix(core: Core, at: _Where, rank: Index) -> tuple[sp.csr_array, Vector, Index]:
    """Return the pattern of the core's rows, whose data are positions, and what stands there."""
    known: dict[tuple[int, int], int] = {
        (place.row, place.column): number for number, place in at.of("matrix")
    }
    matrix = core.matrix
    row, column = matrix.row.tolist(), matrix.col.tolist()
    present = set(zip(row, column, strict=True)) if known else set()
    absent = [place for place in known if place not in present]
    row += [i for i, _ in absent]
    column += [j for _, j in absent]
    base = np.r_[matrix.data, np.zeros(len(absent))]
    symbol = np.full(len(base), -1, dtype=np.int64)
    if known:
        symbol[:] = [known.get(place, -1) for place in zip(row, column, strict=True)]
    base = np.where(symbol < 0, base, 0.0)
    kept = (symbol >= 0) | (base != 0.0)
    rows, columns = (
        np.array(row, dtype=np.int64)[kept],
        rank[np.array(column, dtype=np.int64)[kept]],
    )
    base, symbol = base[kept], symbol[kept]
    sort = np.lexsort((columns, rows))
    start = np.r_[0, np.cumsum(np.bincount(rows, minlength=len(core.rows)))]
    pattern = sp.csr_array(
        (np.arange(len(base)), columns[sort], start), shape=(len(core.rows), len(core.columns))
    )
    return pattern, base[sort], symbol[sort]


def _stacked(
    pattern: sp.csr_array, base: Vector, symbol: Index, rows: _Rows, rank: Index
) -> tuple[sp.csr_array, Vector, Index]:
    """Write rows with a range twice, and add the rows of random bounds."""
    kept = pattern[rows.source[rows.source >= 0]]
    bounded = rows.column[rows.column >= 0]
    more = len(bounded)
    length = np.r_[np.diff(kept.indptr), np.ones(more, dtype=np.int64)]
    base = np.r_[base[kept.data], np.ones(more)]
    symbol = np.r_[symbol[kept.data], np.full(more, -1)].astype(np.int64)
    indices = np.r_[kept.indices, rank[bounded]]
    start = np.r_[0, np.cumsum(length)]
    return _shaped(np.arange(len(base)), indices, start, pattern.shape[1]), base, symbol


def _shaped(
    data: Index, indices: NDArray[np.integer[Any]], start: NDArray[np.integer[Any]], width: int
) -> sp.csr_array:
    return sp.csr_array((data, indices, start), shape=(len(start) - 1, width))


def _bounds(core: Core, at: _Where) -> tuple[Vector, Vector]:
    """Return bounds without those that rows of the second stage take over."""
    lower, upper = core.lower.copy(), core.upper.copy()
    fixed = at.of("fixed")
    lower[[place.column for _, place in (*at.of("lower"), *fixed)]] = -np.inf
    upper[[place.column for _, place in (*at.of("upper"), *fixed)]] = np.inf
    return lower, upper


def _affine(base: Vector, symbol: Index, factor: Vector, count: int) -> Affine:
    """Return numbers of which those with a symbol are a factor times it, plus their base."""
    random = np.flatnonzero(symbol >= 0)
    slope = sp.csr_array((factor[random], (random, symbol[random])), shape=(len(base), count))
    return Affine(base, slope)
