"""Substitutes and by-products, in cases small enough to calculate by hand."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.testing import small_case

WORKS = "Works"
METAL = {"buyer": WORKS, "commodity": "metal"}


def cost(plan: dv.Plan, kind: str) -> float:
    return float(plan.costs.set_index("kind").at[kind, "usd"])


def decided(plan: dv.Plan, kind: str) -> dict[str, float]:
    rows = plan.decisions[plan.decisions["decision"] == kind]
    return dict(zip(rows["option"], rows["tonnes_per_year"], strict=True))


def replaceable(*substitutes: dict[str, Any], **more: Any) -> dv.Case:
    """10 t a year at 6 USD/t that can be replaced in part."""
    return small_case(
        **{
            "sites": [{"site": "A", "cost": 6, "capacity": 100}],
            "lanes": [{"origin": "A", "destination": WORKS, "commodity": "metal"}],
            "demand": [{**METAL, "quantity": 10}],
            "shortages": [{**METAL, "cost": 50}],
            "substitutes": [{**METAL, "share": 0.3, **row} for row in substitutes],
            **more,
        }
    )


def test_what_is_cheaper_to_replace_is_replaced_up_to_its_share() -> None:
    # By hand, two years without discounting: the ability for 3 t costs 10 USD over 10 years, from
    # the second year on; a tonne replaced costs 2 USD less than one bought at 6.
    row = {"cost": 3, "capital_cost": 10, "life_years": 10, "lead_time_months": 12}
    plan = dv.solve(replaceable(row, periods=2))
    assert decided(plan, "substitute") == pytest.approx({"other": 3.0})
    assert cost(plan, "substitution_ability") == pytest.approx(3 * 1)
    assert cost(plan, "substitution") == pytest.approx(3 * 3)
    assert plan.objective == pytest.approx(60 + 42 + 3 + 9)
    dear = dv.solve(replaceable({**row, "cost": 5.5}, periods=2))
    assert decided(dear, "substitute") == {}
    late = dv.solve(replaceable({**row, "lead_time_months": 24}, periods=2))
    assert decided(late, "substitute") == {}


FIRE = {
    "hazards": [{"hazard": "fire", "by": "site", "name": "A"}],
    "scenarios": {"calm": (0.75, {}), "fire": (0.25, {"fire": [1, 0]})},
    "periods": 2,
}


def test_the_ability_is_used_after_the_news_only_if_it_pays_only_then() -> None:
    # Replacing at 20 USD/t pays against 50, not against 6: used in the second year of one scenario
    # in four. The ability costs 1 USD/t in both years, 2 USD against 0.25 * 30.
    row = {"cost": 20, "capital_cost": 10, "life_years": 10}
    plan = dv.solve(replaceable(row, **FIRE))
    assert decided(plan, "substitute") == pytest.approx({"other": 3.0})
    assert cost(plan, "substitution") == pytest.approx(0.25 * 3 * 20)
    assert cost(plan, "shortage") == pytest.approx(0.25 * 7 * 50)
    # At 0.25 * (50 - 43) < 2 it is not worth having.
    assert decided(dv.solve(replaceable({**row, "cost": 43}, **FIRE)), "substitute") == {}


def test_a_share_is_one_of_the_demand_as_it_turns_out() -> None:
    # Demand rises by half in half of the cases; 30 % of 15 t are replaced then.
    plan = dv.solve(
        replaceable(
            {"cost": 1},
            sites=[{"site": "A", "cost": 6, "capacity": 7}],
            hazards=[{"hazard": "boom", "kind": "demand", "by": "buyer", "name": WORKS}],
            scenarios={"calm": (0.5, {}), "boom": (0.5, {"boom": [1.5]})},
        )
    )
    assert cost(plan, "substitution") == pytest.approx(0.5 * 3 + 0.5 * 4.5)
    assert cost(plan, "shortage") == pytest.approx(0.5 * 50 * (15 - 7 - 4.5))


def test_what_can_be_replaced_needs_no_qualified_site() -> None:
    # A costs 20 USD to approve: 10 t at 6 USD and 20 USD, or 3 t replaced and 7 t short at 8 USD.
    case = replaceable(
        {"cost": 1},
        sites=[{"site": "A", "cost": 6, "capacity": 100, "fixed_cost": 20}],
        shortages=[{**METAL, "cost": 8}],
    )
    plan = dv.solve(case)
    assert plan.decisions["qualified"].tolist()[0] is False
    assert plan.objective == pytest.approx(3 + 56)


def recovered(need: float, *, byproducts: list[dict[str, Any]], **more: Any) -> dv.Case:
    """Gallium from alumina: each tonne of the host's activity carries 0.1 t."""
    ends = [("Host", "Smelter", "alumina"), ("Ga", WORKS, "gallium")]
    return small_case(
        **{
            "sites": [
                {"site": "Host", "cost": 2, "capacity": 100},
                {"site": "Ga", "cost": 10, "capacity": 100},
            ],
            "lanes": [{"origin": o, "destination": d, "commodity": c} for o, d, c in ends],
            "buyers": [{"buyer": "Smelter"}, {"buyer": WORKS}],
            "demand": [
                {"buyer": "Smelter", "commodity": "alumina", "quantity": 100},
                {"buyer": WORKS, "commodity": "gallium", "quantity": need},
            ],
            "shortages": [{"buyer": WORKS, "commodity": "gallium", "cost": 90}],
            "byproducts": [
                {"site": "Ga", "content": 0.1, "recovery": 0.2, **r} for r in byproducts
            ],
            **more,
        }
    )


INSIDE = {"host": "Host", "most_recovery": 0.7, "capital_cost": 50, "life_years": 10}


def test_a_byproduct_is_limited_by_its_host_and_what_is_recovered() -> None:
    # 100 t carry 10 t, of which 2 t are recovered today and 7 t at most, at 5 USD a year.
    for need, ga, added in ((1, 1, 0), (4, 4, 2), (9, 7, 5)):
        plan = dv.solve(recovered(need, byproducts=[INSIDE]))
        assert plan.objective == pytest.approx(200 + 10 * ga + 5 * added + 90 * (need - ga))
        assert decided(plan, "recover") == (pytest.approx({"Host": added}) if added else {})
        assert cost(plan, "recovery") == pytest.approx(5 * added)


def test_without_investment_recovery_is_what_it_is_today() -> None:
    row = {"host": "Host"}
    plan = dv.solve(recovered(9, byproducts=[row]))
    assert cost(plan, "shortage") == pytest.approx(90 * 7)


def test_more_of_the_host_is_made_for_the_byproduct_where_that_pays() -> None:
    # A tonne of gallium needs 25 t of alumina at 3 USD and 10 USD for itself: 85 USD, below 90.
    # 5.6 t need 140 t, of which 40 t are left over.
    ends = [("Mine", "Host", "ore"), ("Host", "Smelter", "alumina"), ("Ga", WORKS, "gallium")]
    recipes = [
        {"site": "Mine", "commodity": "ore"},
        {"site": "Host", "direction": "input", "commodity": "ore"},
        {"site": "Host", "commodity": "alumina"},
        {"site": "Ga", "commodity": "gallium"},
    ]
    materials = {"ore": "Al", "alumina": "Al", "gallium": "Ga"}
    case = recovered(
        5.6,
        byproducts=[{"host": "Host", "recovery": 0.4}],
        sites=[
            {"site": "Mine", "stage": "mine", "cost": 1, "capacity": 500},
            {"site": "Host", "cost": 2, "capacity": 500},
            {"site": "Ga", "cost": 10, "capacity": 100},
        ],
        commodities=[{"commodity": c, "material": m} for c, m in materials.items()],
        lanes=[{"origin": o, "destination": d, "commodity": c} for o, d, c in ends],
        recipes=recipes,
    )
    assert dv.solve(case).objective == pytest.approx(140 * 3 + 56)


def test_what_strikes_the_host_strikes_the_byproduct() -> None:
    # The host is struck in half of the cases, to a fifth: 2 t of alumina of 10, and 0.4 t of 2 t.
    plan = dv.solve(
        recovered(
            2,
            byproducts=[{"host": "Host"}],
            shortages=[
                {"buyer": WORKS, "commodity": "gallium", "cost": 90},
                {"buyer": "Smelter", "commodity": "alumina", "cost": 3},
            ],
            hazards=[{"hazard": "strike", "by": "site", "name": "Host"}],
            scenarios={"calm": (0.5, {}), "strike": (0.5, {"strike": [0.2]})},
        )
    )
    assert cost(plan, "shortage") == pytest.approx(0.5 * (90 * 1.6 + 3 * 80))


def test_hosts_outside_the_case_have_an_output_and_add_up() -> None:
    # 0.1 * 30 * 0.2 t from the zinc smelters, 0.2 * 10 * 0.5 t from coal ash: 1.6 t of 5 t.
    plan = dv.solve(
        recovered(
            5,
            byproducts=[
                {"host": "zinc", "host_output": 30},
                {"host": "coal", "host_output": 10, "content": 0.2, "recovery": 0.5},
            ],
        )
    )
    assert cost(plan, "shortage") == pytest.approx(90 * 3.4)
