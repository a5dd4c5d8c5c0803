"""Any program that a small writer writes is read back as it was, in both formats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from diversify.smps.cards import parse_either
from diversify.smps.core_reading import parse_core

INF = math.inf
NUMBERS = st.integers(-999, 999).filter(bool).map(lambda n: n / 8)
FREE_NAMES = st.text("ABCxyz019_.-+", min_size=1, max_size=8).filter(
    lambda name: not name[0].isdigit() and name[0] not in "-+."
)
FIXED_NAMES = (
    st.text("ABC xyz019", min_size=1, max_size=8)
    .map(str.strip)
    .filter(lambda name: name and not name[0].isdigit())
)


@dataclass
class Program:
    """What is written, and what is to be read."""

    rows: dict[str, str]
    columns: dict[str, dict[str, float]]
    right: dict[str, float]
    ranges: dict[str, float]
    bounds: dict[str, tuple[float, float]]
    integer: set[str]
    maximise: bool


@st.composite
def programs(draw: Any, names: st.SearchStrategy[str]) -> Program:
    rows = draw(st.lists(names, min_size=2, max_size=6, unique=True))
    columns = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    kinds = {row: draw(st.sampled_from("LGE")) for row in rows[1:]}
    entries = {
        column: draw(st.dictionaries(st.sampled_from(rows), NUMBERS, min_size=1))
        for column in columns
    }
    bounds = {}
    for column in columns:
        low = draw(st.one_of(st.just(-INF), st.just(0.0), NUMBERS))
        bounds[column] = (low, draw(st.one_of(st.just(INF), st.just(max(low, 0.0) + 1.5))))
    return Program(
        {rows[0]: "N", **kinds},
        entries,
        draw(st.dictionaries(st.sampled_from(rows), NUMBERS)),
        draw(st.dictionaries(st.sampled_from(rows[1:]), NUMBERS)),
        bounds,
        draw(st.sets(st.sampled_from(columns))),
        draw(st.booleans()),
    )


def text_of(program: Program, *, fixed: bool) -> str:
    def line(*fields: str) -> str:
        if not fixed:
            return " " + " ".join(field for field in fields if field)
        starts, text = (1, 4, 14, 24), ""
        for start, field in zip(starts, fields, strict=False):
            text = text.ljust(start) + field
        return text

    lines = ["NAME          P", "OBJSENSE", "    MAX" if program.maximise else "    MIN", "ROWS"]
    lines += [line(kind, row) for row, kind in program.rows.items()]
    lines.append("COLUMNS")
    for column, entries in program.columns.items():
        if column in program.integer:
            lines.append("    MARKER                 'MARKER'                 'INTORG'"[:60])
        lines += [line("", column, row, str(value)) for row, value in entries.items()]
        if column in program.integer:
            lines.append("    MARKER                 'MARKER'                 'INTEND'")
    lines.append("RHS")
    lines += [line("", "RHS", row, str(value)) for row, value in program.right.items()]
    lines.append("RANGES")
    lines += [line("", "RNG", row, str(value)) for row, value in program.ranges.items()]
    lines.append("BOUNDS")
    for column, (low, up) in program.bounds.items():
        lines.append(line("LO", "BND", column, str(low) if low > -INF else "-1e30"))
        lines.append(line("UP", "BND", column, str(up) if up < INF else "1e30"))
    return "\n".join([*lines, "ENDATA"])


@dataclass(frozen=True)
class Column:
    """A column of a core: its cost, its entries row by row, its bounds, and whether it is whole."""

    cost: float
    entries: list[float]
    bounds: tuple[float, float]
    integer: bool


@dataclass(frozen=True)
class Facts:
    """All that a core says, row by row and column by column."""

    objective: str
    maximise: bool
    objective_right: float
    rows: dict[str, tuple[float, float]]
    columns: dict[str, Column]


def written(program: Program) -> Facts:
    """The facts of what is written, by the rules of the format."""
    objective, *rows = program.rows

    def limits(row: str) -> tuple[float, float]:
        kind, right = program.rows[row], program.right.get(row, 0.0)
        size = program.ranges.get(row)
        if size is None:
            return {"L": (-INF, right), "G": (right, INF), "E": (right, right)}[kind]
        below = kind == "L" or (kind == "E" and size < 0)
        return (right - abs(size), right) if below else (right, right + abs(size))

    return Facts(
        objective,
        program.maximise,
        program.right.get(objective, 0.0),
        {row: limits(row) for row in rows},
        {
            column: Column(
                entries.get(objective, 0.0),
                [entries.get(row, 0.0) for row in rows],
                program.bounds[column],
                column in program.integer,
            )
            for column, entries in program.columns.items()
        },
    )


def back(text: str) -> Facts:
    """The facts of what is read."""
    core, log = parse_either(text.splitlines(), "core", "p.cor", parse_core)
    assert [str(error) for error in log.errors] == []
    assert core is not None
    dense = core.matrix.toarray()
    low, high = core.right - core.below, core.right + core.above
    return Facts(
        core.objective,
        core.maximise,
        core.objective_right,
        dict(zip(core.rows, zip(low.tolist(), high.tolist(), strict=True), strict=True)),
        {
            column: Column(
                float(core.cost[j]),
                dense[:, j].tolist(),
                (float(core.lower[j]), float(core.upper[j])),
                bool(core.integer[j]),
            )
            for j, column in enumerate(core.columns)
        },
    )


def order(facts: Facts) -> tuple[list[str], list[str]]:
    return list(facts.rows), list(facts.columns)


@given(programs(FREE_NAMES))
def test_free_format_comes_back(program: Program) -> None:
    expected, found = written(program), back(text_of(program, fixed=False))
    assert (found, order(found)) == (expected, order(expected))


@given(programs(FIXED_NAMES))
def test_fixed_format_comes_back(program: Program) -> None:
    expected, found = written(program), back(text_of(program, fixed=True))
    assert (found, order(found)) == (expected, order(expected))
