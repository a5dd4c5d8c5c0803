"""Cuts and the extensive form find the same plan: each is the oracle of the other."""

from __future__ import annotations

import pytest

import diversify as dv
from diversify.policies import Policy
from diversify.testing import tiny_case


@pytest.mark.parametrize(
    "policies",
    [
        [],
        [dv.ShareCap(by="country", share=0.6, stage="refine")],
        [dv.ShortageBudget(measure="cvar", level=0.8, limit=0.02), dv.StockFloor(days=10)],
        [dv.CostBudget(measure="cvar", level=0.9, limit=120)],
        [dv.SpendCap(limit=50)],
    ],
    ids=lambda policies: " ".join(policy.name for policy in policies) or "none",
)
def test_both_methods_find_the_same_cost_and_prices(policies: list[Policy]) -> None:
    one = dv.solve(tiny_case(), *policies, method="extensive")
    other = dv.solve(tiny_case(), *policies, method="decomposed")
    assert other.objective == pytest.approx(one.objective, rel=1e-6)
    assert (one.point, other.point) == ("certified", "certified")
    found, expected = (
        plan.prices[plan.prices["row"] == "all"]["price"].tolist() for plan in (other, one)
    )
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-3)
