"""Budgets on a chance: exact where scenarios are few, by CVaR beyond, against enumerations."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from supplying import suppliers

import diversify as dv
from diversify.policies.budgets import EXACT, kept_safely
from diversify.risk.chance import exceeded
from diversify.testing import small_case

State = tuple[float, ...]


def market(
    costs: list[float], listed: dict[State, float], capacity: float = 1.0, short: float = 0.0
) -> dv.Case:
    """Suppliers, and the probability of each list of the parts that they deliver."""
    up, mass = np.array(list(listed)), np.array(list(listed.values()))
    return suppliers(costs, up, mass, capacity=capacity, short=short)


PRICES, DOWN = [10.0, 10.5, 12.0, 13.5], [0.1, 0.08, 0.04, 0.02]


def four() -> dv.Case:
    """Four suppliers that fail independently, at prices per tonne booked."""
    listed = {
        state: math.prod(1 - d if up else d for up, d in zip(state, DOWN, strict=True))
        for state in product((1, 0), repeat=4)
    }
    return market([p / (1 - d) for p, d in zip(PRICES, DOWN, strict=True)], listed)


@pytest.mark.parametrize(
    ("least", "level", "booked", "cost"),
    # A hand-made oracle: brute force over all sets of scenarios in which too little comes.
    [
        (0.8, 0.9, {"S0": 0.8}, 8.0),
        (0.8, 0.95, {"S2": 0.8}, 9.6),
        (0.8, 0.99, {"S0": 0.4, "S2": 0.4, "S3": 0.4}, 14.2),
        (1.0, 0.95, {"S2": 1.0}, 12.0),
    ],
)
def test_a_chance_is_kept_exactly(
    least: float, level: float, booked: dict[str, float], cost: float
) -> None:
    budget = dv.ShortageBudget(measure="chance", level=level, limit=1 - least)
    plan = dv.solve(four(), budget)
    frame = plan.portfolio
    assert plan.objective == pytest.approx(cost, rel=1e-7)
    found = dict(zip(frame["site"], frame["tonnes"], strict=True))
    assert found == pytest.approx(booked, abs=1e-7)
    assert (plan.point, plan.record.method, plan.record.warnings) == ("certified", "extensive", ())
    row = plan.risk.iloc[0]
    assert (row["measure"], row["level"], row["limit"]) == ("chance", level, 1 - least)
    assert row["value"] <= 1 - least + 1e-7


def brute(costs: list[float], listed: dict[State, float], limit: float, level: float) -> float:
    """Return the least cost over all sets of scenarios in which the limit may be broken."""
    states, mass = np.array(list(listed)), np.array(list(listed.values()))
    price = np.array(costs) * (mass @ states)
    best = math.inf
    for size in range(len(mass)):
        for broken in combinations(range(len(mass)), size):
            kept = np.setdiff1d(np.arange(len(mass)), broken)
            if mass[list(broken)].sum() > 1 - level + 1e-9:
                continue
            need = np.full(len(kept), limit - 1.0)
            found = linprog(price, -states[kept], need, bounds=[(0, 2)] * len(costs))
            if found.status == 0:
                best = min(best, found.fun)
    return best


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=3),
    st.lists(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=3, max_size=3),
             min_size=2, max_size=5, unique_by=tuple),
    st.sampled_from([0.55, 0.7, 0.85]),
    st.sampled_from([0.0, 0.3]),
)  # fmt: skip
def test_few_scenarios_are_enumerated(
    costs: list[int], rows: list[list[float]], level: float, limit: float
) -> None:
    states = {tuple(row[: len(costs)]): 1.0 for row in rows}
    weights = np.arange(1.0, len(states) + 1)
    listed = dict(zip(states, (weights / weights.sum()).tolist(), strict=True))
    prices = [float(c) for c in costs]
    expected = brute(prices, listed, limit, level)
    budget = dv.ShortageBudget(measure="chance", level=level, limit=limit)
    case = market(prices, listed, capacity=2.0)
    if math.isinf(expected):
        with pytest.raises(dv.InfeasibleError):
            dv.solve(case, budget)
    else:
        assert dv.solve(case, budget).objective == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_demand_that_rises_needs_no_larger_number_than_it_is() -> None:
    # 1 t or, in a tenth of cases, 4 t: all of it may be missing there, and nothing elsewhere.
    case = small_case(
        sites=[{"site": "A", "cost": 1}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal", "take_or_pay": 1}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 0}],
        hazards=[{"hazard": "boom", "by": "buyer", "name": "Works", "kind": "demand"}],
        scenarios={"calm": (0.9, {}), "boom": (0.1, {"boom": [4]})},
    )
    few = dv.solve(case, dv.ShortageBudget(measure="chance", level=0.9, limit=0))
    assert few.objective == pytest.approx(1.0)
    every = dv.solve(case, dv.ShortageBudget(measure="chance", level=0.95, limit=0.5))
    assert every.objective == pytest.approx(3.5)


def many(count: int) -> dict[State, float]:
    return {(i / count, 1.0): 1 / count for i in range(1, count + 1)}


def test_beyond_two_hundred_scenarios_a_chance_is_kept_safely_and_that_is_said() -> None:
    budget = dv.ShortageBudget(measure="chance", level=0.9, limit=0.5)
    assert kept_safely([budget], EXACT) == (budget,)
    plan = dv.solve(market([1.0, 3.0], many(EXACT + 1)), budget)
    same = dv.ShortageBudget(measure="cvar", level=0.9, limit=0.5)
    assert plan.objective == pytest.approx(
        dv.solve(market([1.0, 3.0], many(EXACT + 1)), same).objective
    )
    assert any("kept by CVaR 0.9" in said for said in plan.record.warnings)
    rows = plan.risk[plan.risk["budget"].str.startswith("shortage_budget chance 0.9")]
    found = dict(zip(rows["measure"], rows["value"], strict=True))
    assert found["cvar"] == pytest.approx(0.5)
    assert found["chance"] <= found["cvar"] + 1e-9
    exact = dv.solve(market([1.0, 3.0], many(EXACT)), budget)
    assert exact.objective <= plan.objective + 1e-9
    assert not exact.record.warnings


def test_the_chance_and_the_quantile_are_one_limit() -> None:
    rng = np.random.default_rng(3)
    losses, probability = rng.integers(0, 5, 30).astype(float), rng.dirichlet(np.ones(30))
    from diversify.risk import chance

    for level in (0.5, 0.8, 0.95):
        for limit in range(5):
            within = chance.value(losses, probability, level) <= limit
            assert within == (exceeded(losses, probability, limit) <= 1 - level + 1e-12)


def test_a_plan_with_a_chance_is_evaluated_kept_and_swept(tmp_path: object) -> None:
    budget = dv.ShortageBudget(measure="chance", level=0.95, limit=0.2)
    plan = dv.solve(four(), budget)
    assert dv.evaluate(plan).cost == pytest.approx(plan.objective, rel=1e-9)
    assert dv.read_plan(plan.save(f"{tmp_path}/plan")).policies == plan.policies
    costs = dv.frontier(four(), budget, levels=[0.5, 0.2, 0.0]).points["objective"]
    assert costs.tolist() == pytest.approx([6.0, 9.6, 12.0], rel=1e-6)


CHEAP = {(1.0, 1.0): 0.9, (0.0, 1.0): 0.1}


@pytest.mark.parametrize(
    ("fields", "safe"),
    # With x from the supplier that never fails, 1 - x is short in a tenth of cases.
    [
        # 0.05 more lies on that tenth: 0.15 (1 - x) <= 0.03.
        ({"measure": "expectation", "limit": 0.03, "ambiguity": ("tv", 0.05)}, 0.8),
        # Of the worst fifth 0.15 are short: 0.75 (1 - x) <= 0.3.
        ({"measure": "cvar", "level": 0.8, "limit": 0.3, "ambiguity": ("tv", 0.05)}, 0.6),
        # 0.1 (1 - x) + 0.01 <= 0.03.
        ({"measure": "expectation", "limit": 0.03, "ambiguity": ("wasserstein", 0.01)}, 0.8),
        # 0.5 (1 - x) + 0.01 / 0.2 <= 0.3.
        ({"measure": "cvar", "level": 0.8, "limit": 0.3, "ambiguity": ("wasserstein", 0.01)}, 0.5),
    ],
)
def test_an_ambiguous_budget_binds_where_the_closed_form_says(
    fields: dict[str, object], safe: float
) -> None:
    kind, radius = fields["ambiguity"]  # type: ignore[misc]
    given = {**fields, "ambiguity": {"set": kind, "radius": radius}}
    plan = dv.solve(market([1.0, 2.0], CHEAP, short=1.5), dv.ShortageBudget(**given))
    frame = plan.portfolio
    found = dict(zip(frame["site"], frame["tonnes"], strict=True))
    assert found["S1"] == pytest.approx(safe, abs=1e-7)
    assert plan.risk.iloc[0]["value"] == pytest.approx(fields["limit"], abs=1e-7)
