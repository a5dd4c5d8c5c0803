"""How sure a plan is: against closed forms, solves of single scenarios, and invariants."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import diversify as dv
from diversify.compile.blocks import EXPECTED
from diversify.jobs import job_scenarios, prepare
from diversify.study import Study
from diversify.testing import tiny_case
from diversify.tornado import rated_hazards
from tests.rows import cheap_or_safe


def study(case: dv.Case, *policies: Any, **options: Any) -> Study:
    job = prepare(case, policies, case_policies=False)
    return Study(job, job_scenarios(job.network.case, options.get("scenarios"), 1))


RULES = {
    "none": (),
    "cap": (dv.ShareCap(by="country", share=0.6, stage="refine"),),
    "cvar": (dv.ShortageBudget(measure="cvar", level=0.9, limit=0.02),),
    "mean": (dv.ShortageBudget(measure="expectation", limit=0.005),),
    "worst": (dv.ShortageBudget(measure="worst", limit=0.1),),
    "tv": (
        dv.ShortageBudget(
            measure="expectation", limit=0.05, ambiguity={"set": "tv", "radius": 0.05}
        ),
    ),
    "sources": (dv.MinSources(by="country", count=2, stage="refine"),),
    "loss": (dv.SurviveLoss(by="country", limit=0.2),),
}


@pytest.mark.parametrize("rule", RULES)
def test_wait_and_see_is_at_most_the_best_plan_and_that_at_most_the_plan_for_the_mean(
    rule: str,
) -> None:
    found = study(tiny_case(), *RULES[rule])
    values = found.worth()
    room = 1e-7 * (1 + abs(values.recourse))
    assert values.wait_and_see <= values.recourse + room
    assert values.recourse <= values.mean_value + room
    assert values.recourse == pytest.approx(found.solution.objective, rel=1e-6)


@pytest.mark.parametrize("rule", ["cvar", "mean", "tv"])
def test_a_budget_at_its_price_changes_neither_the_best_plan_nor_its_cost(rule: str) -> None:
    # Strong duality, and complementary slackness for the plan itself.
    found = study(tiny_case(), *RULES[rule])
    exact = pytest.approx(found.solution.objective, rel=1e-6)
    assert found.solve(found.priced, *found.sample).objective == exact
    assert found.cost(found.solution.plan) == exact
    assert (found.priced.stage != EXPECTED).all()
    assert (found.blocks.stage == EXPECTED).any()


def test_a_common_shock_is_a_row_of_the_tornado() -> None:
    base = cheap_or_safe(0.0)
    frames = {name: base.raw(name) for name in base.tables}
    frames["hazards"] = frames["hazards"].assign(shock="quake", rate_per_year=None)
    frames["shocks"] = pd.DataFrame({"shock": ["quake"], "rate_per_year": [0.1]})
    case = dv.Case.from_frames(base.settings, frames)
    assert [name for _, _, name, _ in rated_hazards(case)] == ["quake"]
    table = dv.confidence(case, scenarios=200, replications=0, seed=1).sensitivity
    assert table["hazard"].tolist() == ["quake", "quake"]
    assert table["cost_change"].iloc[0] < 0 < table["cost_change"].iloc[1]


@pytest.mark.parametrize("rule", ["none", "cap", "worst", "sources", "loss"])
def test_wait_and_see_is_the_mean_of_solves_with_one_scenario(rule: str) -> None:
    # The other way: a public solve of each scenario as if it were certain.
    case, policies = tiny_case(), RULES[rule]
    every = job_scenarios(case, None, None)
    alone = []
    for s in range(every.count):
        only = dv.Scenarios(every.hazards, every.values[[s]], np.ones(1), (every.labels[s],))
        alone.append(dv.solve(case, *policies, scenarios=only, case_policies=False).objective)
    expected = float(every.probability @ alone)
    assert study(case, *policies).worth().wait_and_see == pytest.approx(expected, rel=1e-7)


def test_one_scenario_leaves_nothing_to_know() -> None:
    found = dv.confidence(dv.example("first-steps"))
    assert (found.value_of_perfect_information, found.value_of_stochastic_solution) == (0.0, 0.0)
    assert (found.cost, found.low, found.high) == (found.cost,) * 3


DOWN = 1 - math.exp(-0.1)


def test_a_drawn_problem_has_its_closed_form() -> None:
    # All from A costs 1 - p + 5 p, less than 2 where p < 1/4; who knows buys from B if A is down.
    found = dv.confidence(cheap_or_safe(0.1), scenarios=400, fresh=4000, replications=5, seed=3)
    cost = 1 - DOWN + 5 * DOWN
    assert found.low <= cost <= found.high
    assert found.cost == pytest.approx(cost, rel=0.05)
    assert found.gap_high == pytest.approx(0.0, abs=1e-6)
    down = (found.information.recourse - 1) / 4
    assert found.value_of_perfect_information == pytest.approx(3 * down, rel=1e-6)
    # A always delivers 1 - p on average, so the plan for the mean books 1 / (1 - p) of it: 1 + 5 p.
    assert found.value_of_stochastic_solution == pytest.approx(down, rel=1e-6)
    assert (found.scenarios, found.replications, found.fresh, found.seed) == (400, 5, 4000, 3)
    assert found.tail_scenarios == pytest.approx(20.0)
    assert found.warnings == ()


def test_a_poor_plan_has_a_gap_and_the_interval_covers_it() -> None:
    # All from B costs 2; the best costs 1 - p + 5 p.
    only = dv.ShareFloor(by="site", names=["B"], share=1, stage="refine")
    poor = dv.solve(cheap_or_safe(0.1), only, scenarios=50, seed=1, out_of_sample=0)
    case = cheap_or_safe(0.1)
    job = prepare(case, ())
    sample = Study(job, job_scenarios(case, 200, 1))
    named = dict(zip(poor.first_stage["variable"], poor.first_stage["value"], strict=True))
    point = np.array([named[name] for name in sample.blocks.columns[: sample.blocks.first]])
    gap = sample.gap(point, 8)
    assert gap is not None
    true = 2 - (1 - DOWN + 5 * DOWN)
    assert 0.0 < true <= gap.high
    assert gap.estimate == pytest.approx(true, abs=0.1)


def test_a_given_plan_is_judged_and_not_another() -> None:
    # Half from B by rule: 0.5 (1 + 4 p) + 0.5 * 2.
    case, cap = cheap_or_safe(0.1), dv.ShareCap(by="site", names=["A"], share=0.5, stage="refine")
    plan = dv.solve(case, cap, scenarios=100, seed=9, out_of_sample=0)
    found = dv.confidence(case, plan=plan, scenarios=100, replications=2, seed=3, fresh=4000)
    exact = 0.5 * (1 + 4 * DOWN) + 1.0
    assert abs(found.cost - exact) <= found.high - found.low
    assert found.gap_high == pytest.approx(0.0, abs=1e-6)


def test_the_tornado_moves_with_the_rate() -> None:
    found = dv.confidence(cheap_or_safe(0.1), scenarios=2000, replications=0, seed=1, resolve=True)
    assert found.optimality_gap is None
    table = found.sensitivity
    assert table["factor"].tolist() == [0.5, 2.0]
    for row in table.to_dict("records"):
        down = 1 - math.exp(-0.1 * row["factor"])
        assert row["rate_per_year"] == pytest.approx(0.1 * row["factor"])
        assert row["cost"] == pytest.approx(1 + 4 * down, rel=0.04)
        # All from A stays best below a quarter.
        assert row["best"] == pytest.approx(row["cost"], rel=1e-6)
    assert table["cost_change"].iloc[0] < 0 < table["cost_change"].iloc[1]


def test_the_report_of_ambiguity_is_that_of_the_outcomes() -> None:
    found = dv.confidence(tiny_case(), radii={"tv": 0.05, "wasserstein": 2.0})
    table = found.ambiguity.set_index(["loss", "set"])["worst"]
    plan = dv.solve(tiny_case())
    outcomes = dv.evaluate(plan).outcomes
    # The cheapest of the three scenarios is the calm one, of probability 0.85.
    cost, p = outcomes["cost"].to_numpy(), outcomes["probability"].to_numpy()
    moved = float(p @ cost) + 0.05 * (cost.max() - cost.min())
    assert table["cost", "tv"] == pytest.approx(moved)
    assert table["cost", "wasserstein"] == pytest.approx(float(p @ cost) + 2.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"replications": 1},
        {"replications": -2},
        {"fresh": 1},
        {"level": 1.0},
        {"radii": {"nearby": 0.1}},
        {"radii": {"tv": -0.1}},
    ],
)
def test_numbers_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(dv.InputError) as caught:
        dv.confidence(tiny_case(), **wrong)
    assert [finding.column for finding in caught.value.findings] == list(wrong)


def test_the_record_is_frozen_and_its_tables_are_copies() -> None:
    found = dv.confidence(tiny_case())
    with pytest.raises(AttributeError):
        found.cost = 0.0  # type: ignore[misc]
    table = found.risk
    table["value"] = -1.0
    assert (found.risk["value"] >= 0).any()


def test_a_chance_leaves_the_gap_open_and_that_is_said() -> None:
    budget = dv.ShortageBudget(measure="chance", level=0.9, limit=0.1)
    found = dv.confidence(cheap_or_safe(0.1), budget, scenarios=40, seed=1, sensitivity=False)
    assert found.optimality_gap is None
    assert any("yes/no" in said for said in found.warnings)
