"""Emissions, residues and producers' value: closed forms by hand."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.errors import InputError
from diversify.policies import policy_toml
from diversify.testing import policy_rows, small_case, trial


def two_sources(**settings: Any) -> Case:
    """10 t a year from A (10 USD/t, 2 t CO2e/t, a quarter on the lane) or B (15, nothing)."""
    return small_case(
        sites=[
            {"site": "A", "cost": 10, "emissions": 1.5, "radioactive": 0.4},
            {"site": "B", "cost": 15},
        ],
        lanes=[
            {"origin": "A", "destination": "Works", "commodity": "metal", "emissions": 0.5},
            {"origin": "B", "destination": "Works", "commodity": "metal"},
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        **settings,
    )


def price(plan: dv.Plan, name: str) -> float:
    found = plan.prices
    return float(found[(found["policy"] == name) & (found["row"] == "all")]["price"].iloc[0])


def from_site(plan: dv.Plan, site: str) -> float:
    booked = plan.portfolio
    return float(booked[booked["site"] == site]["tonnes"].sum())


def costs(plan: dv.Plan) -> dict[str, float]:
    return dict(zip(plan.costs["kind"], plan.costs["usd"], strict=True))


@pytest.mark.parametrize(("carbon_price", "chosen"), [(2.4, "A"), (2.6, "B")])
def test_a_carbon_price_above_the_cost_of_avoiding_changes_the_source(
    carbon_price: float, chosen: str
) -> None:
    # B costs 5 more a tonne and avoids 2 t CO2e.
    plan = dv.solve(two_sources(carbon_price=carbon_price))
    assert from_site(plan, chosen) == pytest.approx(10)
    assert costs(plan)["carbon"] == pytest.approx(48 if chosen == "A" else 0, abs=1e-9)


def test_the_price_of_a_cap_is_the_carbon_price_that_would_do() -> None:
    plan = dv.solve(two_sources(), dv.EmissionsCap(limit=10))
    assert from_site(plan, "A") == pytest.approx(5)
    assert plan.objective == pytest.approx(5 * 10 + 5 * 15)
    assert price(plan, "emissions_cap") == pytest.approx(-2.5)


def test_each_period_has_its_own_carbon_price_and_is_discounted() -> None:
    case = two_sources(periods=2, discount_rate=0.25, carbon_price=[1, 2])
    plan = dv.solve(case, dv.SpendCap(limit=1e6))
    # 20 t CO2e a year at 1 and at 0.8 * 2
    assert costs(plan)["carbon"] == pytest.approx(20 + 32)
    assert plan.objective == pytest.approx(100 + 80 + 52)


def test_carbon_counts_as_planned_spending() -> None:
    case = two_sources(carbon_price=1)
    cap = dv.SpendCap(limit=120.01)
    assert dv.solve(case, cap).objective == pytest.approx(120)
    view = trial(case, [cap]).view
    assert view is not None
    assert cap.measure(view) == pytest.approx({"total": 120})
    with pytest.raises(dv.InfeasibleError):
        dv.solve(case, dv.SpendCap(limit=119.99))


def test_only_what_is_delivered_pays_for_carbon() -> None:
    case = small_case(
        sites=[{"site": "A", "cost": 10, "emissions": 2}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 50}],
        hazards=[{"hazard": "stop", "by": "site", "name": "A"}],
        scenarios={"calm": (0.75, {}), "stop": (0.25, {"stop": [0.4]})},
        carbon_price=3,
    )
    # 20 t CO2e in three of four cases, 8 in the fourth
    assert costs(dv.solve(case))["carbon"] == pytest.approx(3 * (0.75 * 20 + 0.25 * 8))


def test_residues_are_capped_where_they_are_left() -> None:
    plan = dv.solve(two_sources(), dv.RadioactiveCap(limit=1, names=["AUS"]))
    assert from_site(plan, "A") == pytest.approx(1 / 0.4)
    # 5 USD/t over 0.4 t of residue a tonne
    assert price(plan, "radioactive_cap AUS") == pytest.approx(-12.5)


def test_what_a_bloc_emits_is_counted_by_its_members() -> None:
    rows = policy_rows(two_sources(), dv.EmissionsCap(limit=1, names=["CPTPP"]))
    assert rows == ["plan.'emissions_cap CPTPP'[horizon]: +2 plan.book[A>Works:metal,0] <= 1"]


def test_a_period_in_which_nothing_can_emit_still_has_its_row() -> None:
    case = small_case(
        sites=[{"site": "A", "emissions": 2, "lead_time_months": 12}, {"site": "B"}],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "AB"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        periods=2,
    )
    assert policy_rows(case, dv.EmissionsCap(limit=1, period="each")) == [
        "plan.'emissions_cap'[2026]: +1 plan.nothing <= 1",
        "plan.'emissions_cap'[2027]: +2 plan.book[A>Works:metal,1] <= 1",
    ]


@pytest.mark.parametrize("kind", [dv.EmissionsCap, dv.RadioactiveCap])
def test_a_cap_on_a_case_without_figures_is_refused(kind: Any) -> None:
    case = small_case(
        sites=[{"site": "A"}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
    )
    with pytest.raises(InputError, match="no site or lane that it counts has"):
        dv.solve(case, kind(limit=1))
    assert dv.solve(case, kind(limit=1, allow_empty=True)).objective == 0


def ore_and_metal(dearer: float = 3.0) -> Case:
    """Ore of COD (6 USD/t) becomes metal (10 USD/t) in China, or dearer in COD; 10 t are needed."""
    refine = [
        row
        for site in ("Ref CN", "Ref CD")
        for row in (
            {"site": site, "direction": "input", "commodity": "ore", "amount": 1.0},
            {"site": site, "commodity": "metal"},
        )
    ]
    return small_case(
        commodities=[
            {"commodity": "ore", "material": "Co", "price": 6.0},
            {"commodity": "metal", "material": "Co", "price": 10.0},
        ],
        sites=[
            {"site": "Pit", "country": "COD", "stage": "mine", "cost": 1},
            {"site": "Ref CN", "country": "CHN", "stage": "refine", "cost": 1},
            {"site": "Ref CD", "country": "COD", "stage": "refine", "cost": 1 + dearer},
        ],
        recipes=[{"site": "Pit", "commodity": "ore"}, *refine],
        lanes=[
            {"origin": "Pit", "destination": "Ref CN", "commodity": "ore"},
            {"origin": "Pit", "destination": "Ref CD", "commodity": "ore"},
            {"origin": "Ref CN", "destination": "Works", "commodity": "metal"},
            {"origin": "Ref CD", "destination": "Works", "commodity": "metal"},
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
    )


def test_processing_stays_where_the_ore_is_mined() -> None:
    plan = dv.solve(ore_and_metal(), dv.ProducerValueFloor(share=0.4))
    assert from_site(plan, "Ref CD") == pytest.approx(4)
    # each further part of the 10 t costs 3 USD/t
    assert price(plan, "producer_value_floor processing") == pytest.approx(30)


def test_value_added_of_a_producer_is_that_of_its_mines_and_refineries() -> None:
    # The ore alone is 60 of 100 USD; a tonne refined in COD adds 4.
    plan = dv.solve(ore_and_metal(), dv.ProducerValueFloor(share=0.8, of="value_added"))
    assert from_site(plan, "Ref CD") == pytest.approx(5)
    assert price(plan, "producer_value_floor value_added") == pytest.approx(3 * 100 / 4)
    free = dv.solve(ore_and_metal(), dv.ProducerValueFloor(share=0.6, of="value_added"))
    assert from_site(free, "Ref CD") == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("of", ["processing", "value_added"])
def test_where_nothing_is_mined_producers_must_be_named(of: Any) -> None:
    with pytest.raises(InputError, match="nobody is a producer"):
        dv.solve(two_sources(), dv.ProducerValueFloor(share=0.1, of=of))


def test_others_than_the_miners_can_be_named() -> None:
    floor = dv.ProducerValueFloor(share=1, names=["BRICS"])
    assert from_site(dv.solve(ore_and_metal(-0.5), floor), "Ref CN") == pytest.approx(10)


def test_policies_written_as_toml_keep_only_what_is_not_usual() -> None:
    assert policy_toml(dv.EmissionsCap(limit=5)) == {
        "kind": "emissions_cap",
        "name": "emissions_cap",
        "limit": 5.0,
    }
    assert policy_toml(dv.Crma()) == {"kind": "crma", "name": "crma"}
