"""What has to hold for every case: properties of small cases drawn at random."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts import optimum, parts

import diversify as dv
from diversify.case import Case
from diversify.policies import Policy
from diversify.scenarios import Scenarios, listed
from diversify.testing import small_case, trial

COUNTRIES = ("CHN", "AUS", "USA", "JPN")
MASS = {
    "sites": ("capacity",),
    "lanes": ("quota", "spot_limit"),
    "demand": ("quantity",),
    "stocks": ("initial", "capacity"),
}


@st.composite
def cases(draw: st.DrawFn, *, firm: bool = False) -> Case:
    """A metal from two to four sites, perhaps a refinery between, a stock, and outages.

    The numbers are generic, so that the optimum is unique and no tie hides a difference.
    """
    count = draw(st.integers(2, 4))
    periods = draw(st.integers(1, 3))
    refined = draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))

    def number(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    names = [f"S{i}" for i in range(count)]
    sites = [
        {"site": s, "country": COUNTRIES[i], "cost": number(1, 5), "capacity": number(4, 9)}
        for i, s in enumerate(names)
    ]
    sites[-1]["capacity"] = 1e3
    lanes = [
        {
            "origin": s,
            "destination": "Works",
            "commodity": "metal",
            "freight": number(0.1, 1),
            "flex": float(rng.integers(0, 2)) * number(0.1, 0.4),
            "take_or_pay": float(rng.integers(0, 2)) * number(0.2, 0.9),
            "spot_limit": float(rng.integers(0, 2)) * number(0.5, 2),
            "spot_premium": number(0.5, 1),
            "booking_cost": number(0.01, 0.1),
        }
        for s in names
    ]
    recipes: list[dict[str, Any]] = []
    if refined:
        sites.append(
            {"site": "Ref", "country": "DEU", "cost": number(0.5, 1), "capacity": number(5, 9)}
        )
        lanes.append({"origin": "Mine", "destination": "Ref", "commodity": "ore"})
        lanes.append({"origin": "Ref", "destination": "Works", "commodity": "metal"})
        sites.append({"site": "Mine", "stage": "mine", "cost": number(0.2, 0.5), "capacity": 99})
        recipes = [
            {"site": "Ref", "direction": "input", "commodity": "ore", "amount": 1.0},
            {"site": "Ref", "commodity": "metal", "amount": 1.0, "yield": number(0.5, 1)},
        ]
    hazards: list[dict[str, Any]] = [{"hazard": "stop", "by": "site", "name": names[0]}]
    hazards.append({"hazard": "storm", "by": "country", "name": COUNTRIES[1]})
    mass = rng.dirichlet([3.0, 1.0, 1.0])
    scenarios = {
        "calm": (float(mass[0]), {}),
        "one": (float(mass[1]), {"stop": [1.0] * (periods - 1) + [number(0, 0.5)]}),
        "two": (
            float(mass[2]),
            {
                "stop": [number(0, 0.9) for _ in range(periods)],
                "storm": [number(0, 0.9) for _ in range(periods)],
            },
        ),
    }
    return small_case(
        periods=periods,
        discount_rate=number(0, 0.2),
        commodities=[
            {"commodity": "metal", "material": "metal", "price": number(3, 6)},
            *([{"commodity": "ore", "material": "metal", "price": 1.0}] if refined else []),
        ],
        sites=sites,
        lanes=lanes,
        recipes=recipes,
        demand=[
            {"buyer": "Works", "commodity": "metal", "period": t + 1, "quantity": number(5, 9)}
            for t in range(periods)
        ],
        shortages=[]
        if firm
        else [
            {"buyer": "Works", "commodity": "metal", "tier": 1, "share": 0.4, "cost": number(7, 9)},
            {
                "buyer": "Works",
                "commodity": "metal",
                "tier": 2,
                "share": 0.6,
                "cost": number(20, 40),
            },
        ],
        stocks=[
            {
                "buyer": "Works",
                "commodity": "metal",
                "initial": number(0, 2),
                "capacity": number(3, 6),
                "holding_cost": number(0.05, 0.3),
                "loss_rate": number(0, 0.1),
                "end_discount": number(0.1, 0.4),
            }
        ],
        hazards=hazards,
        scenarios=scenarios,
    )


def remade(case: Case, tables: dict[str, pd.DataFrame]) -> Case:
    given = {name: case.raw(name) for name in case.tables} | tables
    return Case.from_frames(case.settings, given)


@pytest.mark.slow
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(case: Case, random: Any) -> None:
    shuffled = {}
    for name in case.tables:
        frame = case.raw(name)
        order = list(range(len(frame)))
        random.shuffle(order)
        shuffled[name] = frame.iloc[order].reset_index(drop=True)
    cap = dv.ShareCap(by="country", share=0.7, material="metal", stage="refine")
    one, other = dv.solve(case, cap), dv.solve(remade(case, shuffled), cap)
    # R7: to the last digit.
    assert other.objective == one.objective
    for table in ("portfolio", "shares", "stocks", "costs", "risk", "prices", "marginal_costs"):
        pd.testing.assert_frame_equal(one.table(table), other.table(table), check_exact=True)
    assert other.record.digests == one.record.digests


NAMES = st.text(alphabet="abAB é鉱-.,;()[]{}'\"#=+*&/\\|%$!?0", min_size=1, max_size=12).filter(
    lambda name: name == name.strip()
)


@pytest.mark.slow
@given(cases(), st.lists(NAMES, min_size=12, max_size=12, unique_by=str.casefold))
def test_other_names_change_nothing(case: Case, names: list[str]) -> None:
    fresh = iter(names)
    where = {
        "site": [("sites", "site"), ("lanes", "origin"), ("lanes", "destination"),
                 ("recipes", "site"), ("hazards", "name"), ("sites", "owner")],
        "hazard": [("hazards", "hazard"), ("scenarios", "hazard")],
        "scenario": [("scenarios", "scenario")],
        "buyer": [("buyers", "buyer"), ("lanes", "destination"), ("demand", "buyer"),
                  ("shortages", "buyer"), ("stocks", "buyer")],
        "commodity": [("commodities", "commodity"), ("recipes", "commodity"),
                      ("lanes", "commodity"), ("demand", "commodity"), ("shortages", "commodity"),
                      ("stocks", "commodity")],
    }  # fmt: skip
    tables = {name: case.raw(name) for name in case.tables}
    given_names = {
        kind: sorted(set(tables[places[0][0]][places[0][1]])) for kind, places in where.items()
    }
    new: dict[str, dict[str, str]] = {}
    for kind, old in given_names.items():
        if kind == "scenario":
            new[kind] = dict(zip(old, reversed(old), strict=True))
        else:
            new[kind] = {name: next(fresh) for name in old}
    for kind, places in where.items():
        for table, column in places:
            if table in tables:
                tables[table][column] = tables[table][column].replace(new[kind])
    budget = dv.ShortageBudget(measure="expectation", limit=0.05)
    one, other = dv.solve(case, budget), dv.solve(Case.from_frames(case.settings, tables), budget)
    assert other.objective == pytest.approx(one.objective, rel=1e-9)
    back = {
        fresh_name: name for kind in ("site", "buyer") for name, fresh_name in new[kind].items()
    }

    def booked(plan: dv.Plan, names: dict[str, str]) -> dict[tuple[str, str, str], float]:
        frame = plan.portfolio
        sites = [names.get(s, s) for s in frame["site"]]
        ends = [names.get(d, d) for d in frame["destination"]]
        return dict(
            zip(zip(sites, ends, frame["period"], strict=True), frame["tonnes"], strict=True)
        )

    small = {key: tonnes for key, tonnes in booked(one, {}).items() if tonnes > 1e-6}
    assert {k: v for k, v in booked(other, back).items() if v > 1e-6} == pytest.approx(
        small, rel=1e-6
    )


@given(cases(), st.sampled_from([0.01, 0.3, 7.0, 1000.0]))
def test_k_times_the_tonnes_cost_k_times_as_much(case: Case, k: float) -> None:
    scaled = {}
    for name, columns in MASS.items():
        frame = case.raw(name)
        for column in columns:
            if column in frame:
                frame[column] = frame[column] * k
        scaled[name] = frame
    one, other = trial(case, []), trial(remade(case, scaled), [])
    assert other.objective == pytest.approx(k * one.objective, rel=1e-7)


@given(cases(), st.lists(st.floats(0.3, 1), min_size=2, max_size=4, unique=True))
def test_a_tighter_cap_never_costs_less(case: Case, levels: list[float]) -> None:
    cap = dv.ShareCap(by="site", share=1, stage="refine")
    found = [
        trial(case, [cap.with_level(level)]).objective for level in sorted(levels, reverse=True)
    ]
    for before, after in pairwise(found):
        assert after >= before - 1e-9 * (1 + before)


RIGHT_SIDES: list[tuple[Policy, float, float]] = [
    (dv.ShortageBudget(measure="cvar", level=0.8, limit=0.1), 0.0, 0.3),
    (dv.ShortageBudget(measure="expectation", limit=0.1), 0.0, 0.1),
    (dv.ShortageBudget(measure="worst", limit=0.1), 0.0, 0.5),
    (dv.StockFloor(days=10), 0.0, 120.0),
    (dv.Exclude(by="site", names=["S0"], limit=1), 0.0, 5.0),
    (dv.SpendCap(limit=1), 20.0, 150.0),
    (dv.CostBudget(measure="cvar", level=0.9, limit=1), 20.0, 200.0),
]


@given(cases(), st.sampled_from(RIGHT_SIDES), st.floats(0, 1), st.floats(0, 1))
def test_a_price_bounds_the_change_of_cost(
    case: Case, subject: tuple[Policy, float, float], here: float, there: float
) -> None:
    # The optimal value of a linear problem is convex in its right sides, and a multiplier is a
    # subgradient: cost(b) >= cost(a) + price(a) * (b - a), however far b is.
    policy, low, high = subject
    a, b = low + here * (high - low), low + there * (high - low)
    one, other = trial(case, [policy.with_level(a)]), trial(case, [policy.with_level(b)])
    if math.isfinite(one.objective):
        least = one.objective + one.price * (b - a)
        assert other.objective >= least - 1e-6 * (1 + abs(one.objective) + abs(one.price * (b - a)))
        assert one.price * (-1.0 if policy.upper else 1.0) >= -1e-7


@given(cases(firm=True), st.floats(0.4, 1), st.floats(0.4, 1), st.booleans())
def test_a_price_of_a_share_bounds_the_change_of_cost(
    case: Case, a: float, b: float, cap: bool
) -> None:
    # Firm demand in one stage that is never overbought fixes the volume, so that the level of the
    # share acts as a right side; the calm scenario alone, in which nothing is drawn from stock.
    calm = Scenarios(("stop", "storm"), np.ones((1, 2, case.periods)), np.ones(1), ("calm",))
    policy: Policy = dv.ShareCap(by="site", names=["S0"], share=0.5, stage="refine")
    if not cap:
        policy = dv.ShareFloor(by="site", names=["S1"], share=0.5, stage="refine")
    one = trial(case, [policy.with_level(a)], calm)
    other = trial(case, [policy.with_level(b)], calm)
    if math.isfinite(one.objective):
        assert other.objective >= one.objective + one.price * (b - a) - 1e-6 * (1 + one.objective)


# Four solves an example.
@settings(max_examples=settings.default.max_examples // 2)
@given(cases(), st.integers(0, 2), st.floats(0.1, 0.9))
def test_a_scenario_in_two_halves_counts_as_one(case: Case, which: int, part: float) -> None:
    batch = listed(case)
    mass = np.append(batch.probability, batch.probability[which] * (1 - part))
    mass[which] *= part
    twice = Scenarios(
        batch.hazards,
        np.concatenate([batch.values, batch.values[[which]]]),
        mass,
        (*batch.labels, "again"),
    )
    budget = dv.ShortageBudget(measure="cvar", level=0.75, limit=0.05)
    # First with the copy kept apart, then merged, which `solve` does.
    split = trial(case, [budget], twice).objective
    assert split == pytest.approx(trial(case, [budget]).objective, rel=1e-7)
    if math.isfinite(split):
        one, other = dv.solve(case, budget), dv.solve(case, budget, scenarios=twice)
        assert other.objective == pytest.approx(one.objective, rel=1e-9)
        assert other.record.distinct_scenarios == one.record.distinct_scenarios == 3
        assert other.record.scenarios == 4


@given(cases(), st.booleans())
def test_the_reduced_form_has_the_optimum_of_the_full_one(case: Case, limited: bool) -> None:
    policies = [dv.ShareCap(by="site", share=0.7, stage="refine")] if limited else []
    made = parts(case, policies)
    assert optimum(made.stacked())[0] == pytest.approx(
        optimum(made.stacked(full=True))[0], rel=1e-7
    )
