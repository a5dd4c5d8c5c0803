"""Rules on the ready cases: what a solve promises holds there, for numbers of any size."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.policies import CostBudget, HhiCap, MinSources, Policy, ShareCap, SpendCap

CASES = ["first-steps", "gallium-germanium", "quartz", "rare-earths-2010"]
LISTED = {"first-steps", "rare-earths-2010"}


def solved(name: str, *policies: Policy) -> dv.Plan:
    """The plan of a ready case in few scenarios, without the case's own policies."""
    drawn: dict[str, Any] = {} if name in LISTED else {"scenarios": 5, "seed": 1}
    return dv.solve(dv.example(name), *policies, case_policies=False, out_of_sample=0, **drawn)


def refused(name: str, policy: Policy) -> dict[str, float]:
    """The smallest change of a policy that no plan keeps; the clash names it."""
    with pytest.raises(dv.InfeasibleError) as caught:
        solved(name, policy)
    conflict = caught.value.conflict
    assert conflict is not None
    assert policy.name in {item.policy for item in conflict.items}
    assert policy.sentence() in conflict.sentence()
    return conflict.smallest


# Parts of the cost of the cheapest plan; close to 1 is where a solver can hardly decide.
@pytest.mark.slow
@pytest.mark.parametrize("part", [0.3, 0.9, 0.979])
@pytest.mark.parametrize("name", CASES)
def test_a_budget_below_the_cheapest_plan_asks_for_what_is_missing(name: str, part: float) -> None:
    # No plan costs less on average than the cheapest one.
    least = solved(name).objective
    budget = CostBudget(measure="expectation", limit=part * least)
    change = refused(name, budget)[budget.name]
    # What the policy counts may be more than the objective: stock that is left is worth something.
    assert change >= (1 - part) * least * (1 - 1e-6) - 1e-6 * least
    enough = solved(name, budget.with_level(budget.limit + change + 1e-6 * least))
    assert enough.objective == pytest.approx(least, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["cvar", "worst"])
def test_a_tail_that_is_missed_by_two_percent_is_a_clash(measure: str) -> None:
    level: dict[str, Any] = {"level": 0.9} if measure == "cvar" else {}
    budget = CostBudget(measure=measure, limit=2.76e9, **level)
    change = refused("quartz", budget)[budget.name]
    assert change > 0
    solved("quartz", budget.with_level(budget.limit + change * (1 + 1e-6)))
    refused("quartz", budget.with_level(budget.limit + 0.9 * change))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "policy",
    [
        ShareCap(by="country", stage="refine", share=0.7, period="horizon"),
        HhiCap(by="country", stage="refine", limit=0.6, period="horizon"),
        MinSources(by="country", stage="refine", count=2, period="horizon"),
    ],
    ids=lambda policy: policy.kind,
)
def test_a_rule_costs_the_same_whichever_way_it_is_solved(name: str, policy: Policy) -> None:
    drawn: dict[str, Any] = {} if name in LISTED else {"scenarios": 5, "seed": 1}
    costs = [
        dv.solve(
            dv.example(name),
            policy,
            case_policies=False,
            out_of_sample=0,
            method=method,
            **drawn,
        ).objective
        for method in ("extensive", "decomposed")
    ]
    assert costs[0] == pytest.approx(costs[1], rel=3e-6)
    assert costs[0] >= solved(name).objective * (1 - 1e-6)


def test_what_the_textbook_case_cannot_spend_less_than() -> None:
    # All from the cheapest supplier costs 10 (data/cases/first-steps/README.md).
    cap = SpendCap(limit=8)
    assert refused("first-steps", cap) == {cap.name: pytest.approx(2)}
