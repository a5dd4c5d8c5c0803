"""Sizing: what a stock costs, what a day more costs and saves, and what must hold for any case."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from supplied import one_source

import diversify as dv
from diversify.case import Case
from diversify.compile.compiler import compile_build
from diversify.errors import InfeasibleError
from diversify.jobs import job_scenarios, prepare
from diversify.result.point import plan_point
from diversify.simulation.keeping import keeping_cost
from diversify.solver.data import scenario_data
from diversify.solver.evaluator import Evaluator
from diversify.testing import small_case
from tests.rows import bought, outage


def sized(holding: float = 1.0, length: int = 2, capacity: float = 4.0) -> Case:
    """One year in ten the source stops for some years of six; going without costs 30."""
    stop = [1.0, *([0.0] * length), *([1.0] * (5 - length))]
    short = [1.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    return one_source(
        6,
        {"calm": (0.8, [1.0] * 6), "short": (0.1, short), "stop": (0.1, stop)},
        tiers=((0.3, 6.0), (0.7, 30.0)),
        stock={"holding_cost": holding, "capacity": capacity, "end_discount": 0.1},
        discount_rate=0.05,
    )


def test_the_cost_of_a_stock_is_capital_storage_and_resale() -> None:
    """1 t: pays 1, 0.9 back after six years at 5 %, and 1 of storage in each year."""
    case = sized()
    found = dv.stockpile(case, dv.StockFloor(days=365))
    d = 1.05 ** -np.arange(7.0)
    whole = 1.0 - 0.9 * d[6] + d[:6].sum()
    row = found.stocks.iloc[0]
    assert row["tonnes"] >= 1.0 - 1e-9
    assert row["cost_per_year"] == pytest.approx(row["tonnes"] * whole / d[:6].sum())
    assert row["cost_of_one_more_day"] == pytest.approx(whole / d[:6].sum() / 365)


def test_a_stock_that_was_there_costs_its_resale_value() -> None:
    case = sized()
    network = prepare(case, []).network
    network.stocks.loc[("W", "metal"), "initial"] = 2.0
    by_hand = -0.9 * (2.0 - 1.5)
    d = 1.05 ** -np.arange(7.0)
    expected = by_hand + 1.5 * (d[:6].sum() - 0.9 * d[6])
    assert keeping_cost(network, "W", "metal", 1.5) == pytest.approx(expected)


def test_at_the_best_stock_a_day_more_costs_what_it_saves_or_more() -> None:
    """A corner of a piecewise linear cost: dearer to either side."""
    found = dv.stockpile(sized(0.2))
    row = found.stocks.iloc[0]
    assert row["tonnes"] > 0
    assert row["loss_avoided_per_day"] <= row["cost_of_one_more_day"] * (1 + 1e-9)
    less = dv.stockpile(sized(0.2, capacity=row["tonnes"] - 1 / 365)).stocks.iloc[0]
    assert less["tonnes"] == pytest.approx(row["tonnes"] - 1 / 365)
    assert less["loss_avoided_per_day"] >= less["cost_of_one_more_day"] * (1 - 1e-9)


@pytest.mark.parametrize(
    "target", [0.4, 1.2, *(pytest.param(x, marks=pytest.mark.slow) for x in (0.85, 1.55))]
)
def test_a_day_more_agrees_with_the_multipliers(target: float) -> None:
    """Between corners the difference is the slope that duality gives, for plan and recourse."""
    case = sized(0.2, capacity=target)
    plan = dv.solve(case, dv.StockFloor(days=365 * target))
    job = prepare(plan.case, plan.policies, case_policies=False)
    blocks = compile_build(job.build)
    batch = job_scenarios(job.network.case, None, None).distinct()[0]
    theta, news = scenario_data(blocks, job.network, batch, job.build.levels)
    evaluator = Evaluator(blocks, theta, batch.probability, news, policies=False)
    at = blocks.columns.index("plan.target[W,metal]")
    slope = sum(
        float(cut.slope[cut.columns == at].sum())
        for cut in evaluator.evaluate(plan_point(plan, blocks)).cuts
    )
    row = dv.stockpile(case, dv.StockFloor(days=365 * target)).stocks.iloc[0]
    d = 1.05 ** -np.arange(7.0)
    per_day = (row["cost_of_one_more_day"] - row["loss_avoided_per_day"]) * d[:6].sum()
    # Beside what follows the news: the tonne's price, its first year in store, and in the calm
    # scenario the other five and its resale.
    before = 1.0 + 0.2 + 0.8 * (0.2 * d[1:6].sum() - 0.9 * d[6])
    assert per_day * 365 == pytest.approx(slope + before, rel=1e-6, abs=1e-9)


def test_a_dearer_stock_is_never_larger() -> None:
    held = [dv.solve(sized(h)).stocks["tonnes"].item() for h in (0.02, 0.2, 0.6, 2.0, 20.0)]
    assert all(a >= b - 1e-9 for a, b in pairwise(held))
    assert held[0] > held[-1]


def test_longer_outages_never_need_less_stock() -> None:
    held = [dv.solve(sized(0.2, n)).stocks["tonnes"].item() for n in (1, 2, 3, 4)]
    assert all(a <= b + 1e-9 for a, b in pairwise(held))
    assert held[0] < held[-1]


@pytest.mark.slow
def test_more_scenarios_are_played_than_the_plan_is_made_for() -> None:
    found = dv.stockpile(dv.example("quartz"), scenarios=150, sample=15, seed=2)
    assert (found.plan.record.scenarios, found.simulation.scenarios) == (15, 150)
    assert any("15 draws" in said and "150" in said for said in found.warnings)
    assert found.foresight_gap is not None
    assert found.foresight_gap >= 0
    worth = found.information
    assert worth.wait_and_see <= worth.recourse * (1 + 1e-9)
    assert worth.recourse <= worth.mean_value * (1 + 1e-9)


def test_the_few_draws_of_a_plan_are_made_again_from_its_record() -> None:
    """In them it costs what it did, so they are the same; plain draws with its seed are others."""
    case = small_case(
        sites=[{"site": "A", "cost": 1, "capacity": 10}, {"site": "B", "cost": 8}],
        hazards=[outage("A", 0.1, 0.7)],
        **bought(20, "A", "B"),
    )
    plan = dv.stockpile(case, scenarios=60, sample=15, seed=2, replications=0).plan
    assert plan.record.digests["scenarios"] != job_scenarios(case, 15, 2).digest
    found = dv.evaluate(plan)
    assert found.in_sample
    assert found.scenarios == 15
    assert found.cost == pytest.approx(plan.objective, rel=1e-9)
    played = dv.simulate(plan)
    assert played.scenarios == 15
    # One year leaves nothing to foresee.
    assert played.cost == pytest.approx(plan.objective, rel=1e-9)


def test_what_cannot_be_kept_is_explained() -> None:
    with pytest.raises(InfeasibleError) as caught:
        dv.stockpile(sized(), dv.StockFloor(days=365 * 9))
    assert caught.value.conflict is not None
    assert "stock_floor" in str(caught.value)
