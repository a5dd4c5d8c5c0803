"""Figures show the numbers of the plan."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from report_pages import CRUEL

import diversify as dv
from diversify.errors import InputError
from diversify.report.drawing import label
from diversify.report.figures.costs import costs
from diversify.report.figures.frontier import frontier
from diversify.report.figures.map import world_map
from diversify.report.figures.risk import risk
from diversify.report.figures.sankey import OTHERS, sankey
from diversify.report.figures.shares import shares
from diversify.report.figures.stocks import disruptions, stocks
from diversify.report.flows import Flows, capacity, flows
from diversify.result.curves import exceedance
from diversify.testing import small_case, tiny_case


@pytest.fixture(scope="module")
def booked(plan: dv.Plan) -> Flows:
    return flows(plan.case, plan.portfolio)


def test_every_figure_is_one_that_plotly_takes(plan: dv.Plan) -> None:
    made: dict[str, Any] = {
        name: getattr(plan.plot, name)()
        for name in ("map", "sankey", "shares", "costs", "risk", "stocks", "value_added")
    }
    assert {name: len(figure.data) > 0 for name, figure in made.items()} == dict.fromkeys(
        made, True
    )
    for figure in made.values():
        assert figure.layout.meta["description"]
        assert "var(--" not in figure.to_json()


def test_what_reaches_the_buyer_in_the_flows_is_what_is_booked(
    plan: dv.Plan, booked: Flows
) -> None:
    # By hand: all of the commodity oxide is Nd, and only its lanes end at the buyer.
    table = plan.portfolio
    arriving = table[table["destination"] == "Works"]["tonnes"].sum()
    drawn = sankey(booked, "Nd")
    data = drawn.data[0]
    names = data["node"]["label"]
    into = [
        v
        for v, target in zip(data["link"]["value"], data["link"]["target"], strict=True)
        if names[target] == "Works"
    ]
    assert sum(into) == pytest.approx(arriving)
    assert sum(r[4] for r in drawn.rows if r[3] == "buyer") == pytest.approx(arriving)


def test_flows_of_a_period_add_up_to_those_of_the_horizon(booked: Flows) -> None:
    whole = booked.of("Nd").set_index("lane")["mass"]
    parts = pd.concat([booked.of("Nd", p).set_index("lane")["mass"] for p in booked.periods])
    pd.testing.assert_series_equal(
        parts.groupby(level=0).sum().sort_index(), whole.sort_index(), check_names=False
    )


@pytest.mark.parametrize("by", ["country", "owner", "site"])
def test_shares_of_the_flows_are_those_of_the_plans_own_table(
    plan: dv.Plan, booked: Flows, by: str
) -> None:
    # Two ways to the same number: the table of shares, and the flows that leave each stage.
    rows = booked.leaving("Nd")
    part = rows.groupby(["stage", by])["mass"].sum()
    found = (part / part.groupby(level=0).transform("sum")).sort_index()
    table = plan.shares(by)
    own = table[table["material"] == "Nd"].set_index(["stage", "name"])["share"].sort_index()
    np.testing.assert_allclose(found.to_numpy(), own.to_numpy(), atol=1e-9)
    assert found.index.tolist() == own.index.tolist()


def test_shares_show_the_plan_the_market_and_the_cap(plan: dv.Plan, booked: Flows) -> None:
    drawn = shares(plan.shares(), booked, capacity(plan.case), "Nd")
    rows = {(r[0], r[1]): r[2:] for r in drawn.rows}
    value, market, cap = rows["refine", "China"]
    assert value == pytest.approx(0.6, abs=1e-6)
    # Each refinery makes one tonne of oxide per tonne of activity: 10 of 15 t a year are in China.
    assert market == pytest.approx(10 / 15)
    assert cap == 0.6
    texts = [t for trace in drawn.data if trace.get("mode") == "text" for t in trace["text"]]
    assert "60 %, at cap" in texts
    lines = [s for s in drawn.layout["shapes"] if s["x0"] == 0.6]
    assert lines


def test_a_share_a_hair_above_its_cap_is_at_the_cap(plan: dv.Plan, booked: Flows) -> None:
    table = plan.shares()
    here = (table["stage"] == "refine") & (table["name"] == "CHN") & (table["material"] == "Nd")
    table.loc[here, "share"] = 0.6000001
    drawn = shares(table, booked, capacity(plan.case), "Nd")
    texts = [t for trace in drawn.data if trace.get("mode") == "text" for t in trace["text"]]
    assert "60 %, at cap" in texts


def test_without_trade_a_figure_says_so(plan: dv.Plan, booked: Flows) -> None:
    nowhere = Flows(booked.rows.iloc[:0], booked.content, booked.periods, booked.buyers)
    for drawn in (
        sankey(nowhere, "Nd"),
        shares(plan.shares().iloc[:0], nowhere, capacity(plan.case), "Nd"),
        world_map(nowhere, "Nd", "mine"),
    ):
        assert drawn.words.startswith("No trade")
        assert drawn.data == []
        assert "nan" not in str(drawn).lower()


@pytest.mark.parametrize("areas", [True, False])
def test_the_map_shows_the_shares_of_its_stage(plan: dv.Plan, booked: Flows, areas: bool) -> None:
    drawn = world_map(booked, "Nd", "refine", areas=areas)
    found = {row[0]: row[1] for row in drawn.rows}
    assert found["China"] == pytest.approx(0.6, abs=1e-6)
    assert found["Germany"] == pytest.approx(0.4, abs=1e-6)
    filled = {trace["name"] for trace in drawn.data if trace.get("fill")}
    assert filled == ({"CHN", "DEU"} if areas else set())
    marks = drawn.data[-1]["marker"]["size"]
    if not areas:
        # The area of a circle stands for the share.
        assert (marks[0] / marks[1]) ** 2 == pytest.approx(0.6 / 0.4, rel=1e-5)


def test_costs_add_up_to_the_objective(plan: dv.Plan) -> None:
    drawn = costs(plan.costs)
    parts = [float(row[1]) for row in drawn.rows[:-1]]
    assert sum(parts) == pytest.approx(plan.objective)
    assert drawn.rows[-1] == ("total", pytest.approx(plan.objective))


def test_the_risk_figure_has_the_limit_and_both_samples() -> None:
    drawn = risk(
        pd.DataFrame(
            [("b: Nd", "cvar", 0.95, 0.01, 0.02, 0.03, 0.025, 0.04)],
            columns=[
                "budget",
                "measure",
                "level",
                "value",
                "limit",
                "out_of_sample",
                "low",
                "high",
            ],
        ),
        pd.DataFrame(
            {
                "what": "Nd",
                "sample": ["in sample", "in sample", "fresh"],
                "loss": [0.0, 0.1, 0.2],
                "probability": [1.0, 0.1, 1.0],
            }
        ),
        "Nd",
        frozenset(),
    )
    assert [shape["x0"] for shape in drawn.layout["shapes"]] == [0.02]
    named = {trace["name"]: trace for trace in drawn.data}
    # The curve falls to zero beyond the largest loss.
    assert named["chance of more, in sample"]["y"] == [1.0, 0.1, 0.0]
    fresh = named["risk figure, fresh"]
    assert fresh["x"] == [0.03]
    assert fresh["y"] == [pytest.approx(0.05)]
    assert fresh["error_x"]["array"] == [pytest.approx(0.01)]
    assert fresh["error_x"]["arrayminus"] == [pytest.approx(0.005)]


def test_the_chance_of_a_loss_is_counted() -> None:
    rng = np.random.default_rng(5)
    losses = rng.integers(0, 8, 60).astype(float)
    mass = rng.random(60)
    mass /= mass.sum()
    x, p = exceedance(losses, mass)
    assert x.tolist() == sorted(set(losses.tolist()))
    assert p.tolist() == pytest.approx([mass[losses >= v].sum() for v in x])
    thin, chance = exceedance(np.arange(1000.0), np.full(1000, 1e-3), 10)
    assert len(thin) == 10
    assert (thin[0], thin[-1], chance[-1]) == (0.0, 999.0, pytest.approx(1e-3))


def test_a_plan_knows_the_chance_of_each_loss(plan: dv.Plan) -> None:
    # The mean is the area under the curve: of the cost this is the plan's own figure.
    curve = plan.loss_curves
    cost = curve[curve["what"] == "cost"]
    steps = np.diff(cost["loss"], prepend=0.0)
    assert (steps * cost["probability"]).sum() == pytest.approx(plan.objective)


def test_stocks_stand_beside_the_disruptions_that_they_have_to_outlast() -> None:
    case = small_case(
        sites=[{"site": "A"}, {"site": "B"}],
        lanes=[
            {"origin": "A", "destination": "B", "commodity": "ore"},
            {"origin": "B", "destination": "Works", "commodity": "metal"},
        ],
        recipes=[
            {"site": "A", "commodity": "ore"},
            {"site": "B", "direction": "input", "commodity": "ore"},
            {"site": "B", "commodity": "metal"},
        ],
        commodities=[{"commodity": "ore", "material": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        hazards=[
            {
                "hazard": "far",
                "by": "site",
                "name": "A",
                "rate_per_year": 0.1,
                "duration_months": 6,
                "severity": 1.0,
            }
        ],
    )
    found = disruptions(case)
    assert found.to_dict("list") == {
        "commodity": ["metal"],
        "hazard": ["far"],
        "days": [pytest.approx(182.5)],
    }
    held = pd.DataFrame(
        {"buyer": ["Works"], "commodity": ["metal"], "tonnes": [3.0], "days": [90.0], "bought": 1.0}
    )
    drawn = stocks(held, found)
    assert [trace["x"] for trace in drawn.data] == [[90.0], [pytest.approx(182.5)]]
    assert drawn.rows == [("metal", 90.0, 3.0, 1.0)]


def test_a_frontier_marks_what_no_plan_keeps() -> None:
    points = pd.DataFrame(
        {
            "level": [1.0, 0.5, 0.2],
            "status": ["optimal", "optimal", "infeasible"],
            "objective": [10.0, 12.5, math.nan],
        }
    )
    drawn = frontier(points, "cap")
    line, bad = drawn.data
    assert (line["x"], line["y"]) == ([0.5, 1.0], [12.5, 10.0])
    assert bad["x"] == [0.2]
    assert "No plan at 0.2." in drawn.words


def test_a_frontier_of_two_policies_has_a_line_for_each_level_of_the_second() -> None:
    points = pd.DataFrame(
        {
            "level": [1.0, 1.0, 0.5, 0.5],
            "status": "optimal",
            "objective": [10.0, 11.0, 12.0, 13.0],
            "cap": [1.0, 1.0, 0.5, 0.5],
            "days": [0.0, 60.0, 0.0, 60.0],
        }
    )
    first, second = frontier(points, "cap and days").data
    assert (first["name"], first["x"], first["y"]) == ("days 0", [0.5, 1.0], [12.0, 10.0])
    assert (second["name"], second["x"], second["y"]) == ("days 60", [0.5, 1.0], [13.0, 11.0])


def test_the_frontier_of_a_case_has_a_figure_and_a_card() -> None:
    cap = dv.ShareCap(by="country", foreign_only=False)
    found = dv.frontier(dv.example("first-steps"), cap, levels=[1, 0.8, 0.2])
    assert list(found.plot().data[0].y) == [11.0, 10.0]
    assert "<td>no plan</td>" in found._repr_html_()


def test_many_places_share_a_node() -> None:
    sites = [f"S{i:02d}" for i in range(15)]
    rows = pd.DataFrame(
        {
            "lane": sites,
            "stage": "mine",
            "commodity": "metal",
            "site": sites,
            "owner": sites,
            "country": sites,
            "destination": "Works",
            "period": "2026",
            "tonnes": [float(i + 1) for i in range(15)],
            "next_stage": "",
            "next_owner": "Works",
            "next_country": "DEU",
        }
    )
    drawn = sankey(Flows(rows, {"metal": {"m": 1.0}}, ("2026",), ("Works",)), "m", by="site")
    others = [row for row in drawn.rows if str(row[0]).startswith(OTHERS)]
    # The nine largest are 7 to 15 t; the other six share 1 + ... + 6.
    assert len(drawn.rows) == 10
    assert others[0][4] == pytest.approx(21.0)


def test_names_stay_text_in_every_figure(booked: Flows) -> None:
    rows = booked.rows.assign(site=CRUEL, owner=CRUEL, destination=CRUEL)
    cruel = Flows(rows, booked.content, booked.periods, booked.buyers)
    drawn = sankey(cruel, "Nd", by="site")
    assert "<script" not in str(drawn.data)
    assert label(CRUEL) in str(drawn.data[0]["link"]["customdata"])


def test_unknown_choices_are_refused_with_what_is_known(plan: dv.Plan) -> None:
    with pytest.raises(InputError, match="known: Nd"):
        plan.plot.map(material="Pm")
    with pytest.raises(InputError, match="known: 2026, 2027"):
        plan.plot.sankey(period="2031")
    with pytest.raises(InputError, match="known: country, owner, site"):
        plan.plot.sankey(by="bloc")


def test_cards_of_a_notebook_escape_and_tell_what_there_is(plan: dv.Plan) -> None:
    assert "Works" in plan.case._repr_html_()
    assert "<caption>Plan of tiny: optimal, certified</caption>" in plan._repr_html_()
    cruel = tiny_case(title=CRUEL)
    assert "<script" not in cruel._repr_html_()
    from diversify.scenarios import listed

    card = listed(plan.case)._repr_html_()
    # 0.85 calm, and a mean over two years of the strike: 1 - 0.1 * 0.5 / 2.
    assert "<td>0.85</td>" in card
    assert "<td>0.975</td>" in card
