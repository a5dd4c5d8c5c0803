"""The core file: both formats, every section, and the defaults that MPS has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
from smps_texts import CORE

from diversify.smps.cards import parse_either
from diversify.smps.core import Core
from diversify.smps.core_reading import parse_core

INF = float("inf")


def core_of(text: str) -> tuple[Core, list[str]]:
    """Return the program of a text that has no errors, and its warnings."""
    core, log = parse_either(text.splitlines(), "core", "p.cor", parse_core)
    assert [str(error) for error in log.errors] == []
    assert core is not None
    return core, [str(warning) for warning in log.warnings]


def with_section(section: str) -> str:
    """Return the tiny core with another section at its end."""
    return CORE.replace("ENDATA", f"{section.strip()}\nENDATA")


def bounds_of(lines: str, integer: bool = False) -> tuple[float, float, bool]:
    text = with_section(f"BOUNDS\n{lines}")
    if integer:
        text = text.replace(" s cost", " M 'MARKER' 'INTORG'\n s cost").replace(
            "RHS\n RHS", " M 'MARKER' 'INTEND'\nRHS\n RHS"
        )
    core, _ = core_of(text)
    j = core.columns.index("s")
    return float(core.lower[j]), float(core.upper[j]), bool(core.integer[j])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (" UP B s 5", (0, 5, False)),
        (" UP s 5", (0, 5, False)),
        (" UP B s -5", (-INF, -5, False)),
        (" UP B s 0", (0, 0, False)),
        (" LO B s -2\n UP B s -1", (-2, -1, False)),
        (" UP B s -1\n LO B s -2", (-2, -1, False)),
        (" LO B s 2", (2, INF, False)),
        (" FX B s 3", (3, 3, False)),
        (" FR B s", (-INF, INF, False)),
        (" FR s", (-INF, INF, False)),
        (" MI B s", (-INF, INF, False)),
        (" MI B s\n UP B s 4", (-INF, 4, False)),
        (" PL B s", (0, INF, False)),
        (" UP B s 1e30", (0, INF, False)),
        (" LO B s -1e30", (-INF, INF, False)),
        (" UP B s Infinity", (0, INF, False)),
        (" BV B s", (0, 1, True)),
        (" BV B s 1", (0, 1, True)),
        (" LI B s 2", (2, INF, True)),
        (" UI B s 7", (0, 7, True)),
    ],
)
def test_each_type_of_bound(lines: str, expected: tuple[float, float, bool]) -> None:
    assert bounds_of(lines) == expected


def test_an_integer_column_without_bounds_is_binary_with_a_warning() -> None:
    # As CPLEX and HiGHS read it.
    text = CORE.replace(" s cost", " M 'MARKER' 'INTORG'\n s cost").replace(
        "RHS\n RHS", " M 'MARKER' 'INTEND'\nRHS\n RHS"
    )
    core, warnings = core_of(text)
    assert (core.lower[1], core.upper[1], core.integer.tolist()) == (0, 1, [False, True])
    assert len(warnings) == 1
    assert "read as 0 or 1: s" in warnings[0]
    assert bounds_of(" LO B s 0", integer=True) == (0, INF, True)


def test_a_negative_upper_bound_that_opens_the_lower_one_is_said() -> None:
    _, warnings = core_of(with_section("BOUNDS\n UP B s -5"))
    assert "makes the lower bound minus infinity: s" in warnings[0]


@pytest.mark.parametrize(
    ("kind", "size", "expected"),
    # The table of the MPS format: right side 4, range R.
    [
        ("G", 3, (4, 7)),
        ("G", -3, (4, 7)),
        ("L", 3, (1, 4)),
        ("L", -3, (1, 4)),
        ("E", 3, (4, 7)),
        ("E", -3, (1, 4)),
        ("E", 0, (4, 4)),
    ],
)
def test_a_range_lies_on_the_right_side(
    kind: str, size: float, expected: tuple[float, float]
) -> None:
    text = with_section(f"RANGES\n R demand {size}").replace(" G demand", f" {kind} demand")
    core, _ = core_of(text)
    i = core.rows.index("demand")
    assert (core.right[i] - core.below[i], core.right[i] + core.above[i]) == expected


@pytest.mark.parametrize(
    ("lines", "maximise"),
    [
        ("", False),
        ("OBJSENSE\n MAX\n", True),
        ("OBJSENSE MAX\n", True),
        ("OBJSENSE\n    MAXIMIZE\n", True),
        ("OBJSENSE\n MIN\n", False),
    ],
)
def test_the_sense_of_the_objective(lines: str, maximise: bool) -> None:
    core, _ = core_of(CORE.replace("ROWS\n", f"{lines}ROWS\n"))
    assert core.maximise is maximise


def test_names_of_sets_may_be_left_out_and_comments_and_blank_lines_are_skipped() -> None:
    text = CORE.replace(" RHS store 10 demand 4", "* a comment\n\n store 10 demand 4\n cost -7")
    core, _ = core_of(text)
    assert core.right.tolist() == [10, 4]
    assert core.objective_right == -7
    assert core.right_name is None


def test_more_rows_of_type_n_limit_nothing() -> None:
    text = CORE.replace(" L store", " N other\n L store").replace(
        " x demand 1", " x demand 1 other 5"
    )
    core, warnings = core_of(text)
    assert core.rows == ("store", "demand")
    assert core.matrix.nnz == 3
    assert "'cost', is the objective; 1 more" in warnings[0]


FIXED = """\
NAME          tiny
ROWS
 N  COST
 L  THE STOR
 G  DEMAND
COLUMNS
    X ONE     COST               1.0   THE STOR         1.0
    X ONE     DEMAND             1.0
    S         COST              3D+0   DEMAND           1.0
RHS
    RHS       THE STOR          10.0   DEMAND           4.0
BOUNDS
 UP BND       X ONE              8.0
ENDATA
"""


def test_fixed_format_with_blanks_in_names_says_the_same_as_free_format() -> None:
    fixed, _ = core_of(FIXED)
    free, _ = core_of(with_section("BOUNDS\n UP BND x 8"))
    assert fixed.columns == ("X ONE", "S")
    assert fixed.rows == ("THE STOR", "DEMAND")
    for name in ("cost", "right", "below", "above", "lower", "upper", "kind"):
        assert getattr(fixed, name).tolist() == getattr(free, name).tolist(), name
    assert (fixed.matrix != free.matrix).nnz == 0


def test_old_files_in_latin_1_are_read(tmp_path: Path) -> None:
    from diversify.smps.cards import lines_of

    path = tmp_path / "p.cor"
    path.write_bytes("* Québec\r\nNAME x\r\n".encode("latin-1"))
    assert lines_of(path)[:2] == ["* Québec", "NAME x"]


def random_core(rng: np.random.Generator) -> str:
    """Return a program that has a solution, with all kinds of rows and bounds."""
    rows = [f"r{i}" for i in range(5)]
    kinds = rng.choice(["L", "G", "E"], 5, p=[0.4, 0.4, 0.2])
    point = rng.integers(0, 4, 6)
    matrix = rng.integers(-3, 4, (5, 6))
    lines = ["NAME r", "ROWS", " N obj", *(f" {k} {r}" for k, r in zip(kinds, rows, strict=True))]
    lines.append("COLUMNS")
    for j in range(6):
        lines.append(f" c{j} obj {rng.integers(-5, 6)}")
        lines += [f" c{j} {rows[i]} {matrix[i, j]}" for i in range(5) if matrix[i, j]]
    right = matrix @ point + np.where(kinds == "L", 1, np.where(kinds == "G", -1, 0))
    lines += ["RHS", f" RHS obj {rng.integers(-5, 6)}"]
    lines += [f" RHS {row} {value}" for row, value in zip(rows, right, strict=True)]
    lines += ["RANGES"]
    lines += [f" R {rows[i]} {rng.integers(1, 4)}" for i in range(5) if kinds[i] != "E"][:2]
    lines += ["BOUNDS", *(f" UP B c{j} {point[j] + 2}" for j in range(6)), " LO B c0 -2", "ENDATA"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(12))
def test_another_reader_finds_the_same_program(seed: int, tmp_path: Path) -> None:
    # HiGHS reads the file itself; its optimum is that of our arrays.
    from scipy.optimize import linprog

    text = random_core(np.random.default_rng(seed))
    path = tmp_path / "r.mps"
    path.write_text(text, encoding="utf-8")
    solver: Any = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.run()
    expected = solver.getInfo().objective_function_value
    core, _ = core_of(text)
    matrix = core.matrix.toarray()
    high, low = core.right + core.above, core.right - core.below
    found = linprog(
        core.cost,
        A_ub=np.r_[matrix[np.isfinite(high)], -matrix[np.isfinite(low)]],
        b_ub=np.r_[high[np.isfinite(high)], -low[np.isfinite(low)]],
        bounds=np.c_[core.lower, core.upper],
    )
    assert found.status == 0
    assert found.fun - core.objective_right == pytest.approx(expected, rel=1e-9, abs=1e-9)
