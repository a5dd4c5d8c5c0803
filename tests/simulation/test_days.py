"""Days survived: closed forms, the policy that asks for them, and what must hold for any plan."""

from __future__ import annotations

import pandas as pd
import pytest
from supplied import one_source

import diversify as dv
from diversify.errors import InputError
from diversify.testing import tiny_case


def node(table: pd.DataFrame, name: str) -> pd.Series:  # type: ignore[type-arg]
    return table.set_index("node").loc[name]


@pytest.mark.parametrize(
    "days", [0.0, 200.0, 500.0, *(pytest.param(x, marks=pytest.mark.slow) for x in (73.0, 365.0))]
)
def test_one_source_is_survived_for_as_long_as_the_stock_lasts(days: float) -> None:
    """Stock over demand: S = days / 365 of 1 t a year; a longer outage is short by the rest."""
    case = one_source(
        3, {"calm": (1.0, [1, 1, 1])}, stock={"capacity": 2.0}, hazard={"duration_months": 12}
    )
    plan = dv.solve(case, dv.StockFloor(days=days))
    row = node(dv.survival(plan), "site A")
    assert row["time_to_survive_days"] == pytest.approx(days, abs=2e-3)
    assert row["without_stock_days"] == pytest.approx(0.0, abs=2e-3)
    assert row["time_to_recover_days"] == pytest.approx(365.0)
    assert row["short_tonnes"] == pytest.approx(max(0.0, 365.0 - days) / 365.0, abs=1e-6)
    # Short at 100, or out of store at its price of 1; booked at a cost of 1, which is saved.
    short = max(0.0, 1.0 - days / 365.0)
    assert row["loss"] == pytest.approx(100 * short + (1.0 - short) - 1.0, abs=1e-4)


def test_a_second_source_stretches_the_stock() -> None:
    """Half a tonne a year goes on coming, so that half a tonne lasts a year: S / (d - B)."""
    case = one_source(3, {"calm": (1.0, [1, 1, 1])}, second=0.5, stock={"capacity": 2.0})
    half = dv.ShareCap(by="site", share=0.5, foreign_only=False, period="each")
    table = dv.survival(dv.solve(case, half, dv.StockFloor(days=182.5)))
    assert node(table, "site A")["time_to_survive_days"] == pytest.approx(365.0, abs=2e-3)
    assert not node(table, "site A")["whole_horizon"]


def test_what_lasts_to_the_end_says_so() -> None:
    case = one_source(2, {"calm": (1.0, [1, 1])}, stock={"capacity": 3.0})
    row = node(dv.survival(dv.solve(case, dv.StockFloor(days=800))), "site A")
    assert row["whole_horizon"]
    assert row["time_to_survive_days"] == 730.0


def test_an_outage_that_begins_later_has_less_left_to_survive() -> None:
    case = one_source(2, {"calm": (1.0, [1, 1])}, stock={"capacity": 3.0})
    plan = dv.solve(case, dv.StockFloor(days=500))
    second = case.period_labels[1]
    row = node(dv.survival(plan, from_period=second), "site A")
    assert (row["whole_horizon"], row["time_to_survive_days"]) == (True, 365.0)


def test_a_plan_that_has_to_survive_does() -> None:
    """The policy keeps its limit by rows of the model, the table by bisection."""
    policy = dv.TimeToSurvive(days=100, by="country")
    table = dv.survival(dv.solve(tiny_case(), policy))
    countries = table[table["node"].str.startswith("country")]
    assert len(countries) >= 1
    assert (countries["time_to_survive_days"] >= 100 - 2e-3).all()
    free = dv.survival(dv.solve(tiny_case()))
    assert free["time_to_survive_days"].min() < 100


def test_nothing_is_short_where_survival_is_longer_than_recovery() -> None:
    plan = dv.solve(dv.example("quartz"), scenarios=20, seed=3, out_of_sample=0)
    table = dv.survival(plan, days=300.0)
    assert (table["time_to_survive_days"] >= table["time_to_recover_days"]).all()
    assert table["short_tonnes"].to_numpy() == pytest.approx(0.0, abs=1e-6)
    assert (table["without_stock_days"] <= table["time_to_survive_days"]).all()
    assert (table["loss"] <= table["loss_without_stock"]).all()
    assert (table["without_stock_days"] < table["time_to_recover_days"]).any()


def test_something_is_short_where_survival_is_shorter_than_recovery() -> None:
    """The tiny case has everything from China, and no stock: 4 t a year, 400 days of 365."""
    table = dv.survival(dv.solve(tiny_case()), days=400.0)
    assert table["time_to_survive_days"].tolist() == [0.0] * len(table)
    assert table["short_tonnes"].to_numpy() == pytest.approx(4.0 * 400 / 365)


def test_unknown_periods_and_times_that_mean_nothing_are_refused() -> None:
    case = one_source(2, {"calm": (1.0, [1, 1])})
    plan = dv.solve(case)
    with pytest.raises(InputError, match="1999"):
        dv.survival(plan, from_period="1999")
    for days in (0.0, -5.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="time to recover"):
            dv.survival(plan, days=days)
