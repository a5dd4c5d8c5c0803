"""Four suppliers of one metal, to count them and to cap their concentration."""

from __future__ import annotations

from typing import Any

from diversify.case import Case
from diversify.testing import small_case

COSTS = {"A": 10.0, "B": 12.0, "C": 15.0, "D": 20.0}
CAPACITIES = {"A": 9.0, "B": 9.0, "C": 8.0, "D": 6.0}
DEMAND = 20.0
LOST = 100.0


def four(**settings: Any) -> Case:
    """Demand of 20 t in a year; a tonne that is short costs 100 USD. Nobody needs any ore."""
    return small_case(
        sites=[
            *({"site": s, "cost": c, "capacity": CAPACITIES[s]} for s, c in COSTS.items()),
            {"site": "Mine", "stage": "mine", "capacity": 1},
        ],
        lanes=[
            *({"origin": s, "destination": "W", "commodity": "metal"} for s in COSTS),
            {"origin": "Mine", "destination": "W", "commodity": "ore"},
        ],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": DEMAND}],
        shortages=[{"buyer": "W", "commodity": "metal", "cost": LOST}],
        **settings,
    )
