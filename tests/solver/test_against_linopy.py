"""The same model, written a second time in linopy from the numbers alone, has the same optimum.

The second model knows nothing of Pyomo, of the compiler or of the reduced extensive form: every
scenario is written out in full, and what happens before its news is fixed by equations.
"""

from __future__ import annotations

from typing import Any

import linopy
import pytest
import xarray as xr
from joint import (
    DEMAND,
    HAZARDS,
    LANES,
    PERIODS,
    PRICE,
    RATE,
    SCENARIOS,
    SITES,
    STOCKS,
    TIERS,
    YIELDS,
    joint_case,
)

import diversify as dv

Lane = tuple[str, str, str]
YEARS = range(PERIODS)
WORTH = [(1 + RATE) ** -t for t in range(PERIODS + 1)]


def per_year(values: Any) -> xr.DataArray:
    return xr.DataArray(list(values), coords={"year": list(YEARS)})


def table(value: Any) -> xr.DataArray:
    """Numbers by scenario and year."""
    numbers = [[float(value(scenario, t)) for t in YEARS] for scenario in SCENARIOS]
    return xr.DataArray(numbers, coords={"scenario": list(SCENARIOS), "year": list(YEARS)})


def hazard_value(scenario: str, hazard: str, t: int) -> float:
    values: list[float] = SCENARIOS[scenario][1].get(hazard, [1.0] * PERIODS)
    return values[t]


def site_part(scenario: str, site: str, t: int) -> float:
    """What is left of a site's capacity; the embargo is on exports, so it stops no site."""
    acting = {"Mine A": "strike", "Ref E": "fire"}.get(site)
    return hazard_value(scenario, acting, t) if acting else 1.0


def lane_part(scenario: str, lane: Lane, t: int) -> float:
    origin, destination, _ = lane
    part = site_part(scenario, origin, t)
    abroad = destination == "Works" or SITES[destination][0] != "CHN"
    if SITES[origin][0] == "CHN" and abroad:
        part = min(part, hazard_value(scenario, "embargo", t))
    return part


def before_news(scenario: str, t: int) -> bool:
    return all(hazard_value(scenario, hazard, u) == 1 for hazard in HAZARDS for u in range(t + 1))


def usable(lane: Lane, t: int) -> bool:
    return all(t >= SITES[end][4] for end in lane[:2] if end in SITES)


OFFTAKE = 4.0


def second_model() -> tuple[Any, Any, Any]:
    """The second model, its cost without that of qualifying Ref E, and that decision."""
    m = linopy.Model()
    mass = table(lambda s, t: SCENARIOS[s][0] * WORTH[t])
    pre = table(before_news)
    cost = []

    def staged(upper: Any = float("inf")) -> Any:
        return m.add_variables(lower=0, upper=upper, coords=mass.coords)

    book = {
        lane: m.add_variables(
            lower=0,
            upper=per_year(LANES[lane][2] if usable(lane, t) else 0.0 for t in YEARS),
        )
        for lane in LANES
    }
    cost += [(per_year(WORTH[:-1]) * LANES[lane][3] * book[lane]).sum() for lane in LANES]
    qualify = m.add_variables(binary=True)
    m.add_constraints(
        sum(book[lane] for lane in LANES if lane[0] == "Ref E").isel(year=slice(1, None))
        - OFFTAKE * qualify
        >= 0,
        name="offtake",
    )
    flow = {lane: staged() for lane in LANES}
    spot = {}
    for lane, (freight, tariff, _, _, flex, take, limit, premium) in LANES.items():
        part = table(lambda s, t, lane=lane: lane_part(s, lane, t))
        m.add_constraints(flow[lane] - (pre + (1 - pre) * part * (1 + flex)) * book[lane] <= 0)
        m.add_constraints(flow[lane] - (pre + (1 - pre) * part * take) * book[lane] >= 0)
        unit = freight + tariff * PRICE[lane[2]]
        cost.append((mass * unit * flow[lane]).sum())
        able = table(lambda s, t, lane=lane: usable(lane, t))
        spot[lane] = staged((1 - pre) * part * limit * able)
        cost.append((mass * (unit + premium * PRICE[lane[2]]) * spot[lane]).sum())
        if lane[0] == "Ref E":
            m.add_constraints(book[lane] - 1000 * qualify <= 0)
            m.add_constraints(spot[lane] - 1000 * qualify <= 0)

    def moved(keep: Any) -> Any:
        return sum(flow[lane] + spot[lane] for lane in LANES if keep(lane))

    for site, (_, stage, capacity, unit, first) in SITES.items():
        runs = {}
        if stage == "mine":
            runs["ore"] = staged()
            m.add_constraints(moved(lambda lane, s=site: lane[0] == s) - runs["ore"] == 0)
        else:
            runs = {feed: staged() for s, feed in YIELDS if s == site}
            for feed, run in runs.items():
                arriving = moved(lambda lane, s=site, f=feed: lane[1:] == (s, f))
                m.add_constraints(arriving - run == 0)
            for c in DEMAND:
                leaving = moved(lambda lane, s=site, c=c: lane[0] == s and lane[2] == c)
                made = sum(YIELDS[site, feed][c] * run for feed, run in runs.items())
                m.add_constraints(leaving - made <= 0)
        total = sum(runs.values())
        most = table(lambda s, t, n=site, f=first: (t >= f) * site_part(s, n, t)) * capacity
        m.add_constraints(1 * total <= most)
        if site == "Ref E":
            m.add_constraints(total - 1000 * qualify <= 0)
        cost.append((mass * unit * total).sum())
    for c in STOCKS:
        cost += write_stock(
            m, c, pre, mass, staged, moved(lambda lane, c=c: lane[1:] == ("Works", c))
        )
    return m, sum(cost), qualify


def write_stock(m: Any, c: str, pre: Any, mass: Any, staged: Any, arriving: Any) -> list[Any]:
    """The stock and the demand of a product, and what they cost."""
    initial, capacity, holding, loss, discount = STOCKS[c]
    target = m.add_variables(lower=0, upper=capacity)
    bought, sold = m.add_variables(lower=0), m.add_variables(lower=0, upper=initial)
    m.add_constraints(bought - sold - target == -initial)
    stock, before = staged(), staged()
    m.add_constraints(stock - target <= 0)
    m.add_constraints(stock - pre * target >= 0)
    m.add_constraints(before.sel(year=0, drop=True) - target == 0)
    for t in YEARS[1:]:
        m.add_constraints(before.sel(year=t, drop=True) - stock.sel(year=t - 1, drop=True) == 0)
    needed = table(lambda s, t: DEMAND[c][t] * (hazard_value(s, "boom", t) if c == "N" else 1.0))
    short = [staged(share * needed) for share, _ in TIERS[c]]
    m.add_constraints(arriving + (1 - loss) * before - stock + sum(short) >= needed)
    left = mass.sel(year=0, drop=True) * WORTH[PERIODS] * PRICE[c] * (1 - discount)
    return [
        PRICE[c] * bought,
        -PRICE[c] * (1 - discount) * sold,
        (mass * holding * stock).sum(),
        (-left * stock.sel(year=PERIODS - 1, drop=True)).sum(),
        *((mass * price * tier).sum() for tier, (_, price) in zip(short, TIERS[c], strict=True)),
    ]


# linopy and xarray warn about each other's changes; nothing of ours can warn here.
@pytest.mark.filterwarnings("ignore")
def test_the_second_model_has_the_same_optimum() -> None:
    m, cost, qualify = second_model()

    def optimum(fixed_cost: float) -> float:
        m.add_objective(cost + fixed_cost * qualify, overwrite=True)
        m.solve(solver_name="highs", io_api="direct", output_flag=False, mip_rel_gap=1e-9)
        assert m.status == "ok"
        return float(m.objective.value)

    # The numbers are such that the decision goes both ways.
    for fixed_cost, qualified in ((40.0, True), (900.0, False)):
        plan = dv.solve(joint_case(fixed_cost, OFFTAKE), gap=1e-9)
        assert plan.decisions["qualified"].tolist() == [qualified]
        assert plan.objective == pytest.approx(optimum(fixed_cost), rel=1e-6)
    m.remove_constraints("offtake")
    assert dv.solve(joint_case()).objective == pytest.approx(optimum(0.0), rel=1e-6)
