"""Value added and common goods of a plan: by hand, and as a sum that must come out."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.cli.answer import answer
from diversify.cli.blocks import plain
from diversify.result.summary import summary
from diversify.testing import small_case, tiny_case


def joint(**extra: Any) -> Case:
    """Ore (4 USD/t) of Zimbabwe gives lithium (10) and tantalum (30) in China; 5 t are needed.

    A tonne of ore holds half a tonne of lithium and a tenth of a tonne of tantalum, of which only
    0.2 t are asked for.
    """
    return small_case(
        commodities=[
            {"commodity": "ore", "material": "Li", "price": 4.0},
            {"commodity": "lithium", "material": "Li", "price": 10.0},
            {"commodity": "tantalum", "material": "Ta", "price": 30.0},
        ],
        contents=[
            {"commodity": "ore", "material": "Li", "content": 0.5},
            {"commodity": "ore", "material": "Ta", "content": 0.1},
        ],
        sites=[
            {"site": "Pit", "country": "ZWE", "stage": "mine", "emissions": 0.5},
            {"site": "Ref", "country": "CHN", "stage": "refine", "emissions": 2, **extra},
        ],
        recipes=[
            {"site": "Pit", "commodity": "ore"},
            {"site": "Ref", "direction": "input", "commodity": "ore"},
            {"site": "Ref", "commodity": "lithium", "amount": 0.5},
            {"site": "Ref", "commodity": "tantalum", "amount": 0.1},
        ],
        lanes=[
            {"origin": "Pit", "destination": "Ref", "commodity": "ore", "emissions": 0.1},
            {"origin": "Ref", "destination": "Works", "commodity": "lithium"},
            {"origin": "Ref", "destination": "Works", "commodity": "tantalum"},
        ],
        demand=[
            {"buyer": "Works", "commodity": "lithium", "quantity": 5},
            {"buyer": "Works", "commodity": "tantalum", "quantity": 0.2},
        ],
    )


def table(plan: dv.Plan) -> dict[tuple[str, ...], float]:
    rows = plan.value_added
    keys = zip(rows["country"], rows["stage"], rows["material"], strict=True)
    return dict(zip(keys, rows["usd"], strict=True))


def test_value_added_counts_what_is_made_and_splits_it_by_value() -> None:
    # 10 t of ore at 4; lithium 5 * 10, tantalum 1 * 30: 80 - 40 = 40, five eighths lithium's.
    plan = dv.solve(joint())
    assert table(plan) == pytest.approx(
        {("ZWE", "mine", "Li"): 40, ("CHN", "refine", "Li"): 25, ("CHN", "refine", "Ta"): 15}
    )
    assert plan.value_added["share"].tolist() == pytest.approx([0.5, 25 / 80, 15 / 80])


def test_an_output_that_nobody_can_take_is_waste() -> None:
    case = joint()
    tables = {name: case.raw(name) for name in case.tables}
    for name in ("lanes", "demand"):
        tables[name] = tables[name][tables[name]["commodity"] != "tantalum"]
    plan = dv.solve(Case.from_frames(case.settings, tables))
    assert table(plan) == pytest.approx({("ZWE", "mine", "Li"): 40, ("CHN", "refine", "Li"): 10})


def test_a_stage_may_lose_value() -> None:
    case = joint()
    tables = {name: case.raw(name) for name in case.tables}
    prices = tables["commodities"]
    prices.loc[prices["commodity"] == "ore", "price"] = 12.0
    plan = dv.solve(Case.from_frames(case.settings, tables))
    assert table(plan)["ZWE", "mine", "Li"] == pytest.approx(120)
    assert table(plan)["CHN", "refine", "Li"] == pytest.approx(-25)


@pytest.mark.parametrize(
    "policies", [[], [dv.ShareFloor(by="domestic", share=0.5, stage="refine")]]
)
def test_without_joint_outputs_all_value_added_is_the_value_of_what_reaches_buyers(
    policies: list[Any],
) -> None:
    plan = dv.solve(tiny_case(), *policies)
    booked = plan.portfolio
    delivered = booked[booked["destination"] == "Works"]["tonnes"].sum()
    assert plan.value_added["usd"].sum() == pytest.approx(20 * delivered)


def test_the_floor_and_the_table_agree() -> None:
    floor = dv.ProducerValueFloor(share=0.7, of="value_added", names=["AUS", "DEU"])
    plan = dv.solve(tiny_case(), floor)
    rows = plan.value_added
    kept = rows[rows["country"].isin(["AUS", "DEU"])]["share"].sum()
    assert kept == pytest.approx(0.7)


def test_common_goods_are_counted_where_they_arise() -> None:
    plan = dv.solve(joint(radioactive=0.01))
    found = plan.common_goods
    keys = zip(found["what"], found["country"], found["stage"], strict=True)
    assert dict(zip(keys, found["tonnes"], strict=True)) == pytest.approx(
        {
            ("emissions", "ZWE", "mine"): 5.0,
            ("emissions", "CHN", "refine"): 20.0,
            ("emissions", "ZWE", "transport"): 1.0,
            ("radioactive", "CHN", "refine"): 0.1,
        }
    )


def test_the_cap_and_the_table_agree() -> None:
    case = small_case(
        sites=[{"site": "A", "cost": 1, "emissions": 2}, {"site": "B", "cost": 2}],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "AB"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
    )
    plan = dv.solve(case, dv.EmissionsCap(limit=7))
    assert plan.common_goods["tonnes"].sum() == pytest.approx(7)


def test_a_case_without_figures_has_no_common_goods() -> None:
    plan = dv.solve(tiny_case())
    assert plan.common_goods.empty
    assert list(plan.common_goods.columns) == ["what", "country", "stage", "tonnes"]


def test_json_and_the_printed_answer_hold_the_tables() -> None:
    plan = dv.solve(joint())
    found = summary(plan)
    assert found["value_added"][0].keys() == {"country", "stage", "material", "usd", "share"}
    assert found["common_goods"][0] == {
        "what": "emissions",
        "country": "ZWE",
        "stage": "mine",
        "tonnes": pytest.approx(5.0),
    }
    lines = [" ".join(line.split()) for line in plain(answer(plan, found)).splitlines()]
    assert "Value added by country, undisturbed plan at reference prices, USD" in lines
    assert "country mine refine all share" in lines
    assert "emissions transport ZWE 1" in lines


def test_what_a_solver_leaves_of_nothing_is_not_printed_as_value() -> None:
    plan = dv.solve(joint())
    found = summary(plan)
    first = found["value_added"][0]
    whole = sum(row["usd"] for row in found["value_added"])
    dust = {**first, "country": "MWI", "usd": 1e-9 * whole}
    little = {**first, "country": "MDG", "usd": 1e-6 * whole}
    said = plain(answer(plan, {**found, "value_added": [*found["value_added"], dust, little]}))
    assert "MDG" in said
    assert "MWI" not in said
