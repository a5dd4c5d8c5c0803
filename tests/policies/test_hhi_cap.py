"""Caps on concentration, against closed forms and the exact index."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from counting import COSTS

import diversify as dv
from diversify.case import Case
from diversify.data import governance_weights
from diversify.errors import InputError
from diversify.policies import HhiCap, parse_policies
from diversify.policies.hhi_cap import least_index
from diversify.testing import policy_rows, small_case, tiny_case, trial

# The cheapest shares with sum of squares at most H, by the conditions of Karush, Kuhn and Tucker:
# x = 1/n - (c - cbar) sqrt((H - 1/n) / SS), cost = cbar - sqrt((H - 1/n) SS), while all x > 0.
# The figures at H = 0.3 and 0.45 were checked with a conic solver.
AT_30 = 12.565511947207698
AT_45 = 11.117694486177124
PRICE_30 = -16.844880527923017
SHARES_30 = [0.37615108765404903, 0.31678586993449653, 0.2277380433551678, 0.07932499905628662]


def suppliers(costs: dict[str, float] = COSTS, **settings: Any) -> Case:
    """A tonne from suppliers that could each deliver it."""
    return small_case(
        sites=[{"site": s, "cost": c, "capacity": 1} for s, c in costs.items()],
        lanes=[{"origin": s, "destination": "W", "commodity": "metal"} for s in costs],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1}],
        **settings,
    )


@pytest.mark.parametrize(("limit", "cost"), [(0.3, AT_30), (0.45, AT_45), (1.0, 10.0)])
def test_the_cost_is_the_closed_form(limit: float, cost: float) -> None:
    cap = HhiCap(by="site", limit=limit)
    plan = dv.solve(suppliers(), cap)
    assert plan.point == "certified"
    assert plan.objective == pytest.approx(cost, rel=1e-6)
    shares = plan.shares("site")
    assert float((shares["share"] ** 2).sum()) <= limit + 1e-6


def test_shares_and_price_are_the_closed_form() -> None:
    plan = dv.solve(suppliers(), HhiCap(by="site", limit=0.3))
    found = plan.shares("site").set_index("name")["share"]
    # The cost is flat there: an error of 1e-7 in the index moves shares by its root.
    assert found.tolist() == pytest.approx(SHARES_30, abs=1e-3)
    assert float(plan.prices["price"][0]) == pytest.approx(PRICE_30, rel=1e-4)


@pytest.mark.parametrize("limit", [0.52, 0.545, 0.8])
def test_of_two_suppliers_the_larger_has_a_share_in_closed_form(limit: float) -> None:
    # s^2 + (1 - s)^2 <= H; at H = 0.545 the share is 0.65.
    found = trial(suppliers({"A": 1.0, "B": 2.0}), [HhiCap(by="site", limit=limit)])
    larger = (1 + math.sqrt(2 * limit - 1)) / 2
    assert found.objective == pytest.approx(2 - larger, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_any_number_of_suppliers_costs_the_closed_form(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    costs = {f"S{i}": float(c) for i, c in enumerate(rng.uniform(10, 12, n).round(3))}
    c = np.array(list(costs.values()))
    spread = float(((c - c.mean()) ** 2).sum())
    # So close to the least index, everyone delivers.
    limit = 1 / n + 0.5 * spread / n**2 / float((c.max() - c.mean()) ** 2)
    found = trial(suppliers(costs), [HhiCap(by="site", limit=limit)])
    assert found.objective == pytest.approx(
        c.mean() - math.sqrt((limit - 1 / n) * spread), rel=1e-6
    )


def governed(limit: float, **fields: Any) -> tuple[Case, HhiCap, float, float]:
    """One tonne from China at 1 USD or from Norway at 2, and the weights of the two."""
    case = small_case(
        sites=[
            {"site": "C", "country": "CHN", "cost": 1, "capacity": 1},
            {"site": "N", "country": "NOR", "cost": 2, "capacity": 1},
        ],
        lanes=[{"origin": s, "destination": "W", "commodity": "metal"} for s in "CN"],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1}],
    )
    known = governance_weights()
    cap = HhiCap(by="country", limit=limit, weights="governance", **fields)
    return case, cap, known["CHN"], known["NOR"]


def test_governance_weighs_countries() -> None:
    # w_C s^2 + w_N (1 - s)^2 = limit, a quadratic equation in the share of the cheaper country.
    case, cap, china, norway = governed(2.0)
    found = trial(case, [cap])
    a, b, c = china + norway, -2 * norway, norway - 2.0
    share = (-b + math.sqrt(b * b - 4 * a * c)) / (2 * a)
    assert found.objective == pytest.approx(2 - share, rel=1e-6)
    assert found.view is not None
    assert list(cap.measure(found.view).values()) == pytest.approx([2.0], abs=1e-6)
    by_hand = dv.hhi({"CHN": share, "NOR": 1 - share}, governance_weights())
    assert by_hand == pytest.approx(2.0, abs=1e-12)


def test_the_least_weighted_index_is_refused_below() -> None:
    least = 1 / (1 / governed(1)[2] + 1 / governed(1)[3])
    case, cap, _, _ = governed(least * 0.99)
    with pytest.raises(InputError, match=f"{least:.6g}"):
        policy_rows(case, cap)
    assert least_index([governed(1)[2], governed(1)[3]]) == pytest.approx(least)


def test_a_bloc_counts_as_one_and_others_as_themselves() -> None:
    # Of four in equal parts: A and B in one bloc, 1/4 + 1/16 + 1/16.
    countries = {"A": "DEU", "B": "FRA", "C": "CHN", "D": "NOR"}
    case = small_case(
        sites=[{"site": s, "country": c, "capacity": 1, "cost": 1} for s, c in countries.items()],
        lanes=[{"origin": s, "destination": "W", "commodity": "metal"} for s in countries],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 4}],
    )
    cap = HhiCap(by="bloc", names=["EU27"], limit=0.9)
    view = trial(case, [cap]).view
    assert view is not None
    assert list(cap.measure(view).values()) == pytest.approx([0.375])
    with pytest.raises(InputError, match="DEU is in EU27 and in G7"):
        policy_rows(case, cap.model_copy(update={"names": ("EU27", "G7")}))


def test_what_is_bought_with_integers_keeps_the_cap() -> None:
    # C costs 0.9 to approve, more than it can save: A has the larger share of two at H = 0.6.
    case = small_case(
        sites=[
            {"site": "A", "cost": 1, "capacity": 1},
            {"site": "B", "cost": 2, "capacity": 1},
            {"site": "C", "cost": 1.5, "capacity": 1, "fixed_cost": 0.9},
        ],
        lanes=[{"origin": s, "destination": "W", "commodity": "metal"} for s in "ABC"],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1}],
    )
    found = trial(case, [HhiCap(by="site", limit=0.6)])
    assert found.objective == pytest.approx(2 - (1 + math.sqrt(0.2)) / 2, rel=1e-6)


@pytest.mark.parametrize("method", ["extensive", "decomposed"])
def test_methods_agree_on_a_cap(method: Any) -> None:
    cap = HhiCap(by="country", limit=0.6, stage="refine")
    plan = dv.solve(tiny_case(), cap, method=method)
    # The larger share s has s^2 + (1 - s)^2 = 0.6.
    share = (1 + math.sqrt(0.2)) / 2
    assert plan.shares("country").set_index(["stage", "name"])["share"][
        "refine", "CHN"
    ] == pytest.approx(share, abs=1e-5)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"limit": 2500}, "did you mean 0.25?"),
        ({"limit": 0}, "greater than 0"),
        ({"limit": 11, "weights": "governance"}, "from 0 to 10"),
        ({"limit": 0.5, "names": ["CHN"]}, "only an index by bloc takes names"),
        ({"limit": 1, "weights": "governance", "by": "owner"}, "use by = country or site"),
        ({"limit": 0.5, "weights": "wgi"}, "governance"),
    ],
)
def test_an_unclear_cap_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        parse_policies([{"kind": "hhi_cap", "by": "country", **fields}])


def test_a_country_without_a_weight_is_refused() -> None:
    case = small_case(
        sites=[{"site": "A", "country": "ATA", "capacity": 1}],
        lanes=[{"origin": "A", "destination": "W", "commodity": "metal"}],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1}],
    )
    with pytest.raises(InputError, match="no estimate for ATA"):
        policy_rows(case, HhiCap(by="country", limit=5, weights="governance"))
