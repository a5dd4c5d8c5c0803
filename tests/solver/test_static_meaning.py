"""Problems without recourse: closed forms, the two faces of CVaR, and inputs that are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from static_plain import INF, large

import diversify as dv
from diversify.errors import InfeasibleError, InputError, UnboundedError
from diversify.risk import cvar
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.problem import Problem
from diversify.solver.static import solve_static
from diversify.solver.static_groups import group
from diversify.solver.static_losses import StaticProblem, Tail, evaluate, tail_weights


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


def test_rows_of_ones_own_hold_and_price_what_they_forbid() -> None:
    # At most 0.3 from the cheap one: 0.3 + 0.7 * 2.
    found = dv.allocate([1.0, 2.0], np.ones((3, 2)), limit=0.5, rows=([[1.0, 0.0]], -INF, 0.3))
    assert found.x == pytest.approx([0.3, 0.7], abs=1e-9)
    assert found.cost == pytest.approx(1.7, abs=1e-9)


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
