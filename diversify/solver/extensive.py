"""The extensive form: all scenarios side by side, with what happens before news written once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED, OPS, PLAN
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Extensive:
    """The extensive form of a batch of scenarios and where its rows and columns come from.

    Attributes
    ----------
    problem : Problem
        The arrays.
    row : numpy.ndarray
        Row of the blocks that each row copies.
    row_scenario : numpy.ndarray
        Scenario of each row, -1 for rows that stand once.
    where : numpy.ndarray
        Shape (S, second): column that holds each scenario's value of each second-stage column;
        -1 where the value is zero.
    """

    problem: Problem
    row: Index
    row_scenario: Index
    where: Index

    def recourse(self, point: Vector) -> Vector:
        """Return the second-stage point of each scenario, shape (S, second)."""
        padded = np.append(point, 0.0)
        return padded[self.where]


def stack(blocks: Blocks, theta: Vector, probability: Vector, news: Index) -> Extensive:
    """Return the extensive form of a batch of scenarios.

    What a scenario does before its news is what the plan does (R10), so those columns are the
    plan's own and those rows are left out: the rows that the plan keeps imply them.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem of one scenario.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    probability : numpy.ndarray
        Shape (S,).
    news : numpy.ndarray
        Shape (S,): number of periods before news; zeros write every scenario out in full.

    Returns
    -------
    Extensive
        The arrays with the origin of each row and column.
    """
    count, first, second = len(theta), blocks.first, blocks.second
    where = np.full((count, second), -1, dtype=np.int64)
    period = blocks.column_period[first:]
    twin = blocks.twin[first:]
    width = first
    parts = _Parts()
    cost_all = blocks.cost.at(theta)
    cost = [cost_all[0, :first].copy()]
    lower, upper = [blocks.lower[:first]], [blocks.upper[:first]]
    integer = [blocks.integer[:first]]
    _first_rows(blocks, theta[0], parts)
    height = parts.height
    expected = np.flatnonzero(blocks.stage == EXPECTED)
    expected_at = height + np.arange(len(expected))
    right = blocks.right.at(theta)
    _rows_once(blocks, expected, expected_at, theta[0], right[0], parts)
    height += len(expected)
    ops = np.flatnonzero(blocks.stage == OPS)
    for before in np.unique(news):
        members = np.flatnonzero(news == before)
        dropped = (period >= 0) & (period < before)
        kept = np.flatnonzero(~dropped)
        mine = width + np.arange(len(members) * len(kept)).reshape(len(members), len(kept))
        where[np.ix_(members, kept)] = mine
        where[np.ix_(members, np.flatnonzero(dropped))] = twin[dropped]
        width += mine.size
        mass = probability[members]
        cost.append((mass[:, None] * cost_all[np.ix_(members, first + kept)]).ravel())
        back = dropped & (twin >= 0)
        np.add.at(
            cost[0], twin[back], mass @ cost_all[np.ix_(members, first + np.flatnonzero(back))]
        )
        lower.append(np.tile(blocks.lower[first:][kept], len(members)))
        upper.append(np.tile(blocks.upper[first:][kept], len(members)))
        integer.append(np.tile(blocks.integer[first:][kept], len(members)))
        rows = ops[(blocks.row_period[ops] < 0) | (blocks.row_period[ops] >= before)]
        place = height + np.arange(len(members) * len(rows)).reshape(len(members), len(rows))
        height += place.size
        _entries(blocks, rows, place, members, theta, where, None, parts)
        _entries(
            blocks,
            expected,
            np.tile(expected_at, (len(members), 1)),
            members,
            theta,
            where,
            mass,
            parts,
        )
        parts.add_rows(
            np.tile(rows, len(members)),
            np.repeat(members, len(rows)),
            right[np.ix_(members, rows)].ravel(),
        )
    return _assemble(blocks, parts, width, cost, lower, upper, integer, where)


class _Parts:
    """Triplets and row data as they are collected."""

    def __init__(self) -> None:
        self.rows: list[Index] = []
        self.columns: list[Index] = []
        self.values: list[Vector] = []
        self.origin: list[Index] = []
        self.scenario: list[Index] = []
        self.right: list[Vector] = []
        self.height = 0

    def add(self, rows: Index, columns: Index, values: Vector) -> None:
        self.rows.append(rows.ravel())
        self.columns.append(columns.ravel())
        self.values.append(values.ravel())

    def add_rows(self, origin: Index, scenario: Index, right: Vector) -> None:
        self.origin.append(origin)
        self.scenario.append(scenario)
        self.right.append(right)
        self.height += len(origin)


def _first_rows(blocks: Blocks, theta: Vector, parts: _Parts) -> None:
    rows = np.flatnonzero(blocks.stage == PLAN)
    _rows_once(blocks, rows, np.arange(len(rows)), theta, blocks.right.at(theta), parts)


def _rows_once(
    blocks: Blocks, rows: Index, place: Index, theta: Vector, right: Vector, parts: _Parts
) -> None:
    """Write the first-stage part of rows that stand once."""
    at, columns, entries = _pattern(blocks, rows)
    mine = columns < blocks.first
    values = blocks.entries.base[entries] + blocks.entries.slope[entries] @ theta
    parts.add(place[at[mine]], columns[mine], values[mine])
    parts.add_rows(rows, np.full(len(rows), -1, dtype=np.int64), right[rows])


def _pattern(blocks: Blocks, rows: Index) -> tuple[Index, Index, Index]:
    """Return local row, column and entry of every non-zero of some rows."""
    block = blocks.matrix[rows]
    at = np.repeat(np.arange(len(rows)), np.diff(block.indptr))
    return at, block.indices.astype(np.int64), block.data


def _entries(
    blocks: Blocks,
    rows: Index,
    place: Index,
    members: Index,
    theta: Vector,
    where: Index,
    mass: Vector | None,
    parts: _Parts,
) -> None:
    """Write the non-zeros of some rows for some scenarios; ``mass`` weights rows in expectation."""
    at, columns, entries = _pattern(blocks, rows)
    if mass is not None:
        mine = columns >= blocks.first
        at, columns, entries = at[mine], columns[mine], entries[mine]
    if not len(entries):
        return
    values = (blocks.entries.slope[entries] @ theta[members].T).T + blocks.entries.base[entries]
    if mass is not None:
        values = values * mass[:, None]
    own = columns >= blocks.first
    target = np.tile(columns, (len(members), 1))
    target[:, own] = where[np.ix_(members, columns[own] - blocks.first)]
    live = target >= 0
    parts.add(place[:, at][live], target[live], values[live])


def _assemble(
    blocks: Blocks,
    parts: _Parts,
    width: int,
    cost: list[Vector],
    lower: list[Vector],
    upper: list[Vector],
    integer: list[NDArray[np.bool_]],
    where: Index,
) -> Extensive:
    origin, scenario = np.concatenate(parts.origin), np.concatenate(parts.scenario)
    right = np.concatenate(parts.right)
    matrix = sp.coo_array(
        (np.concatenate(parts.values), (np.concatenate(parts.rows), np.concatenate(parts.columns))),
        shape=(len(origin), width),
    ).tocsr()
    matrix.eliminate_zeros()
    sense = blocks.sense[origin]
    low = np.where(sense >= 0, right, -np.inf)
    high = np.where(sense <= 0, right, np.inf)
    low_x, high_x = np.concatenate(lower), np.concatenate(upper)
    needed = ~_vacuous(matrix, low, high, low_x, high_x)
    problem = Problem(
        matrix[needed],
        np.concatenate(cost),
        low_x,
        high_x,
        low[needed],
        high[needed],
        np.concatenate(integer),
        blocks.offset,
    )
    return Extensive(problem, origin[needed], scenario[needed], where)


def _vacuous(
    matrix: sp.csr_array, low: Vector, high: Vector, lower: Vector, upper: Vector
) -> NDArray[np.bool_]:
    """Say which rows hold by the bounds alone: no non-zero, or one whose bounds imply the row."""
    size = np.diff(matrix.indptr)
    result = np.asarray((size == 0) & (low <= 0) & (high >= 0))
    single = np.flatnonzero(size == 1)
    at = matrix.indptr[single]
    column, value = matrix.indices[at], matrix.data[at]
    least = np.where(value > 0, value * lower[column], value * upper[column])
    most = np.where(value > 0, value * upper[column], value * lower[column])
    result[single] = (least >= low[single]) & (most <= high[single])
    return result
