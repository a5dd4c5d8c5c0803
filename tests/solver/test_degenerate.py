"""Problems in which something is nothing, twice, or all the same, by both methods."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest

import diversify as dv
from diversify.case import Case
from diversify.scenarios import Scenarios, listed
from diversify.testing import small_case, tiny_case

Method = Literal["extensive", "decomposed"]
BOTH: tuple[Method, Method] = ("extensive", "decomposed")
both = pytest.mark.parametrize("method", BOTH)


def suppliers(costs: list[float], *, scenarios: dict[str, Any] | None = None, **lane: Any) -> Case:
    """As many sites as costs, 10 t each, for 10 t a year in two years; no freight, no discount."""
    names = [f"S{i}" for i in range(len(costs))]
    return small_case(
        periods=2,
        sites=[
            {"site": s, "country": c, "capacity": 10, "cost": cost}
            for s, c, cost in zip(names, ("CHN", "AUS", "USA", "JPN"), costs, strict=False)
        ],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal", **lane} for s in names],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 50}],
        hazards=[{"hazard": "stop", "by": "country", "name": "CHN"}],
        scenarios=scenarios or {"calm": (0.9, {}), "stop": (0.1, {"stop": [1, 0]})},
    )


def price(plan: dv.Plan) -> float:
    table = plan.prices
    return float(table.loc[table["row"] == "all", "price"].iloc[0])


@both
def test_equal_costs_everywhere(method: Method) -> None:
    # By hand: 20 t at 2 USD; what is not booked from China is not lost, so nothing is short.
    plan = dv.solve(suppliers([2.0] * 4), method=method)
    assert plan.objective == pytest.approx(40.0, rel=1e-9)
    assert plan.point == "certified"


@both
def test_equal_costs_and_no_cost_at_all(method: Method) -> None:
    plan = dv.solve(suppliers([0.0] * 3), method=method)
    assert plan.objective == pytest.approx(0.0, abs=1e-9)
    assert plan.point == "certified"


@both
@pytest.mark.parametrize("share", [0.5, 0.7, 1.0])
def test_a_price_where_multipliers_are_not_unique_is_a_subgradient(
    method: Method, share: float
) -> None:
    # China at 1, the others at 2 and 3, all certain. The cost is 20 * (share + 2 * (1 - share)), so
    # that a share more saves 20; at 1 the cap only just binds, and any price from -20 to 0 is one.
    case = suppliers([1.0, 2.0, 3.0], scenarios={"calm": (1.0, {})})
    cap = dv.ShareCap(by="country", names=["CHN"], share=share, stage="refine")
    plan = dv.solve(case, cap, method=method)
    assert plan.objective == pytest.approx(20 * (2 - share), rel=1e-7)
    assert plan.point == "certified"
    if share < 1:
        assert price(plan) == pytest.approx(-20.0, rel=1e-5)
    else:
        assert -20.0 - 1e-6 <= price(plan) <= 1e-6


@both
def test_a_budget_that_only_just_binds_has_a_price_within_its_bounds(method: Method) -> None:
    # Everything from China (1 instead of 20) is short by 10 t of 20 t in one case of ten: with a
    # limit of 0.05 on the expectation nothing changes; below it a fraction costs 20 t / 0.1 * what
    # a tonne more elsewhere costs in the second year, 19 in nine cases of ten, less the 50 saved
    # and plus the 20 paid in the tenth: 0.9 * 19 - 0.1 * 30 = 14.1 USD/t, so 2,820 a fraction.
    case = suppliers([1.0, 20.0])
    budget = dv.ShortageBudget(measure="expectation", limit=0.05)
    plan = dv.solve(case, budget, method=method)
    assert plan.objective == pytest.approx(0.9 * 20 + 0.1 * (10 + 500), rel=1e-9)
    assert -2820.0 * (1 + 1e-6) <= price(plan) <= 1e-6
    tight = dv.solve(case, budget.with_level(0.04), method=method)
    assert tight.objective == pytest.approx(plan.objective + 0.01 * 2820, rel=1e-7)
    assert price(tight) == pytest.approx(-2820.0, rel=1e-4)


def with_copies(batch: Scenarios) -> Scenarios:
    """Every scenario in three unequal parts, and one in which all fails, that cannot happen."""
    parts = np.array([0.5, 0.3, 0.2])
    values = np.concatenate([*[batch.values] * 3, np.zeros_like(batch.values[:1])])
    mass = np.append((parts[:, None] * batch.probability).ravel(), 0.0)
    labels = [f"{label} {i}" for i in range(3) for label in batch.labels]
    return Scenarios(batch.hazards, values, mass, (*labels, "never"))


@both
@pytest.mark.parametrize(
    "policies",
    [
        [],
        [dv.ShortageBudget(measure="cvar", level=0.8, limit=0.02)],
        [dv.ShortageBudget(measure="expectation", limit=0.01)],
    ],
    ids=["none", "cvar", "expectation"],
)
def test_copies_and_what_cannot_happen_change_nothing(method: Method, policies: list[Any]) -> None:
    case = tiny_case()
    plan = dv.solve(case, *policies, method="extensive")
    copies = with_copies(listed(case))
    other = dv.solve(case, *policies, scenarios=copies, method=method)
    assert other.objective == pytest.approx(plan.objective, rel=1e-7)
    assert other.point == "certified"
    assert other.record.distinct_scenarios == plan.record.distinct_scenarios


def test_a_worst_case_does_not_count_what_cannot_happen() -> None:
    # Everything fails in a scenario of probability 0: a budget on the worst case ignores it.
    case, budget = tiny_case(), dv.ShortageBudget(measure="worst", limit=0.1)
    plan = dv.solve(case, budget)
    copies = with_copies(listed(case))
    other = dv.solve(case, budget, scenarios=copies)
    assert other.objective == pytest.approx(plan.objective, rel=1e-9)


@both
def test_a_world_in_which_nothing_happens(method: Method) -> None:
    # No news, so that every column of the scenario is one of the plan: 20 t from the cheapest.
    plan = dv.solve(suppliers([3.0, 2.0], scenarios={"calm": (1.0, {})}), method=method)
    assert plan.objective == pytest.approx(40.0, rel=1e-9)
    assert plan.point == "certified"


@both
def test_recourse_without_a_choice(method: Method) -> None:
    # Take-or-pay of everything that is left, no spot, no flexible volume, no stock: what arrives is
    # what was booked times what is left, and the rest is short. By hand: 10 t from China each year,
    # 10 + 0.9 * 10 + 0.1 * 4, and for the second year 6 t more from the other, which nobody needs
    # in nine cases of ten: 6 * 4 = 24, less than 0.1 * 6 * 50 = 30 of lost output.
    case = suppliers(
        [1.0, 4.0],
        scenarios={"calm": (0.9, {}), "stop": (0.1, {"stop": [1, 0.4]})},
        take_or_pay=1.0,
    )
    plan = dv.solve(case, method=method)
    assert plan.objective == pytest.approx(43.4, rel=1e-9)
    assert plan.point == "certified"


@both
def test_no_demand_at_all(method: Method) -> None:
    case = small_case(
        sites=[{"site": "A", "country": "CHN", "capacity": 5, "cost": 1}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 0}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 9}],
        hazards=[{"hazard": "stop", "by": "country", "name": "CHN"}],
        scenarios={"calm": (0.5, {}), "stop": (0.5, {"stop": [0]})},
    )
    plan = dv.solve(case, method=method)
    assert plan.objective == pytest.approx(0.0, abs=1e-9)
    assert plan.point == "certified"
