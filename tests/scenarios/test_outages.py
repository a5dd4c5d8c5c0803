"""The generator of outages has the rates and durations that it is asked for."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from scipy.stats import binom

from diversify.case import Case
from diversify.scenarios import outages
from diversify.testing import small_case

COUNT = 20_000
PERIODS = 8
QUARTER = 0.25


def case(*hazards: dict[str, object]) -> Case:
    return small_case(
        periods=PERIODS,
        period="quarter",
        sites=[{"site": s, "cost": 1} for s in ("A", "B")],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in ("A", "B")],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        hazards=list(hazards),
    )


def hazard(
    name: str = "stop", rate: float = 0.8, months: float = 7.5, severity: float = 0.6
) -> dict[str, object]:
    return {
        "hazard": name,
        "by": "site",
        "name": "A",
        "rate_per_year": rate,
        "duration_months": months,
        "severity": severity,
    }


def fits(hits: int, chance: float) -> bool:
    """Whether a count is within bounds that a right generator leaves once in 1e8 tests."""
    low, high = binom.ppf([5e-9, 1 - 5e-9], COUNT, chance)
    return bool(low <= hits <= high)


@pytest.mark.parametrize(("rate", "months"), [(0.8, 7.5), (0.1, 24.0), (3.0, 3.0), (0.5, 1.0)])
def test_the_chance_of_being_down_in_a_period_is_that_of_the_closed_form(
    rate: float, months: float
) -> None:
    # An outage that began k periods ago is still there if it lasts longer: with a geometric
    # duration of mean m that has probability (1 - 1/m)^k; starts are independent. So
    # P(up in t) = prod over k <= t of (1 - p (1 - 1/m)^k), and an outage lasts at least a period.
    values = outages(case(hazard(rate=rate, months=months)), COUNT, seed=5).values[:, 0]
    p, mean = 1 - exp(-rate * QUARTER), max(1.0, months / 3)
    for t in range(PERIODS):
        up = np.prod([1 - p * (1 - 1 / mean) ** k for k in range(t + 1)])
        assert fits(int((values[:, t] < 1).sum()), float(1 - up))


def test_outages_last_as_long_as_they_should() -> None:
    # Down in the first two periods: began in the first, and went on or began again.
    values = outages(case(hazard()), COUNT, seed=6).values[:, 0]
    p, mean = 1 - exp(-0.8 * QUARTER), 2.5
    both = p * (1 - 1 / mean + p / mean)
    assert fits(int(((values[:, 0] < 1) & (values[:, 1] < 1)).sum()), both)


def test_an_outage_takes_its_severity_and_a_surge_adds_its_own() -> None:
    surge = {**hazard("surge", severity=1.5), "kind": "demand", "by": "commodity", "name": "metal"}
    batch = outages(case(hazard(), surge), 500, seed=1)
    assert batch.hazards == ("stop", "surge")
    assert set(np.unique(batch.values[:, 0])) == {1 - 0.6, 1.0}
    assert set(np.unique(batch.values[:, 1])) == {1.0, 1 + 1.5}


def test_hazards_strike_independently_of_each_other() -> None:
    batch = outages(case(hazard(), hazard("other")), COUNT, seed=2)
    down = batch.values < 1
    p = 1 - exp(-0.8 * QUARTER)
    assert fits(int((down[:, 0, 0] & down[:, 1, 0]).sum()), p * p)


def test_another_hazard_leaves_the_draws_of_the_first_as_they_were() -> None:
    alone = outages(case(hazard()), 200, seed=3).values[:, 0]
    both = outages(case(hazard(), hazard("early", rate=2.0)), 200, seed=3)
    assert both.hazards == ("early", "stop")
    assert np.array_equal(both.values[:, 1], alone)
    assert not np.array_equal(both.values[:, 0], alone)


def test_the_same_seed_gives_the_same_scenarios_and_another_seed_others() -> None:
    one = outages(case(hazard()), 200, seed=4)
    assert one == outages(case(hazard()), 200, seed=4)
    assert not np.array_equal(one.values, outages(case(hazard()), 200, seed=5).values)
    assert (one.seed, one.source, one.count) == (4, "outages", 200)
    assert one.probability.sum() == pytest.approx(1.0, abs=1e-12)


def test_a_hazard_without_a_rate_stays_undisturbed() -> None:
    quiet = {k: v for k, v in hazard("quiet").items() if k != "rate_per_year"}
    batch = outages(case(hazard(), quiet), 100, seed=1)
    assert batch.hazards == ("quiet", "stop")
    assert (batch.values[:, 0] == 1).all()
    assert (batch.values[:, 1] < 1).any()
