"""The problems of the benchmarks are those that they are said to be, and have known optima."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from benchmarks.plain_highs import solved
from benchmarks.problems import facility, farmer, lands, sourcing
from benchmarks.problems.extensive import extensive
from benchmarks.problems.instance import Instance, Sheet, Term, merged
from benchmarks.registry import Options
from diversify.compile.blocks import OPS
from diversify.solver.methods import solve_batch


def optimum(given: Instance) -> Any:
    """What the library finds in one piece."""
    keywords = {} if given.objective is None else {"objective": given.objective}
    return solve_batch(
        given.blocks,
        given.theta,
        given.probability,
        given.news,
        method="extensive",
        **keywords,
    )


def stacked(given: Instance) -> float:
    """What plain HiGHS finds for the extensive form stacked by hand."""
    found = solved(extensive(given), 60.0, 1e-9)
    assert found.optimum is not None
    return found.optimum


def test_the_farmer_has_the_optimum_of_the_book() -> None:
    given = farmer.make(3, 1)
    assert given.sizes() == {"draws": 3, "distinct": 3, "rows": 4, "columns": 9, "nonzeros": 12}
    found = optimum(given)
    # Birge & Louveaux, chapter 1: -108,390 with 170, 80 and 250 acres.
    assert found.objective == pytest.approx(-108_390.0, rel=1e-9)
    np.testing.assert_allclose(found.plan, [170.0, 80.0, 250.0], rtol=1e-7)
    assert stacked(given) == pytest.approx(-108_390.0, rel=1e-9)


def test_the_farmer_of_mpi_sppy_has_the_optimum_of_mpi_sppy() -> None:
    # mpi-sppy 0.14.0 on its example with 30 scenarios: L-shaped and extensive form.
    assert optimum(farmer.make_as_mpisppy(30, 1)).objective == pytest.approx(
        -131_722.2105896835, rel=1e-10
    )


def test_a_drawn_batch_of_the_farmer_is_stratified_by_weather() -> None:
    given = farmer.make(3_000, 7)
    extra = given.theta - farmer.YIELDS[np.arange(3_000) % 3]
    assert np.array_equal(extra[:3], np.zeros((3, 3)))
    assert extra[3:].min() >= 0.0
    assert extra.max() < 1.0
    # Uniform on [0, 1): mean 1/2, standard error 1/sqrt(12 n).
    assert abs(extra[3:].mean() - 0.5) < 5.0 / np.sqrt(12.0 * extra[3:].size)


def test_lands_has_the_published_optimum() -> None:
    found = optimum(lands.make_small())
    # Louveaux & Smeers 1988: 381.853.
    assert found.objective == pytest.approx(381.853333, rel=1e-8)
    np.testing.assert_allclose(found.plan, [8 / 3, 4.0, 10 / 3, 2.0], rtol=1e-7)


def test_lands_on_a_grid_is_the_same_as_written_by_loops() -> None:
    grid = [0.0, 4 / 3, 8 / 3]
    demands = [(a, b, c) for a in grid for b in grid for c in grid]
    operate = np.ravel(lands.OPERATE)
    cost = np.concatenate([lands.INVEST, np.tile(operate / len(demands), len(demands))])
    rows, right = [np.zeros(len(cost)), np.zeros(len(cost))], [-lands.LEAST, lands.BUDGET]
    rows[0][:4], rows[1][:4] = -1.0, lands.INVEST
    for s, demand in enumerate(demands):
        at = 4 + 12 * s
        for i in range(4):
            row = np.zeros(len(cost))
            row[at + 3 * i : at + 3 * i + 3], row[i] = 1.0, -1.0
            rows.append(row)
            right.append(0.0)
        for j in range(3):
            row = np.zeros(len(cost))
            row[at + j : at + 12 : 3] = -1.0
            rows.append(row)
            right.append(-demand[j])
    known = linprog(cost, A_ub=np.array(rows), b_ub=right).fun
    assert optimum(lands.make(27, 1)).objective == pytest.approx(known, rel=1e-9)


def test_lands_has_a_million_combinations_of_the_published_levels() -> None:
    given = lands.make(1_000_000, 1)
    assert len(given.theta) == 1_000_000
    # Linderoth, Shapiro & Wright 2006: 0, 0.04, ..., 3.96, each with probability 0.01.
    np.testing.assert_allclose(np.unique(given.theta[:, 1]), 0.04 * np.arange(100), atol=1e-12)
    assert given.theta.max() * 3 < lands.LEAST  # so that every scenario has a recourse
    with pytest.raises(ValueError, match="not a cube"):
        lands.make(1_001, 1)


def test_the_sourcing_problem_has_the_shape_that_it_is_said_to_have() -> None:
    given = sourcing.make(100_000, 1)
    blocks = given.blocks
    assert blocks.first == sourcing.SUPPLIERS + 1
    assert blocks.second == 276
    own = np.diff(blocks.matrix[:, blocks.first :].indptr)
    assert int(((blocks.stage == OPS) & (own > 1)).sum()) == 12
    assert 30_000 < len(given.theta) < 40_000
    assert given.probability.sum() == pytest.approx(1.0, abs=1e-12)
    # No outage begins: 0.99 to the power of 10 countries times 12 periods; 5 standard errors.
    calm = float(given.probability[(given.theta == 1.0).all(axis=1)].sum())
    assert abs(calm - 0.99**120) < 5.0 * np.sqrt(0.3 * 0.7 / 100_000)


def test_equal_draws_are_merged_and_different_ones_are_not() -> None:
    codes = sourcing.draw(3_000, 5)
    known, size = np.unique(codes.reshape(3_000, -1), axis=0, return_counts=True)
    given = sourcing.make(3_000, 5)
    order = np.lexsort(given.theta.T[::-1])
    assert np.array_equal(given.theta[order], sourcing.LEFT[known])
    np.testing.assert_allclose(given.probability[order], size / 3_000, rtol=1e-12)
    first, mass = merged(np.array([[2, 1], [1, 1], [2, 1], [2, 0]], dtype=np.uint64))
    assert sorted(zip(first.tolist(), mass.tolist(), strict=True)) == [
        (0, 0.5), (1, 0.25), (3, 0.25),
    ]  # fmt: skip


def test_three_pens_write_the_same_sourcing_problem() -> None:
    from benchmarks.subjects import scale_highs, scale_linopy, scale_pyomo

    options = Options(problem="sourcing", draws=15, seed=3)
    ours = optimum(sourcing.make(15, 3)).objective
    for subject in (scale_highs, scale_linopy, scale_pyomo):
        assert subject.run(options).values["optimum"] == pytest.approx(ours, rel=1e-9)


def test_the_loop_of_warm_solves_costs_what_the_scenarios_cost_one_by_one() -> None:
    from benchmarks.subjects import scale_warm_loop

    given, plan = sourcing.make(40, 2), sourcing.plan()
    total = 0.0
    for theta, mass in zip(given.theta, given.probability, strict=True):
        one = Instance(given.blocks, theta[None], np.ones(1), 1)
        problem = extensive(one)
        problem.lower[: len(plan)] = problem.upper[: len(plan)] = plan
        found = solved(problem, 60.0, 1e-9).optimum
        assert found is not None
        total += mass * (found - float(problem.cost[: len(plan)] @ plan))
    known = scale_warm_loop.run(Options(problem="sourcing", draws=40, seed=2)).values["optimum"]
    assert known == pytest.approx(total, rel=1e-9)


def test_our_evaluation_of_a_plan_is_that_of_the_loop() -> None:
    from benchmarks.subjects import scale_evaluate, scale_warm_loop

    options = Options(problem="sourcing", draws=200, seed=2)
    known = scale_warm_loop.run(options).values["optimum"]
    assert scale_evaluate.run(options).values["optimum"] == pytest.approx(known, rel=1e-8)


def test_facility_location_is_the_same_as_written_by_loops() -> None:
    given = facility.make(6, 3, sites=4, customers=5)
    data, level = given.data, facility.OBJECTIVE.level
    count, (sites, customers) = len(data.demand), data.transport.shape
    each = sites * customers + customers
    excess = sites + 1 + count * each  # columns: open, threshold, scenarios, excesses
    width = excess + count
    cost, rows, low, high = np.zeros(width), [], [], []
    weight = facility.OBJECTIVE.cvar / (1.0 - level)
    cost[:sites], cost[sites] = data.opening, facility.OBJECTIVE.cvar
    for s, demand in enumerate(data.demand):
        at = sites + 1 + s * each
        own = np.concatenate([data.transport.ravel(), np.full(customers, facility.LOST)])
        cost[at : at + each] = facility.OBJECTIVE.mean * own / count
        cost[excess + s] = weight / count
        tail = np.zeros(width)
        tail[:sites], tail[sites], tail[at : at + each] = -data.opening, 1.0, -own
        tail[excess + s] = 1.0
        rows, low, high = [*rows, tail], [*low, 0.0], [*high, np.inf]
        for i in range(sites):
            row = np.zeros(width)
            row[at + i * customers : at + (i + 1) * customers], row[i] = 1.0, -data.capacity[i]
            rows, low, high = [*rows, row], [*low, -np.inf], [*high, 0.0]
        for j in range(customers):
            row = np.zeros(width)
            row[at + j : at + each : customers] = 1.0
            rows, low, high = [*rows, row], [*low, demand[j]], [*high, np.inf]
    cost[:sites] *= facility.OBJECTIVE.mean
    lower = np.zeros(width)
    lower[sites] = -np.inf
    upper, whole = np.full(width, np.inf), np.zeros(width)
    upper[:sites], whole[:sites] = 1.0, 1.0
    # The linking rows only strengthen: without them the optimum is the same.
    known = milp(
        cost,
        integrality=whole,
        bounds=Bounds(lower, upper),
        constraints=LinearConstraint(np.array(rows), np.array(low), np.array(high)),
        options={"mip_rel_gap": 1e-9},
    )
    assert known.status == 0
    assert stacked(given) == pytest.approx(known.fun, rel=1e-8)
    assert optimum(given).objective == pytest.approx(known.fun, rel=1e-6)


def test_facility_location_has_the_size_that_it_is_said_to_have() -> None:
    given = facility.make(20, 1)
    assert int(given.blocks.integer.sum()) == 16
    assert given.sizes()["rows"] == 16 + 16 * 50 + 50
    assert given.data.demand.max() <= given.data.capacity.min()
    assert given.data.demand.min() > 0.0


def test_a_sheet_refuses_what_it_would_write_wrongly() -> None:
    sheet = Sheet(["a"])
    x = sheet.plan("x", 1.0)
    sheet.ops("y", 1.0)
    with pytest.raises(ValueError, match="come first"):
        sheet.plan("z", 1.0)
    sheet.row("twice", [Term(x, 1.0), Term(x, 1.0)], 1, 0.0)
    with pytest.raises(ValueError, match="twice"):
        sheet.blocks()
