"""The small cases and the trial that the batteries stand on."""

import pytest

import diversify as dv
from diversify.policies import StockFloor
from diversify.testing import policy_rows, tiny_case, trial


def test_a_trial_finds_the_same_cost_as_solve() -> None:
    case = tiny_case()
    plan = dv.solve(case, case_policies=False, out_of_sample=0, seed=1)
    assert trial(case, []).objective == pytest.approx(plan.objective, rel=1e-9)


def test_policy_rows_show_the_level_of_the_policy() -> None:
    (row,) = policy_rows(tiny_case(), StockFloor(days=73))
    assert row.endswith("<= -73")
