"""Capacity, yields, flex, spot and losses in cases small enough to calculate by hand."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.testing import small_case
from tests.rows import two_in_an_ore

SHORT = 100.0


def chain(
    to_refinery: dict[str, Any],
    to_works: dict[str, Any],
    hazards: list[dict[str, Any]],
    scenario: dict[str, list[float]],
    **refinery: Any,
) -> dv.Case:
    """10 t a year from one mine by one refinery; something happens with probability one half."""
    return small_case(
        commodities=[
            {"commodity": "ore", "material": "m", "price": 1},
            {"commodity": "metal", "material": "m", "price": 1},
        ],
        sites=[
            {"site": "Mine", "stage": "mine", "cost": 1},
            {"site": "Ref", "country": "DEU", "capacity": 10, "cost": 2, **refinery},
        ],
        recipes=[
            {"site": "Ref", "direction": "input", "commodity": "ore"},
            {"site": "Ref", "commodity": "metal"},
        ],
        lanes=[
            {"origin": "Mine", "destination": "Ref", "commodity": "ore", **to_refinery},
            {"origin": "Ref", "destination": "Works", "commodity": "metal", **to_works},
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": SHORT}],
        hazards=hazards,
        scenarios={"calm": (0.5, {}), "disturbed": (0.5, scenario)},
    )


FIRE = {"hazard": "fire", "by": "site", "name": "Ref"}
BOOM = {"hazard": "boom", "kind": "demand", "by": "buyer", "name": "Works"}


@pytest.mark.parametrize(
    ("case", "delivered", "needed"),
    [
        # Half the refinery burns; twice the half of the booking may be called: 5 t of capacity.
        (chain({}, {"flex": 1.0}, [FIRE], {"fire": [0.5]}), 5, 10),
        # Half again as much is needed, and may be called on both lanes: 10 t of capacity.
        (chain({"flex": 0.5}, {"flex": 0.5}, [BOOM], {"boom": [1.5]}), 10, 15),
        # The same by spot purchases.
        (chain({"spot_limit": 9}, {"spot_limit": 9}, [BOOM], {"boom": [1.5]}), 10, 15),
        # With more capacity the flex of 20 % is what limits: 12 t.
        (chain({"flex": 0.2}, {"flex": 0.5}, [BOOM], {"boom": [1.5]}, capacity=99), 12, 15),
        # Without any, the booking.
        (chain({}, {}, [BOOM], {"boom": [1.5]}, capacity=99), 10, 15),
    ],
)
def test_what_arrives_when_disturbed(case: dv.Case, delivered: float, needed: float) -> None:
    plan = dv.solve(case, dv.SpendCap(limit=30))  # 10 t at 3: no more is booked in advance
    costs = plan.costs.set_index("kind")["usd"]
    assert costs["shortage"] == pytest.approx(0.5 * SHORT * (needed - delivered), rel=1e-9)
    assert costs["mine"] == pytest.approx(0.5 * (10 + delivered), rel=1e-9)
    assert costs["refine"] == pytest.approx(0.5 * 2 * (10 + delivered), rel=1e-9)


def test_a_spot_purchase_costs_its_premium_and_is_limited() -> None:
    lane = {"spot_limit": 2, "spot_premium": 4, "freight": 0.5}
    plan = dv.solve(
        chain({"spot_limit": 9}, lane, [BOOM], {"boom": [1.5]}, capacity=99), dv.SpendCap(limit=35)
    )
    costs = plan.costs.set_index("kind")["usd"]
    assert costs["spot"] == pytest.approx(0.5 * 2 * 4, rel=1e-9)
    assert costs["freight"] == pytest.approx(0.5 * (10 + 12) * 0.5, rel=1e-9)
    assert costs["shortage"] == pytest.approx(0.5 * SHORT * 3, rel=1e-9)


def test_take_or_pay_is_taken_while_it_is_available() -> None:
    # Demand falls by half; 80 % of what is left of the booking has to be taken all the same.
    plan = dv.solve(chain({}, {"take_or_pay": 0.8}, [BOOM], {"boom": [0.5]}))
    costs = plan.costs.set_index("kind")["usd"]
    assert costs["refine"] == pytest.approx(0.5 * 2 * (10 + 8), rel=1e-9)
    free = dv.solve(chain({}, {}, [BOOM], {"boom": [0.5]})).costs.set_index("kind")["usd"]
    assert free["refine"] == pytest.approx(0.5 * 2 * (10 + 5), rel=1e-9)


def test_yields_and_amounts_make_the_mass_balance() -> None:
    # A tonne of activity takes 4 t of ore and gives 2 * 0.9 t of metal: 10 t need 10 / 1.8 of
    # activity at 2 USD, and 40 / 1.8 t of ore at 1 USD.
    case = small_case(
        commodities=[
            {"commodity": "ore", "material": "m", "price": 1},
            {"commodity": "metal", "material": "m", "price": 1},
        ],
        sites=[
            {"site": "Mine", "stage": "mine", "cost": 1},
            {"site": "Ref", "capacity": 6, "cost": 2},
        ],
        recipes=[
            {"site": "Ref", "direction": "input", "commodity": "ore", "amount": 4},
            {"site": "Ref", "commodity": "metal", "amount": 2, "yield": 0.9},
        ],
        lanes=[
            {"origin": "Mine", "destination": "Ref", "commodity": "ore"},
            {"origin": "Ref", "destination": "Works", "commodity": "metal"},
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
    )
    plan = dv.solve(case)
    assert plan.objective == pytest.approx(10 / 1.8 * (2 + 4), rel=1e-9)
    booked = plan.portfolio.set_index("commodity")["tonnes"]
    assert booked.to_dict() == pytest.approx({"ore": 40 / 1.8, "metal": 10})


def test_what_a_joint_recipe_makes_beyond_demand_may_be_left() -> None:
    # 1 t of D takes 10 t of ore, which also gives 5 t of N; only 2 t of N are wanted.
    case = small_case(
        **two_in_an_ore((0.6, 0.2)),
        sites=[{"site": "Mine", "stage": "mine", "cost": 1}, {"site": "Ref", "cost": 1}],
        recipes=[
            {"site": "Ref", "direction": "input", "commodity": "ore"},
            {"site": "Ref", "commodity": "N", "amount": 0.5},
            {"site": "Ref", "commodity": "D", "amount": 0.1},
        ],
        lanes=[
            {"origin": "Mine", "destination": "Ref", "commodity": "ore"},
            {"origin": "Ref", "destination": "Works", "commodity": "N"},
            {"origin": "Ref", "destination": "Works", "commodity": "D"},
        ],
        demand=[
            {"buyer": "Works", "commodity": "N", "quantity": 2},
            {"buyer": "Works", "commodity": "D", "quantity": 1},
        ],
    )
    assert dv.solve(case).objective == pytest.approx(20, rel=1e-9)


def test_a_stock_loses_a_share_each_year_and_costs_its_keep() -> None:
    # 10 t are kept for two years; a tenth is lost in each and bought again at 3, while the keep is
    # 2 a tonne; bought at 5 and worth 0.8 * 5 at the end. Discounted by 1.25 a year.
    case = small_case(
        periods=2,
        discount_rate=0.25,
        commodities=[{"commodity": "metal", "material": "metal", "price": 5}],
        sites=[{"site": "A", "cost": 3}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        stocks=[
            {
                "buyer": "Works",
                "commodity": "metal",
                "holding_cost": 2,
                "loss_rate": 0.1,
                "end_discount": 0.2,
            }
        ],
    )
    plan = dv.solve(case, dv.StockFloor(days=365))
    costs = plan.costs.set_index("kind")["usd"]
    assert costs["refine"] == pytest.approx((10 + 1) * 3 * (1 + 0.8), rel=1e-9)
    assert costs["holding"] == pytest.approx(20 * (1 + 0.8), rel=1e-9)
    assert costs["stock_purchase"] == pytest.approx(50, rel=1e-9)
    assert costs["stock_resale"] == pytest.approx(-0.64 * 40, rel=1e-9)


def test_a_tariff_is_on_the_price_of_what_is_carried_and_paid_on_delivery() -> None:
    case = small_case(
        commodities=[{"commodity": "metal", "material": "metal", "price": 40}],
        sites=[{"site": "A", "cost": 3}],
        lanes=[
            {
                "origin": "A",
                "destination": "Works",
                "commodity": "metal",
                "tariff": 0.25,
                "booking_cost": 0.5,
            }
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": SHORT}],
        hazards=[{"hazard": "stop", "by": "lane", "name": "A>Works:metal"}],
        scenarios={"calm": (0.5, {}), "stop": (0.5, {"stop": [0.0]})},
    )
    costs = dv.solve(case).costs.set_index("kind")["usd"]
    assert costs["tariff"] == pytest.approx(0.5 * 10 * 0.25 * 40, rel=1e-9)
    assert costs["booking"] == pytest.approx(10 * 0.5, rel=1e-9)
    assert costs["shortage"] == pytest.approx(0.5 * 10 * SHORT, rel=1e-9)


@pytest.mark.parametrize(("months", "short"), [(0, 0), (1, 1), (3, 1), (4, 2), (12, 4)])
def test_a_lead_time_passes_before_the_first_delivery(months: int, short: int) -> None:
    # Quarters: nothing can come in those that begin before the lead time has passed.
    case = small_case(
        periods=4,
        period="quarter",
        sites=[{"site": "A", "lead_time_months": months}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 1}],
    )
    plan = dv.solve(case)
    assert plan.objective == pytest.approx(10 * short, abs=1e-9)
    assert plan.portfolio["period"].tolist() == list(case.period_labels[short:])


def test_several_hazards_on_a_lane_take_what_the_worst_of_them_takes() -> None:
    case = small_case(
        sites=[{"site": "A", "country": "CHN"}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 1}],
        hazards=[
            {"hazard": "strike", "by": "site", "name": "A"},
            {"hazard": "quota", "by": "country", "name": "CHN"},
        ],
        scenarios={"both": (1.0, {"strike": [0.7], "quota": [0.4]})},
    )
    # Nothing is calm, so 25 t could be booked to get 10: it costs nothing here.
    plan = dv.solve(case, dv.ShareCap(by="site", share=1))
    assert plan.objective == pytest.approx(0, abs=1e-9)
    assert plan.portfolio["tonnes"].item() >= 25 - 1e-6
