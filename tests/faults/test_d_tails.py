"""Figures of the tail say what they rest on, and figures in the sample do not stand alone."""

from __future__ import annotations

import pytest

import diversify as dv
from diversify.scenarios.importance import importance
from tests.rows import cheap_or_safe


def drawn() -> dv.Case:
    return cheap_or_safe(0.1)


CVAR = dv.ShortageBudget(measure="cvar", level=0.95, limit=0.3)


@pytest.mark.parametrize(("count", "said"), [(100, True), (200, False)])
def test_d72_too_few_scenarios_for_the_tail_are_said_with_their_number(
    count: int, said: bool
) -> None:
    plan = dv.solve(drawn(), CVAR, scenarios=count, seed=1, out_of_sample=0)
    found = [words for words in plan.record.warnings if "too few" in words]
    assert bool(found) == said
    if said:
        assert "the worst 5 % of cases are 5 scenarios in effect" in found[0]
        assert "draw at least 200" in found[0]
        assert CVAR.name in found[0]


def test_d72_of_weighted_draws_it_is_said_how_many_times_as_many_would_do() -> None:
    """All but one of the draws stop A, each of a tenth of 1 - exp(-0.1).

    So the worst twentieth is 5.254 of them, in effect 5.254^2 / (5 + 0.254^2) = 5.45, and
    10 / 5.45 times as many are enough.
    """
    few = dv.solve(drawn(), CVAR, scenarios=importance(drawn(), 11, 1), out_of_sample=0)
    (said,) = [words for words in few.record.warnings if "too few" in words]
    assert "draw about 1.9 times as many" in said
    assert "at least" not in said
    more = dv.solve(drawn(), CVAR, scenarios=importance(drawn(), 21, 1), out_of_sample=0)
    assert not [words for words in more.record.warnings if "too few" in words]


def test_d72_a_mean_needs_no_tail() -> None:
    mean = dv.ShortageBudget(measure="expectation", limit=0.3)
    plan = dv.solve(drawn(), mean, scenarios=20, seed=1, out_of_sample=0)
    assert not any("too few" in words for words in plan.record.warnings)


def test_d75_risk_is_estimated_out_of_sample_by_default() -> None:
    plan = dv.solve(drawn(), CVAR, scenarios=200, seed=1)
    assert plan.record.out_of_sample == 1_000
    risk = plan.risk
    assert risk["out_of_sample"].notna().all()
    assert (risk["low"] <= risk["out_of_sample"]).all()
    assert (risk["out_of_sample"] <= risk["high"]).all()


def test_d75_the_interval_of_a_chance_is_that_between_two_ranks() -> None:
    chance = dv.ShortageBudget(measure="chance", level=0.95, limit=0.5, safe=True)
    row = dv.solve(drawn(), chance, scenarios=200, seed=1).risk.set_index("measure").loc["chance"]
    # In about 95 of 1,000 cases everything from A is short, so the quantile is sure to be that.
    assert row["low"] == pytest.approx(row["high"])
    assert row["low"] == pytest.approx(row["out_of_sample"])
