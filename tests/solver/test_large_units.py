"""A case of ten million tonnes is solved like one of ten."""

from __future__ import annotations

import pytest

import diversify as dv
from diversify.case import Case
from diversify.testing.cases import small_case


def made(unit: float) -> Case:
    """Take or pay, an embargo and a boom: some plans have no recourse in some scenario."""
    ends = [("Mine", "Ref C", "ore"), ("Mine", "Ref E", "ore"), ("Ref C", "Works", "metal")]
    ends += [("Ref E", "Works", "metal"), ("Loop", "Works", "metal"), ("Ga", "Works", "gallium")]
    sites = [
        ("Mine", "AUS", "mine", 6.0, 1.0),
        ("Ref C", "CHN", "refine", 1.4, 2.51),
        ("Ref E", "DEU", "refine", 0.2, 3.95),
        ("Loop", "DEU", "recycle", 0.0, 5.0),
        ("Ga", "CHN", "refine", 1.0, 12.0),
    ]
    names = ("site", "country", "stage", "capacity", "cost")
    rows: list[dict[str, object]] = [dict(zip(names, row, strict=True)) for row in sites]
    for row, (*_, capacity, _cost) in zip(rows, sites, strict=True):
        row["capacity"] = unit * capacity
    rows[2] |= {"fixed_cost": 0.4 * unit, "fixed_cost_unit": "USD", "minimum_offtake": 0.15 * unit}
    return small_case(
        commodities=[
            {"commodity": "ore", "material": "M", "price": 2},
            {"commodity": "metal", "material": "M", "price": 8},
            {"commodity": "gallium", "material": "Ga", "price": 30},
        ],
        sites=rows,
        recipes=[
            *({"site": s, "commodity": "ore", "amount": 1} for s in ("Mine",)),
            *(
                {"site": s, "direction": "input", "commodity": "ore", "amount": 2}
                for s in ("Ref C", "Ref E")
            ),
            *({"site": s, "commodity": "metal"} for s in ("Ref C", "Ref E", "Loop")),
            {"site": "Ga", "commodity": "gallium"},
        ],
        lanes=[
            {"origin": o, "destination": d, "commodity": c, "flex": 0.2, "take_or_pay": 0.5}
            for o, d, c in ends
        ],
        demand=[
            {"buyer": "Works", "commodity": "metal", "quantity": unit},
            {"buyer": "Works", "commodity": "gallium", "quantity": 0.15 * unit},
        ],
        shortages=[
            {"buyer": "Works", "commodity": "metal", "tier": 1, "share": 1, "cost": 60},
            {"buyer": "Works", "commodity": "gallium", "tier": 1, "share": 1, "cost": 200},
        ],
        stocks=[
            {
                "buyer": "Works",
                "commodity": "metal",
                "capacity": 0.4 * unit,
                "holding_cost": 0.5,
                "end_discount": 0,
            }
        ],
        hazards=[
            {"hazard": "embargo", "by": "country", "name": "CHN"},
            {"hazard": "boom", "kind": "demand", "by": "commodity", "name": "metal"},
        ],
        scenarios={
            "calm": (0.6, {}),
            "embargo": (0.2, {"embargo": [1, 0.5, 0]}),
            "boom": (0.15, {"boom": [1, 1, 1.4]}),
            "both": (0.05, {"embargo": [1, 0, 0], "boom": [1, 1.2, 1]}),
        },
        periods=3,
        discount_rate=0.05,
    )


@pytest.mark.parametrize("unit", [1e1, 1e7])
def test_cuts_of_missing_recourse_hold_in_any_unit(unit: float) -> None:
    # The extensive form has no such cuts. In ten millions a demand once counted for less than the
    # solver's tolerance, and a cut said that it could not go short.
    case = made(unit)
    whole = dv.solve(case, method="extensive", out_of_sample=0)
    found = dv.solve(case, method="decomposed", out_of_sample=0)
    assert found.point == "certified"
    assert found.objective == pytest.approx(whole.objective, rel=1e-6)
