"""No foresight before news (R10), and the end of the horizon does not empty the stock."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from joint import joint_case
from parts import optimum, parts

import diversify as dv
from diversify.policies import Policy, ShareCap, ShortageBudget, StockFloor, parse_policies
from diversify.scenarios import outages
from diversify.testing import small_case, tiny_case

POLICIES: list[tuple[Policy, ...]] = [
    (),
    (ShareCap(by="country", share=0.6, stage="refine"),),
    (ShortageBudget(measure="cvar", level=0.8, limit=0.02), StockFloor(days=10)),
]
ACTIONS = ("ops.flow[", "ops.spot[", "ops.stock[")


@pytest.mark.parametrize("policies", POLICIES)
@pytest.mark.parametrize("case", [tiny_case(), joint_case(), joint_case(40, 4)])
def test_before_its_first_disruption_a_scenario_does_what_the_plan_says(
    case: dv.Case, policies: tuple[Policy, ...]
) -> None:
    # The full form keeps every scenario's own variables, so that equality is a result here.
    made = parts(case, policies)
    full = made.stacked(full=True)
    _, point = optimum(full)
    first = made.blocks.first
    recourse = full.recourse(point)
    checked = 0
    for s, news in enumerate(made.news):
        for j, label in enumerate(made.blocks.columns[first:]):
            if not label.startswith(ACTIONS) or made.blocks.column_period[first + j] >= news:
                continue
            twin = made.blocks.twin[first + j]
            planned = point[twin] if twin >= 0 else 0.0
            assert recourse[s, j] == pytest.approx(planned, abs=1e-6)
            checked += 1
    assert checked > 20
    assert full.where.min() >= 0


@pytest.mark.parametrize("policies", POLICIES)
@pytest.mark.parametrize("case", [tiny_case(), joint_case(), joint_case(40, 4)])
def test_leaving_out_what_comes_before_news_changes_nothing(
    case: dv.Case, policies: tuple[Policy, ...]
) -> None:
    made = parts(case, policies)
    reduced, full = made.stacked(), made.stacked(full=True)
    assert reduced.problem.shape < full.problem.shape
    assert optimum(reduced)[0] == pytest.approx(optimum(full)[0], rel=1e-7)


def test_leaving_out_what_comes_before_news_changes_nothing_in_a_real_case() -> None:
    case = dv.example("rare-earths").for_buyers("EU27")
    made = parts(case, parse_policies(case.policies), outages(case, 6, 3))
    assert optimum(made.stacked())[0] == pytest.approx(
        optimum(made.stacked(full=True))[0], rel=1e-7
    )


def test_flows_after_news_differ_from_the_plan() -> None:
    # Without this the tests above would also pass for a model without any recourse.
    made = parts(joint_case())
    full = made.stacked(full=True)
    _, point = optimum(full)
    labels = made.blocks.columns[made.blocks.first :]
    recourse = full.recourse(point)
    embargo = made.batch.labels.index("embargo")
    later = [
        abs(recourse[embargo, j] - point[made.blocks.twin[made.blocks.first + j]])
        for j, label in enumerate(labels)
        if label.startswith(("ops.flow[", "ops.stock[")) and label.endswith((",1]", ",2]"))
    ]
    assert max(later) > 0.1


def test_news_of_a_scenario_is_its_first_disruption() -> None:
    made = parts(joint_case())
    assert dict(zip(made.batch.labels, made.news.tolist(), strict=True)) == {
        "calm": 3,
        "embargo": 1,
        "mishaps": 0,
        "boom": 2,
    }


def test_with_foresight_the_plan_costs_less_and_never_more() -> None:
    # The value of perfect information cannot be negative; here hoarding before news pays.
    known = dv.solve(joint_case(), information="clairvoyant")
    assert known.objective < dv.solve(joint_case()).objective - 0.1


def kept_at_end(end_discount: float) -> np.ndarray[Any, Any]:
    """Stock left at the end of each scenario; a disturbance elsewhere frees the second."""
    case = small_case(
        periods=2,
        commodities=[{"commodity": "metal", "material": "metal", "price": 10}],
        sites=[{"site": "Main", "cost": 8}, {"site": "Other", "cost": 30}],
        lanes=[
            {"origin": s, "destination": "Works", "commodity": "metal"} for s in ("Main", "Other")
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 2}],
        stocks=[
            {
                "buyer": "Works",
                "commodity": "metal",
                "capacity": 2,
                "end_discount": end_discount,
            }
        ],
        hazards=[{"hazard": "strike", "by": "site", "name": "Other"}],
        scenarios={"calm": (0.5, {}), "strike": (0.5, {"strike": [0, 1]})},
    )
    made = parts(case, [StockFloor(days=365)])
    extensive = made.stacked()
    _, point = optimum(extensive)
    last = made.blocks.columns.index("ops.stock[Works,metal,1]") - made.blocks.first
    return extensive.recourse(point)[:, last]


def test_the_end_of_the_horizon_does_not_empty_the_stock() -> None:
    # A tonne left is worth 10 and one more costs 8, so the stock stays. Worth nothing it is used
    # up, but not in the calm scenario: without news the stock is the plan's.
    assert kept_at_end(end_discount=0.0) == pytest.approx([2, 2])
    assert kept_at_end(end_discount=1.0) == pytest.approx([2, 0])
