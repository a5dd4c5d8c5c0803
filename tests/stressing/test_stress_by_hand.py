"""Events small enough to calculate by hand: what is short, what it costs, who scores what."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.stressing.events import parse_events
from diversify.testing import small_case

MONTH = 365 / 12


def works(**lane: Any) -> Case:
    """Return a year in months: 10 t a month, China at 10 USD/t, going without at 100 USD/t."""
    return small_case(
        periods=12,
        period="month",
        sites=[
            {"site": "China", "country": "CHN", "cost": 10},
            {"site": "Australia", "country": "AUS", "cost": 20},
        ],
        commodities=[{"commodity": "metal", "price": 10.0}],
        lanes=[
            {"origin": site, "destination": "Works", "commodity": "metal", **lane}
            for site in ("China", "Australia")
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 100}],
        stocks=[{"buyer": "Works", "commodity": "metal", "holding_cost": 1.0}],
    )


@cache
def solved(days: float | None = None) -> dv.Plan:
    """Return the plan of the works, with a floor under the stock or without any rule."""
    return dv.solve(works(), *([] if days is None else [dv.StockFloor(days=days)]))


def event(**effect: Any) -> dv.Event:
    fields = {"months": 3, **effect}
    return parse_events([{"id": "X", "title": "x", "since": "1999", "effect": [fields]}])[0]


HALF = {"by": "country", "name": "CHN", "exports_only": True, "severity": 0.5}


def played(days: float | None = None, at: float = 3, **effect: Any) -> dict[str, Any]:
    """Return the row of the plan in one event."""
    found = dv.stress(solved(days), event(**effect), at=at, naive=solved())
    rows = found.table.set_index("plan")
    row: dict[str, Any] = rows.loc[found.plans[-2]].to_dict()
    return row


def test_half_of_the_supply_for_three_months() -> None:
    row = played(**HALF)
    # 15 of 120 t are short: 1,500 USD of lost output, less the 150 that they would have cost.
    assert row["shortage"] == pytest.approx(15 / 120)
    assert row["shortage_days"] == pytest.approx(365 * 15 / 120)
    assert row["lost_output"] == pytest.approx(1500)
    assert row["extra_cost"] == pytest.approx(1350)
    assert row["cost"] == pytest.approx(1200 + 1350)
    assert row["days_survived"] == 0
    assert row["lasts_days"] == pytest.approx(3 * MONTH)
    assert row["score"] == 0


def test_a_stock_lasts_as_long_as_it_covers_what_is_missing() -> None:
    # 36.5 days are 12 t, and 5 t a month are missing: 2.4 months, and 3 t short.
    row = played(36.5, **HALF)
    assert row["days_survived"] == pytest.approx(2.4 * MONTH, abs=3 * MONTH / 256)
    assert row["shortage"] == pytest.approx(3 / 120)
    # 12 t bought, 105 t more, 3 t short; in store 12 t for three months, then 7 and 2 t.
    held = (12 * 3 + 7 + 2) / 12
    cost = 12 * 10 + 105 * 10 + 3 * 100 + held
    assert row["cost"] == pytest.approx(cost)
    # Who knows books 20 t for each of the three months, of which half comes.
    assert row["score"] == pytest.approx((2550 - cost) / (2550 - 1200))


def test_prices_cost_what_is_bought_times_the_rise() -> None:
    row = played(price_multiple=3.0, months=2)
    assert row["price_effect"] == pytest.approx((3 - 1) * 10 * 20)
    assert row["extra_cost"] == pytest.approx(row["price_effect"])
    assert (row["shortage"], row["days_survived"]) == (0, pytest.approx(2 * MONTH))


def test_prices_beyond_the_value_of_the_output_make_buyers_go_without() -> None:
    row = played(price_multiple=15.0, months=2)
    assert row["lost_output"] == pytest.approx(20 * 100)
    assert row["price_effect"] == 0


def test_demand_that_rises_is_not_met() -> None:
    row = played(demand_multiple=1.5, months=2)
    assert row["lost_output"] == pytest.approx(10 * 100)


def test_an_event_within_periods_counts_for_the_part_of_each() -> None:
    row = played(at=3.5, by="country", name="CHN", severity=1.0, months=1)
    assert row["shortage"] == pytest.approx(10 / 120)
    half = played(at=3.5, by="country", name="CHN", severity=1.0, months=0.5)
    assert half["shortage"] == pytest.approx(5 / 120)


def test_who_hears_before_may_leave_the_plan_before() -> None:
    # 12 t in store cost 1 USD a month; all is bought in the cheap month, nothing drawn.
    found = dv.stress(
        solved(36.5),
        event(price_multiple=0.5, months=1),
        event(price_multiple=0.5, months=1, announced_months=2.5).model_copy(update={"id": "Y"}),
        at=3,
    ).table
    sudden, announced = found[found["plan"] == "plan"]["cost"]
    # 10 t are used in the month after the cheap one, and 2 t later; or in the second month, when it
    # is heard of, and the third: three months earlier.
    assert sudden - announced == pytest.approx(3 * 12 / 12)


def test_the_horizon_cuts_an_event_and_says_so() -> None:
    found = dv.stress(solved(), event(**HALF), at=11)
    assert found.table["shortage"].tolist()[0] == pytest.approx(5 / 120)
    assert found.left_out == (("X", "of its 3 months the horizon has 1"),)


def test_an_event_begins_on_its_date_or_after_a_third() -> None:
    plan = solved()
    dated = event(**HALF).model_copy(update={"since": "2026-08", "id": "Y"})
    assert dv.stress(plan, event(**HALF), dated).at == (4, 7)


def test_a_country_that_is_not_supplied_from_is_no_loss() -> None:
    found = dv.stress(
        solved(), event(by="country", name="AUS", severity=1.0), at=3
    ).table.set_index("plan")
    assert found.loc["no rule", "extra_cost"] == pytest.approx(0, abs=1e-6)


def test_the_more_stock_the_less_is_short() -> None:
    plans = {f"{days} days": solved(days) for days in (10, 36.5, 80)}
    rows = (
        dv.stress(plans, event(**HALF), at=3, naive=solved()).table.set_index("plan").loc[[*plans]]
    )
    assert rows["shortage"].is_monotonic_decreasing
    assert rows["lost_output"].is_monotonic_decreasing
    assert rows["days_survived"].is_monotonic_increasing
    assert rows["shortage"].iloc[-1] == 0


def test_scores_are_relative_to_no_rule_and_to_foreknowledge() -> None:
    plans = {"no": solved(), "cap": dv.solve(works(), dv.ShareCap(by="country", share=0.6))}
    found = dv.stress(plans, event(**HALF), at=3)
    assert found.plans == ("no", "cap", "clairvoyant")
    score = found.table.set_index("plan")["score"]
    assert (score["no"], score["clairvoyant"]) == (0, 1)
    # 40 % from Australia costs 480 more and loses 9 t: 810 less of extra cost than 1,350.
    assert score["cap"] == pytest.approx((1350 - 810 - 480) / (2550 - 1200))
    year = found.yearly.set_index("plan")
    assert year.loc["cap", "premium_per_year"] == pytest.approx(480)


def test_nothing_given_is_changed() -> None:
    plan = solved(36.5)
    case = plan.case
    before = (case.digest, plan.record, plan.first_stage.to_csv())
    found = dv.stress(plan, event(**HALF), at=3, naive=solved())
    changed = found.table
    changed["score"] = 0.0
    assert (case.digest, plan.record, plan.first_stage.to_csv()) == before
    assert found.table["score"].iloc[-1] == 1
    with pytest.raises(AttributeError):
        found.at = (0.0,)  # type: ignore[misc]


def test_a_saved_plan_is_played_alike(tmp_path: Any) -> None:
    plan = solved(36.5)
    plan.save(tmp_path / "plan")
    again = dv.stress(dv.read_plan(tmp_path / "plan"), event(**HALF), at=3)
    assert again.table.equals(dv.stress(plan, event(**HALF), at=3).table)


def test_plans_of_different_cases_are_refused() -> None:
    one, two = solved(), dv.solve(works(flex=0.1))
    with pytest.raises(dv.InputError, match="different cases"):
        dv.stress({"a": one, "b": two}, event(**HALF))
    with pytest.raises(dv.InputError, match="another case"):
        dv.stress(solved(36.5), event(**HALF), naive=two)


@pytest.mark.parametrize("at", [-1.0, 12.0])
def test_no_event_begins_outside_the_horizon(at: float) -> None:
    with pytest.raises(dv.InputError, match="outside the horizon"):
        dv.stress(solved(), event(**HALF), at=at)
