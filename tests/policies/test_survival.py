"""Losses that a plan has to survive: closed forms, both methods, and only what is needed."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.solver import trials
from diversify.testing import small_case, tiny_case

DEMAND = 100.0


def suppliers(costs: dict[str, float], *, stock: bool = False, **more: Any) -> Case:
    """Return a case of suppliers of one metal, each a country of its own."""
    countries = dict(zip(costs, ("CHN", "AUS", "USA", "CAN", "BRA", "ZAF"), strict=False))
    held = {"buyer": "Works", "commodity": "metal", "holding_cost": 1.0, "end_discount": 0.0}
    return small_case(
        sites=[
            {"site": s, "cost": c, "country": countries[s], **more.get(s, {})}
            for s, c in costs.items()
        ],
        lanes=[
            {"origin": s, "destination": "Works", "commodity": "metal", **more.get("lane", {})}
            for s in costs
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": DEMAND}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 500}],
        stocks=[held] if stock else [],
        **more.get("case", {}),
    )


def tonnes(plan: dv.Plan) -> dict[str, float]:
    frame = plan.portfolio
    return dict(zip(frame["site"], frame["tonnes"], strict=True))


@pytest.mark.parametrize("method", ["extensive", "decomposed"])
def test_any_loss_leaves_the_others_to_deliver(method: str) -> None:
    # Without either, at least 60 of 100 t must come: 60 t from each, at 10 and 12 USD/t. Each point
    # of the limit saves a tonne from each.
    plan = dv.solve(
        suppliers({"A": 10, "B": 12}),
        dv.SurviveLoss(by="country", limit=0.4),
        method=method,  # type: ignore[arg-type]
    )
    assert plan.point == "certified"
    assert tonnes(plan) == pytest.approx({"A": 60, "B": 60})
    assert plan.objective == pytest.approx(60 * 22)
    assert plan.prices.iloc[0]["price"] == pytest.approx(-2200)


def test_two_lost_of_three_need_everything_three_times() -> None:
    # Each pair may go, so each supplier alone has to deliver all.
    plan = dv.solve(suppliers({"A": 10, "B": 12, "C": 15}), dv.SurviveLoss(by="site", k=2))
    assert tonnes(plan) == pytest.approx({"A": 100, "B": 100, "C": 100})


def test_losses_are_added_only_where_a_plan_does_not_survive_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = suppliers(dict(zip("ABCDEF", (10, 11, 12, 13, 14, 15), strict=True)))
    rule = dv.SurviveLoss(by="site", k=2, limit=0.1)
    monkeypatch.setattr(trials, "STEP", 99)
    whole = dv.solve(case, rule)
    monkeypatch.setattr(trials, "STEP", 2)
    seen: list[int] = []
    original = trials.having

    def counted(blocks: Any, every: Any, chosen: Any) -> Any:
        seen.append(len(chosen))
        return original(blocks, every, chosen)

    monkeypatch.setattr(trials, "having", counted)
    lazy = dv.solve(case, rule)
    assert lazy.objective == pytest.approx(whole.objective, rel=1e-9)
    assert len(set(seen)) > 1
    assert max(seen) < 15


def test_a_plan_that_loses_more_is_said_to() -> None:
    case = suppliers({"A": 10, "B": 12}, A={"capacity": 50.0})
    with pytest.raises(dv.InfeasibleError) as refused:
        dv.solve(case, dv.SurviveLoss(by="country", limit=0.4))
    items = refused.value.conflict.items
    assert {item.policy for item in items if item.policy} == {"survive_loss country"}
    # Without B at most 50 of 100 t come: the limit has to rise to 0.5.
    (change,) = [item.change for item in items if item.policy]
    assert change == pytest.approx(0.1, abs=1e-6)


def test_a_stock_survives_as_long_as_it_lasts() -> None:
    # The only supplier is gone for 90 days: a stock of 90/365 of a year's demand.
    plan = dv.solve(suppliers({"A": 10}, stock=True), dv.TimeToSurvive(days=90))
    assert plan.stocks["tonnes"].tolist() == pytest.approx([DEMAND * 90 / 365])


def test_each_node_has_its_own_time_to_recover() -> None:
    case = suppliers(
        {"A": 10, "B": 10},
        stock=True,
        A={"recovery_months": 3.0, "capacity": 60.0},
        B={"recovery_months": 6.0, "capacity": 60.0},
    )
    plan = dv.solve(case, dv.TimeToSurvive(limit=0.0))
    # What the other brings, and the stock, have to do for the longer of the two: with x t of B
    # booked, half a year takes x/2 from it, and A's 60 t bring 20 t more than its part.
    without_b = plan.stocks["tonnes"].iloc[0] + tonnes(plan)["A"] + tonnes(plan)["B"] / 2
    assert without_b == pytest.approx(DEMAND)
    with pytest.raises(dv.InputError, match="no site that could be lost has a time to recover"):
        dv.solve(suppliers({"A": 10}, stock=True), dv.TimeToSurvive(limit=0.0))


def test_a_corridor_is_lost_with_all_its_lanes() -> None:
    lanes = {"corridor": "Malacca"}
    case = suppliers({"A": 10, "B": 12}, lane=lanes)
    with pytest.raises(dv.InfeasibleError):
        dv.solve(case, dv.SurviveLoss(by="corridor"))
    plan = dv.solve(case, dv.SurviveLoss(by="corridor", limit=1.0))
    assert tonnes(plan) == pytest.approx({"A": 100})


def test_losses_do_not_count_as_scenarios() -> None:
    # The worst case of the scenarios is the embargo: a budget on it says nothing about losses.
    case = tiny_case()
    budget = dv.ShortageBudget(measure="worst", limit=1.0)
    alone = dv.solve(case, budget)
    both = dv.solve(case, budget, dv.SurviveLoss(by="country", limit=1.0))
    assert both.objective == pytest.approx(alone.objective, rel=1e-9)
    assert both.record.scenarios == 3
    tight = dv.ShortageBudget(measure="worst", limit=0.0)
    rule = dv.SurviveLoss(by="site", months=24, limit=0.9)
    assert dv.solve(case, tight, rule).objective == pytest.approx(
        dv.solve(case, tight).objective, rel=1e-9
    )


def test_more_at_a_time_than_there_are_is_refused() -> None:
    with pytest.raises(dv.InputError, match="only 2 can be lost"):
        dv.solve(suppliers({"A": 10, "B": 12}), dv.SurviveLoss(by="site", k=3))
