"""Discounts on volume: both kinds against every choice of tiers, and what is not delivered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import diversify as dv
from diversify.errors import InputError
from diversify.testing import small_case

WORKS = "Works"


def bought(
    sites: dict[str, tuple[float, float]], need: float, tiers: list[dict[str, Any]], **more: Any
) -> dv.Case:
    """Suppliers by cost and capacity, with the tiers of their discounts."""
    return small_case(
        **{
            "sites": [
                {"site": s, "cost": cost, "capacity": size} for s, (cost, size) in sites.items()
            ],
            "lanes": [{"origin": s, "destination": WORKS, "commodity": "metal"} for s in sites],
            "demand": [{"buyer": WORKS, "commodity": "metal", "quantity": need}],
            "discounts": [{"commodity": "metal", **row} for row in tiers],
            **more,
        }
    )


def granted(plan: dv.Plan) -> float:
    return -float(plan.costs.set_index("kind").at["discount", "usd"])


def tiers_of(plan: dv.Plan) -> list[tuple[str, str, float]]:
    rows = plan.decisions[plan.decisions["decision"] == "discount"]
    return list(zip(rows["site"], rows["option"], rows["tonnes_per_year"].round(9), strict=True))


@pytest.mark.parametrize(
    ("need", "kind", "saved", "tiers"),
    [
        # By hand, from A alone at 5 USD, cut by 1 USD from 4 t on and by 2 USD from 8 t on.
        (3, "all_units", 0, []),
        (6, "all_units", 6, [("A", "1", 6.0)]),
        (10, "all_units", 20, [("A", "2", 10.0)]),
        (3, "incremental", 0, []),
        (6, "incremental", 2, [("A", "1", 2.0)]),
        (10, "incremental", 4 * 1 + 2 * 2, [("A", "1", 4.0), ("A", "2", 2.0)]),
    ],
)
def test_what_each_kind_takes_off(
    need: float, kind: str, saved: float, tiers: list[tuple[str, str, float]]
) -> None:
    rows = [
        {"site": "A", "kind": kind, "threshold": 4, "cut_per_tonne": 1},
        {"site": "A", "kind": kind, "threshold": 8, "cut_per_tonne": 2},
    ]
    plan = dv.solve(bought({"A": (5, 20)}, need, rows))
    assert granted(plan) == pytest.approx(saved)
    assert plan.objective == pytest.approx(5 * need - saved)
    assert tiers_of(plan) == tiers


def test_more_is_bought_where_the_next_tier_makes_it_cheaper() -> None:
    # 7 t at 5 USD are 35; 8 t at 3 USD are 24, and a tonne is left over.
    rows = [{"site": "A", "threshold": 8, "cut_per_tonne": 2}]
    plan = dv.solve(bought({"A": (5, 20)}, 7, rows))
    assert plan.objective == pytest.approx(24)
    assert plan.portfolio["tonnes"].tolist() == pytest.approx([8])


def test_a_cut_as_a_share_is_one_of_the_price_of_the_commodity() -> None:
    rows = [{"site": "A", "threshold": 2, "cut": 0.25}]
    metal = [{"commodity": "metal", "material": "metal", "price": 8.0}]
    plan = dv.solve(bought({"A": (5, 20)}, 4, rows, commodities=metal))
    assert plan.objective == pytest.approx(4 * (5 - 0.25 * 8))


def paid(cost: float, tiers: list[tuple[float, float]], kind: str) -> Callable[[float], float]:
    """What a volume costs, by the definition of each kind."""

    def total(volume: float) -> float:
        off = 0.0
        for i, (start, cut) in enumerate(tiers):
            end = tiers[i + 1][0] if i + 1 < len(tiers) else np.inf
            if kind == "all_units" and start <= volume < end:
                off = cut * volume
            if kind == "incremental":
                off += cut * max(0.0, min(volume, end) - start)
        return cost * volume - off

    return total


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(s, marks=pytest.mark.slow) for s in range(2, 12))]
)
def test_both_kinds_against_every_choice_of_tiers(seed: int) -> None:
    # Between two volumes at which something changes the cost is concave: the best is at one.
    rng = np.random.default_rng(seed)
    kinds = {"A": "all_units", "B": "incremental" if seed % 2 else "all_units"}
    need = float(rng.integers(8, 16))
    sites, tiers, cost, corners = {}, {}, {}, {}
    for s, kind in kinds.items():
        unit, size = float(rng.integers(6, 10)), float(rng.integers(9, 14))
        starts = np.cumsum(rng.integers(2, 5, 2)).astype(float)
        cuts = np.cumsum(rng.integers(1, 3, 2)).astype(float)
        sites[s] = (unit, size)
        tiers[s] = list(zip(starts.tolist(), cuts.tolist(), strict=True))
        cost[s] = paid(unit, tiers[s], kind)
        corners[s] = [0.0, size, *(w for w in starts if w <= size)]
    rows = [
        {"site": s, "kind": kinds[s], "threshold": start, "cut_per_tonne": cut}
        for s in kinds
        for start, cut in tiers[s]
    ]
    pairs = [(x, y) for x in corners["A"] for y in (*corners["B"], need - x)]
    pairs += [(need - y, y) for y in corners["B"]]
    best = min(
        cost["A"](x) + cost["B"](y)
        for x, y in pairs
        if x + y >= need - 1e-9 and 0 <= x <= sites["A"][1] and 0 <= y <= sites["B"][1]
    )
    plan = dv.solve(bought(sites, need, rows), gap=1e-9)
    assert plan.objective == pytest.approx(best, rel=1e-8)


def test_all_destinations_count_together_unless_one_is_named() -> None:
    # 3 t and 3 t are 6 t in all, and 3 t to each: a tier at 5 t is reached in all only.
    both = {
        "lanes": [{"origin": "A", "destination": b, "commodity": "metal"} for b in ("B1", "B2")],
        "demand": [{"buyer": b, "commodity": "metal", "quantity": 3} for b in ("B1", "B2")],
    }
    row = {"site": "A", "threshold": 5, "cut_per_tonne": 1}
    assert granted(dv.solve(bought({"A": (5, 20)}, 0, [row], **both))) == pytest.approx(6)
    alone = bought({"A": (5, 20)}, 0, [{**row, "destination": "B1"}], **both)
    plan = dv.solve(alone)
    # 5 t to B1 at 4 USD cost more than 3 t at 5 USD.
    assert granted(plan) == pytest.approx(0)


@pytest.mark.parametrize("kind", ["all_units", "incremental"])
def test_nothing_is_taken_off_what_is_not_delivered(kind: str) -> None:
    # Half of 10 t fails in half of the cases: by hand, the cut of 10 t or of 6 t, and half of it.
    case = bought(
        {"A": (5, 10)},
        10,
        [{"site": "A", "kind": kind, "threshold": 4, "cut_per_tonne": 1}],
        hazards=[{"hazard": "fire", "by": "site", "name": "A"}],
        scenarios={"calm": (0.5, {}), "fire": (0.5, {"fire": [0.5]})},
        shortages=[{"buyer": WORKS, "commodity": "metal", "cost": 100}],
    )
    cut = 10 if kind == "all_units" else 6
    assert granted(dv.solve(case)) == pytest.approx(0.75 * cut)


def test_a_surplus_that_is_not_taken_earns_no_discount() -> None:
    # Demand falls to 2 t in half of the cases: then the cut is on 2 t, however much was booked.
    case = bought(
        {"A": (5, 10)},
        10,
        [{"site": "A", "threshold": 4, "cut_per_tonne": 1}],
        hazards=[{"hazard": "slump", "kind": "demand", "by": "buyer", "name": WORKS}],
        scenarios={"calm": (0.5, {}), "slump": (0.5, {"slump": [0.2]})},
    )
    assert granted(dv.solve(case)) == pytest.approx(0.5 * 10 + 0.5 * 2)


def test_a_discount_on_what_has_no_limit_is_refused() -> None:
    row = {"site": "A", "threshold": 4, "cut_per_tonne": 1}
    with pytest.raises(InputError, match="nothing limits how much 'metal' can be booked"):
        dv.solve(bought({"A": (5, np.inf)}, 4, [row]))


def test_a_tier_beyond_all_capacity_is_never_reached() -> None:
    row = {"site": "A", "threshold": 40, "cut_per_tonne": 1}
    plan = dv.solve(bought({"A": (5, 10)}, 4, [row]))
    assert plan.objective == pytest.approx(20)
    assert tiers_of(plan) == []
