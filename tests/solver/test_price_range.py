"""Over which levels a price holds: closed forms, and costs at levels solved from nothing."""

from __future__ import annotations

import math
from typing import Any

import pytest

import diversify as dv
from diversify.solver.price_range import side
from diversify.testing import small_case


def whole(plan: dv.Plan) -> dict[str, Any]:
    frame = plan.prices
    return dict(frame[frame["row"] == "all"].iloc[0])


def three_sites() -> dv.Case:
    """10 t, of which at most 10, 4 and 3 t come at 1, 2 and 5 USD."""
    return small_case(
        sites=[
            {"site": "A", "country": "CHN", "cost": 1},
            {"site": "B", "country": "AUS", "cost": 2, "capacity": 4},
            {"site": "C", "country": "BRA", "cost": 5, "capacity": 3},
        ],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "ABC"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
    )


def test_a_price_holds_between_the_corners_of_the_cost() -> None:
    # A share of 10 t moves to B at 1 USD more until B is full at 0.6, then to C at 4 USD more,
    # until C is full at 0.3: below that there is no plan.
    for share, price, ends in ((0.8, -10, (0.6, 1.0)), (0.5, -40, (0.3, 0.6))):
        found = whole(
            dv.solve(three_sites(), dv.ShareCap(by="country", names=["CHN"], share=share))
        )
        assert found["price"] == pytest.approx(price)
        assert found["price_low"] == pytest.approx(price, rel=1e-6)
        assert found["price_high"] == pytest.approx(price, rel=1e-6)
        assert (found["valid_from"], found["valid_to"]) == pytest.approx(ends, abs=1e-6)


def test_at_a_corner_the_price_is_an_interval() -> None:
    found = whole(dv.solve(three_sites(), dv.ShareCap(by="country", names=["CHN"], share=0.6)))
    assert (found["price_low"], found["price_high"]) == pytest.approx((-40, -10), rel=1e-6)
    assert found["price_low"] <= found["price"] + 1e-6
    assert found["price"] <= found["price_high"] + 1e-6
    assert (found["valid_from"], found["valid_to"]) == pytest.approx((0.3, 1.0), abs=1e-6)


def test_below_the_tightest_level_the_price_is_infinite() -> None:
    found = whole(dv.solve(three_sites(), dv.ShareCap(by="country", names=["CHN"], share=0.3)))
    assert found["price_low"] == -math.inf
    assert found["price_high"] == pytest.approx(-40, rel=1e-6)
    assert found["valid_from"] == pytest.approx(0.3)


def test_ranges_are_found_by_decomposition_when_they_are_asked_for() -> None:
    cap = dv.ShareCap(by="country", names=["CHN"], share=0.8)
    plain = whole(dv.solve(three_sites(), cap, method="decomposed"))
    asked = whole(dv.solve(three_sites(), cap, method="decomposed", prices="ranges"))
    assert asked["price"] == pytest.approx(plain["price"])
    assert (asked["price_low"], asked["price_high"]) == pytest.approx((-10, -10), rel=1e-4)
    assert asked["valid_from"] == pytest.approx(0.792)
    assert asked["valid_to"] == pytest.approx(0.808)


def test_a_curved_cost_has_a_slope_and_no_range() -> None:
    slope, last = side(lambda x: x * x, 1.0, 2.0)
    assert slope == pytest.approx(2.0, rel=1e-3)
    assert last == pytest.approx(1.0, abs=0.01)


def test_the_program_says_over_which_levels_a_price_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from diversify.cli import main

    assert main(["solve", "first-steps", "--quiet"]) == 0
    assert "  it holds from 0.5 to 1\n" in capsys.readouterr().out
