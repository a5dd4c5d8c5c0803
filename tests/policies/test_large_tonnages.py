"""Budgets on shortage where demand is tens of millions of tonnes."""

from __future__ import annotations

from typing import Any, Literal

import pytest

import diversify as dv
from diversify.case import Case
from diversify.compile.compiler import compile_build, policies_added
from diversify.formulation import build_network, start_build
from diversify.policies import ShortageBudget
from diversify.testing import small_case

MEASURES: list[dict[str, Any]] = [
    {"measure": "expectation", "limit": 0.002},
    {"measure": "cvar", "level": 0.9, "limit": 0.02},
    {"measure": "worst", "limit": 0.05},
]


def copper(size: float, *, tellurium: float = 0.0) -> Case:
    """World demand of refined copper, 25 million tonnes a year at size 1; perhaps tellurium too."""
    ends = [("Chile", "metal"), ("China", "metal"), ("Scrap", "metal")]
    rows = {
        "sites": [
            {"site": "Chile", "country": "CHL", "capacity": 9e6 * size, "cost": 3000},
            {"site": "China", "country": "CHN", "capacity": 2e7 * size, "cost": 2500},
            {"site": "Scrap", "country": "DEU", "capacity": 6e6 * size, "cost": 5000},
        ],
        "demand": [{"buyer": "World", "commodity": "metal", "quantity": 2.5e7 * size}],
        "shortages": [{"buyer": "World", "commodity": "metal", "cost": 6000}],
        "stocks": [
            {
                "buyer": "World",
                "commodity": "metal",
                "capacity": 1e7 * size,
                "holding_cost": 50,
                "end_discount": 0.3,
            }
        ],
    }
    if tellurium:
        rows["sites"].append(
            {"site": "Plant", "country": "CHN", "capacity": tellurium, "cost": 60_000}
        )
        rows["demand"].append({"buyer": "World", "commodity": "Te", "quantity": tellurium})
        rows["shortages"].append({"buyer": "World", "commodity": "Te", "cost": 80_000})
        rows["stocks"].append(
            {
                "buyer": "World",
                "commodity": "Te",
                "capacity": tellurium,
                "holding_cost": 100,
                "end_discount": 0.2,
            }
        )
        ends.append(("Plant", "Te"))
    return small_case(
        periods=2,
        discount_rate=0.05,
        commodities=[
            {"commodity": "metal", "material": "Cu", "price": 9000.0},
            {"commodity": "Te", "material": "Te", "price": 70_000.0},
        ][: 1 + bool(tellurium)],
        lanes=[
            {"origin": o, "destination": "World", "commodity": c, "freight": 100} for o, c in ends
        ],
        hazards=[{"hazard": "stop", "by": "country", "name": "CHN"}],
        scenarios={
            "calm": (0.85, {}),
            "part": (0.1, {"stop": [1, 0.7]}),
            "all": (0.05, {"stop": [1, 0.2]}),
        },
        **rows,
    )


def measured(plan: dv.Plan) -> list[float]:
    """What the rows of the risk table that have a limit say."""
    return [float(value) for value in plan.risk.dropna(subset="limit")["value"]]


def price(plan: dv.Plan) -> float:
    """The price of the level of the only policy."""
    table = plan.prices
    return float(table.loc[table["row"] == "all", "price"].iloc[0])


@pytest.mark.parametrize(
    ("fields", "method"),
    [
        *((fields, "extensive") for fields in MEASURES),
        *((fields, "decomposed") for fields in MEASURES[:2]),
    ],
    ids=lambda value: value if isinstance(value, str) else value["measure"],
)
def test_copper_equals_copper_in_units_a_thousand_times_larger(
    fields: dict[str, Any], method: Literal["extensive", "decomposed"]
) -> None:
    # The problem is homogeneous in tonnes: a thousandth of every tonnage costs a thousandth.
    # As a fraction of 50 million tonnes a tonne would be 2e-8, times a probability of 0.05 a
    # coefficient of 1e-9, which a solver drops.
    budget = ShortageBudget(**fields)
    large, small = (dv.solve(copper(k), budget, method=method) for k in (1.0, 1e-3))
    assert large.point == small.point == "certified"
    assert large.objective == pytest.approx(1000 * small.objective, rel=1e-7)
    assert price(large) < 0.0
    assert price(large) == pytest.approx(1000 * price(small), rel=1e-5)
    free = dv.solve(copper(1.0), method=method)
    assert large.objective > free.objective * (1 + 1e-6)


@pytest.mark.parametrize("fields", MEASURES, ids=lambda fields: fields["measure"])
def test_the_price_is_what_a_little_more_room_saves(fields: dict[str, Any]) -> None:
    # Convexity: the change of cost lies between the prices at both ends times the change.
    step = 1e-4 * fields["limit"]
    here, there = (
        dv.solve(copper(1.0), ShortageBudget(**{**fields, "limit": fields["limit"] + change}))
        for change in (0.0, step)
    )
    change = there.objective - here.objective
    room = 1e-6 * abs(here.objective) * 1e-3
    assert price(here) * step - room <= change <= price(there) * step + room


@pytest.mark.parametrize("fields", MEASURES, ids=lambda fields: fields["measure"])
def test_measures_stay_fractions(fields: dict[str, Any]) -> None:
    plan = dv.solve(copper(1.0), ShortageBudget(**fields))
    assert measured(plan) == pytest.approx([fields["limit"]], rel=1e-6)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e3])
def test_no_coefficient_depends_on_the_size_of_the_demand(size: float) -> None:
    # One material: a tonne short counts as a tonne, so that the rows are the same for any size.
    build = start_build(build_network(copper(size)))
    blocks = compile_build(policies_added(build, [ShortageBudget(**MEASURES[1])]))
    rows = [i for i, number in enumerate(blocks.policy) if number >= 0]
    found = {abs(x) for i in rows for x in blocks.entries.base[blocks.matrix[[i]].data]}
    assert found == {1.0, 1.0 / (1.0 - 0.9)}


def test_a_rare_material_beside_a_common_one_keeps_its_own_limit() -> None:
    # 50 million tonnes of copper and 1,000 t of tellurium, each with a limit of 2 %.
    fields = MEASURES[1]
    both = dv.solve(copper(1.0, tellurium=500.0), ShortageBudget(**fields))
    assert both.point == "certified"
    assert measured(both) == pytest.approx([fields["limit"]] * 2, rel=1e-5)
    # Nothing couples the two materials but the limit, so that the costs add up.
    alone = dv.solve(copper(1.0, tellurium=500.0), ShortageBudget(**fields, material="Cu"))
    other = dv.solve(copper(1.0, tellurium=500.0), ShortageBudget(**fields, material="Te"))
    free = dv.solve(copper(1.0, tellurium=500.0))
    assert both.objective - free.objective == pytest.approx(
        alone.objective + other.objective - 2 * free.objective, rel=1e-4
    )
