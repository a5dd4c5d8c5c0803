"""The norm for stocks: more is held, or bought from another country, whichever is cheaper."""

from __future__ import annotations

import pytest

import diversify as dv
from diversify.errors import InputError
from diversify.testing import small_case


def two_countries(holding: float, capacity: float = 5.0) -> dv.Case:
    """A tonne a year at 1 from China or at 3 from Australia, and a place for a stock."""
    return small_case(
        sites=[
            {"site": "A", "country": "CHN", "cost": 1.0, "capacity": capacity},
            {"site": "B", "country": "AUS", "cost": 3.0, "capacity": capacity},
        ],
        lanes=[{"origin": s, "destination": "W", "commodity": "metal"} for s in ("A", "B")],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1.0}],
        stocks=[{"buyer": "W", "commodity": "metal", "holding_cost": holding}],
    )


NORM = dv.StockNorm(days=73, times=3, above=0.5)


@pytest.mark.parametrize(("holding", "tonnes", "second"), [(1.0, 0.6, 0.0), (5.0, 0.2, 0.5)])
def test_the_cheaper_way_is_taken(holding: float, tonnes: float, second: float) -> None:
    """Risky: 0.4 t more in store. Not risky: half a tonne at 2 more, so 1. They meet at 2.5."""
    plan = dv.solve(two_countries(holding), NORM)
    bought = plan.portfolio.set_index("site")["tonnes"]
    assert plan.stocks["tonnes"].item() == pytest.approx(tonnes)
    assert bought.get("B", 0.0) == pytest.approx(second, abs=1e-6)
    assert plan.objective == pytest.approx(1.0 + 2 * second + holding * tonnes)


def test_a_share_at_the_edge_is_not_risky() -> None:
    """Half and half with a norm that begins above a half."""
    half = dv.ShareCap(by="country", share=0.5)
    assert dv.solve(two_countries(1.0), NORM, half).stocks["tonnes"].item() == pytest.approx(0.2)


def test_what_a_country_can_deliver_must_be_finite() -> None:
    with pytest.raises(InputError, match="must be finite"):
        dv.solve(two_countries(1.0, float("inf")), NORM)
