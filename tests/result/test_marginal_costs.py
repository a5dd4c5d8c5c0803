"""One more tonne of demand: the slope of the cheapest cost, with tiers that grow with demand."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.testing import small_case

STEP = 1e-4


def short_of_metal(demand: float, **fields: Any) -> Case:
    """A site of 10 t that may stop, and two tiers of shortage: 30 % at 20 and 70 % at 100."""
    return small_case(
        sites=[{"site": "A", "cost": 1, "capacity": 10}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": demand}],
        shortages=[
            {"buyer": "Works", "commodity": "metal", "tier": 1, "share": 0.3, "cost": 20},
            {"buyer": "Works", "commodity": "metal", "tier": 2, "share": 0.7, "cost": 100},
        ],
        hazards=[{"hazard": "stop", "by": "site", "name": "A"}],
        scenarios={"calm": (0.6, {}), "stop": (0.3, {"stop": [0]}), "half": (0.1, {"stop": [0.5]})},
        **fields,
    )


@pytest.mark.parametrize("method", ["extensive", "decomposed"])
@pytest.mark.parametrize("demand", [8.0, 12.0, 20.0])
def test_a_tonne_of_demand_costs_what_the_cost_rises_by(demand: float, method: Any) -> None:
    plan = dv.solve(short_of_metal(demand), method=method)
    above, below = (dv.solve(short_of_metal(demand + sign * STEP)).objective for sign in (1, -1))
    slope = (above - below) / (2 * STEP)
    assert plan.marginal_costs["usd_per_tonne"].item() == pytest.approx(slope, rel=1e-5)


def test_a_full_cheaper_tier_takes_its_share_of_the_tonne() -> None:
    # Calm: 20 t less 10 t of supply are short, 6 of them in the cheap tier. One more tonne fills
    # 0.3 t of it and 0.7 t of the dear one, in every scenario: 0.3 * 20 + 0.7 * 100 = 76.
    plan = dv.solve(short_of_metal(20.0))
    assert plan.marginal_costs["usd_per_tonne"].item() == pytest.approx(76.0)
