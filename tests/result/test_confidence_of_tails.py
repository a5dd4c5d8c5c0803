"""How sure a plan is that minimises a mean–CVaR, or keeps a curved limit."""

from __future__ import annotations

import numpy as np
import pytest

import diversify as dv
from diversify.jobs import job_scenarios, prepare
from diversify.risk.mean_cvar import MeanCvar
from diversify.study import Study
from diversify.testing import tiny_case
from tests.rows import cheap_or_safe

HALF = MeanCvar(level=0.8, mean=0.5, cvar=0.5)


def test_who_fears_the_tail_buys_from_the_safe_source() -> None:
    """A costs 1 + 4 p on average and about 1 + 4 p / 0.2 in the worst fifth: more than B's 2.

    Who knows the scenario pays 1, or 2 where A is down.
    """
    found = dv.confidence(
        cheap_or_safe(0.1),
        objective=HALF,
        scenarios=300,
        fresh=1000,
        replications=4,
        seed=3,
        sensitivity=False,
    )
    assert (found.cost, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0))
    assert found.gap_high == pytest.approx(0.0, abs=1e-6)
    job = prepare(cheap_or_safe(0.1), ())
    sample = job_scenarios(job.network.case, 300, 3)
    down = float(sample.probability @ (sample.values[:, 0, 0] < 0.5))
    assert found.information.recourse == pytest.approx(2.0)
    assert found.value_of_perfect_information == pytest.approx(2.0 - (1.0 + down))
    assert found.information.mean_value >= 2.0 - 1e-9


def test_a_plan_for_the_mean_is_judged_by_the_tail() -> None:
    """All from A: 1 or 5; half of the mean and half of the worst fifth, in fresh draws."""
    cheap = dv.solve(cheap_or_safe(0.1), scenarios=300, seed=3, out_of_sample=0)
    found = dv.confidence(
        cheap_or_safe(0.1),
        plan=cheap,
        objective=HALF,
        scenarios=300,
        fresh=4000,
        replications=4,
        seed=3,
        sensitivity=False,
    )
    down = 1 - np.exp(-0.1)
    truth = 0.5 * (1 + 4 * down) + 0.5 * (1 + 4 * down / 0.2)
    assert found.low <= truth <= found.high
    assert found.optimality_gap is not None
    assert found.gap_high is not None
    # The best plan costs 2; the interval begins at 0.
    assert found.gap_high >= truth - 2.0
    assert found.optimality_gap == pytest.approx(truth - 2.0, abs=0.25)


@pytest.mark.parametrize(
    "rules",
    [(), (dv.ShortageBudget(measure="cvar", level=0.9, limit=0.02),)],
    ids=["none", "cvar"],
)
def test_knowing_helps_and_not_knowing_costs(rules: tuple[dv.ShortageBudget, ...]) -> None:
    job = prepare(tiny_case(), rules, case_policies=False)
    study = Study(job, job_scenarios(job.network.case, None, 1), objective=HALF)
    values = study.worth()
    room = 1e-7 * (1 + abs(values.recourse))
    assert values.wait_and_see <= values.recourse + room
    assert values.recourse <= values.mean_value + room
    solved = dv.solve(tiny_case(), *rules, objective=HALF, case_policies=False)
    assert values.recourse == pytest.approx(solved.objective, rel=1e-6)


def test_the_parts_of_an_objective_have_it_as_their_mean() -> None:
    rng = np.random.default_rng(2)
    costs, mass = rng.integers(0, 9, 40).astype(float), rng.dirichlet(np.ones(40))
    for goal in (HALF, MeanCvar(), MeanCvar(level=0.0, mean=0.0, cvar=1.0), MeanCvar(0.95, 0, 2)):
        assert float(mass @ goal.parts(costs, mass)) == pytest.approx(goal.value(costs, mass))


def test_a_curved_limit_leaves_the_gap_open_and_that_is_said() -> None:
    budget = dv.ShortageBudget(measure="entropic", aversion=2.0, limit=0.02)
    found = dv.confidence(
        cheap_or_safe(0.1),
        budget,
        scenarios=40,
        fresh=50,
        replications=2,
        seed=1,
        sensitivity=False,
    )
    assert found.optimality_gap is None
    assert any("a limit is curved" in said for said in found.warnings)
    values = found.information
    assert values.wait_and_see <= values.recourse + 1e-9 <= values.mean_value + 2e-9
