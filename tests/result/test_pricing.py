"""The whole cost of a rule, the tightest level of each, and frontiers of several policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

import diversify as dv
from diversify.cli import main
from diversify.errors import InputError
from diversify.policies import Policy
from diversify.testing import small_case, tiny_case

CAP = dv.ShareCap(by="country", share=0.6, stage="refine", name="cap")
WORST = dv.ShortageBudget(measure="worst", limit=0.2, name="worst")


def test_a_rule_costs_what_is_saved_without_it() -> None:
    case = tiny_case()
    rules = dv.price_of_rules(case, CAP, WORST).set_index("policy")
    both = dv.solve(case, CAP, WORST).objective
    for name, rest in (("cap", WORST), ("worst", CAP)):
        assert rules.loc[name, "cost_with"] == pytest.approx(both)
        alone = dv.solve(case, rest).objective
        assert rules.loc[name, "saving"] == pytest.approx(both - alone, abs=1e-6)
    plan = dv.solve(case, CAP, WORST)
    same = dv.price_of_rules(plan, only=["cap"]).set_index("policy")
    assert same.loc["cap", "saving"] == pytest.approx(rules.loc["cap", "saving"], abs=1e-9)


def test_dropping_a_rule_makes_the_decisions_anew() -> None:
    # Two sites that deliver 6 t or more or nothing: the cap forces both, and 2 t are thrown away.
    # With the decisions fixed the cap is free; without it one site is enough.
    case = small_case(
        sites=[{"site": s, "cost": 1, "capacity": 10, "minimum_offtake": 6} for s in ("A", "B")],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in ("A", "B")],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 8}],
    )
    cap = dv.ShareCap(by="site", share=0.6, name="cap")
    assert dv.solve(case, cap).prices["price"].iloc[0] == pytest.approx(0, abs=1e-9)
    assert dv.price_of_rules(case, cap)["saving"].tolist() == pytest.approx([4.0])


@pytest.mark.parametrize(
    "policy",
    [
        dv.ShareCap(by="country", share=0.9, stage="refine"),
        dv.ShareFloor(by="country", names=["DEU"], share=0.1, stage="refine"),
        dv.StockFloor(days=1),
        dv.SpendCap(limit=500),
        dv.CostBudget(measure="expectation", limit=500),
    ],
)
def test_the_tightest_level_has_a_plan_and_a_tighter_one_has_none(policy: Policy) -> None:
    case = tiny_case()
    level = dv.tightest(case, policy)["tightest"].item()
    assert dv.explain(case, policy.with_level(level)) is None
    slack = 1e-4 * max(level, 1e-3)
    tighter = level - slack if policy.upper else level + slack
    if tighter > 0 and (policy.level_field != "share" or tighter <= 1):
        assert dv.explain(case, policy.with_level(tighter)) is not None


def test_a_kind_moves_all_policies_of_that_kind() -> None:
    case = tiny_case()
    other = dv.ShareCap(by="owner", share=1.0, stage="refine", name="owner")
    found = dv.frontier(case, "share_cap", CAP, other, levels=[0.9, 0.7])
    for level, cost in zip(found.levels, found.points["objective"], strict=True):
        both = dv.solve(case, CAP.with_level(level), other.with_level(level))
        assert cost == pytest.approx(both.objective, rel=2e-6)


@pytest.mark.parametrize(
    "method", ["extensive", pytest.param("decomposed", marks=pytest.mark.slow)]
)
def test_a_grid_holds_every_pair_of_levels(method: Any) -> None:
    case = tiny_case()
    found = dv.frontier(case, (CAP, [0.7, 0.05]), (WORST, [0.5, 0.2]), method=method, gap=1e-6)
    assert found.axes == ("cap", "worst")
    assert [tuple(point.values()) for point in found.grid] == [
        (a, b) for a in (0.7, 0.05) for b in (0.5, 0.2)
    ]
    for point, plan, conflict in zip(found.grid, found.plans, found.conflicts, strict=True):
        rules = CAP.with_level(point["cap"]), WORST.with_level(point["worst"])
        if plan is None:
            assert dv.explain(case, *rules) is not None
            assert conflict is not None
            assert "cap" in conflict.sentence()
        else:
            assert plan.objective == pytest.approx(dv.solve(case, *rules).objective, rel=3e-6)
    assert found.points["cap"].tolist() == [0.7, 0.7, 0.05, 0.05]


def test_a_policy_is_moved_once_and_what_nobody_knows_not_at_all() -> None:
    with pytest.raises(InputError, match="moved twice"):
        dv.frontier(tiny_case(), ("share_cap", [0.9]), ("cap", [0.8]), CAP)
    with pytest.raises(InputError, match="name or kind"):
        dv.frontier(tiny_case(), "hhi_cap", CAP, levels=[0.9])


def test_the_program_prints_a_grid_with_why_there_is_no_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = dv.example("first-steps").policies[0]["name"]
    arguments = ["--policy", "share_cap", "--levels", "0.9,0.2"]
    assert main(["frontier", "first-steps", *arguments, "--quiet", "--json"]) == 0
    good, bad = json.loads(capsys.readouterr().out)["points"]
    assert (good["level"], good["levels"]) == (0.9, {"share_cap": 0.9})
    assert good["objective"] == pytest.approx(10.5)
    assert {row["country"] for row in good["value_added"]} >= {"CHN"}
    assert bad["status"] == "infeasible"
    assert [row["policy"] for row in bad["conflict"] if row["policy"]] == [name]
    assert "No plan keeps all limits" in bad["sentence"]
    assert main(["frontier", "first-steps", *arguments, "--levels", "1", "--quiet"]) == 2


def test_the_program_prices_rules_and_finds_the_tightest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "first-steps", "--price", "--tightest", "--json", "--quiet"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["rules"][0]["saving"] == pytest.approx(1.75)
    # Three countries can share equally.
    assert data["tightest"][0]["tightest"] == pytest.approx(1 / 3, rel=1e-4)
