"""Published and hand-made answers, solved as cases in our tables; each file names its source."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

import diversify as dv
from diversify.risk.cvar import value, value_at_risk
from diversify.testing import small_case


def oracle(name: str) -> dict[str, Any]:
    path = Path(__file__).parent / f"{name}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def booked(plan: dv.Plan) -> dict[str, float]:
    frame = plan.portfolio
    return dict(zip(frame["site"], frame["tonnes"], strict=True))


def level_price(plan: dv.Plan, policy: str) -> float:
    frame = plan.prices
    found = frame[(frame["policy"] == policy) & (frame["row"] == "all")]["price"]
    return float(found.iloc[0])


TRANSPORT = oracle("transport")


def transport() -> dv.Case:
    facts = TRANSPORT
    return small_case(
        buyers=[{"buyer": m, "country": "USA"} for m in facts["markets"]],
        sites=[{"site": p, "country": "USA", "capacity": c} for p, c in facts["plants"].items()],
        lanes=[
            {
                "origin": plant,
                "destination": market,
                "commodity": "cases",
                "freight": distance * facts["freight"] / 1000,
            }
            for plant, row in zip(facts["plants"], facts["distance_kmiles"], strict=True)
            for market, distance in zip(facts["markets"], row, strict=True)
        ],
        demand=[
            {"buyer": m, "commodity": "cases", "quantity": q} for m, q in facts["markets"].items()
        ],
    )


def test_transport_has_its_published_cost() -> None:
    plan = dv.solve(transport())
    assert plan.objective == pytest.approx(TRANSPORT["cost"], rel=1e-9)
    assert plan.point == "certified"


def test_transport_has_its_published_marginal_costs() -> None:
    frame = dv.solve(transport()).marginal_costs
    found = dict(zip(frame["buyer"], frame["usd_per_tonne"], strict=True))
    expected = dict(zip(TRANSPORT["markets"], TRANSPORT["demand_duals"], strict=True))
    assert found == pytest.approx(expected, rel=1e-9)


CAPS = oracle("share_caps")
COUNTRIES = {"A": "CHN", "B": "AUS", "EU": "DEU"}
CAP_A = dv.ShareCap(by="country", names=["CHN"], share=CAPS["share_cap"], name="cap A")
RULES: list[list[dv.ShareCap | dv.ShareFloor]] = [
    [dv.ShareCap(by="site", share=CAPS["share_cap"], name="cap")],
    [dv.ShareCap(by="country", share=CAPS["share_cap"], name="cap")],
    [CAP_A, dv.ShareFloor(by="country", names=["DEU"], share=0.1, name="floor")],
]


def suppliers(**capacity: float) -> dv.Case:
    return small_case(
        sites=[
            {"site": s, "country": COUNTRIES[c], "cost": cost, "capacity": capacity.get(s, 1.0)}
            for s, c, cost in zip(CAPS["suppliers"], CAPS["country"], CAPS["cost"], strict=True)
        ],
        lanes=[
            {"origin": s, "destination": "Works", "commodity": "metal"} for s in CAPS["suppliers"]
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1.0}],
    )


def test_without_a_cap_everything_comes_from_the_cheapest() -> None:
    assert dv.solve(suppliers()).objective == pytest.approx(CAPS["uncapped"], rel=1e-9)


@pytest.mark.parametrize(
    ("rules", "facts"),
    list(zip(RULES, CAPS["cases"], strict=True)),
    ids=[case["rule"] for case in CAPS["cases"]],
)
def test_share_caps_fill_up_in_order_of_cost(
    rules: list[dv.ShareCap | dv.ShareFloor], facts: dict[str, Any]
) -> None:
    plan = dv.solve(suppliers(), *rules)
    assert plan.objective == pytest.approx(facts["cost"], rel=1e-9)
    found = booked(plan)
    for name, tonnes in zip(CAPS["suppliers"], facts["booked"], strict=True):
        assert found.get(name, 0.0) == pytest.approx(tonnes, abs=1e-9)
    if "price" in facts:
        assert level_price(plan, rules[-1].name) == pytest.approx(facts["price"], rel=1e-9)


def test_caps_that_leave_too_little_are_named_with_the_smallest_change() -> None:
    cap_b = dv.ShareCap(by="country", names=["AUS"], share=0.2, name="cap B")
    with pytest.raises(dv.InfeasibleError) as caught:
        dv.solve(suppliers(EU=0.1), CAP_A, cap_b)
    conflict = caught.value.conflict
    assert [(item.policy, item.change) for item in conflict.items if item.policy] == [
        ("cap A", pytest.approx(CAPS["infeasible"]["short"], abs=1e-9)),
        ("cap B", pytest.approx(CAPS["infeasible"]["short"], abs=1e-9)),
    ]
    assert [item.row for item in conflict.items if not item.policy] == [
        "capacity of EU",
        "demand of Works for metal",
    ]
    assert sum(conflict.smallest.values()) == pytest.approx(CAPS["infeasible"]["short"], abs=1e-9)
    assert not conflict.integer
    assert dv.explain(suppliers(EU=0.1), CAP_A, cap_b) == conflict
    assert dv.explain(suppliers(EU=0.15), CAP_A, cap_b) is None


CVAR = oracle("cvar")


@pytest.mark.parametrize("atoms", CVAR["atoms"])
def test_cvar_of_discrete_losses_splits_the_atom(atoms: dict[str, Any]) -> None:
    losses, probability = np.array(atoms["losses"], dtype=float), np.array(atoms["probability"])
    order = np.random.default_rng(1).permutation(len(losses))
    found = value(losses[order], probability[order], atoms["level"])
    assert found == pytest.approx(atoms["CVaR"], rel=1e-12)
    if atoms["VaR"] is not None:
        assert value_at_risk(losses[order], probability[order], atoms["level"]) == atoms["VaR"]


@pytest.mark.parametrize("level", ["0.9", "0.95", "0.99"])
def test_cvar_of_the_published_portfolio(level: str) -> None:
    # A million equally likely quantiles of the normal loss of the published optimal portfolio.
    weights = np.array(CVAR["weights"])
    assert weights == pytest.approx(CVAR["published_weights"], abs=2e-6)
    spread = math.sqrt(weights @ np.array(CVAR["cov"]) @ weights)
    grid = (np.arange(1_000_000) + 0.5) / 1_000_000
    losses = spread * ndtri(grid) - weights @ np.array(CVAR["mean"])
    equal = np.full(len(losses), 1.0 / len(losses))
    assert value(losses, equal, float(level)) == pytest.approx(
        CVAR["published"]["CVaR"][level], abs=5e-6
    )
    assert value_at_risk(losses, equal, float(level)) == pytest.approx(
        CVAR["published"]["VaR"][level], abs=5e-6
    )


def cheap_and_safe() -> dv.Case:
    """A tonne is needed; A sells at 1 and fails in a tenth of cases, B at 2 never; short is 1.5."""
    return small_case(
        sites=[{"site": "A", "cost": 1}, {"site": "B", "cost": 2}],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "AB"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 1.5}],
        hazards=[{"hazard": "stop", "by": "site", "name": "A"}],
        scenarios={"calm": (0.9, {}), "stop": (0.1, {"stop": [0]})},
    )


@pytest.mark.parametrize(
    ("level", "limit", "safe", "price"),
    [
        # With x from B, 1 - x is short in a tenth of cases. The worst twentieth: CVaR = 1 - x.
        (0.95, 0.3, 0.7, -0.95),
        # The worst fifth holds a tenth of calm: CVaR = (1 - x) / 2, so x = 1 - 2 limit.
        (0.8, 0.3, 0.4, -1.9),
        # cost = 0.9 (1 - x) + 2 x + 0.1 * 1.5 (1 - x), so d cost / dx = 0.95.
        (0.9, 0.05, 0.95, -0.95),
    ],
)
def test_a_cvar_budget_binds_where_the_closed_form_says(
    level: float, limit: float, safe: float, price: float
) -> None:
    plan = dv.solve(cheap_and_safe(), dv.ShortageBudget(measure="cvar", level=level, limit=limit))
    assert booked(plan) == pytest.approx({"A": 1 - safe, "B": safe}, abs=1e-9)
    assert plan.objective == pytest.approx(1.05 * (1 - safe) + 2 * safe, rel=1e-9)
    assert level_price(plan, plan.policies[0].name) == pytest.approx(price, rel=1e-6)


TWO = oracle("two_suppliers")["cases"]


def two_suppliers(facts: dict[str, Any], used: tuple[int, ...]) -> dv.Case:
    """The suppliers ``used``; both can fail at once, each on its own, so four listed scenarios."""
    listed = {}
    for state in product((1, 0), repeat=len(used)):
        mass = math.prod(
            facts["p_up"][i] if up else 1 - facts["p_up"][i]
            for i, up in zip(used, state, strict=True)
        )
        listed[f"up {state}"] = (
            mass,
            {f"stop {i}": [up] for i, up in zip(used, state, strict=True)},
        )
    return small_case(
        sites=[{"site": f"S{i}", "cost": facts["c"][i]} for i in used],
        lanes=[
            {"origin": f"S{i}", "destination": "Works", "commodity": "metal", "take_or_pay": 1}
            for i in used
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": facts["shortage"]}],
        hazards=[{"hazard": f"stop {i}", "by": "site", "name": f"S{i}"} for i in used],
        scenarios=listed,
    )


@pytest.mark.parametrize("facts", TWO)
def test_two_all_or_nothing_suppliers_have_the_optimal_vertex(facts: dict[str, Any]) -> None:
    plan = dv.solve(two_suppliers(facts, (0, 1)))
    assert plan.objective == pytest.approx(facts["cost"], rel=1e-9)
    found = booked(plan)
    assert [found.get(f"S{i}", 0.0) for i in (0, 1)] == pytest.approx(facts["best_q"], abs=1e-9)


@pytest.mark.parametrize("facts", TWO)
@pytest.mark.parametrize("alone", [0, 1])
def test_one_all_or_nothing_supplier_is_used_where_that_is_cheaper(
    facts: dict[str, Any], alone: int
) -> None:
    vertex = "1,0" if alone == 0 else "0,1"
    expected = min(facts["vertex_costs"]["0,0"], facts["vertex_costs"][vertex])
    assert dv.solve(two_suppliers(facts, (alone,))).objective == pytest.approx(expected, rel=1e-9)
