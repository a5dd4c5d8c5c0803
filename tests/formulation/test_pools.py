"""Stocks that buyers hold together: how much is needed, who may take it, what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

import diversify as dv
from diversify.case import Case
from diversify.errors import InputError
from diversify.report.pooled import pool_sentences
from diversify.result.summary import summary
from diversify.testing import small_case, trial

Cells = Mapping[str, Any]
APART = {
    "calm": (0.8, {}),
    "a": (0.1, {"stop A": [1, 0]}),
    "b": (0.1, {"stop B": [1, 0]}),
}
TOGETHER = {"calm": (0.8, {}), "both": (0.2, {"stop A": [1, 0], "stop B": [1, 0]})}


def two(
    scenarios: Any = None,
    *,
    pool: Cells | None = None,
    member: Cells | None = None,
    own: bool = False,
    short: float = 1000.0,
) -> Case:
    """Two buyers of a tonne a year, each with a source that may stop in the second of two years.

    A source makes a tonne a year, for nothing; a tonne in store costs 10 and is worth 5 at the end;
    its lack costs 1000.
    """
    return small_case(
        commodities=[{"commodity": "metal", "material": "metal", "price": 10.0}],
        sites=[{"site": "A", "capacity": 1.0}, {"site": "B", "capacity": 1.0}],
        lanes=[
            {"origin": "A", "destination": "W1", "commodity": "metal"},
            {"origin": "B", "destination": "W2", "commodity": "metal"},
        ],
        demand=[{"buyer": b, "commodity": "metal", "quantity": 1.0} for b in ("W1", "W2")],
        shortages=[{"buyer": b, "commodity": "metal", "cost": short} for b in ("W1", "W2")],
        stocks=[
            {"buyer": b, "commodity": "metal", "end_discount": 0.5}
            for b in (("W1", "W2") if own else ())
        ],
        pools=[]
        if pool is None
        else [{"pool": "P", "commodity": "metal", "end_discount": 0.5, **pool}],
        pool_members=[]
        if pool is None
        else [{"pool": "P", "buyer": b, **(member or {})} for b in ("W1", "W2")],
        hazards=[{"hazard": f"stop {n}", "by": "site", "name": n} for n in "AB"],
        scenarios=APART if scenarios is None else scenarios,
        periods=2,
    )  # fmt: skip


def held(plan: dv.Plan) -> float:
    return float(plan.pools["tonnes"].iloc[0])


def cost(plan: dv.Plan) -> dict[str, float]:
    return dict(zip(plan.costs["kind"], plan.costs["usd"], strict=True))


def test_disruptions_that_exclude_each_other_need_half_the_stock() -> None:
    """One tonne serves whoever lacks it: 10 - 5, and 5 more in the two cases of ten it is used."""
    alone = dv.solve(two(own=True))
    shared = dv.solve(two(pool={}))
    assert alone.stocks["tonnes"].tolist() == pytest.approx([1, 1])
    assert held(shared) == pytest.approx(1.0)
    assert shared.objective == pytest.approx(10 - 0.8 * 5)
    assert alone.objective == pytest.approx(2 * (10 - 0.9 * 5))


def test_shocks_that_strike_both_leave_nothing_to_share() -> None:
    alone, shared = dv.solve(two(TOGETHER, own=True)), dv.solve(two(TOGETHER, pool={}))
    assert held(shared) == pytest.approx(2.0)
    assert shared.objective == pytest.approx(alone.objective)


def test_who_may_have_half_needs_twice_as_much() -> None:
    plan = dv.solve(two(pool={}, member={"entitlement": 0.5}))
    assert held(plan) == pytest.approx(2.0)
    assert plan.pools["most"].tolist() == pytest.approx([1, 1])
    assert plan.pools["days"].tolist() == pytest.approx([365, 365])
    assert plan.pools["cost_share"].tolist() == pytest.approx([0.5, 0.5])


def test_fees_are_paid_for_each_year_and_each_tonne() -> None:
    """Three a year from each of two for two years; 7 for a tonne in two cases of ten."""
    plan = dv.solve(two(pool={"capacity": 4, "draw_fee": 7.0}, member={"access_fee": 3.0}))
    paid = cost(plan)
    assert paid["pool_access"] == pytest.approx(12.0)
    assert paid["pool_draw"] == pytest.approx(0.2 * 7)
    assert plan.objective == pytest.approx(6 + 12 + 1.4)
    joined = plan.decisions[plan.decisions["decision"] == "join"]
    assert joined["destination"].tolist() == ["W1", "W2"]
    assert plan.pools["fee_per_year"].tolist() == [3.0, 3.0]


def test_who_does_not_join_gets_nothing() -> None:
    # Alone 100 a tonne are lost in a tenth of cases: 10 a member, less than the fee of 12.
    dear = dv.solve(two(pool={"capacity": 4}, member={"access_fee": 6.0}, short=100.0))
    assert held(dear) == pytest.approx(0.0)
    assert dear.objective == pytest.approx(20.0)
    assert not dear.pools["member"].any()
    assert dear.pools["most"].tolist() == [0.0, 0.0]


def test_what_is_lost_in_store_is_replaced_and_held_for() -> None:
    """A tenth is lost before it is needed, so 1 / 0.9 is held; 2 a tonne and year for storage."""
    case = two(pool={"loss_rate": 0.1, "holding_cost": 2.0})
    # Sources that can make more replace what is lost.
    plan = dv.solve(case.with_table("sites", case.raw("sites").assign(capacity=2.0)))
    size = 1 / 0.9
    assert held(plan) == pytest.approx(size)
    # Full at the end of both years; where one took all of it, the other puts back the tonne that
    # its source has left, for nothing.
    assert cost(plan)["pool_holding"] == pytest.approx(2 * (size + 0.8 * size + 0.2))


def test_only_what_does_not_arrive_may_be_taken() -> None:
    """W1 books nothing it could have: what it never booked is not missing."""
    rows = {"pool": {"only_missing": "yes"}}
    assert dv.solve(two(**rows)).objective == pytest.approx(6.0)  # type: ignore[arg-type]
    # A share cap leaves W1 with half a tonne booked, so that half of its need is never missing.
    cap = dv.ShareCap(by="site", names=("A",), share=0.25, period="horizon")
    free, bound = (dv.solve(two(pool=pool), cap) for pool in ({}, {"only_missing": "yes"}))
    assert bound.objective > free.objective + 1.0


def test_nothing_is_taken_before_news() -> None:
    """Needed in the first year of a certain shortage without news, it stays shut (R10)."""
    case = two({"calm": (1.0, {})}, pool={"holding_cost": 0.0})
    less = case.with_table("sites", case.raw("sites").assign(capacity=[0.5, 1.0]))
    plan = dv.solve(less)
    assert held(plan) == pytest.approx(0.0)
    assert plan.objective == pytest.approx(2 * 0.5 * 1000)


def test_a_pool_is_filled_no_faster_than_its_rate() -> None:
    """Used up in year 1 of 3, and again in year 3: half comes back in year 2, and half is short."""
    case = two(pool={"refill_rate": 0.5, "capacity": 1.0})
    lanes = case.raw("lanes").assign(flex=5.0)
    twice = {
        "scenario": "x",
        "probability": 1.0,
        "hazard": "stop A",
        "period": [2, 3, 4],
        "value": [0, 1, 0],
    }
    tables = {name: case.raw(name) for name in case.tables}
    tables["scenarios"] = pd.DataFrame(twice)
    tables["lanes"] = lanes
    tables["sites"] = case.raw("sites").assign(capacity=[5.0, 1.0])
    settings = case.settings.model_copy(
        update={
            "periods": 4,
            "scenarios": case.settings.scenarios.model_copy(update={"missing": "available"}),
        }
    )
    plan = dv.solve(Case.from_frames(settings, tables))
    assert cost(plan)["shortage"] == pytest.approx(500.0)


def test_money_that_is_spent_counts_pools_on_both_faces() -> None:
    policy = dv.SpendCap(limit=7.0)
    found = trial(two(pool={"holding_cost": 1.0}), [policy])
    assert found.view is not None
    # 10 + 2 a tonne, and nothing else is paid for.
    assert policy.measure(found.view) == pytest.approx({"total": 7.0})
    assert found.view.targets == {}


def test_a_case_without_pools_is_the_case_that_it_was() -> None:
    case = two(own=True)
    assert case.table("pools").empty
    assert dv.solve(case).pools.empty
    assert "pool_purchase" not in cost(dv.solve(case))


def test_buyers_of_a_part_keep_the_pool_and_its_sentence() -> None:
    whole = dv.solve(two(pool={}))
    assert pool_sentences(whole.pools) == ["W1 and W2 hold 1 t of metal together in P."]
    assert summary(whole)["pools"][0]["tonnes"] == pytest.approx(1.0)
    part = dv.solve(two(pool={}).for_buyers("W1"))
    assert pool_sentences(part.pools) == ["W1 holds 1 t of metal in P."]


def test_plans_with_pools_are_evaluated_and_kept(tmp_path: object) -> None:
    plan = dv.solve(two(pool={"holding_cost": 1.0}))
    assert dv.evaluate(plan).cost == pytest.approx(plan.objective, rel=1e-9)
    again = dv.read_plan(plan.save(f"{tmp_path}/plan"))
    assert again.pools.equals(plan.pools)


def test_both_methods_agree_on_pools() -> None:
    case = two(pool={"loss_rate": 0.1, "draw_fee": 2.0}, member={"entitlement": 0.75})
    costs = [dv.solve(case, method=m).objective for m in ("extensive", "decomposed")]
    assert costs[1] == pytest.approx(costs[0], rel=1e-6)


@pytest.mark.parametrize(
    ("pool", "member", "words"),
    [
        ({"refill_rate": 0.05, "loss_rate": 0.1}, {}, "refill_rate"),
        ({"capacity": "inf"}, {"access_fee": 1.0}, "finite capacity"),
        ({}, {"entitlement": 1.5}, "entitlement"),
        ({}, {"pool": "Q"}, "Q"),
    ],
)
def test_pools_that_cannot_be_are_refused(pool: Cells, member: Cells, words: str) -> None:
    with pytest.raises(InputError, match=words):
        two(pool=pool, member=member)


def test_a_member_that_needs_nothing_of_it_is_refused() -> None:
    case = two(pool={})
    demand = case.raw("demand")
    with pytest.raises(InputError, match="needs nothing that the pool stores"):
        case.with_table("demand", demand[demand["buyer"] == "W1"])
