"""Worst cases by cuts: limits of single scenarios, written as one in expectation."""

from __future__ import annotations

import numpy as np
import pytest

import diversify as dv
from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.compile.compiler import build_with, compile_build
from diversify.errors import InfeasibleError
from diversify.policies import CostBudget, Policy, ShortageBudget
from diversify.risk.mean_cvar import MeanCvar
from diversify.scenarios import listed
from diversify.solver.data import scenario_data
from diversify.solver.softened import softened
from diversify.testing import tiny_case


def problem(*policies: Policy) -> tuple[Blocks, np.ndarray, np.ndarray]:
    case = tiny_case()
    build = build_with(case, policies)
    blocks, batch = compile_build(build), listed(case)
    theta, _ = scenario_data(blocks, build.network, batch, build.levels)
    return blocks, theta, batch.probability


def test_only_rows_that_a_scenario_cannot_exceed_get_a_column() -> None:
    worst = ShortageBudget(measure="worst", limit=0.1, material="Nd")
    tail = ShortageBudget(measure="cvar", level=0.9, limit=0.1, material="Nd")
    blocks, theta, mass = problem(worst, tail)
    found = softened(blocks, theta, mass)
    assert [name for name in found.columns if "exceeded" in name] == [found.columns[-1]]
    assert found.stage[-1] == EXPECTED
    # One of three scenarios has a probability of 0.05: what it exceeds counts in full.
    assert found.entries.base[-1] == pytest.approx(1 / 0.05)
    assert softened(found, theta, mass) is found
    same = problem(tail)
    assert softened(*same) is same[0]


@pytest.mark.parametrize("limit", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("objective", [None, MeanCvar(level=0.8, mean=0.5, cvar=0.5)])
def test_cuts_find_the_plan_of_the_extensive_form(limit: float, objective: MeanCvar | None) -> None:
    rules = (ShortageBudget(measure="worst", limit=limit), CostBudget(measure="worst", limit=210))
    one, other = (
        dv.solve(tiny_case(), *rules, objective=objective, out_of_sample=0, method=method)
        for method in ("extensive", "decomposed")
    )
    assert one.objective == pytest.approx(other.objective, rel=2e-6)
    first, second = (plan.prices.set_index("policy")["price"] for plan in (one, other))
    assert first.index.tolist() == second.index.tolist()
    assert other.first_stage["variable"].tolist() == one.first_stage["variable"].tolist()


def test_a_worst_case_that_no_plan_keeps_is_proven() -> None:
    with pytest.raises(InfeasibleError, match="cost_budget"):
        dv.solve(tiny_case(), CostBudget(measure="worst", limit=20), method="decomposed")


@pytest.mark.slow
def test_a_worst_case_without_any_shortage_is_found_by_cuts() -> None:
    rule = ShortageBudget(measure="worst", limit=0)
    one, other = (
        dv.solve(
            dv.example("gallium-germanium"),
            rule,
            case_policies=False,
            scenarios=60,
            seed=1,
            out_of_sample=0,
            method=method,
        )
        for method in ("extensive", "decomposed")
    )
    assert one.objective == pytest.approx(other.objective, rel=2e-6)
    assert other.record.method == "decomposed"
