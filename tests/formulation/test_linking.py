"""Links of yes/no decisions: strong, and never in the way of an optimum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversify.case import Case
from diversify.compile import Blocks
from diversify.compile.compiler import compile_build, policies_added
from diversify.formulation import booking, build_network, start_build
from diversify.formulation.covers import add_covers, closed_without
from diversify.formulation.linking import ROOM, reach
from diversify.formulation.symbols import Symbols
from diversify.policies import Policy, ShareCap, ShareFloor, ShortageBudget, StockFloor
from diversify.scenarios import listed
from diversify.solver.data import scenario_data
from diversify.solver.extensive import stack
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.testing import small_case
from tests.rows import two_in_an_ore

# So wide that only quota and the site's own capacity are left, as if there were no other bound.
WEAK = 1e30


def compiled(
    case: Case, policies: Sequence[Policy] = (), *, weak: bool = False
) -> tuple[Blocks, Any]:
    """The arrays of a case, with all links, or with those by quota and own capacity only."""
    with mock.patch.object(booking, "ROOM", WEAK if weak else ROOM):
        network = build_network(case)
        build = start_build(network)
    m = build.model
    if not hasattr(m.plan, "cover"):
        add_covers(m, network, Symbols(m, network))
    if weak:
        m.plan.cover.deactivate()
        m.ops.cover.deactivate()
    policies_added(build, policies)
    blocks, batch = compile_build(build), listed(case)
    theta, news = scenario_data(blocks, network, batch, build.levels)
    return blocks, (theta, batch.probability, news)


def problem(case: Case, policies: Sequence[Policy] = (), *, weak: bool = False) -> Problem:
    blocks, data = compiled(case, policies, weak=weak)
    return stack(blocks, *data).problem


def relaxation(found: Problem) -> float:
    answer = run(found.relaxed())
    if answer.status == "infeasible":
        return math.inf
    assert answer.point is not None
    return float(found.cost @ answer.point) + found.offset


@dataclass(frozen=True)
class Found:
    """The optimum, the plan, and the multiplier of each block row."""

    objective: float
    plan: dict[str, float]
    multiplier: dict[str, float]


def solved(case: Case, policies: Sequence[Policy] = (), *, weak: bool = False) -> Found | None:
    return optimum(*compiled(case, policies, weak=weak))


def optimum(blocks: Blocks, data: Any) -> Found | None:
    extensive = stack(blocks, *data)
    answer = run(extensive.problem, mip_gap=1e-9)
    if answer.status == "infeasible":
        return None
    assert answer.point is not None
    fixed = run(extensive.problem.fixed(answer.point))
    assert fixed.point is not None
    assert fixed.multipliers is not None
    total = np.bincount(extensive.row, fixed.multipliers, len(blocks.rows))
    return Found(
        float(extensive.problem.cost @ fixed.point) + extensive.problem.offset,
        dict(zip(blocks.columns, fixed.point[: blocks.first].tolist(), strict=False)),
        dict(zip(blocks.rows, total.tolist(), strict=True)),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Two mines, two processors of joint products and two suppliers, four of them decisions.

    With partial outages, take-or-pay, flexible volumes, spot, stocks and an uncertain demand, each
    in some cases only.
    """
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    periods = draw(st.integers(1, 2))
    surge = draw(st.booleans())

    def number(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def sometimes(low: float, high: float) -> float:
        return number(low, high) * float(rng.integers(0, 2))

    def lane(origin: str, end: str, commodity: str) -> dict[str, Any]:
        return {
            "origin": origin,
            "destination": end,
            "commodity": commodity,
            "freight": number(0.1, 1),
            "booking_cost": sometimes(0.01, 0.2),
            "flex": sometimes(0.1, 0.5),
            "take_or_pay": sometimes(0.2, 0.9),
            "spot_limit": sometimes(0.5, 3),
            "spot_premium": number(0.2, 1),
            "quota": 1e3 if rng.random() < 0.7 else number(2, 8),
        }

    decided = {"fixed_cost": 0.0, "minimum_offtake": 0.0}
    sites = [
        {"site": "Mine A", "stage": "mine", "country": "AUS", "cost": 1, "capacity": 90},
        {"site": "Mine B", "stage": "mine", "country": "BRA", "cost": 1.2, "capacity": 70},
        {"site": "Ref A", "country": "CHN", "cost": 2, "capacity": 60},
        {"site": "Ref B", "country": "DEU", "cost": 3, "capacity": 40},
        {"site": "Shop", "country": "JPN", "cost": number(8, 14), "capacity": 50},
        {"site": "Yard", "country": "DEU", "stage": "recycle", "cost": 11, "capacity": 5},
    ]
    for site in sites[1:]:
        if rng.random() < 0.7:
            decided = {"fixed_cost": number(1, 30), "minimum_offtake": sometimes(0.5, 4)}
            site.update(decided)
    recipes = [{"site": s, "commodity": "ore"} for s in ("Mine A", "Mine B")]
    for site in ("Ref A", "Ref B"):
        recipes += [
            {"site": site, "direction": "input", "commodity": "ore", "amount": 2.0},
            {"site": site, "commodity": "N", "amount": number(0.5, 0.8)},
            {"site": site, "commodity": "D", "amount": number(0.05, 0.2)},
        ]
    recipes += [{"site": "Shop", "commodity": "N"}, {"site": "Yard", "commodity": "D"}]
    stocks = [
        {
            "buyer": "Works",
            "commodity": c,
            "initial": sometimes(0.1, 0.5),
            "capacity": cap,
            "holding_cost": 0.1,
            "loss_rate": sometimes(0.01, 0.1),
            "end_discount": 0.2,
        }
        for c, cap in (("N", 6.0), ("D", math.inf))
        if rng.random() < 0.6
    ]
    hazards: list[dict[str, Any]] = [
        {"hazard": "stop", "by": "country", "name": "CHN"},
        {"hazard": "flood", "by": "site", "name": "Mine A"},
    ]
    values = {
        "stop": [number(0, 0.6) for _ in range(periods)],
        "flood": [1.0] * (periods - 1) + [number(0, 0.9)],
    }
    if surge:
        hazards.append({"hazard": "boom", "kind": "demand", "by": "commodity", "name": "N"})
        values["boom"] = [1.0] * (periods - 1) + [number(1.2, 2)]
    mass = rng.dirichlet([2.0, 1.0, 1.0])
    return small_case(
        periods=periods,
        discount_rate=0.05,
        sites=sites,
        recipes=recipes,
        **two_in_an_ore((0.4, 0.1), (1.0, 10.0, 50.0)),
        lanes=[
            lane(mine, ref, "ore") for mine in ("Mine A", "Mine B") for ref in ("Ref A", "Ref B")
        ]
        + [lane(ref, "Works", c) for ref in ("Ref A", "Ref B") for c in ("N", "D")]
        + [lane("Shop", "Works", "N"), lane("Yard", "Works", "D")],
        demand=[
            {"buyer": "Works", "commodity": "N", "quantity": number(3, 8)},
            {"buyer": "Works", "commodity": "D", "quantity": number(0.3, 1.5)},
        ],
        shortages=[
            {"buyer": "Works", "commodity": "N", "cost": number(40, 90)},
            {"buyer": "Works", "commodity": "D", "cost": number(60, 200)},
        ],
        stocks=stocks,
        hazards=hazards,
        scenarios={
            "calm": (float(mass[0]), {}),
            "one": (float(mass[1]), {"stop": values["stop"]}),
            "two": (float(mass[2]), values),
        },
    )


POLICIES: list[list[Policy]] = [
    [],
    [ShareCap(by="country", names=["CHN"], share=0.5, stage="refine")],
    [ShareFloor(by="country", names=["DEU"], share=0.3, stage="refine", material="N")],
    [ShortageBudget(measure="cvar", level=0.8, limit=0.15)],
    [
        ShareCap(by="country", names=["AUS"], share=0.6, stage="mine", material="D"),
        ShortageBudget(measure="worst", limit=0.5),
    ],
]


@given(cases(), st.sampled_from(POLICIES))
def test_strong_links_keep_the_optimum_and_raise_the_relaxation(
    case: Case, policies: list[Policy]
) -> None:
    # A build whose links know quota and own capacity only is the reference.
    builds = [compiled(case, policies, weak=weak) for weak in (False, True)]
    strong, weak = (optimum(*build) for build in builds)
    assert (strong is None) == (weak is None)
    if strong is not None and weak is not None:
        assert strong.objective == pytest.approx(weak.objective, rel=1e-7)
        high, low = (relaxation(stack(blocks, *data).problem) for blocks, data in builds)
        assert high >= low - 1e-7 * (1 + abs(low))
        assert high <= strong.objective + 1e-6 * (1 + abs(high))


@given(cases())
def test_every_feasible_plan_keeps_what_the_chain_lets_through(case: Case) -> None:
    # The most that a lane can carry, by a linear problem of its own for each lane.
    network = build_network(case)
    quotas = {str(lane): float(q) for lane, q in network.lanes["quota"].items()}
    most = reach(network, quotas)
    blocks, data = compiled(case, weak=True)
    found = stack(blocks, *data).problem.relaxed()
    place = {label: i for i, label in enumerate(blocks.columns)}
    for lane, t in network.active:
        cost = np.zeros_like(found.cost)
        cost[place[f"plan.book[{lane},{t}]"]] = -1.0
        answer = run(Problem(**{**fields(found), "cost": cost, "offset": 0.0}))
        assert answer.point is not None
        assert -float(cost @ answer.point) <= most[lane] * (1 + 1e-7) + 1e-7


def fields(found: Problem) -> dict[str, Any]:
    names = ("matrix", "cost", "lower", "upper", "low", "high", "integer", "offset")
    return {name: getattr(found, name) for name in names}


def one_processor(**changes: Any) -> Case:
    """A processor of 100 t that could serve a demand of 10 t once approved, in two periods."""
    lane = {"origin": "New", "destination": "Works", "commodity": "metal", "freight": 1.0}
    old = {**lane, "origin": "Old", "freight": 2.0}
    return small_case(
        periods=2,
        sites=[
            {"site": "New", "country": "AUS", "capacity": 100, "fixed_cost": 50},
            {"site": "Old", "country": "CHN", "capacity": 1000},
        ],
        lanes=[{**lane, **changes}, old],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 100}],
        hazards=[
            {"hazard": "embargo", "by": "country", "name": "CHN"},
            {"hazard": "strike", "by": "site", "name": "New"},
        ],
        scenarios={
            "calm": (0.8, {}),
            "embargo": (0.2, {"embargo": [1, 0]}),
        },
    )


def test_the_relaxation_is_higher_where_capacity_exceeds_demand() -> None:
    # By hand. Weak: a tenth of an approval carries 10 t at 1 USD/t in both years, 5 + 20. Strong:
    # what Old does not serve needs as much of an approval. A tonne by Old in the first year costs
    # 1 USD more, in the second 0.8 * 1 + 0.2 * 99 = 20.6 with what is lost in the embargo: for
    # 50 USD all that is 10 + 206, so New is approved, 50 + 20, also in the relaxation.
    assert relaxation(problem(one_processor(), weak=True)) == pytest.approx(25.0, abs=1e-6)
    assert relaxation(problem(one_processor())) == pytest.approx(70.0, abs=1e-6)


def test_what_one_more_tonne_costs_is_not_hidden_by_a_link() -> None:
    # Once New is approved a tonne costs 1 USD in each period; a tight link would make it 100.
    strong = solved(one_processor())
    assert strong is not None
    assert strong.plan["plan.qualify[New]"] == pytest.approx(1.0)
    named = strong.multiplier
    for t in (0, 1):
        value = named[f"plan.meet[Works,metal,{t}]"] + named.get(f"ops.meet[Works,metal,{t}]", 0.0)
        assert value == pytest.approx(1.0)


def test_booking_more_than_demand_as_a_hedge_stays_possible() -> None:
    # Half of what New has booked arrives in a strike, Old has been left out by an embargo from the
    # start of the same period. By hand: 20 t booked cost 10 USD more in both scenarios before the
    # news, none after it, and save 5 t * 100 USD in half of the cases.
    case = one_processor()
    case = small_case(
        **{
            **rows_of(case),
            "scenarios": {
                "calm": (0.5, {}),
                "both": (0.5, {"embargo": [1, 0], "strike": [1, 0.5]}),
            },
        }
    )
    strong, weak = solved(case), solved(case, weak=True)
    assert strong is not None
    assert weak is not None
    booked = strong.plan["plan.book[New>Works:metal,1]"]
    assert booked == pytest.approx(20.0)
    assert strong.objective == pytest.approx(weak.objective, rel=1e-9)


def rows_of(case: Case) -> dict[str, Any]:
    tables = ("sites", "lanes", "demand", "shortages", "hazards")
    drop = {"lane", "unit", "per", "scenario", "owner"}
    return {
        "periods": case.periods,
        **{
            name: [
                {k: v for k, v in row.items() if k not in drop and v == v and v is not None}
                for row in case.table(name).to_dict("records")
            ]
            for name in tables
        },
    }


def test_what_needs_a_site_is_found_along_the_chain() -> None:
    # By hand: B works on ore of A alone, C on ore of A and D; without A nothing of B is left.
    ends = [("A", "B", "ore"), ("A", "C", "ore"), ("D", "C", "ore"), ("B", "Works", "metal")]
    ends += [("C", "Works", "metal")]
    recipes = [{"site": s, "commodity": "ore"} for s in "AD"]
    for site in "BC":
        recipes += [
            {"site": site, "direction": "input", "commodity": "ore"},
            {"site": site, "commodity": "metal"},
        ]
    network = build_network(
        small_case(
            sites=[{"site": s} for s in "ABCD"],
            recipes=recipes,
            commodities=[{"commodity": c, "material": "metal"} for c in ("ore", "metal")],
            lanes=[{"origin": o, "destination": d, "commodity": c} for o, d, c in ends],
            demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        )
    )
    assert closed_without(network, "A") == {"A>B:ore", "A>C:ore", "B>Works:metal"}
    assert closed_without(network, "B") == {"A>B:ore", "B>Works:metal"}
    assert closed_without(network, "D") == {"D>C:ore"}


def test_without_decisions_there_is_no_link() -> None:
    case = small_case(
        sites=[{"site": "A", "capacity": 5}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        scenarios={"calm": (1.0, {})},
        hazards=[{"hazard": "stop", "by": "site", "name": "A"}],
    )
    assert not [row for row in compiled(case)[0].rows if "link" in row or "cover" in row]


def test_stock_floors_can_still_be_filled_through_a_link() -> None:
    # 73 days of 10 t a period of a year are 2 t, bought at the start: a plan exists either way.
    case = small_case(
        **{
            **rows_of(one_processor()),
            "stocks": [{"buyer": "Works", "commodity": "metal", "capacity": 50, "loss_rate": 0.1}],
            "scenarios": {"calm": (0.5, {}), "embargo": (0.5, {"embargo": [1, 0]})},
        }
    )
    strong, weak = (solved(case, [StockFloor(days=73)], weak=weak) for weak in (False, True))
    assert strong is not None
    assert weak is not None
    assert strong.objective == pytest.approx(weak.objective, rel=1e-9)
