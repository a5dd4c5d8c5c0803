"""Plans played forward: by hand, against a plain recursion, and never better than foresight."""

from __future__ import annotations

import time

import numpy as np
import pytest
from supplied import batch_of, one_source

import diversify as dv
from diversify.errors import InputError
from diversify.scenarios import outages
from diversify.scenarios.marks import Length
from diversify.simulation.forecast import Forecast, ages, begun, remaining
from diversify.testing import tiny_case

TIERS = ((0.5, 10.0), (0.5, 100.0))


def two_years_without() -> dv.Plan:
    """A stock for one of two years without supply, and half of demand that is worth little."""
    case = one_source(2, {"long": (1.0, [0, 0])}, tiers=TIERS, stock={"capacity": 1.0})
    return dv.solve(case, dv.StockFloor(days=365))


def test_the_gap_is_what_rationing_would_have_saved() -> None:
    """Greedy: nothing short, then 0.5 at 10 and 0.5 at 100. Rationed: 0.5 at 10 in each year."""
    found = dv.simulate(two_years_without())
    assert found.foresight_gap == pytest.approx(0.5 * 10 + 0.5 * 100 - (0.5 * 10 + 0.5 * 10))
    assert found.shortage["gap"].tolist() == pytest.approx([0.0])


def test_the_rolling_rule_rations_what_it_expects_to_last() -> None:
    """The one listed scenario says how long it lasts, so expecting is knowing."""
    assert dv.simulate(two_years_without(), rule="rolling").foresight_gap == pytest.approx(0.0)


def test_a_shorter_listed_outage_misleads_the_rolling_rule() -> None:
    """Half of the time it is over after a year; both rules must then cost as foresight or more."""
    case = one_source(3, {"long": (0.5, [0, 0, 0]), "short": (0.5, [0, 1, 1])}, tiers=TIERS)
    plan = dv.solve(case, dv.StockFloor(days=365))
    for rule in ("myopic", "rolling"):
        table = dv.simulate(plan, rule=rule).outcomes  # type: ignore[arg-type]
        assert (table["cost"] >= table["foresight"] - 1e-9).all()


@pytest.mark.parametrize(
    "stock", [0.4, 2.5, *(pytest.param(x, marks=pytest.mark.slow) for x in (0.0, 1.0))]
)
def test_a_base_stock_follows_its_recursion(stock: float) -> None:
    r"""Up: filled at once. Down: stock less demand, and what is missing is lost."""
    periods, demand = 8, 1.0
    case = one_source(
        periods, {"calm": (1.0, [1.0] * periods)}, flex=100.0, stock={"capacity": 2.5}
    )
    plan = dv.solve(case, dv.StockFloor(days=365 * stock))
    rng = np.random.default_rng(7)
    up = (rng.random((60, periods)) < 0.6).astype(float)
    left = np.full(len(up), plan.stocks["tonnes"].item())
    full, lost = left.copy(), np.zeros(len(up))
    for t in range(periods):
        short = np.where(up[:, t] > 0, 0.0, np.maximum(demand - left, 0.0))
        left = np.where(up[:, t] > 0, full, np.maximum(left - demand, 0.0))
        lost += short
    found = dv.simulate(plan, batch_of(up)).outcomes
    assert found["shortage metal"].to_numpy() == pytest.approx(lost / periods, abs=1e-9)


def test_before_news_and_without_any_it_is_the_plan() -> None:
    plan = dv.solve(tiny_case())
    table = dv.simulate(plan).outcomes.set_index("scenario")
    calm = dv.evaluate(plan).outcomes.set_index("scenario").loc["calm", "cost"]
    assert table.loc["calm", "cost"] == pytest.approx(calm, rel=1e-9)
    assert table.loc["calm", "foresight"] == pytest.approx(calm, rel=1e-9)


def test_an_outage_of_the_last_period_leaves_nothing_to_foresee() -> None:
    """The embargo of the tiny case begins in the last year: no gap in that scenario."""
    table = dv.simulate(dv.solve(tiny_case())).outcomes.set_index("scenario")
    row = table.loc["embargo"]
    assert row["cost"] == pytest.approx(row["foresight"], rel=1e-9)


@pytest.mark.parametrize("rule", ["myopic", pytest.param("rolling", marks=pytest.mark.slow)])
def test_foresight_never_costs_more_in_any_scenario(rule: str) -> None:
    plan = dv.solve(dv.example("quartz"), scenarios=20, seed=3, out_of_sample=0)
    found = dv.simulate(plan, 200, seed=5, rule=rule)  # type: ignore[arg-type]
    table = found.outcomes
    tolerance = 1e-7 * table["foresight"].abs().max()
    assert found.missing == 0
    assert (table["cost"] >= table["foresight"] - tolerance).all()
    assert found.foresight_gap is not None
    assert found.foresight_gap >= -tolerance


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["battery", "gallium-germanium", "platinum-group", "rare-earths", "tungsten-antimony"]
)
def test_foresight_never_costs_more_in_any_bundled_case(name: str) -> None:
    few = {"scenarios": 10, "seed": 1, "out_of_sample": 0}
    plan = dv.solve(dv.example(name), case_policies=False, **few)  # type: ignore[arg-type]
    for rule in ("myopic", "rolling"):
        found = dv.simulate(plan, 300, seed=2, rule=rule)  # type: ignore[arg-type]
        table = found.outcomes
        assert found.missing == 0
        assert (table["cost"] >= table["foresight"] * (1 - 1e-8)).all()


@pytest.mark.slow
def test_a_hundred_thousand_scenarios_are_played_in_twenty_seconds() -> None:
    """Time of the process, so that other work on the machine does not count."""
    plan = dv.solve(
        dv.example("rare-earths"), scenarios=10, seed=1, out_of_sample=0, case_policies=False
    )
    begin = time.process_time()
    found = dv.simulate(plan, 100_000, seed=7, foresight=False)
    assert time.process_time() - begin < 20
    assert (found.scenarios, found.missing) == (100_000, 0)


def test_order_and_repetition_change_nothing() -> None:
    plan = two_years_without()
    paths = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    once = dv.simulate(plan, batch_of(paths)).outcomes["cost"].tolist()
    again = dv.simulate(plan, batch_of(paths[[2, 0, 1, 2, 0]])).outcomes["cost"].tolist()
    assert again == pytest.approx([once[i] for i in (2, 0, 1, 2, 0)], rel=1e-12)


def test_firm_demand_that_is_not_met_costs_without_end() -> None:
    """In the year without supply there is nothing that could be done, and it is said so."""
    case = one_source(2, {"calm": (1.0, [1, 1])}, tiers=())
    found = dv.simulate(
        dv.solve(case), batch_of(np.array([[0.0, 1.0], [1.0, 1.0]])), foresight=False
    )
    assert (found.missing, found.cost, found.foresight_gap) == (1, np.inf, None)


@pytest.mark.parametrize(
    ("kind", "mean"), [("exponential", 2.5), ("fixed", 2.5), ("geometric", 3.0)]
)
def test_what_remains_is_the_mean_of_those_that_last_so_long(kind: str, mean: float) -> None:
    """Against a sample of durations, counted one by one."""
    length = Length(kind, mean)
    lasts = length.at(np.random.default_rng(1).random(200_000))
    for age in (1, 2):
        alive = lasts[lasts > age - 1]
        counted = [float(np.clip(alive - age + 1 - j, 0, 1).mean()) for j in (1, 2, 3)]
        assert remaining(length, age, 3).tolist() == pytest.approx(counted, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "mean"), [("exponential", 2.5), ("fixed", 2.5), ("geometric", 3.0)]
)
def test_what_begins_anew_is_the_mean_of_draws_in_which_nothing_is_amiss(
    kind: str, mean: float
) -> None:
    """Against draws of the hazard from the first period on, before which there is none."""
    hazard = {
        "rate_per_year": 0.2,
        "duration_distribution": kind,
        "duration_months": 12 * mean,
        "severity": 0.5,
    }
    case = one_source(4, hazard=hazard)
    draws = outages(case, 40_000, 1)
    counted = 1.0 - draws.values[:, 0, :3].mean(axis=0)
    expected = 0.5 * begun(Length(kind, mean), 1 - np.exp(-0.2), 3)
    assert counted.tolist() == pytest.approx(expected.tolist(), abs=0.004)
    # What has begun goes on, or begins again; the forecast of the batch says both.
    table = Forecast(case, draws)
    struck = np.flatnonzero(draws.values[:, 0, 0] == 0.5)[:1]
    known = remaining(Length(kind, mean), 1, 2)
    again = (1 - known) * begun(Length(kind, mean), 1 - np.exp(-0.2), 2)
    assert table.ahead(struck, 0, 2)[0, 0].tolist() == pytest.approx(1 - 0.5 * (known + again))


def test_ages_begin_again_after_a_pause() -> None:
    assert ages(np.array([[[0.2, 0.2, 1.0, 0.2]]])).tolist() == [[[1, 2, 0, 1]]]


def test_unknown_rules_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        dv.simulate(two_years_without(), rule="lazy", ahead=0)  # type: ignore[arg-type]
    assert {finding.column for finding in caught.value.findings} == {"rule", "ahead"}
