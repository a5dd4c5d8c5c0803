"""What a plan costs in any scenarios agrees with its own cost and with one solve a scenario."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

import diversify as dv
from diversify.compile.compiler import compile_build
from diversify.errors import InputError
from diversify.jobs import prepare
from diversify.scenarios import Scenarios
from diversify.solver.data import scenario_data
from diversify.solver.extensive import stack
from diversify.testing import small_case
from tests.rows import bought, outage


def risky() -> dv.Case:
    """Two suppliers, the cheap one of which stops now and then."""
    return small_case(
        sites=[
            {"site": "A", "cost": 1, "capacity": 10},
            {"site": "B", "cost": 8},
        ],
        hazards=[outage("A", 0.3, 0.7)],
        **bought(20, "A", "B"),
    )


def batch(*severities: float) -> Scenarios:
    values = np.array([[[1.0 - severity]] for severity in severities])
    mass = np.arange(1.0, len(severities) + 1)
    labels = tuple(f"loses {severity:g}" for severity in severities)
    return Scenarios(("stop",), values, mass / mass.sum(), labels)


@pytest.fixture(scope="module")
def plan() -> dv.Plan:
    return dv.solve(risky(), scenarios=30, seed=5, out_of_sample=50)


def test_in_its_own_scenarios_a_plan_costs_its_objective(plan: dv.Plan) -> None:
    found = dv.evaluate(plan)
    assert found.cost == pytest.approx(plan.objective, rel=1e-9)
    assert found.in_sample
    assert (found.scenarios, found.seed) == (30, 5)
    assert found.costs["usd"].to_numpy() == pytest.approx(plan.costs["usd"].to_numpy(), abs=1e-9)
    assert found.risk["value"].tolist() == pytest.approx(plan.risk["value"].tolist(), abs=1e-9)
    assert found.risk["low"].isna().all()


def test_fresh_draws_are_those_of_the_out_of_sample_figures(plan: dv.Plan) -> None:
    found = dv.evaluate(plan, 50)
    assert not found.in_sample
    for mine, theirs in (("value", "out_of_sample"), ("low", "low"), ("high", "high")):
        assert found.risk[mine].tolist() == pytest.approx(plan.risk[theirs].tolist(), abs=1e-9)


def test_each_scenario_costs_what_one_linear_problem_says(plan: dv.Plan) -> None:
    given = batch(0.0, 0.2, 0.9, 1.0)
    found = dv.evaluate(plan, given).outcomes
    assert found["scenario"].tolist() == list(given.labels)
    assert found["probability"].tolist() == given.probability.tolist()
    assert found["cost"].nunique() == given.count
    job = prepare(plan.case, (), case_policies=False)
    blocks = compile_build(job.build)
    theta, news = scenario_data(blocks, job.network, given, {})
    point = plan.first_stage["value"].to_numpy()
    for s in range(given.count):
        whole = stack(blocks, theta[s : s + 1], np.ones(1), news[s : s + 1]).problem
        lower, upper = whole.lower.copy(), whole.upper.copy()
        lower[: len(point)] = upper[: len(point)] = point
        below, above = np.isfinite(whole.high), np.isfinite(whole.low)
        answer = linprog(
            whole.cost,
            A_ub=np.r_[whole.matrix.toarray()[below], -whole.matrix.toarray()[above]],
            b_ub=np.r_[whole.high[below], -whole.low[above]] + 1e-12,
            bounds=np.c_[lower, upper],
        )
        assert answer.status == 0
        assert found["cost"][s] == pytest.approx(answer.fun + whole.offset, rel=1e-8)


def test_the_cost_and_its_tail_are_those_of_the_scenarios(plan: dv.Plan) -> None:
    found = dv.evaluate(plan, batch(0.0, 1.0))
    cost = found.outcomes["cost"].to_numpy()
    # The worse of the two has probability 2/3, more than the tail of 5 %.
    assert found.cost == pytest.approx(cost[0] / 3 + 2 * cost[1] / 3, rel=1e-12)
    assert found.cvar == pytest.approx(cost.max(), rel=1e-12)
    lost = found.outcomes["shortage metal"]
    assert found.shortage["worst"][0] == pytest.approx(lost.max(), rel=1e-12)


def test_a_stored_plan_is_evaluated_alike(plan: dv.Plan, tmp_path: Path) -> None:
    again = dv.read_plan(plan.save(tmp_path / "plan"))
    for scenarios in (None, 40):
        one, other = dv.evaluate(plan, scenarios), dv.evaluate(again, scenarios)
        assert one.cost == other.cost
        assert one.outcomes.equals(other.outcomes)


def test_budgets_are_named_and_not_steered_for() -> None:
    budget = dv.ShortageBudget(measure="worst", limit=0.0)
    plan = dv.solve(risky(), budget, scenarios=30, seed=5, out_of_sample=0)
    found = dv.evaluate(plan)
    assert found.budgets == (budget.name,)
    # Without the budget's row recourse has more choices, so it cannot cost more.
    assert found.cost <= plan.objective * (1 + 1e-9)


def test_tables_are_copies(plan: dv.Plan) -> None:
    found = dv.evaluate(plan)
    changed = found.outcomes
    changed["cost"] = -1.0
    assert (found.outcomes["cost"] > 0).all()


def test_a_batch_that_is_not_kept_with_the_plan_must_be_given_again() -> None:
    given = batch(0.1, 0.9)
    plan = dv.solve(risky(), scenarios=given)
    with pytest.raises(InputError, match="give that batch again"):
        dv.evaluate(plan)
    assert dv.evaluate(plan, given).cost == pytest.approx(plan.objective, rel=1e-9)


def test_workers_answer_alike(plan: dv.Plan) -> None:
    given = batch(0.0, 0.2, 0.9, 1.0)
    assert dv.evaluate(plan, given, workers=2).outcomes.equals(dv.evaluate(plan, given).outcomes)
