"""What HiGHS says becomes a status and a point, never one for the other (R4)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from diversify.errors import SolverError
from diversify.solver import highs
from diversify.solver.highs import infeasible_subset, run
from diversify.solver.problem import Problem
from diversify.solver.warm_lp import WarmLp

INF = np.inf


def problem(
    matrix: list[list[float]],
    cost: list[float],
    low: list[float],
    high: list[float] | None = None,
    upper: list[float] | None = None,
    integer: bool = False,
) -> Problem:
    width = len(cost)
    return Problem(
        sp.csr_array(np.array(matrix, dtype=float).reshape(len(low), width)),
        np.array(cost, dtype=float),
        np.zeros(width),
        np.full(width, INF) if upper is None else np.array(upper, dtype=float),
        np.array(low, dtype=float),
        np.full(len(low), INF) if high is None else np.array(high, dtype=float),
        np.full(width, integer),
    )


def test_an_optimal_problem_has_point_multipliers_and_status() -> None:
    answer = run(problem([[1, 1]], [1, 2], [4], upper=[3, INF]))
    assert answer.status == "optimal"
    assert answer.point == pytest.approx([3, 1])
    assert answer.multipliers == pytest.approx([2])


@pytest.mark.parametrize("integer", [False, True])
def test_an_infeasible_problem_has_neither_point_nor_multipliers(integer: bool) -> None:
    answer = run(problem([[1, 1], [1, 1]], [1, 2], [4, -INF], [INF, 3], integer=integer))
    assert (answer.status, answer.point, answer.multipliers) == ("infeasible", None, None)


@pytest.mark.parametrize("integer", [False, True])
def test_an_unbounded_problem_is_unbounded(integer: bool) -> None:
    answer = run(problem([[1, -1]], [-1, 0], [-INF], [1], integer=integer))
    assert (answer.status, answer.point) == ("unbounded", None)


def test_a_row_that_only_the_tolerance_lets_be_does_not_end_the_process() -> None:
    """HiGHS 1.15.1 crashed; the sixth column alone costs nothing and keeps all within 1e-7."""
    rows = [
        [-0.65, -0.28, -0.57, -0.57, -0.58, -0.52, -0.46],
        [0.0, 2.12, 1.19, 1.19, -0.38, -0.17, 0.27],
        [0.0, 12.93, 9.01, 9.01, 0.0, 0.0, 0.0],
        [1.0] * 7,
    ]
    cost = [0.1, 1.0, 0.03, 0.03, 0.05, 0.0, 0.07]
    answer = run(problem(rows, cost, [-INF, -INF, -INF, 1], [-1e-7, -1e-7, -1e-7, 1], [1.0] * 7))
    assert answer.point == pytest.approx([0, 0, 0, 0, 0, 1, 0], abs=1e-6)


def test_yes_or_no_that_cannot_be_is_infeasible() -> None:
    answer = run(problem([[2, 2]], [1, 1], [3], [3], upper=[1, 1], integer=True))
    assert answer.status == "infeasible"


def test_a_problem_without_columns_is_its_offset() -> None:
    empty = Problem(
        sp.csr_array((0, 0)), *(np.zeros(0) for _ in range(5)), np.zeros(0, dtype=bool), 3.0
    )
    answer = run(empty)
    assert (answer.status, answer.bound) == ("optimal", 3.0)


@pytest.mark.parametrize(("low", "status"), [(-1.0, "optimal"), (1.0, "infeasible")])
def test_rows_without_columns_are_looked_at(low: float, status: str) -> None:
    # 0 has to lie between the sides of the row; the solver itself calls both optimal.
    given = Problem(
        sp.csr_array((1, 0)),
        *(np.zeros(0) for _ in range(3)),
        np.array([low]),
        np.array([2.0]),
        np.zeros(0, dtype=bool),
    )
    answer = run(given)
    assert answer.status == status
    if status == "optimal":
        assert answer.multipliers is not None
        assert answer.multipliers.shape == (1,)
    assert WarmLp(given).solve(given.lower, given.upper, given.low, given.high)[0] == status


def hard() -> Problem:
    """A problem of the market-split kind: feasible at once, proven only after very long."""
    rng = np.random.default_rng(0)
    weights = rng.integers(1, 100, (6, 50)).astype(float)
    slack = np.hstack([weights, np.eye(6), -np.eye(6)])
    cost = np.r_[np.zeros(50), np.ones(12)]
    right = np.floor(weights.sum(axis=1) / 2)
    return Problem(
        sp.csr_array(slack),
        cost,
        np.zeros(62),
        np.r_[np.ones(50), np.full(12, INF)],
        right,
        right,
        np.r_[np.ones(50, dtype=bool), np.zeros(12, dtype=bool)],
    )


def test_a_time_limit_is_stopped_and_never_optimal() -> None:
    answer = run(hard(), time_limit=0.5)
    assert answer.status == "stopped"
    assert answer.point is not None
    cost = float(hard().cost @ answer.point)
    assert answer.bound < cost - 0.5


def test_the_same_problem_gives_the_same_point_to_the_last_digit() -> None:
    given = hard().relaxed()
    one, other = run(given), run(given)
    assert one.point is not None
    assert other.point is not None
    assert np.array_equal(one.point, other.point)


@pytest.mark.parametrize(
    ("name", "value"), [("iis_stratgy", 2), ("threads", "two"), ("solver", "simplx")]
)
def test_an_option_that_the_solver_does_not_know_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SolverError, match=name):
        highs.set_option(highs.prepared(hard(), None, 1e-6, "choose", 1, 0), name, value)


def test_the_infeasible_subset_names_rows_and_upper_bounds_that_clash() -> None:
    # Rows 0 and 2 and the upper bound of the first column: x >= 5 - y, y <= 1, x <= 3.
    rows = [[1, 1], [1, 0], [0, 1]]
    given = problem(rows, [0, 0], [5, -INF, -INF], [INF, 100, 1], upper=[3, INF])
    found, columns = infeasible_subset(given)
    assert sorted(found.tolist()) == [0, 2]
    assert columns.tolist() == [0]


def test_an_infeasible_subset_that_takes_too_long_is_not_found() -> None:
    # Each of 40 sums is at most 1, and all together are at least 1,000.
    weights = np.random.default_rng(0).uniform(0.1, 1.0, (40, 30))
    rows = [*weights.tolist(), weights.sum(axis=0).tolist()]
    low, high = [*[-INF] * 40, 1e3], [*[1.0] * 40, INF]
    given = problem(rows, [0] * 30, low, high, upper=[INF] * 30)
    assert len(infeasible_subset(given)[0])
    with pytest.raises(SolverError, match="in time"):
        infeasible_subset(given, time_limit=0.0)


def test_a_warm_problem_has_the_answers_of_a_cold_one() -> None:
    rng = np.random.default_rng(2)
    matrix = rng.uniform(0.1, 1, (4, 6))
    base = problem(matrix.tolist(), rng.uniform(1, 2, 6).tolist(), [1] * 4, upper=[3] * 6)
    warm = WarmLp(base)
    for _ in range(10):
        low = rng.uniform(0.5, 3, 4)
        upper = rng.uniform(0.5, 4, 6)
        status, point, _ = warm.solve(base.lower, upper, low, base.high)
        cold = run(Problem(base.matrix, base.cost, base.lower, upper, low, base.high, base.integer))
        assert status == cold.status
        if cold.point is not None:
            assert base.cost @ point == pytest.approx(base.cost @ cold.point, rel=1e-9)
