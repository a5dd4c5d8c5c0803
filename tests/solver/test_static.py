"""Problems without recourse: against the Rockafellar-Uryasev LP, enumeration and closed forms."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import diversify as dv
from diversify.errors import InfeasibleError, InputError, StoppedError, UnboundedError
from diversify.risk import cvar
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver import static
from diversify.solver.problem import Problem
from diversify.solver.static import solve_static
from diversify.solver.static_groups import group
from diversify.solver.static_losses import StaticProblem, Tail, evaluate, tail_weights

INF = np.inf
CLOSE = 1e-8


def lp(problem: StaticProblem) -> Any:
    """The Rockafellar-Uryasev LP, one variable and row a scenario, solved by scipy."""
    first, mass = problem.first, problem.probability
    count, n, columns = problem.count, problem.width, first.shape[1]
    lots = len(problem.tails)
    total = columns + lots * (1 + count)
    cost = np.r_[first.cost, np.zeros(total - columns)]
    upper, right = [], []
    for k, tail in enumerate(problem.tails):
        at = columns + k * (1 + count)
        rows = np.zeros((count, total))
        rows[:, :n] = tail.direct - problem.matrix * tail.weight
        rows[:, at] = -1.0
        rows[:, at + 1 : at + 1 + count] = -np.eye(count)
        shift = 0.0 if tail.shift is None else tail.shift
        upper.append(rows)
        right.append(np.full(count, -tail.constant) - shift)
        row = np.zeros(total)
        row[at] = 1.0
        row[at + 1 : at + 1 + count] = mass / (1.0 - tail.level)
        if tail.limit is None:
            cost += tail.price * row
        else:
            upper.append(row[None])
            right.append(np.array([tail.limit]))
    dense = np.hstack([first.matrix.toarray(), np.zeros((first.shape[0], total - columns))])
    for side, sign in ((first.high, 1.0), (first.low, -1.0)):
        kept = np.isfinite(side)
        upper.append(sign * dense[kept])
        right.append(sign * side[kept])
    bounds = [*zip(first.lower, first.upper, strict=True)]
    bounds += ([(None, None)] + [(0, None)] * count) * lots
    return linprog(cost, np.vstack(upper), np.concatenate(right), bounds=bounds, method="highs")


def drawn(seed: int) -> StaticProblem:
    """Suppliers with caps and one more row; limits, weights, ties and zero probabilities."""
    rng = np.random.default_rng(seed)
    n, count = int(rng.integers(2, 7)), int(rng.integers(2, 41))
    matrix = rng.beta(4, 1, (count, n)) * (rng.random((count, n)) > 0.2)
    if seed % 3 == 0:
        matrix = np.round(matrix)
    mass = rng.random(count) * (rng.random(count) > 0.1) + 1e-3 * (np.arange(count) == 0)
    mass /= mass.sum()
    if seed % 4 == 0:
        mass = np.full(count, 1 / count)
    first = Problem(
        sp.csr_array(np.vstack([np.ones(n), rng.random(n)])),
        rng.uniform(1, 5, n),
        np.zeros(n),
        np.full(n, 0.8),
        np.array([1.0, -INF]),
        np.array([1.0, 0.7]),
        np.zeros(n, dtype=bool),
        float(rng.normal()),
    )
    none, one = np.zeros(n), np.ones(n)
    shift = rng.normal(0, 0.1, count) if seed % 5 == 0 else None
    levels = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99]
    tails = []
    for _ in range(int(rng.integers(1, 4))):
        level = float(rng.choice(levels))
        if rng.random() < 0.6:
            limit = float(rng.uniform(0.1, 0.9))
            tails.append(Tail(level, one, none, 1.0, limit=limit, shift=shift))
        else:
            price = float(rng.uniform(0, 4))
            tails.append(Tail(level, rng.uniform(0, 2, n), rng.random(n), 0.3, price=price))
    return StaticProblem(first, matrix, mass, tuple(tails))


@pytest.mark.parametrize("start", range(0, 160, 20))
def test_random_problems_against_the_linear_problem_with_every_scenario(start: int) -> None:
    solved = 0
    for seed in range(start, start + 20):
        problem = drawn(seed)
        wanted = lp(problem)
        assert wanted.status in (0, 2), wanted.message
        if wanted.status == 2:
            with pytest.raises(InfeasibleError):
                solve_static(problem)
            continue
        solved += 1
        found = solve_static(problem)
        optimum = wanted.fun + problem.first.offset
        assert abs(found.objective - optimum) <= CLOSE * (1 + abs(optimum)), seed
        assert found.bound <= found.objective + CLOSE
        assert found.certificate.gap <= CLOSE
        for k, tail in enumerate(problem.tails):
            loss = tail.constant + tail.direct @ found.x - problem.matrix @ (tail.weight * found.x)
            loss = loss + (0.0 if tail.shift is None else tail.shift)
            assert found.cvar[k] == pytest.approx(
                cvar.value(loss, problem.probability, tail.level), abs=1e-12
            )
            if tail.limit is not None:
                assert found.cvar[k] <= tail.limit + 2e-9
    assert solved >= 5  # limits are drawn so that both ends happen


def large(seed: int, count: int, *, ones: bool) -> tuple[Any, Any]:
    """Twelve suppliers with common and own outages; ``ones`` makes many ties."""
    rng = np.random.default_rng(seed)
    n = 12
    fail = rng.uniform(0.01, 0.15, n)
    up = (rng.random((count, n)) > fail).astype(float)
    matrix = up if ones else up * rng.beta(5, 1, (count, n))
    return 1 / (fail + 0.05) * rng.uniform(0.8, 1.2, n), matrix


@pytest.mark.parametrize("ones", [True, False], ids=["ties", "no ties"])
@pytest.mark.parametrize("limit", [0.36, 0.42])
def test_samples_groups_and_boxes_lead_to_the_optimum_of_plain_cuts(
    monkeypatch: pytest.MonkeyPatch, limit: float, ones: bool
) -> None:
    # Small windows and samples, so that a few thousand scenarios take every turn of the method.
    monkeypatch.setattr(static, "SMALLEST", 100)
    monkeypatch.setattr(static, "WINDOW", 60)
    cost, matrix = large(3, 3_000, ones=ones)
    found = dv.allocate(cost, matrix, level=0.9, limit=limit, caps=0.3)
    assert found.cost == pytest.approx(plain_cuts(cost, matrix, 0.9, limit, 0.3), rel=CLOSE)
    assert found.cvar[0] <= limit + 1e-9
    assert found.certificate.gap <= CLOSE


def plain_cuts(cost: Any, matrix: Any, level: float, limit: float, cap: float) -> float:
    """The cheapest by the plainest cutting planes: whole sort, scipy's LP, nothing else."""
    count, n = matrix.shape
    rows: list[Any] = []
    while True:
        answer = linprog(
            cost,
            np.array(rows) if rows else None,
            np.full(len(rows), limit - 1.0) if rows else None,
            np.ones((1, n)),
            [1.0],
            bounds=[(0, cap)] * n,
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10},
        )
        losses = 1.0 - matrix @ answer.x
        order = np.argsort(-losses)
        weights = np.clip((1 - level) * count - np.arange(count), 0, 1) / ((1 - level) * count)
        if weights @ losses[order] <= limit + 1e-9:
            return float(answer.fun)
        rows.append(-(weights @ matrix[order]))


def test_atoms_of_rockafellar_and_uryasev() -> None:
    # Rockafellar & Uryasev 2002: the atom at VaR is split. Values computed by hand.
    tens, even = np.arange(1.0, 11.0), np.full(10, 0.1)
    where, weights, var = tail_weights(tens, even, 1 - 0.85)
    assert weights @ tens[where] == pytest.approx(29 / 3, rel=1e-12)
    assert var == 9.0
    steps, mass = np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05])
    for level, value in ((0.9, 75.0), (0.95, 100.0), (0.0, 11.5)):
        where, weights, _ = tail_weights(steps, mass, 1 - level)
        assert weights @ steps[where] == pytest.approx(value, rel=1e-12)
        assert (weights <= mass[where] / (1 - level) + 1e-12).all()


def test_groups_never_exceed_the_true_cvar_and_reach_it_where_they_were_made() -> None:
    # Jensen: the CVaR of group means is a lower bound, tight where no group straddles VaR.
    rng = np.random.default_rng(5)
    cost, matrix = large(5, 4_000, ones=False)
    n = len(cost)
    problem = StaticProblem(
        Problem(
            sp.csr_array(np.ones((1, n))), cost, np.zeros(n), np.ones(n),
            np.ones(1), np.ones(1), np.zeros(n, dtype=bool),
        ),
        matrix, np.full(4_000, 1 / 4_000), (Tail(0.9, np.ones(n), np.zeros(n), 1.0, limit=0.3),),
    )  # fmt: skip
    here = evaluate(problem, rng.dirichlet(np.ones(n)))
    held = group(problem, here, 0, 50)
    assert held.mass.sum() * 0.1 == pytest.approx(1.0, rel=1e-12)

    def grouped(x: Any) -> float:
        return cvar.value(1.0 - held.rows @ x, held.mass * 0.1, 0.9)

    assert grouped(here.x) == pytest.approx(float(here.cvar[0]), abs=1e-12)
    for _ in range(20):
        other = evaluate(problem, rng.dirichlet(np.ones(n)))
        assert grouped(other.x) <= other.cvar[0] + 1e-12
        assert here.cuts[0].constant + here.cuts[0].slope @ other.x <= other.cvar[0] + 1e-12


def choices(cost: Any, matrix: Any, given: dict[str, Any]) -> float:
    """The cheapest over every set of suppliers, each by the LP with every scenario."""
    count, n = matrix.shape
    best = INF
    for size in range(1, given["max_suppliers"] + 1):
        for chosen in combinations(range(n), size):
            inside = np.isin(np.arange(n), chosen)
            first = Problem(
                sp.csr_array(np.ones((1, n))),
                np.asarray(cost),
                np.where(inside, given["least"], 0.0),
                np.where(inside, given["caps"], 0.0),
                np.ones(1),
                np.ones(1),
                np.zeros(n, dtype=bool),
            )
            tail = Tail(given["level"], np.ones(n), np.zeros(n), 1.0, limit=given["limit"])
            answer = lp(StaticProblem(first, matrix, np.full(count, 1 / count), (tail,)))
            if answer.status == 0:
                best = min(best, answer.fun + given["fixed"][inside].sum())
    return best


@pytest.mark.parametrize("seed", range(12))
def test_yes_no_decisions_against_every_choice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, count = 5, 30
    matrix = rng.beta(4, 1, (count, n)) * (rng.random((count, n)) > 0.15)
    cost = rng.uniform(1, 5, n)
    given = {
        "level": 0.8,
        "limit": float(rng.uniform(0.3, 0.7)),
        "caps": 0.7,
        "fixed": rng.uniform(0, 1, n),
        "least": 0.15,
        "max_suppliers": 3,
    }
    wanted = choices(cost, matrix, given)
    if np.isinf(wanted):
        with pytest.raises(InfeasibleError):
            dv.allocate(cost, matrix, **given)
        return
    found = dv.allocate(cost, matrix, **given)
    assert found.objective == pytest.approx(wanted, rel=CLOSE)
    assert found.cost == pytest.approx(wanted, rel=CLOSE)
    assert found.used.sum() <= 3
    assert found.certificate.ok


def test_a_choice_that_takes_too_long_is_returned_with_its_gap() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.beta(4, 1, (200, 8)) * (rng.random((200, 8)) > 0.15)
    cost = rng.uniform(1, 5, 8)
    given = {"limit": 0.7, "max_suppliers": 4, "fixed": rng.uniform(0, 1, 8), "level": 0.9}
    exact = dv.allocate(cost, matrix, **given)
    rough = dv.allocate(cost, matrix, **given, mip_gap=0.2)
    assert exact.status == rough.status == "optimal"
    # A bound is a bound: the exact optimum lies between what is proven and what is found.
    assert rough.bound - 1e-9 <= exact.objective <= rough.objective + 1e-9
    assert rough.certificate.gap <= 0.2
    with pytest.raises(StoppedError):
        dv.allocate(cost, matrix, **given, time_limit=1e-9)


def test_mean_and_cvar_in_the_objective_are_those_of_the_measure() -> None:
    rng = np.random.default_rng(2)
    matrix, cost = rng.beta(3, 1, (60, 4)), rng.uniform(1, 2, 4)
    goal = MeanCvar(level=0.9, mean=0.6, cvar=0.4)
    found = dv.allocate(
        cost, matrix, demand=50.0, objective=goal, shortage_cost=9.0, delivered_cost=0.5
    )
    # The same number from the plain function of the costs of all scenarios.
    costs = cost @ found.x + 9.0 * (50.0 - matrix @ found.x) + 0.5 * (matrix @ found.x)
    assert found.objective == pytest.approx(goal.value(costs, np.full(60, 1 / 60)), rel=1e-12)
    for i in range(4):
        alone = 50.0 * np.eye(4)[i]
        costs = cost @ alone + 9.0 * (50.0 - matrix @ alone) + 0.5 * (matrix @ alone)
        assert found.objective <= goal.value(costs, np.full(60, 1 / 60)) + 1e-9


def test_two_suppliers_that_fail_independently() -> None:
    # Closed form: each fails with 0.1; both with 0.01, one alone with 0.09 each. At 0.9 the tail
    # of 0.1 holds "both" (0.01: all lost) and 0.09 of "the larger share fails" (x >= 1/2 lost):
    # CVaR = 0.1 + 0.9 max(x, 1 - x). With the limit 0.64 the cheap one gets x = 0.6.
    matrix = np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    mass = np.array([0.81, 0.09, 0.09, 0.01])
    found = dv.allocate([1.0, 2.0], matrix, level=0.9, limit=0.64, probability=mass)
    assert found.x == pytest.approx([0.6, 0.4], abs=1e-9)
    assert found.cost == pytest.approx(1.4, abs=1e-9)
    assert found.undelivered == pytest.approx(0.1, abs=1e-12)
    # One unit more of the limit moves 1 / 0.9 of demand to the cheap one.
    assert found.price[0] == pytest.approx(1 / 0.9, abs=1e-8)
    with pytest.raises(InfeasibleError, match=r"comes down to 0\.55"):
        dv.allocate([1.0, 2.0], matrix, level=0.9, limit=0.54, probability=mass)


def test_several_limits_bind_at_once() -> None:
    rng = np.random.default_rng(11)
    matrix, cost = rng.beta(4, 1, (400, 6)), rng.uniform(1, 5, 6)
    loose = dv.allocate(cost, matrix, level=[0.5, 0.95], limit=[1.0, 1.0])
    limits = [0.95 * v for v in loose.cvar]
    found = dv.allocate(cost, matrix, level=[0.5, 0.95], limit=limits)
    assert all(v <= limit + 1e-9 for v, limit in zip(found.cvar, limits, strict=True))
    assert found.cost > loose.cost
    assert loose.price == pytest.approx((0.0, 0.0), abs=1e-9)


def test_a_cost_that_falls_for_ever_is_refused_and_one_that_a_limit_stops_is_not() -> None:
    # Minimise -x - y with loss x / 2 + y xi: free without a limit that grows with both.
    first = Problem(
        sp.csr_array((0, 2)), np.array([-1.0, -1.0]), np.zeros(2), np.full(2, INF),
        np.zeros(0), np.zeros(0), np.zeros(2, dtype=bool),
    )  # fmt: skip
    matrix = np.array([[-0.5, -1.0], [-0.5, 0.0]])
    even = np.array([0.5, 0.5])
    tail = Tail(0.5, np.ones(2), np.zeros(2), 0.0, limit=3.0)
    # The worst half costs 0.5 x + y <= 3: x = 6 at -6 is the best.
    found = solve_static(StaticProblem(first, matrix, even, (tail,)))
    assert found.objective == pytest.approx(-6.0, abs=1e-8)
    safe = StaticProblem(first, np.array([[0.0, -1.0], [0.0, 0.0]]), even, (tail,))
    with pytest.raises(UnboundedError):
        solve_static(safe)
    never = replace(safe, tails=(replace(tail, constant=4.0),))
    with pytest.raises(InfeasibleError):
        solve_static(never)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.floats(0.1, 0.9))
def test_order_splitting_and_units_change_nothing(seed: int, cut: float) -> None:
    rng = np.random.default_rng(seed)
    matrix, cost = rng.beta(3, 1, (25, 4)), rng.uniform(1, 3, 4)
    mass = rng.dirichlet(np.ones(25))
    limit = float(cvar.value(1 - matrix.mean(axis=1), mass, 0.8))  # equal shares keep it
    base = dv.allocate(cost, matrix, level=0.8, limit=limit, probability=mass)
    order = rng.permutation(25)
    turned = dv.allocate(cost, matrix[order], level=0.8, limit=limit, probability=mass[order])
    halves = dv.allocate(
        cost,
        np.vstack([matrix, matrix[:1]]),
        level=0.8,
        limit=limit,
        probability=np.r_[mass[0] * cut, mass[1:], mass[0] * (1 - cut)],
    )
    scaled = dv.allocate(1e4 * cost, matrix, demand=1e5, level=0.8, limit=limit, probability=mass)
    assert turned.cost == pytest.approx(base.cost, rel=CLOSE)
    assert halves.cost == pytest.approx(base.cost, rel=CLOSE)
    assert scaled.cost == pytest.approx(1e9 * base.cost, rel=CLOSE)
    assert scaled.price[0] == pytest.approx(1e9 * base.price[0], rel=1e-6, abs=1e3)


def test_the_same_input_gives_the_same_digits_and_is_not_changed() -> None:
    cost, matrix = large(4, 3_000, ones=False)
    kept = matrix.copy()
    one = dv.allocate(cost, matrix, level=0.9, limit=0.4, caps=0.3)
    two = dv.allocate(cost, matrix, level=0.9, limit=0.4, caps=0.3)
    assert one.x.tobytes() == two.x.tobytes()
    assert matrix.tobytes() == kept.tobytes()


GOOD: dict[str, Any] = {"cost": [1.0, 2.0], "delivered": [[1.0, 0.5], [0.5, 1.0]], "limit": 0.3}


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"cost": [1.0, np.nan]}, "cost", "missing or infinite"),
        ({"cost": [1.0]}, "delivered", "differ in number"),
        ({"delivered": [[1.0, np.nan], [1, 1]]}, "delivered", "not from 0 to 1"),
        ({"delivered": [[100.0, 50.0], [1, 1]]}, "delivered", "not from 0 to 1"),
        ({"delivered": [1.0, 2.0]}, "delivered", "not a table"),
        ({"delivered": "many"}, "delivered", "not numbers"),
        ({"demand": 0.0}, "demand", "above 0"),
        ({"level": 1.0}, "level", "not in"),
        ({"level": [0.9, 0.95], "limit": [0.1, 0.2, 0.3]}, "level", "differ in number"),
        ({"limit": 3.0}, "limit", "not from 0 to 1"),
        ({"limit": np.nan}, "limit", "missing or infinite"),
        ({"limit": None}, "limit", "neither"),
        ({"objective": "cvar"}, "objective", "not a MeanCvar"),
        ({"probability": [0.5, 0.4]}, "probability", "do not add up"),
        ({"probability": [1.5, -0.5]}, "probability", "negative"),
        ({"probability": [1.0]}, "probability", "not one for each"),
        ({"caps": 65}, "caps", "above 1"),
        ({"caps": [0.5, 0.5, 0.5]}, "caps", "not one number for each"),
        ({"fixed": -1.0}, "fixed", "below 0"),
        ({"max_suppliers": 0}, "max_suppliers", "below 1"),
        ({"max_suppliers": 1.5}, "max_suppliers", "whole number"),
        ({"rows": ([[1.0]], 0, 1)}, "rows", "do not fit"),
        ({"rows": ([[1.0, 1.0]], 2, 1)}, "rows", "above its high"),
        ({"mip_gap": 0.0}, "mip_gap", "above 0"),
        ({"time_limit": -1.0}, "time_limit", "above 0"),
        ({"shortage_cost": -1.0}, "shortage_cost", "below 0"),
    ],
)
def test_what_is_unclear_is_refused(change: dict[str, Any], column: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        dv.allocate(**{**GOOD, **change})
    assert {f.column for f in refused.value.findings} == {column}


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        dv.allocate(**{**GOOD, "level": 2.0, "caps": 65, "demand": -1.0})
    assert {f.column for f in refused.value.findings} == {"level", "caps", "demand"}


def test_rows_of_ones_own_hold_and_price_what_they_forbid() -> None:
    # At most 0.3 from the cheap one: 0.3 + 0.7 * 2.
    found = dv.allocate([1.0, 2.0], np.ones((3, 2)), limit=0.5, rows=([[1.0, 0.0]], -INF, 0.3))
    assert found.x == pytest.approx([0.3, 0.7], abs=1e-9)
    assert found.cost == pytest.approx(1.7, abs=1e-9)


@pytest.mark.slow
def test_fifty_suppliers_and_a_hundred_thousand_scenarios() -> None:
    rng = np.random.default_rng(0)
    fail = rng.uniform(0.01, 0.1, 50)
    matrix = rng.beta(5, 1, (100_000, 50)) * (rng.random((100_000, 50)) > fail)
    cost = 1 / (fail + 0.05)
    limit = cvar.value(1 - matrix.mean(axis=1), np.full(100_000, 1e-5), 0.95) * 1.1
    found = dv.allocate(cost, matrix, limit=limit, caps=0.2)
    assert found.certificate.gap <= CLOSE
    assert found.cvar[0] <= limit + 1e-9
