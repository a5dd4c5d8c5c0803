"""Yes/no decisions: the optimum of the mixed-integer problem is the best of all combinations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest

import diversify as dv
from diversify.testing import small_case

YEARS = 3


@dataclass(frozen=True)
class Site:
    name: str
    cost: float
    capacity: float
    fixed: float
    offtake: float
    lead_years: int


def drawn(seed: int) -> tuple[list[Site], list[float], float]:
    """Five sites, what is needed each year, and the cost of going short."""
    rng = np.random.default_rng(seed)
    sites = [
        Site(
            name=f"S{i}",
            cost=float(rng.integers(5, 20)),
            capacity=float(rng.integers(3, 9)),
            fixed=float(rng.integers(0, 60)),
            offtake=float(rng.integers(0, 3)),
            lead_years=int(rng.integers(0, 3)),
        )
        for i in range(5)
    ]
    return sites, [float(q) for q in rng.integers(4, 12, YEARS)], float(rng.integers(20, 40))


def cost_of(chosen: tuple[Site, ...], needed: list[float], short: float) -> float:
    """Fixed costs, and each year the offtakes, then the cheapest that is left, then shortage."""
    total = sum(site.fixed for site in chosen)
    for year, quantity in enumerate(needed):
        ready = [site for site in chosen if site.lead_years <= year]
        total += sum(site.cost * site.offtake for site in ready)
        left = max(0.0, quantity - sum(site.offtake for site in ready))
        for site in sorted(ready, key=lambda site: site.cost):
            taken = min(left, site.capacity - site.offtake)
            total += site.cost * taken
            left -= taken
        total += short * left
    return total


@pytest.mark.parametrize("seed", range(6))
def test_qualification_offtake_and_lead_time_against_every_combination(seed: int) -> None:
    sites, needed, short = drawn(seed)
    case = small_case(
        periods=YEARS,
        sites=[
            {
                "site": s.name,
                "cost": s.cost,
                "capacity": s.capacity,
                "fixed_cost": s.fixed,
                "minimum_offtake": s.offtake,
                "lead_time_months": 12 * s.lead_years,
            }
            for s in sites
        ],
        lanes=[{"origin": s.name, "destination": "Works", "commodity": "metal"} for s in sites],
        demand=[
            {"buyer": "Works", "commodity": "metal", "period": t + 1, "quantity": q}
            for t, q in enumerate(needed)
        ],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": short}],
    )
    plan = dv.solve(case, gap=1e-9)
    # A site without fixed cost and offtake is no decision: it can be left unused for nothing.
    best = min(
        cost_of(chosen, needed, short)
        for count in range(len(sites) + 1)
        for chosen in combinations(sites, count)
    )
    assert plan.objective == pytest.approx(best, rel=1e-9)
    decided = dict(zip(plan.decisions["site"], plan.decisions["qualified"], strict=True))
    chosen = tuple(s for s in sites if decided.get(s.name, True))
    assert cost_of(chosen, needed, short) == pytest.approx(best, rel=1e-9)


FIXED = {"Cheap": 4.0, "Near": 6.0, "Far": 3.0, "Safe": 10.0}
COST = {"Cheap": 1.0, "Near": 2.0, "Far": 1.5, "Safe": 4.0}


def outage_case(used: tuple[str, ...], *, decided: bool) -> dv.Case:
    """Some of four suppliers of which the first three fail now and then, with a stock."""
    hazards = [name for name in used if name != "Safe"]
    down = {"Cheap": [1.0, 0.0], "Near": [0.5, 0.5], "Far": [0.0, 1.0]}
    return small_case(
        periods=2,
        discount_rate=0.05,
        sites=[
            {
                "site": name,
                "cost": COST[name],
                "capacity": 6,
                **({"fixed_cost": FIXED[name]} if decided else {}),
            }
            for name in used
        ],
        lanes=[
            {"origin": name, "destination": "Works", "commodity": "metal", "flex": 0.25}
            for name in used
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 8}],
        shortages=[
            {"buyer": "Works", "commodity": "metal", "tier": 1, "share": 0.5, "cost": 6},
            {"buyer": "Works", "commodity": "metal", "tier": 2, "share": 0.5, "cost": 25},
        ],
        stocks=[
            {"buyer": "Works", "commodity": "metal", "capacity": 4, "holding_cost": 0.3},
        ],
        hazards=[{"hazard": name, "by": "site", "name": name} for name in hazards] or [],
        scenarios={
            "calm": (0.5, {}),
            "bad luck": (0.3, {name: down[name] for name in hazards}),
            "worse": (0.2, {name: [0.0, 0.0] for name in hazards}),
        }
        if hazards
        else None,
    )


def test_qualification_under_outages_against_every_combination() -> None:
    # A combination is a case with only those sites, qualified already: a linear problem.
    linear = {
        used: dv.solve(outage_case(used, decided=False)).objective
        + sum(FIXED[name] for name in used)
        for count in range(1, 5)
        for used in combinations(FIXED, count)
    }
    plan = dv.solve(outage_case(tuple(FIXED), decided=True), gap=1e-9)
    best = min(linear, key=lambda used: linear[used])
    assert plan.objective == pytest.approx(linear[best], rel=1e-9)
    decided = plan.decisions
    assert set(decided["site"][decided["qualified"]]) == set(best)
    # Neither all nor one: the numbers make it a real decision.
    assert 1 < len(best) < 4
