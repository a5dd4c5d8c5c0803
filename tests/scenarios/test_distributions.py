"""How long outages last and how much they take: against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from math import exp

import numpy as np
import pytest
from hazarding import hazard, hazard_case
from scipy import stats

from diversify.case import Case
from diversify.scenarios import antithetic, importance, outages, sobol
from diversify.scenarios.batch import Scenarios
from diversify.scenarios.events import write_events
from diversify.scenarios.marks import Length, Size

COUNT = 20_000
QUARTER = 0.25
Draw = Callable[[Case, int, int], Scenarios]
GRID = (np.arange(200_000) + 0.5) / 200_000


def reference(case: Case, count: int, seed: int) -> np.ndarray:
    """The law of plain hazards, written out with one number for each scenario and period."""
    table = case.table("hazards").sort_values("hazard")
    values = np.ones((count, len(table), case.periods))
    years, at = case.period_years, np.arange(case.periods)
    for column, row in enumerate(table.to_dict("records")):
        rng = np.random.default_rng([seed, *row["hazard"].encode()])
        strike = 1 - np.exp(-row["rate_per_year"] * years)
        begins = rng.random((count, case.periods)) < strike
        lasts = rng.geometric(
            1 / max(1.0, row["duration_months"] / 12 / years), (count, case.periods)
        )
        down = np.zeros((count, case.periods), dtype=bool)
        for s, t in zip(*np.nonzero(begins), strict=True):
            down[s, (at >= t) & (at < t + lasts[s, t])] = True
        size = row["severity"] if row["kind"] == "demand" else -row["severity"]
        values[:, column][down] = 1 + size
    return values


def test_plain_hazards_are_drawn_from_the_streams_of_old() -> None:
    case = hazard_case(
        hazard(),
        hazard("other", rate_per_year=0.2, duration_months=1.0, severity=1.0),
        hazard("surge", kind="demand", by="commodity", name="metal", severity=1.5),
    )
    assert np.array_equal(outages(case, 300, 7).values, reference(case, 300, 7))


@pytest.mark.parametrize("mean", [0.4, 2.5, 9.0])
@pytest.mark.parametrize("variation", [0.3, 1.0, 2.0])
def test_lengths_have_the_mean_and_spread_that_are_asked_for(mean: float, variation: float) -> None:
    # Quantiles at the midpoints of a fine grid integrate to moments; heavy tails are cut a little.
    for kind in ("lognormal", "weibull"):
        drawn = Length(kind, mean, variation * mean).at(GRID)
        assert drawn.mean() == pytest.approx(mean, rel=2e-3)
        assert drawn.std() == pytest.approx(variation * mean, rel=0.02)


def test_lengths_are_those_of_scipy() -> None:
    u = np.array([0.05, 0.3, 0.5, 0.9, 0.999])
    assert Length("exponential", 3.0).at(u) == pytest.approx(stats.expon(scale=3.0).ppf(u))
    assert Length("geometric", 4.0).at(u) == pytest.approx(stats.geom(0.25).ppf(u))
    assert Length("fixed", 1.5).at(u).tolist() == [1.5] * 5
    assert Length("geometric", 1.0).at(u).tolist() == [1.0] * 5
    # A Weibull length whose spread is its mean is exponential.
    assert Length("weibull", 3.0, 3.0).at(u) == pytest.approx(stats.expon(scale=3.0).ppf(u))


def test_severities_have_the_mean_and_spread_that_are_asked_for() -> None:
    uniform, beta = Size(0.5, 0.2, 0.8).at(GRID), Size(0.7, sd=0.2).at(GRID)
    assert (uniform.mean(), uniform.std()) == pytest.approx((0.5, 0.6 / 12**0.5), rel=1e-6)
    assert (beta.mean(), beta.std()) == pytest.approx((0.7, 0.2), rel=1e-4)
    assert 0 < beta.min() < beta.max() < 1
    assert Size(0.4).at(np.zeros(2)).tolist() == [0.4, 0.4]


def test_of_two_outages_at_once_the_larger_counts_and_the_last_period_in_part() -> None:
    # Begins in 0: 2.5 periods of 0.4; begins in 1: 1 period of 0.9; begins in 4: beyond the end.
    values = np.ones((2, 2, 5))
    rows, starts = np.array([1, 1, 1]), np.array([0, 1, 4])
    write_events(values, 1, rows, starts, np.array([2.5, 1.0, 9.0]), np.array([0.4, 0.9, 0.5]), -1)
    assert values[1, 1] == pytest.approx([0.6, 0.1, 0.8, 1.0, 0.5])
    values[1, 1] = 1.0
    assert (values == 1.0).all()
    write_events(values, 0, rows, starts, np.array([2.5, 1.0, 9.0]), 0.4, +1)
    assert values[1, 0] == pytest.approx([1.4, 1.4, 1.2, 1.0, 1.4])


LAWS = [
    ("exponential", None, stats.expon(scale=2.5).sf),
    ("fixed", None, lambda k: np.asarray(k) < 2.5),
    ("geometric", None, lambda k: (1 - 1 / 2.5) ** np.asarray(k)),
    ("lognormal", 9.0, stats.lognorm(
        s=np.log1p(9 / 6.25) ** 0.5, scale=2.5 / np.sqrt(1 + 9 / 6.25)).sf),
]  # fmt: skip


@pytest.mark.parametrize("draw", [outages, sobol, antithetic])
@pytest.mark.parametrize(("kind", "sd", "beyond"), LAWS, ids=[law[0] for law in LAWS])
def test_the_chance_of_being_down_is_the_closed_form(
    draw: Draw, kind: str, sd: float | None, beyond: Callable[[float], float]
) -> None:
    # Down in t unless every outage that could have begun k periods ago did not, or is over:
    # P(up) = prod over k <= t of (1 - p P(length > k)).
    case = hazard_case(hazard(duration_distribution=kind, duration_sd_months=sd))
    values = draw(case, COUNT, 5).values[:, 0]
    p = 1 - exp(-0.8 * QUARTER)
    for t in range(8):
        up = np.prod([1 - p * float(beyond(k)) for k in range(t + 1)])
        low, high = stats.binom.ppf([5e-9, 1 - 5e-9], COUNT, 1 - up)
        assert low <= (values[:, t] < 1).sum() <= high, t


@pytest.mark.parametrize("draw", [outages, sobol, antithetic, importance])
def test_outages_take_their_severity_on_average(draw: Draw) -> None:
    # One period each, so every disrupted period has a severity of its own.
    case = hazard_case(
        hazard(severity=None, severity_low=0.2, severity_high=0.6,
               duration_distribution="fixed", duration_months=3),
        hazard("beta", severity=0.5, severity_sd=0.25,
               duration_distribution="fixed", duration_months=3),
    )  # fmt: skip
    batch = draw(case, COUNT, 3)
    for name, mean, sd in (("beta", 0.5, 0.25), ("stop", 0.4, 0.4 / 12**0.5)):
        values = batch.values[:, batch.hazards.index(name)]
        weight = np.broadcast_to(batch.probability[:, None], values.shape)[values < 1]
        lost = 1 - values[values < 1]
        error = sd * ((weight**2).sum() ** 0.5 / weight.sum())
        assert abs(weight @ lost / weight.sum() - mean) < 5.5 * error
        spread = (weight @ (lost - mean) ** 2 / weight.sum()) ** 0.5
        assert spread == pytest.approx(sd, rel=0.05)


def test_a_fixed_length_loses_what_it_should_in_all() -> None:
    # 4 months of quarters: one whole period and a third of the next.
    values = outages(
        hazard_case(hazard(duration_distribution="fixed", duration_months=4, rate_per_year=0.1)),
        2_000,
        1,
    ).values[:, 0]
    assert set(np.unique(values.round(12))) == {0.4, 0.8, 1.0}
    whole = hazard_case(
        hazard(duration_distribution="fixed", duration_months=7), period="month", periods=12
    )
    # 7 / 12 / (1 / 12) is a little more than 7 in floating point, and must be 7 periods.
    assert set(np.unique(outages(whole, 500, 1).values)) == {0.4, 1.0}
