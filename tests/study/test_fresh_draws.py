"""What a sample leaves open, where the truth is known: means, gaps and values of knowing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

import diversify as dv
from diversify.case import Case
from diversify.compile import Blocks
from diversify.errors import InputError
from diversify.jobs import prepare
from diversify.scenarios import Scenarios, importance, outages, telling
from diversify.solver.extensive_method import solve_extensive
from diversify.study import Study
from diversify.study.estimate import spread
from diversify.study.sampled import Sampled, in_fresh_draws
from diversify.testing import small_case
from tests.newsvendor import BEST, COST, MOST, newsvendor, true_cost

SURE = np.array([True, *[False] * 99])
# Known, each unit costs 1; the mean is 5.
KNOWN, MEAN = COST * MOST / 2, MOST / 2
REPETITIONS = 200
# What an interval of 95 % covers at least in 200 repetitions, but for once in a thousand times.
LEAST = stats.binom.ppf(1e-3, REPETITIONS, 0.95) / REPETITIONS


def test_with_equal_weights_it_is_the_interval_of_student() -> None:
    values = np.random.default_rng(1).exponential(size=40)
    found = spread(values, np.full(40, 1 / 40), np.zeros(40, dtype=np.bool_)).between()
    half = stats.t(39).ppf(0.975) * values.std(ddof=1) / 40**0.5
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half))


def test_kinds_of_draws_add_their_variances() -> None:
    """Cochran, Sampling Techniques (1977), 5.6: sum of W^2 s^2 / n."""
    values = np.array([7.0, 1.0, 3.0, 10.0, 10.0, 16.0])
    weight = np.array([0.4, 0.2, 0.2, 0.2 / 3, 0.2 / 3, 0.2 / 3])
    found = spread(values, weight, np.array([True, *[False] * 5]))
    one, other = 0.4**2 * 2.0 / 2, 0.2**2 * 12.0 / 3
    assert found.error == pytest.approx((one + other) ** 0.5)
    assert found.freedom == pytest.approx((one + other) ** 2 / (one**2 / 1 + other**2 / 2))
    # A draw of which nobody knows that it is all of its kind takes the variance with its neighbour.
    alone = spread(values, weight, np.zeros(6, dtype=np.bool_))
    more = 0.4**2 * np.array([7.0, 1.0, 3.0]).var(ddof=1)
    assert alone.error == pytest.approx((more + one + other) ** 0.5)


def test_what_cannot_be_below_zero_has_an_interval_from_zero() -> None:
    values = np.array([-1.0, 0.0, 0.1])
    found = spread(values, np.full(3, 1 / 3), np.zeros(3, dtype=np.bool_)).at_most()
    assert (found.value, found.low) == (0.0, 0.0)
    half = stats.t(2).ppf(0.95) * values.std(ddof=1) / 3**0.5
    assert found.high == pytest.approx(values.mean() + half)


def rare() -> Case:
    """A hazard that comes often, and one in ten years that takes more, for one period each."""
    return small_case(
        periods=8,
        period="quarter",
        sites=[{"site": "A", "cost": 1, "country": "CHN"}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 50}],
        hazards=[
            {
                "hazard": name,
                "kind": "outage",
                "by": "site",
                "name": "A",
                "rate_per_year": rate,
                "duration_distribution": "fixed",
                "duration_months": 3,
                "severity": size,
            }
            for name, rate, size in (("often", 0.8, 0.2), ("rare", 0.1, 1.0))
        ],
    )


def lost(batch: Scenarios) -> np.ndarray:
    """Periods lost to both hazards together."""
    return np.asarray((1.0 - batch.values).sum(axis=(1, 2)))


@pytest.mark.parametrize(
    ("draw", "repetitions"),
    [(outages, REPETITIONS), pytest.param(importance, 1000, marks=pytest.mark.slow)],
)
def test_the_interval_covers_a_known_mean_as_often_as_it_says(draw: Any, repetitions: int) -> None:
    case = rare()
    # Eight periods, each struck with this chance on its own.
    true = sum(8 * (1 - np.exp(-rate / 4)) * size for rate, size in ((0.8, 0.2), (0.1, 1.0)))
    covered, width = [], []
    for seed in range(repetitions):
        batch = draw(case, 100, seed)
        sure = SURE if draw is importance else ~SURE & False
        found = spread(lost(batch), batch.probability, sure).between()
        covered.append(found.low <= true <= found.high)
        width.append(found.high - found.low)
    # Losses are skewed, which costs an interval of Student's t a little of what it promises.
    assert np.mean(covered) >= stats.binom.ppf(1e-3, repetitions, 0.94) / repetitions
    # It is no idle interval.
    assert np.median(width) < (0.4 if draw is importance else 0.6) * true


def demands(rng: np.random.Generator, count: int) -> Scenarios:
    values = rng.uniform(0, MOST, (count, 1, 1))
    labels = tuple(str(i) for i in range(count))
    return Scenarios(("demand",), values, np.full(count, 1 / count), labels)


@dataclass
class Plain:
    """As much of a study as is asked, for arrays."""

    priced: Blocks
    solution: Any
    mean_plan: np.ndarray

    def data(self, batch: Scenarios) -> Any:
        return batch.theta, batch.probability, np.zeros(batch.count, dtype=np.int64)

    def near(self, *batch: Any) -> Any:
        return solve_extensive(self.priced, *batch)

    def known_costs(self, batch: Any) -> np.ndarray:
        return np.asarray(COST * batch[0][:, 0])


def studied(seed: int, size: int, batches: int) -> tuple[float, Sampled]:
    """The plan of a sample, and what is said of it in fresh draws."""
    rng, blocks = np.random.default_rng(seed), newsvendor()
    first = demands(rng, size)
    now = np.zeros(size, dtype=np.int64)
    plan = solve_extensive(blocks, first.theta, first.probability, now).plan
    study = Plain(blocks, SimpleNamespace(plan=plan), np.array([MEAN]))
    found = in_fresh_draws(study, [demands(rng, size) for _ in range(batches)])  # type: ignore[arg-type]
    assert found is not None
    return float(plan[0]), found


def shares(told: Sequence[tuple[float, Sampled]]) -> dict[str, float]:
    """How often each interval holds what is true of the plan."""
    inside: dict[str, list[bool]] = {"gap": [], "knowing": [], "mean": []}
    for x, found in told:
        known, planned, gap = (
            found.of_perfect_information,
            found.of_stochastic_solution,
            found.gap,
        )
        assert known is not None
        assert planned is not None
        assert gap is not None
        inside["gap"].append(true_cost(x) - true_cost(BEST) <= gap.high)
        inside["knowing"].append(known.low <= true_cost(x) - KNOWN <= known.high)
        inside["mean"].append(planned.low <= true_cost(MEAN) - true_cost(x) <= planned.high)
    return {name: float(np.mean(told)) for name, told in inside.items()}


@pytest.mark.slow
def test_the_intervals_cover_the_truth_as_often_as_they_say() -> None:
    told = [studied(seed, 50, 2) for seed in range(REPETITIONS)]
    found = shares(told)
    assert min(found.values()) >= LEAST
    width = [t.gap.high for _, t in told if t.gap is not None]
    assert np.median(width) < 0.1 * true_cost(BEST)


def test_more_draws_say_more_and_costs_add_up() -> None:
    x, short = studied(3, 20, 2)
    _, long = studied(3, 400, 2)
    assert short.gap is not None
    assert long.gap is not None
    assert long.gap.high < short.gap.high
    worth = long.information
    assert worth.wait_and_see == pytest.approx(KNOWN, rel=0.1)
    assert worth.mean_value == pytest.approx(true_cost(MEAN), rel=0.1)
    assert long.of_perfect_information is not None
    assert long.of_perfect_information.value == pytest.approx(worth.recourse - worth.wait_and_see)
    assert 0 <= x <= MOST


def test_each_scenario_is_known_at_its_own_best_cost() -> None:
    """Against the wait-and-see cost of the whole sample, by the other way through it."""
    case = dv.example("quartz")
    job = prepare(case, [], case_policies=False)
    study = Study(job, telling(job.network.case, 12, 3))
    costs = study.known_costs(study.sample)
    worth = study.worth()
    assert study.sample[1] @ costs == pytest.approx(worth.wait_and_see, rel=1e-9)
    plan = study.mean_plan
    assert plan is not None
    assert study.cost(plan) == pytest.approx(worth.mean_value, rel=1e-6)


def test_telling_draws_are_by_importance_where_that_can_be() -> None:
    case = rare()
    assert telling(case, 30, 1) == importance(case, 30, 1)
    # Two draws for each of five kinds of events are not many.
    assert telling(case, 9, 1) == outages(case, 9, 1)


def test_numbers_that_mean_nothing_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        dv.stockpile(dv.example("first-steps"), sample=0, replications=-1)
    assert {finding.column for finding in caught.value.findings} == {"sample", "replications"}
