"""Two mines, two refineries and one buyer of two joint products, as plain numbers and as a case."""

from __future__ import annotations

from typing import Any

from diversify.case import Case
from diversify.testing import small_case

PERIODS = 3
RATE = 0.1
PRICE = {"ore": 0.5, "sand": 0.4, "N": 20.0, "D": 150.0}

# country, stage, capacity [t a year], cost [USD/t], first year of use
SITES: dict[str, tuple[str, str, float, float, int]] = {
    "Mine C": ("CHN", "mine", 120.0, 0.30, 0),
    "Mine A": ("AUS", "mine", 60.0, 0.55, 0),
    "Ref C": ("CHN", "refine", 110.0, 1.00, 0),
    "Ref E": ("DEU", "refine", 70.0, 1.70, 1),
}
# site, feed: tonnes of N and D that a tonne of feed gives
YIELDS: dict[tuple[str, str], dict[str, float]] = {
    ("Ref C", "ore"): {"N": 0.15, "D": 0.012},
    ("Ref C", "sand"): {"N": 0.18, "D": 0.004},
    ("Ref E", "ore"): {"N": 0.14, "D": 0.011},
    ("Ref E", "sand"): {"N": 0.19, "D": 0.005},
}
# (origin, destination, commodity): freight, tariff, quota, booking, flex, take, spot, premium
LANES: dict[tuple[str, str, str], tuple[float, float, float, float, float, float, float, float]] = {
    ("Mine C", "Ref C", "ore"): (0.02, 0.0, 90.0, 0.00, 0.0, 0.0, 0.0, 0.0),
    ("Mine C", "Ref E", "ore"): (0.09, 0.1, 999.0, 0.01, 0.0, 0.5, 0.0, 0.0),
    ("Mine A", "Ref C", "sand"): (0.05, 0.0, 999.0, 0.00, 0.0, 0.0, 0.0, 0.0),
    ("Mine A", "Ref E", "sand"): (0.07, 0.0, 999.0, 0.02, 0.3, 0.6, 15.0, 0.5),
    ("Ref C", "Works", "N"): (0.50, 0.05, 999.0, 0.00, 0.0, 0.0, 0.0, 0.0),
    ("Ref C", "Works", "D"): (0.50, 0.05, 999.0, 0.10, 0.0, 0.0, 0.2, 0.3),
    ("Ref E", "Works", "N"): (0.10, 0.0, 999.0, 0.05, 0.2, 0.0, 3.0, 0.4),
    ("Ref E", "Works", "D"): (0.10, 0.0, 999.0, 0.00, 0.2, 0.7, 0.0, 0.0),
}
DEMAND = {"N": (10.0, 11.0, 12.0), "D": (0.7, 0.7, 0.8)}
TIERS = {"N": ((0.3, 60.0), (0.7, 200.0)), "D": ((0.2, 400.0), (0.8, 900.0))}
# initial, capacity [t], holding [USD/t a year], loss a year, discount on what is left
STOCKS = {"N": (2.0, 6.0, 1.0, 0.05, 0.3), "D": (0.0, 1.0, 6.0, 0.0, 0.2)}
HAZARDS: dict[str, dict[str, Any]] = {
    "embargo": {"by": "country", "name": "CHN", "exports_only": True},
    "strike": {"by": "site", "name": "Mine A"},
    "fire": {"by": "site", "name": "Ref E"},
    "boom": {"kind": "demand", "by": "commodity", "name": "N"},
}
SCENARIOS: dict[str, tuple[float, dict[str, list[float]]]] = {
    "calm": (0.55, {}),
    "embargo": (0.25, {"embargo": [1.0, 0.0, 0.0]}),
    "mishaps": (0.12, {"strike": [0.5, 0.8, 1.0], "fire": [1.0, 0.3, 1.0]}),
    "boom": (0.08, {"boom": [1.0, 1.0, 1.4], "embargo": [1.0, 1.0, 0.6]}),
}


def joint_case(fixed_cost: float = 0.0, offtake: float = 0.0) -> Case:
    """The numbers as a case; ``fixed_cost`` and ``offtake`` of Ref E make it a decision."""
    quantities = [
        {"buyer": "Works", "commodity": c, "period": t + 1, "quantity": q}
        for c, values in DEMAND.items()
        for t, q in enumerate(values)
    ]
    names = ("freight", "tariff", "quota", "booking_cost", "flex", "take_or_pay", "spot_limit")
    recipes = [
        row
        for (site, feed), outputs in YIELDS.items()
        for row in (
            {"site": site, "recipe": feed, "direction": "input", "commodity": feed},
            *(
                {"site": site, "recipe": feed, "commodity": c, "amount": y}
                for c, y in outputs.items()
            ),
        )
    ]
    return small_case(
        name="joint",
        periods=PERIODS,
        discount_rate=RATE,
        commodities=[
            {"commodity": c, "material": c if c in DEMAND else "N", "price": p}
            for c, p in PRICE.items()
        ],
        contents=[
            {"commodity": "ore", "material": "N", "content": 0.2},
            {"commodity": "ore", "material": "D", "content": 0.02},
            {"commodity": "sand", "material": "N", "content": 0.25},
            {"commodity": "sand", "material": "D", "content": 0.01},
        ],
        sites=[
            {
                "site": name,
                "country": country,
                "stage": stage,
                "capacity": capacity,
                "cost": cost,
                "lead_time_months": 12 * first,
                **(
                    {"fixed_cost": fixed_cost, "minimum_offtake": offtake}
                    if name == "Ref E"
                    else {}
                ),
            }
            for name, (country, stage, capacity, cost, first) in SITES.items()
        ],
        recipes=recipes,
        lanes=[
            {
                "origin": origin,
                "destination": destination,
                "commodity": commodity,
                "spot_premium": numbers[7],
                **dict(zip(names, numbers, strict=False)),
            }
            for (origin, destination, commodity), numbers in LANES.items()
        ],
        demand=quantities,
        shortages=[
            {"buyer": "Works", "commodity": c, "tier": k + 1, "share": share, "cost": cost}
            for c, tiers in TIERS.items()
            for k, (share, cost) in enumerate(tiers)
        ],
        stocks=[
            {
                "buyer": "Works",
                "commodity": c,
                "initial": initial,
                "capacity": capacity,
                "holding_cost": holding,
                "loss_rate": loss,
                "end_discount": discount,
            }
            for c, (initial, capacity, holding, loss, discount) in STOCKS.items()
        ],
        hazards=[{"hazard": name, **fields} for name, fields in HAZARDS.items()],
        scenarios=SCENARIOS,
    )
