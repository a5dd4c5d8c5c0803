"""Chances on cost: exact where scenarios are few, against enumerations; by CVaR beyond."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.optimize import linprog
from supplying import suppliers

import diversify as dv
from diversify.chances import FEW, with_exact_chances
from diversify.jobs import job_scenarios, prepare
from diversify.policies.cost_budget import CostBudget
from diversify.risk.mean_cvar import MeanCvar

LOST = 50.0


def market(costs: list[float], up: np.ndarray, mass: np.ndarray) -> dv.Case:
    """A tonne is wanted; what is delivered is paid for, and what is not costs 50."""
    return suppliers(costs, up, mass, short=LOST)


def brute(
    costs: list[float], up: np.ndarray, mass: np.ndarray, limit: float, level: float
) -> float:
    """Return the least mean cost over all sets of scenarios that may cost more.

    Columns: what is booked of each, and what is short in each scenario.
    """
    count, n = up.shape
    paid = up * costs
    best = math.inf
    for size in range(count):
        for broken in combinations(range(count), size):
            if mass[list(broken)].sum() > 1 - level + 1e-9:
                continue
            kept = np.setdiff1d(np.arange(count), broken)
            lack = LOST * np.eye(count)
            found = linprog(
                np.r_[mass @ paid, LOST * mass],
                A_ub=np.r_[np.c_[-up, -np.eye(count)], np.c_[paid[kept], lack[kept]]],
                b_ub=np.r_[-np.ones(count), np.full(len(kept), limit)],
                bounds=[(0, None)] * n + [(0, 1)] * count,
            )
            if found.status == 0:
                best = min(best, found.fun)
    return best


def safe_and_cheap() -> dv.Case:
    """A sells at 1 and fails once in twenty, B at 2 never."""
    return market([1.0, 2.0], np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([0.95, 0.05]))


def test_a_chance_that_no_cvar_keeps_is_kept_exactly() -> None:
    """2 - x is at most 1.5 in nineteen cases of twenty with x = 0.5 from A.

    The mean is 0.95 (2 - x) + 0.05 (2 - 2 x + 50 x); the worst tenth alone costs 2 + 23.5 x.
    """
    plan = dv.solve(safe_and_cheap(), dv.CostBudget(measure="chance", level=0.9, limit=1.5))
    assert plan.objective == pytest.approx(2 + 1.45 * 0.5, rel=1e-7)
    assert (plan.point, plan.record.warnings) == ("certified", ())
    row = plan.risk.iloc[0]
    assert (row["measure"], row["limit"]) == ("chance", 1.5)
    assert row["value"] == pytest.approx(1.5)
    with pytest.raises(dv.InfeasibleError):
        dv.solve(safe_and_cheap(), dv.CostBudget(measure="cvar", level=0.9, limit=1.5))


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
@pytest.mark.parametrize("level", [0.55, 0.75])
def test_few_scenarios_are_enumerated(seed: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    up, mass = rng.choice([0.0, 0.5, 1.0], (5, 2)), np.arange(1.0, 6.0) / 15
    costs = [1.0, 3.0]
    free = brute(costs, up, mass, 1e9, 0.999)
    limit = 0.6 * free
    expected = brute(costs, up, mass, limit, level)
    budget = dv.CostBudget(measure="chance", level=level, limit=limit)
    if math.isinf(expected):
        with pytest.raises(dv.InfeasibleError):
            dv.solve(market(costs, up, mass), budget)
    else:
        found = dv.solve(market(costs, up, mass), budget)
        assert found.objective == pytest.approx(expected, rel=1e-6)


def test_the_largest_cost_is_no_less_than_what_the_plan_has() -> None:
    job = prepare(safe_and_cheap(), [dv.CostBudget(measure="chance", level=0.9, limit=1.5)])
    batch = job_scenarios(job.network.case, None, None)
    (budget,) = with_exact_chances(job, batch).policies
    assert isinstance(budget, CostBudget)
    # The mean of the best is 2.725, known futures cost 1 and 2: 2 + (2.725 - 1.05) / 0.05.
    assert budget.most == pytest.approx(2 + (2.725 - 1.05) / 0.05, rel=1e-6)
    tail = with_exact_chances(job, batch, MeanCvar(level=0.9, mean=0.5, cvar=0.5))
    (other,) = tail.policies
    assert isinstance(other, CostBudget)
    assert other.most is not None
    assert other.most >= 26.0


def test_many_scenarios_are_kept_by_cvar_and_that_is_said() -> None:
    count = FEW + 1
    up = np.c_[np.arange(1, count + 1) / count, np.ones(count)]
    case = market([1.0, 3.0], up, np.full(count, 1 / count))
    plan = dv.solve(case, dv.CostBudget(measure="chance", level=0.9, limit=4.0))
    same = dv.solve(case, dv.CostBudget(measure="cvar", level=0.9, limit=4.0))
    assert plan.objective == pytest.approx(same.objective)
    assert any("kept by CVaR" in said for said in plan.record.warnings)


def test_who_asks_for_the_safe_way_gets_it() -> None:
    with pytest.raises(dv.InfeasibleError):
        dv.solve(safe_and_cheap(), dv.CostBudget(measure="chance", level=0.9, limit=1.5, safe=True))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"measure": "worst", "limit": 1.0, "most": 2.0}, "most is for"),
        ({"measure": "chance", "level": 0.9, "limit": 3.0, "most": 2.0}, "below the limit"),
    ],
)
def test_a_largest_cost_that_fits_nothing_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        dv.CostBudget(**fields)
