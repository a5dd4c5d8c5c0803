"""Capacity that is built: what it costs, when it can be used, whole modules, and other rules."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import diversify as dv
from diversify.errors import InfeasibleError
from diversify.formulation.capital import instalment
from diversify.testing import small_case

WORKS = "Works"
OLD = {"site": "Old", "capacity": 100, "cost": 6}


def built_case(
    *expansions: dict[str, Any], need: float | list[float] = 10, **changes: Any
) -> dv.Case:
    """A new plant, with nothing yet, beside a dear old one."""
    needs = need if isinstance(need, list) else [need] * int(changes.get("periods", 1))
    given: dict[str, Any] = {
        "sites": [{"site": "New", "capacity": 0, "cost": 1}, OLD],
        "lanes": [
            {"origin": site, "destination": WORKS, "commodity": "metal"} for site in ("New", "Old")
        ],
        "demand": [
            {"buyer": WORKS, "commodity": "metal", "period": t + 1, "quantity": q}
            for t, q in enumerate(needs)
        ],
        "expansions": [{"site": "New", "life_years": 10, "most": 8, **row} for row in expansions],
    }
    return small_case(**{**given, **changes})


def capacity(plan: dv.Plan, site: str = "New") -> float:
    made = plan.decisions
    rows = (made["decision"] == "expand") & (made["site"] == site)
    return float(made.loc[rows, "tonnes_per_year"].sum())


def cost(plan: dv.Plan, kind: str) -> float:
    return float(plan.costs.set_index("kind").at[kind, "usd"])


def test_an_instalment_is_the_capital_recovery_factor_paid_in_advance() -> None:
    # Tables of the capital recovery factor: 8 %, 20 years, 0.10185; 5 %, 10 years, 0.12950.
    assert 1.08 * instalment(0.08, 20, 1) == pytest.approx(0.10185, abs=5e-6)
    assert 1.05 * instalment(0.05, 10, 1) == pytest.approx(0.12950, abs=5e-6)
    assert instalment(0.0, 8, 0.25) == 0.25 / 8


@pytest.mark.parametrize(("period", "count"), [("year", 3), ("quarter", 12)])
def test_over_its_whole_life_an_expansion_costs_its_capital(period: str, count: int) -> None:
    # Closed form: the annuity over the life is worth the capital. 8 t a year at 10 USD are 80 USD.
    years = 3
    plan = dv.solve(
        built_case(
            {"capital_cost": 10, "life_years": years, "most": 8, "per": "year"},
            need=8 * years / count,
            periods=count,
            period=period,
            discount_rate=0.07,
        )
    )
    assert capacity(plan) == pytest.approx(8)
    assert cost(plan, "expansion") == pytest.approx(80, rel=1e-9)


def test_it_is_paid_from_its_first_use_to_the_end_of_the_horizon() -> None:
    # By hand: a year to build; 8 t from the second of four years, 80 USD over 10 years at 10 %.
    # a = (1 - 1 / 1.1) / (1 - 1.1 ** -10), paid in years 1, 2 and 3; Old serves the rest at 6.
    plan = dv.solve(
        built_case({"capital_cost": 10, "lead_time_months": 12}, periods=4, discount_rate=0.1)
    )
    a = (1 - 1 / 1.1) / (1 - 1.1**-10)
    paid = sum(1.1**-t for t in (1, 2, 3))
    assert cost(plan, "expansion") == pytest.approx(80 * a * paid, rel=1e-9)
    assert plan.objective == pytest.approx(60 + paid * (80 * a + 8 * 1 + 2 * 6), rel=1e-9)
    (row,) = plan.decisions.to_dict("records")
    assert (row["option"], row["period"], row["usable_from"]) == ("more", "2026", "2027")


def test_it_is_decided_when_it_is_needed_and_may_be() -> None:
    # Demand comes in the third year. Without discounting a year of use costs 1 USD/t of the 10.
    rising = [0.0, 0.0, 8.0]
    when = {
        (1, None): "2028",
        (1, 2): "2027",
        (2, 2): "2027",
    }
    for (earliest, latest), label in when.items():
        row = {"capital_cost": 10, "earliest": earliest, "latest": latest}
        plan = dv.solve(built_case(row, need=rising, periods=3))
        assert plan.decisions["period"].tolist() == [label]
        years = 3 - (int(label) - 2026)
        assert cost(plan, "expansion") == pytest.approx(8 * years, rel=1e-9)


@pytest.mark.parametrize("months", [36, 48])
def test_a_lead_time_beyond_the_horizon_means_never(months: int) -> None:
    plan = dv.solve(built_case({"capital_cost": 0.1, "lead_time_months": months}, periods=3))
    assert plan.decisions.empty
    assert plan.objective == pytest.approx(3 * 10 * 6)
    soon = dv.solve(built_case({"capital_cost": 0.1, "lead_time_months": months - 13}, periods=3))
    assert (capacity(soon) > 0) == (months == 36)


def test_cheaper_capacity_is_never_built_less() -> None:
    # A property of every optimum (revealed preference), where the cost is in one coefficient.
    sizes = []
    for price in (1, 30, 90):
        row = {"capital_cost": price, "latest": 1}
        sizes.append(capacity(dv.solve(built_case(row, need=[3.0, 5.0, 9.0], periods=3))))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == pytest.approx(8)
    assert sizes[-1] == 0


def best_modules(rng: np.random.Generator) -> tuple[dv.Case, float]:
    """A case with modules at two sites, and its optimum from every combination."""
    years, rate = 3, 0.06
    ways = {
        "A": {"price": float(rng.integers(2, 14)), "lead": int(rng.integers(0, 2)), "size": 4.0},
        "B": {"price": float(rng.integers(2, 14)), "lead": int(rng.integers(0, 3)), "size": 3.0},
    }
    run = {"A": float(rng.integers(1, 4)), "B": float(rng.integers(1, 4)), "Old": 9.0}
    fixed = float(rng.integers(0, 30))
    base = {"A": 1.0, "B": 0.0, "Old": 100.0}
    need = [float(q) for q in rng.integers(5, 14, years)]
    case = small_case(
        periods=years,
        discount_rate=rate,
        sites=[
            {"site": "A", "capacity": base["A"], "cost": run["A"], "fixed_cost": fixed},
            {"site": "B", "capacity": 0, "cost": run["B"]},
            {"site": "Old", "capacity": 100, "cost": run["Old"]},
        ],
        lanes=[{"origin": s, "destination": WORKS, "commodity": "metal"} for s in run],
        demand=[
            {"buyer": WORKS, "commodity": "metal", "period": t + 1, "quantity": q}
            for t, q in enumerate(need)
        ],
        expansions=[
            {
                "site": s,
                "capital_cost": way["price"],
                "life_years": 5,
                "lead_time_months": 12 * way["lead"],
                "module": way["size"],
                "most": 2 * way["size"] + 1,
            }
            for s, way in ways.items()
        ],
    )
    d = [(1 + rate) ** -t for t in range(years)]
    a = (1 - 1 / (1 + rate)) / (1 - (1 + rate) ** -5)
    # Each of two modules is never built, or can be used from a period on.
    starts = {s: [None, *range(int(way["lead"]), years)] for s, way in ways.items()}
    best = np.inf
    for yes, a1, a2, b1, b2 in product((0, 1), *[starts["A"]] * 2, *[starts["B"]] * 2):
        if not yes and (a1, a2) != (None, None):
            continue
        total = fixed * yes
        for t in range(years):
            size = {"A": base["A"] * yes, "B": 0.0, "Old": 100.0}
            for site, since in (("A", a1), ("A", a2), ("B", b1), ("B", b2)):
                if since is not None and since <= t:
                    size[site] += float(ways[site]["size"])
                    total += d[t] * a * ways[site]["price"] * ways[site]["size"]
            left = need[t]
            for site in sorted(run, key=lambda s: run[s]):
                taken = min(left, size[site])
                total += d[t] * run[site] * taken
                left -= taken
        best = min(best, total)
    return case, best


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in range(1, 9))]
)
def test_whole_modules_against_every_combination(seed: int) -> None:
    case, best = best_modules(np.random.default_rng(seed))
    plan = dv.solve(case, gap=1e-9)
    assert plan.objective == pytest.approx(best, rel=1e-8)
    made = plan.decisions[plan.decisions["decision"] == "expand"]
    sizes = made["site"].map({"A": 4.0, "B": 3.0})
    assert np.allclose(made["tonnes_per_year"] % sizes, 0.0)


FIRE = {"hazard": "fire", "by": "site", "name": "New"}


def test_what_is_built_is_struck_with_its_site_in_every_scenario() -> None:
    # Half of what New would deliver fails in half of the cases; by hand: 8 t built at 1 USD for
    # the year, 8 t at 1 USD, 2 t at 6; the fire loses 4 t at 50 USD and saves their cost.
    case = built_case(
        {"capital_cost": 10},
        hazards=[FIRE],
        scenarios={"calm": (0.5, {}), "fire": (0.5, {"fire": [0.5]})},
        shortages=[{"buyer": WORKS, "commodity": "metal", "cost": 50}],
        sites=[{"site": "New", "capacity": 0, "cost": 1}, {**OLD, "capacity": 2}],
    )
    plan = dv.solve(case)
    assert capacity(plan) == pytest.approx(8)
    assert cost(plan, "shortage") == pytest.approx(0.5 * 4 * 50)
    assert plan.objective == pytest.approx(8 + 12 + 0.5 * 8 + 0.5 * 4 + 0.5 * 4 * 50)


def test_a_minimum_offtake_is_owed_once_the_capacity_can_be_there() -> None:
    # New owes 7 t a year, can be built in a year, and is worth it: 36 + 2 * (8 * 1 + 8 + 2 * 6)
    # against 3 * 60. In the first year nothing is owed: nothing can be made.
    new = {"site": "New", "capacity": 0, "cost": 1, "minimum_offtake": 7}
    plan = dv.solve(
        built_case({"capital_cost": 10, "lead_time_months": 12}, periods=3, sites=[new, OLD])
    )
    assert plan.objective == pytest.approx(60 + 2 * (8 + 8 + 12))
    # With less demand it is not worth it: 7 t would be owed, for 14 USD a year against 12.
    few = built_case(
        {"capital_cost": 10, "lead_time_months": 12}, need=2, periods=3, sites=[new, OLD]
    )
    refused = dv.solve(few)
    assert refused.decisions["qualified"].tolist() == [False]
    assert refused.objective == pytest.approx(3 * 2 * 6)


def test_take_or_pay_holds_for_what_a_new_line_delivers() -> None:
    # Demand halves in half of the cases; 80 % of the 8 t from New must be taken all the same.
    lanes = [
        {"origin": s, "destination": WORKS, "commodity": "metal", "take_or_pay": 0.8}
        for s in ("New", "Old")
    ]
    boom = {"hazard": "slump", "kind": "demand", "by": "buyer", "name": WORKS}
    plan = dv.solve(
        built_case(
            {"capital_cost": 10},
            need=8,
            lanes=lanes,
            hazards=[boom],
            scenarios={"calm": (0.5, {}), "slump": (0.5, {"slump": [0.5]})},
        )
    )
    assert plan.objective == pytest.approx(8 * 1 + 0.5 * 8 + 0.5 * 6.4)


def test_recycling_is_built_like_any_other_site() -> None:
    loop = {"site": "New", "stage": "recycle", "country": "DEU", "capacity": 0, "cost": 1}
    plan = dv.solve(built_case({"capital_cost": 10}, sites=[loop, OLD]))
    assert plan.shares("site").set_index("name").at["New", "tonnes"] == pytest.approx(8)


def test_a_lead_time_within_a_period_lasts_to_its_end() -> None:
    # Four months are two quarters: decided in the first, used in the third and the fourth.
    row = {"capital_cost": 1, "lead_time_months": 4, "most": 8}
    plan = dv.solve(built_case(row, periods=4, period="quarter"))
    assert plan.decisions["usable_from"].tolist() == ["2026-Q3"]
    assert plan.portfolio.query("site == 'New'")["tonnes"].tolist() == pytest.approx([8, 8])
    # 8 t a quarter are 32 t a year: 32 USD over 10 years, of which half a year is paid.
    assert capacity(plan) == pytest.approx(32)
    assert cost(plan, "expansion") == pytest.approx(32 / 10 / 2)


def test_a_second_source_is_built_where_a_rule_asks_for_one() -> None:
    # Too dear by itself: 10 USD a year and 1 USD/t, against 6. Two sources of at least a quarter
    # of 10 t ask for 2.5 t, which one module of 3 t can make; what else it could make is dearer.
    row = {"capital_cost": 100, "module": 3, "most": 9}
    alone = dv.solve(built_case(row))
    assert alone.objective == pytest.approx(60)
    two = dv.MinSources(by="site", count=2, share=0.25)
    plan = dv.solve(built_case(row), two)
    assert capacity(plan) == pytest.approx(3)
    assert plan.objective == pytest.approx(30 + 3 * 1 + 7 * 6)


def test_a_case_without_expansions_has_neither_columns_rows_nor_costs_of_them() -> None:
    plan = dv.solve(built_case())
    assert "expansion" not in plan.costs["kind"].tolist()
    assert not [v for v in plan.first_stage["variable"] if "expand" in v or "modules" in v]


def test_more_than_can_be_built_is_a_conflict() -> None:
    case = built_case(
        {"capital_cost": 10},
        need=9,
        sites=[{"site": "New", "capacity": 0, "cost": 1}],
        lanes=[{"origin": "New", "destination": WORKS, "commodity": "metal"}],
    )
    with pytest.raises(InfeasibleError, match=f"demand of {WORKS}"):
        dv.solve(case)
