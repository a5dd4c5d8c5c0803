"""Rotation and speed of refilling: what they do to a plan, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import diversify as dv
from diversify.case import Case
from diversify.errors import InputError
from diversify.testing import small_case


def stocked(period: str = "year", **cells: float) -> Case:
    """A source that stops in the first and the third year of four, with flex to fill a stock."""
    return small_case(
        commodities=[{"commodity": "metal", "material": "metal", "price": 10.0}],
        sites=[{"site": "A", "cost": 1.0}],
        lanes=[{"origin": "A", "destination": "W", "commodity": "metal", "flex": 5.0}],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1.0}],
        shortages=[{"buyer": "W", "commodity": "metal", "cost": 100.0}],
        stocks=[{"buyer": "W", "commodity": "metal", "capacity": 1.0, **cells}],
        hazards=[{"hazard": "stop", "by": "site", "name": "A"}],
        scenarios={"twice": (1.0, {"stop": [0, 1, 0, 1]})},
        periods=4,
        period=period,
    )


def short(case: Case) -> float:
    """Tonnes short with a full stock."""
    plan = dv.solve(case, dv.StockFloor(days=365))
    return float(dv.evaluate(plan).shortage["worst"].item()) * 4


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.6, 1.0, 3.0])
def test_a_stock_is_filled_no_faster_than_its_rate(rate: float) -> None:
    """Used up in year 1, it holds at most the rate at the end of year 2, and year 3 lacks the rest.

    With two uses of one tonne each, what was put back is all there is.
    """
    assert short(stocked(refill_rate=rate)) == pytest.approx(max(0.0, 1.0 - rate), abs=1e-9)


def test_without_a_rate_it_is_filled_at_once() -> None:
    assert short(stocked()) == pytest.approx(0.0, abs=1e-9)


def test_rotation_is_a_cost_of_holding() -> None:
    """A third a year, at a tenth of the price of 10: 1/3 USD per tonne and year, for 4 years."""
    costs = [
        dv.solve(case, dv.StockFloor(days=365)).costs.set_index("kind")["usd"]
        for case in (
            stocked(holding_cost=2.0),
            stocked(holding_cost=2.0, rotation=1 / 3, rotation_cost=0.1),
        )
    ]
    ratio = costs[1]["holding"] / costs[0]["holding"]
    assert ratio == pytest.approx((2.0 + 1 / 3) / 2.0)


def test_rates_are_brought_from_a_year_to_a_period() -> None:
    """A quarter of the rate; and a quarter of storage and rotation, 2 + 0.5 * 0.2 * 10 a year."""
    case = stocked("quarter", refill_rate=1.0, rotation=0.5, rotation_cost=0.2, holding_cost=2.0)
    table = case.table("stocks")
    assert table["refill_rate"].tolist() == [0.25]
    assert table["holding_cost"].tolist() == pytest.approx([0.75])
    assert np.isnan(stocked().table("stocks")["refill_rate"].item())


def test_a_stock_that_is_lost_faster_than_filled_is_refused() -> None:
    with pytest.raises(InputError, match="refill_rate"):
        stocked(refill_rate=0.05, loss_rate=0.1)


@pytest.mark.parametrize(
    ("given", "missing"), [("rotation", "rotation_cost"), ("rotation_cost", "rotation")]
)
def test_half_of_what_rotation_needs_is_doubtful(given: str, missing: str) -> None:
    (warning,) = (w for w in stocked(**{given: 0.2}).warnings if w.table == "stocks")
    assert warning.column == missing
