"""The time and stoch files: what becomes random, and the rules that readers often miss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from smps_texts import TIME, stochastic, written

from diversify.smps import StochasticProgram, read

# A program with two right sides, one technology coefficient, and a bound to make random.
WIDE = """\
NAME wide
ROWS
 N cost
 L store
 G d1
 G d2
COLUMNS
 x cost 1 store 1
 x d1 2
 s cost 3 d1 1
 t cost 4 d2 5
RHS
 RHS store 10 d1 4
 RHS d2 6 cost -2
BOUNDS
 UP BND t 8
ENDATA
"""
WIDE_TIME = TIME.replace("demand", "d1")


def program(
    tmp_path: Path, body: str, time: str = WIDE_TIME, core: str = WIDE
) -> StochasticProgram:
    return read(written(tmp_path, core, time, stochastic(body)))


def listed(found: StochasticProgram) -> dict[tuple[float, ...], float]:
    """Return the probability of each vector of random numbers, in the order of the symbols."""
    batch = found.scenarios()
    rows = [tuple(row) for row in batch.theta.tolist()]
    assert len(set(rows)) == len(rows)
    return dict(zip(rows, batch.probability.tolist(), strict=True))


def test_independent_numbers_multiply(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
INDEP DISCRETE
 RHS d1 1 later 0.25
 RHS d1 2 later 0.75
 x d1 3 later 0.5
 x d1 4 later 0.5
""",
    )
    assert found.blocks.symbols == ("RHS, d1", "x, d1")
    assert found.support == 4
    assert listed(found) == {(1, 3): 0.125, (1, 4): 0.125, (2, 3): 0.375, (2, 4): 0.375}


@pytest.mark.parametrize(
    "line",
    [
        " RHS d1 {} later {}",
        " RHS d1 {} {}",
        " d1 {} later {}",
        " d1 {} {}",
        " rhs d1 {} later {}",
    ],
)
def test_period_and_name_of_the_right_side_may_be_left_out(tmp_path: Path, line: str) -> None:
    body = f"INDEP DISCRETE\n{line.format(1, 0.5)}\n{line.format(2, 0.5)}"
    assert listed(program(tmp_path, body)) == {(1,): 0.5, (2,): 0.5}


def test_a_bound_may_be_random(tmp_path: Path) -> None:
    for line in (
        " UP BND t {} later 0.5",
        " UP t {} later 0.5",
        " UP BND t {} 0.5",
        " UP t {} 0.5",
    ):
        found = program(tmp_path, f"INDEP DISCRETE\n{line.format(1)}\n{line.format(2)}")
        assert found.blocks.symbols == ("upper bound, t",)
        assert listed(found) == {(1,): 0.5, (2,): 0.5}


@pytest.mark.parametrize(
    ("mode", "expected"),
    # The core has 4 in the right side and 2 in the matrix.
    [("", (3, 5)), ("REPLACE", (3, 5)), ("ADD", (7, 7)), ("MULTIPLY", (12, 10))],
)
@pytest.mark.parametrize("section", ["BLOCKS", "INDEP", "SCENARIOS"])
def test_modes_act_on_the_values_of_the_core(
    tmp_path: Path, section: str, mode: str, expected: tuple[float, float]
) -> None:
    body = {
        "BLOCKS": " BL b later 1\n RHS d1 3\n x d1 5",
        "INDEP": " RHS d1 3 later 1\n x d1 5 later 1",
        "SCENARIOS": " SC s ROOT 1 later\n RHS d1 3\n x d1 5",
    }[section]
    assert listed(program(tmp_path, f"{section} DISCRETE {mode}\n{body}")) == {expected: 1.0}


def test_what_a_later_outcome_of_a_block_leaves_out_is_as_in_the_first(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
BLOCKS DISCRETE
 BL b later 0.5
 RHS d1 10 d2 20
 BL other later 1
 x d1 9
 BL b later 0.25
 RHS d2 30
 BL b later 0.25
 RHS d1 11
""",
    )
    # Not the core's 4 and 6, and not those of the outcome before.
    assert found.blocks.symbols == ("RHS, d1", "RHS, d2", "x, d1")
    assert listed(found) == {(10, 20, 9): 0.5, (10, 30, 9): 0.25, (11, 20, 9): 0.25}


def test_a_place_that_only_a_later_outcome_has_is_the_cores_in_the_first(tmp_path: Path) -> None:
    found = program(tmp_path, "BLOCKS\n BL b later 0.5\n RHS d1 1\n BL b later 0.5\n RHS d2 2")
    assert listed(found) == {(1, 6): 0.5, (1, 2): 0.5}


def test_scenarios_inherit_from_their_parent(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
SCENARIOS DISCRETE
 SC a 'ROOT' 0.25 now
 RHS d1 10
 SC b a 0.25 later
 RHS d2 20
 SC c b 0.25 later
 RHS d1 12
 SC e ROOT 0.25 later
 x d1 7
""",
    )
    assert found.blocks.symbols == ("RHS, d1", "RHS, d2", "x, d1")
    # The core has 4, 6 and 2.
    assert listed(found) == {
        (10, 6, 2): 0.25,
        (10, 20, 2): 0.25,
        (12, 20, 2): 0.25,
        (4, 6, 7): 0.25,
    }


def test_equal_scenarios_are_one_and_impossible_ones_none(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
SCENARIOS
 SC a ROOT 0.25 later
 RHS d1 10
 SC b ROOT 0.5 later
 RHS d1 4
 SC c ROOT 0.25 later
 SC d ROOT 0 later
 RHS d1 99
""",
    )
    assert listed(found) == {(10,): 0.25, (4,): 0.75}


def test_rounded_probabilities_are_divided_by_their_sum_with_a_warning(tmp_path: Path) -> None:
    lines = "\n".join(f" RHS d1 {v} later 0.3333" for v in (1, 2, 3))
    found = program(tmp_path, f"INDEP DISCRETE\n{lines}")
    assert list(listed(found).values()) == pytest.approx([1 / 3] * 3, rel=1e-15)
    assert "'RHS, d1' is off by 1.0e-04" in str(found.warnings[0])
    exact = program(tmp_path, "INDEP\n" + "\n".join(f" RHS d1 {v} later 0.1" for v in range(10)))
    assert exact.warnings == ()


def test_the_constant_and_a_second_stage_cost_may_be_random(tmp_path: Path) -> None:
    found = program(tmp_path, "INDEP\n RHS cost -5 later 1\n s cost 6 later 1")
    assert listed(found) == {(-5, 6): 1.0}
    blocks = found.blocks
    cost = dict(zip(blocks.columns, blocks.cost.at(np.array([-5.0, 6.0])), strict=True))
    assert (cost["s"], cost["t"], blocks.offset) == (6, 4, 0)
    assert cost["random constant of the objective"] == 5


def test_a_place_that_is_empty_in_the_core_may_be_replaced(tmp_path: Path) -> None:
    found = program(tmp_path, "INDEP\n x d2 5 later 0.5\n x d2 0 later 0.5")
    assert found.blocks.symbols == ("x, d2",)
    assert found.recourse == "fixed"
    assert program(tmp_path, "INDEP\n s d2 5 later 1").recourse == "random"


EXPLICIT = """\
TIME wide
PERIODS EXPLICIT
 now
 later
ROWS
 d2 later
 d1 later
 store now
COLUMNS
 t later
 x now
 s later
ENDATA
"""


def test_the_explicit_time_file_says_the_same(tmp_path: Path) -> None:
    body = "INDEP\n RHS d1 1 later 1"
    one, two = program(tmp_path, body), program(tmp_path, body, EXPLICIT)
    assert one.blocks.columns == two.blocks.columns == ("x", "s", "t")
    assert one.blocks.stage.tolist() == two.blocks.stage.tolist()


def test_columns_of_the_first_stage_come_first_whatever_their_order(tmp_path: Path) -> None:
    core = """\
NAME p
ROWS
 N cost
 G d1
 L store
COLUMNS
 s cost 3 d1 1
 x cost 1 store 1
 x d1 2
RHS
 RHS store 10 d1 4
ENDATA
"""
    time = EXPLICIT.replace(" d2 later\n", "").replace(" t later\n", "")
    found = program(tmp_path, "INDEP\n x d1 7 later 1", time, core)
    blocks = found.blocks
    assert (blocks.columns, blocks.first, blocks.rows) == (("x", "s"), 1, ("d1", "store"))
    values = blocks.entries.at(np.array([7.0]))
    dense = np.zeros(blocks.matrix.shape)
    for i, j, at in zip(*blocks.matrix.tocoo().coords, blocks.matrix.tocoo().data, strict=True):
        dense[i, j] = values[at]
    assert dense.tolist() == [[7, 1], [1, 0]]
    assert blocks.stage.tolist() == [1, 0]


@pytest.mark.parametrize("first", ["cost", "store"])
def test_the_first_period_may_begin_at_the_objective(tmp_path: Path, first: str) -> None:
    found = program(tmp_path, "INDEP\n RHS d1 1 1", WIDE_TIME.replace("x store", f"x {first}"))
    assert found.first_stage == ("x",)


THREE = WIDE_TIME.replace("ENDATA", " t d2 last\nENDATA")


def test_periods_after_the_second_merge_where_all_is_known_then(tmp_path: Path) -> None:
    found = program(
        tmp_path, "BLOCKS\n BL b later 0.5\n RHS d1 1 d2 2\n BL b later 0.5\n RHS d2 3", THREE
    )
    assert found.first_stage == ("x",)
    assert "everything is known in period 'later'" in str(found.warnings[-1])


def test_fixed_format_of_the_stoch_file(tmp_path: Path) -> None:
    core = """\
NAME          TINY
ROWS
 N  COST
 L  STORE
 G  DEM A
COLUMNS
    X         COST               1.0   STORE            1.0
    X         DEM A              1.0
    S         COST               3.0   DEM A            1.0
RHS
    RHS       STORE             10.0   DEM A            4.0
ENDATA
"""
    time = """\
TIME          TINY
PERIODS
    X         STORE                    NOW
    S         DEM A                    LATER ON
ENDATA
"""
    stoch = """\
STOCH         TINY
INDEP         DISCRETE
    RHS       DEM A              2.0   LATER ON         0.5
    RHS       DEM A              6.0   LATER ON         0.5
BLOCKS        DISCRETE
 BL A BLOCK   LATER ON           1.0
    S         COST               2.0
 UP BND       S                  9.0
ENDATA
"""
    found = read(written(tmp_path, core, time, stoch))
    assert found.blocks.symbols == ("RHS, DEM A", "S, COST", "upper bound, S")
    assert listed(found) == {(2, 2, 9): 0.5, (6, 2, 9): 0.5}
