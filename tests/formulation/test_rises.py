"""Prices that rise with a hazard: who pays, how much, and that both methods agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import diversify as dv
from diversify.case import Case
from diversify.errors import InputError
from diversify.formulation import build_network
from diversify.formulation.rises import Rises
from diversify.testing import small_case

PRICE = 10.0


def market(*hazards: dict[str, Any], **more: Any) -> Case:
    """Ore and metal of China and Australia for one buyer; metal is worth 10 USD/t, ore 4."""
    return small_case(
        **{"periods": 2, **more},
        commodities=[
            {"commodity": "ore", "material": "M", "price": 4.0},
            {"commodity": "metal", "material": "M", "price": PRICE},
        ],
        sites=[
            {"site": "Mine C", "country": "CHN", "stage": "mine", "owner": "X"},
            {"site": "Ref C", "country": "CHN", "cost": 1},
            {"site": "Ref A", "country": "AUS", "cost": 2},
        ],
        recipes=[
            {"site": "Mine C", "commodity": "ore"},
            {"site": "Ref C", "direction": "input", "commodity": "ore"},
            {"site": "Ref C", "commodity": "metal"},
            {"site": "Ref A", "direction": "input", "commodity": "ore"},
            {"site": "Ref A", "commodity": "metal"},
        ],
        lanes=[
            {"origin": "Mine C", "destination": "Ref C", "commodity": "ore"},
            {"origin": "Mine C", "destination": "Ref A", "commodity": "ore", "flex": 1.0},
            {"origin": "Ref C", "destination": "Works", "commodity": "metal", "flex": 1.0},
            {"origin": "Ref A", "destination": "Works", "commodity": "metal", "flex": 1.0},
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 3}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 500}],
        hazards=list(hazards),
    )


def terms(case: Case) -> dict[str, tuple[tuple[str, float], ...]]:
    """By lane, the hazards that move its price and how much."""
    rises = build_network(case).rises
    return {lane: rises.sets[p] for p, lanes in rises.lanes.items() for lane in lanes}


EXPORT, OTHER = "Ref C>Works:metal", "Ref A>Works:metal"
ORE_HOME, ORE_OUT = "Mine C>Ref C:ore", "Mine C>Ref A:ore"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        # A price hazard moves the lanes that it strikes, by its value.
        ({"kind": "price", "by": "commodity", "name": "metal"},
         {EXPORT: 1.0, OTHER: 1.0}),
        ({"kind": "price", "by": "country", "name": "CHN"},
         {EXPORT: 1.0, ORE_HOME: 1.0, ORE_OUT: 1.0}),
        # A rise is paid on every lane of the commodities that are struck: one world price. It is
        # 1.5 when the severity of 0.5 is lost: 3 for each unit of availability.
        ({"kind": "outage", "by": "site", "name": "Ref C", "severity": 0.5, "price_rise": 1.5},
         {EXPORT: -3.0, OTHER: -3.0}),
        ({"kind": "quota", "by": "country", "name": "CHN", "severity": 0.5, "price_rise": 1.5},
         {EXPORT: -3.0, OTHER: -3.0, ORE_HOME: -3.0, ORE_OUT: -3.0}),
        # A ban takes all, unless it says otherwise.
        ({"kind": "export_ban", "by": "country", "name": "CHN", "commodity": "metal",
          "price_rise": 1.5}, {EXPORT: -1.5, OTHER: -1.5}),
        # Two prices: falling where the goods cannot leave, doubled elsewhere.
        ({"kind": "export_ban", "by": "country", "name": "CHN", "commodity": "metal",
          "price_inside": -0.25, "price_outside": 1.0}, {EXPORT: 0.25, OTHER: -1.0}),
        ({"kind": "export_ban", "by": "country", "name": "CHN", "stage": "mine",
          "price_outside": 1.0}, {}),
        ({"kind": "outage", "by": "site", "name": "Ref A", "severity": 1.0,
          "price_outside": 0.5}, {EXPORT: -0.5}),
        ({"kind": "demand", "by": "buyer", "name": "Works", "severity": 0.5, "price_rise": 1.0},
         {EXPORT: 2.0, OTHER: 2.0}),
        # Nothing is known of its severity: the rise is that of a loss of all.
        ({"kind": "outage", "by": "site", "name": "Ref C", "price_rise": 1.5},
         {EXPORT: -1.5, OTHER: -1.5}),
        ({"kind": "outage", "by": "site", "name": "Ref C"}, {}),
    ],
)  # fmt: skip
def test_who_pays_more(cells: dict[str, Any], expected: dict[str, float]) -> None:
    found = terms(market({"hazard": "h", **cells}))
    assert found == {lane: (("h", pytest.approx(slope)),) for lane, slope in expected.items()}


def test_rises_multiply_and_no_price_falls_below_zero() -> None:
    rises = Rises([(("a", 1.0), ("b", -2.0)), (("c", -3.0),)], {})
    values = np.array([[[1.5, 1.0], [0.5, 1.0], [1.0, 1.4]]])
    # 1.5 times (1 + 2 * 0.5) = 3; then no change; 1 - 3 * 0.4 is below 0.
    assert rises.at(values, ("a", "b", "c")).tolist() == [
        [[pytest.approx(2.0), 0.0], [0.0, pytest.approx(-1.0)]]
    ]


def test_a_price_hazard_takes_nothing_from_supply() -> None:
    case = market({"hazard": "dear", "kind": "price", "by": "country", "name": "CHN"})
    network = build_network(case)
    assert set(network.lane_hazards.values()) == {()}
    assert set(network.site_hazards.values()) == {()}


def test_a_spike_is_paid_on_what_is_bought_while_it_lasts() -> None:
    # Ref C at 1 serves 3 t in each of 2 years. The price of 10 rises by half in the second year of
    # one of two scenarios: 3 t * 5 USD/t * 0.5 more. Ref A costs 1 more a tonne, and the rise too.
    spike = {"hazard": "spike", "kind": "price", "by": "commodity", "name": "metal"}
    case = market(spike, scenarios={"calm": (0.5, {}), "dear": (0.5, {"spike": [1, 1.5]})})
    plan = dv.solve(case)
    costs = plan.costs.set_index("kind")["usd"]
    assert costs["price_rise"] == pytest.approx(7.5)
    assert plan.objective == pytest.approx(6 + 7.5)


def test_who_can_goes_where_it_is_not_dearer() -> None:
    # Only Chinese metal is dearer, by 0.5 * 10 = 5 USD/t; Australian metal costs 1 more. With flex
    # a booking of b at Ref A delivers 2 b after the news.
    spike = {"hazard": "spike", "kind": "price", "by": "site", "name": "Ref C"}
    case = market(
        spike,
        scenarios={"calm": (0.5, {}), "dear": (0.5, {"spike": [1, 1.5]})},
    )
    plan = dv.solve(case)
    # Year 1 from Ref C: 3. Year 2 calm: b from A, 3 - b from C: 3 + b. Year 2 dear: 2 b from A and
    # 3 - 2 b from C: 4 b + 6 (3 - 2 b). In all 3 + (3 + b)/2 + (18 - 8 b)/2, least at b = 1.5.
    assert plan.objective == pytest.approx(3 + 4.5 / 2 + 6 / 2)


def drawn_case() -> Case:
    return market(
        {"hazard": "ban", "kind": "export_ban", "by": "country", "name": "CHN",
         "commodity": "metal", "rate_per_year": 0.3, "duration_months": 12,
         "price_inside": -0.2, "price_outside": 1.0},
        {"hazard": "spike", "kind": "price", "by": "commodity", "name": "metal",
         "rate_per_year": 0.4, "duration_months": 18, "severity_low": 0.2, "severity_high": 0.9},
        periods=4,
        discount_rate=0.1,
    )  # fmt: skip


@pytest.mark.parametrize(
    "policies",
    [
        (),
        (dv.CostBudget(measure="cvar", level=0.8, limit=160),),
        (dv.CostBudget(measure="expectation", limit=90),),
    ],
)
def test_decomposition_and_the_extensive_form_agree(policies: tuple[dv.Policy, ...]) -> None:
    found = {
        method: dv.solve(
            drawn_case(), *policies, scenarios=80, seed=2, method=method, out_of_sample=0
        )
        for method in ("extensive", "decomposed")
    }
    assert found["decomposed"].record.method != found["extensive"].record.method
    assert found["decomposed"].objective == pytest.approx(found["extensive"].objective, rel=1e-6)
    costs = found["extensive"].costs.set_index("kind")["usd"]
    assert costs["price_rise"] > 0
    assert dv.evaluate(found["extensive"]).cost <= found["extensive"].objective * (1 + 1e-9)


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"kind": "price", "by": "commodity", "name": "metal", "price_rise": 1}, "price_rise",
         "the severity of a price hazard is the rise"),
        ({"by": "site", "name": "Ref C", "price_rise": 1, "price_inside": 1}, "price_rise",
         "there is one rise for all lanes, and price_inside for some"),
        ({"kind": "demand", "by": "buyer", "name": "Works", "price_outside": 1}, "price_outside",
         "inside and outside of no country"),
    ],
)  # fmt: skip
def test_prices_that_contradict_each_other_are_refused(
    cells: dict[str, Any], column: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        market({"hazard": "h", **cells})
    (finding,) = caught.value.findings
    assert (finding.column, finding.table) == (column, "hazards")
    assert said in finding.message
