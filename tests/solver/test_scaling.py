"""Powers of two: nothing is lost on the way there and back, and what they are good for."""

from __future__ import annotations

import math
from typing import Any
from unittest import mock

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from joint import joint_case
from numpy.typing import NDArray
from parts import parts

from diversify.errors import SolverError
from diversify.solver import highs
from diversify.solver.answer import Answer
from diversify.solver.certificate import certify
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.solver.scaling import GAIN, WIDE, Scaling, exponents, worthwhile

Vector = NDArray[np.float64]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Problem, Scaling]:
    """Any numbers a problem may hold, and any powers of two within bounds that keep them so."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    matrix = np.where(
        rng.random((rows, columns)) < 0.6, rng.normal(size=(rows, columns)) * 100, 0.0
    )
    matrix[np.abs(matrix) < 1e-3] = 0.0
    integer = rng.random(columns) < 0.3

    def numbers(count: int) -> Vector:
        return rng.normal(size=count) * 10.0 ** rng.integers(-30, 30, count)

    sides = [np.sort(numbers(2 * n).reshape(2, n), axis=0) for n in (columns, rows)]
    for low, high in sides:
        low[rng.random(len(low)) < 0.2] = -math.inf
        high[rng.random(len(high)) < 0.2] = math.inf
    found = Problem(
        sp.csr_array(matrix), numbers(columns), *sides[0], *sides[1], integer, float(rng.normal())
    )
    powers = Scaling(rng.integers(-8, 9, rows), np.where(integer, 0, rng.integers(-8, 9, columns)))
    return found, powers


@given(problems())
def test_the_way_back_is_exact_to_the_last_bit(pair: tuple[Problem, Scaling]) -> None:
    found, powers = pair
    again = powers.back().problem(powers.problem(found))
    for name in ("cost", "lower", "upper", "low", "high", "integer"):
        assert getattr(again, name).tobytes() == getattr(found, name).tobytes(), name
    assert again.matrix.data.tobytes() == found.matrix.data.tobytes()
    assert again.offset == found.offset
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=found.shape[1]), rng.normal(size=found.shape[0])
    assert powers.point(powers.back().point(x)).tobytes() == x.tobytes()
    assert powers.multipliers(powers.back().multipliers(y)).tobytes() == y.tobytes()


@given(problems())
def test_what_is_claimed_of_a_scaled_point_holds_for_the_point(
    pair: tuple[Problem, Scaling],
) -> None:
    # Cost, activity of the rows and reduced costs, each times its power of two: equal bits, since
    # every product and every partial sum is the same number with another exponent.
    found, powers = pair
    scaled = powers.problem(found)
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=found.shape[1]), rng.normal(size=found.shape[0])
    there, dual = powers.point(x), powers.multipliers(y)
    assert (found.cost * there).tobytes() == (scaled.cost * x).tobytes()
    rows = np.ldexp(found.matrix @ there, powers.rows)
    assert rows.tobytes() == (scaled.matrix @ x).tobytes()
    columns = np.ldexp(found.matrix.T @ dual, powers.columns)
    assert columns.tobytes() == (scaled.matrix.T @ y).tobytes()


@given(st.integers(0, 10**6))
def test_scaling_undoes_units(seed: int) -> None:
    # A matrix of ones in other units is a matrix of ones again; integer columns keep theirs.
    rng = np.random.default_rng(seed)
    rows, columns = 5, 7
    units = rng.integers(-10, 11, rows), rng.integers(-10, 11, columns)
    log = (units[0][:, None] + units[1]).ravel().astype(float)
    at = np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows)
    found = exponents(*at, log, log, (rows, columns), np.ones(columns, dtype=bool))
    assert np.ptp(log + found.rows[at[0]] + found.columns[at[1]]) == 0.0
    kept = exponents(*at, log, log, (rows, columns), np.arange(columns) != 3)
    assert kept.columns[3] == 0


def spread(found: Problem) -> float:
    size = np.abs(found.matrix.data[found.matrix.data != 0])
    return float(size.max() / size.min())


def in_other_units(found: Problem, seed: int, most: int = 12) -> Problem | None:
    """The problem with every row and column in another unit, unless a number becomes too small."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(-most, most + 1, found.shape[0])
    columns = np.where(found.integer, 0, rng.integers(-most, most + 1, found.shape[1]))
    try:
        return Scaling(rows, columns).problem(found)
    except SolverError:
        return None


def truth(found: Problem) -> float:
    """The optimal cost of a problem in its own units."""
    with mock.patch.object(highs, "worthwhile", return_value=None):
        answer = run(found, mip_gap=1e-9)
    assert answer.point is not None
    return float(found.cost @ answer.point)


def test_only_what_gains_is_scaled() -> None:
    found = parts(joint_case()).stacked().problem
    assert spread(found) < WIDE
    assert worthwhile(found) is None
    wide = in_other_units(found, 3)
    assert wide is not None
    scaling = worthwhile(wide)
    assert scaling is not None
    assert spread(scaling.problem(wide)) * GAIN <= spread(wide)
    # A row whose coefficients are far apart, of integer columns that keep their unit.
    stuck = Problem(
        sp.csr_array(np.array([[1.0, 1e9], [1.0, 1.0]])),
        *(np.zeros(2), np.zeros(2), np.ones(2), np.zeros(2), np.ones(2)),
        np.ones(2, dtype=bool),
    )
    assert worthwhile(stuck) is None


def test_a_linear_problem_in_other_units_has_the_same_optimum_and_a_certificate() -> None:
    # The oracle is the problem in its own units.
    found = parts(joint_case()).stacked().problem
    for seed in range(6):
        wide = in_other_units(found, seed, 10)
        assert wide is not None
        answer = run(wide)
        assert answer.point is not None
        assert answer.multipliers is not None
        assert wide.cost @ answer.point == pytest.approx(truth(found), rel=1e-9)
        assert certify(wide, answer.point, answer.multipliers)[0].ok


def test_yes_no_decisions_in_other_units_have_the_same_optimum() -> None:
    # Without scaling HiGHS 1.15.1 calls wrong points of some of these optimal; the oracle is the
    # problem in its own units.
    found = parts(joint_case(5.0, 30.0)).stacked().problem
    tried = 0
    for seed in range(40):
        wide = in_other_units(found, seed)
        if wide is None:
            continue
        tried += 1
        answer = run(wide, mip_gap=1e-9)
        assert answer.point is not None
        assert wide.cost @ answer.point == pytest.approx(truth(found), rel=1e-6)
    assert tried > 20


@pytest.mark.parametrize("wrong", ["point", "error"])
def test_an_answer_that_does_not_hold_in_the_units_of_the_problem_is_not_taken(wrong: str) -> None:
    found = parts(joint_case()).stacked().problem
    wide = in_other_units(found, 0, 10)
    assert wide is not None
    rubbish = Answer("optimal", np.zeros(found.shape[1]), np.zeros(found.shape[0]), -np.inf)
    failure: dict[str, Any] = {"return_value": rubbish}
    if wrong == "error":
        failure = {"side_effect": SolverError("HiGHS ended with Unknown")}
    with mock.patch.object(Scaling, "answer", **failure) as asked:
        answer = run(wide)
    assert asked.call_count == 1
    assert answer.point is not None
    assert wide.cost @ answer.point == pytest.approx(truth(found), rel=1e-6)


@pytest.mark.parametrize("word", ["infeasible", "unbounded"])
def test_a_scaled_problem_without_an_optimum_says_so(word: str) -> None:
    # x + 2^30 y <= 1 with x >= 2, or minus x without limit.
    far = sp.csr_array(np.array([[1.0, 2.0**30], [0.0, 1.0]]))
    lower, upper = np.array([2.0, 0.0]), np.array([np.inf, 1.0])
    cost = np.array([-1.0, 0.0])
    low, high = np.array([-np.inf, 0.0]), np.array([1.0, 1.0])
    if word == "unbounded":
        high = np.array([np.inf, 1.0])
    problem = Problem(far, cost, lower, upper, low, high, np.zeros(2, dtype=bool))
    assert worthwhile(problem) is not None
    assert run(problem).status == word
