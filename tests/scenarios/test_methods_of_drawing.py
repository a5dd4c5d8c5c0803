"""Sobol points, antithetic pairs and importance sampling: right, and better than plain draws."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import exp

import numpy as np
import pytest
from hazarding import hazard, hazard_case

import diversify as dv
from diversify.case import Case
from diversify.errors import InputError
from diversify.scenarios import antithetic, drawn, importance, outages, sobol
from diversify.scenarios.batch import Scenarios
from diversify.scenarios.importance import allocation, strata

QUARTER = 0.25
T = 8
ALWAYS = {"duration_distribution": "fixed", "duration_months": 300.0}


def several(**settings: object) -> Case:
    return hazard_case(
        *(
            hazard(name, rate_per_year=rate, **ALWAYS)
            for name, rate in (("often", 0.6), ("rare", 0.004), ("seldom", 0.05))
        ),
        scenarios=settings,
    )


def ever(rate: float) -> float:
    """Chance that a hazard strikes within the horizon."""
    return 1 - exp(-rate * QUARTER * T)


def struck(batch: Scenarios) -> np.ndarray:
    return (batch.values < 1).any(axis=2)


def mean(batch: Scenarios, function: Callable[[Scenarios], np.ndarray]) -> float:
    return float(batch.probability @ function(batch))


def lost(batch: Scenarios) -> np.ndarray:
    """Periods lost in all."""
    return np.asarray((1 - batch.values).sum(axis=(1, 2)))


def exact_lost() -> float:
    # A hazard that stays: down in t with chance 1 - q^(t+1), and takes 0.6 of each period.
    rates = (0.6, 0.004, 0.05)
    return 0.6 * sum(1 - exp(-rate * QUARTER * (t + 1)) for rate in rates for t in range(T))


@pytest.mark.parametrize("draw", [sobol, antithetic])
def test_points_err_less_than_plain_draws(draw: Callable[[Case, int, int], Scenarios]) -> None:
    case = several()
    errors = {
        way: np.mean([(mean(way(case, 256, seed), lost) - exact_lost()) ** 2 for seed in range(12)])
        for way in (outages, draw)
    }
    # Measured: Sobol 1/600, antithetic 1/7 of the mean square error of plain draws.
    assert errors[draw] < errors[outages] / (20 if draw is sobol else 2)


def test_kinds_of_events_have_the_chances_of_an_enumeration() -> None:
    chances = np.array([0.01, 0.2, 0.5])
    found: dict[tuple[int, bool], float] = {}
    for events in product((0, 1), repeat=3):
        p = float(np.prod(np.where(events, chances, 1 - chances)))
        rarest = events.index(1) if any(events) else -1
        key = rarest, sum(events) > 1
        found[key] = found.get(key, 0.0) + p
    kinds = strata(chances)
    assert {(k.rarest, k.more): pytest.approx(k.probability, rel=1e-12) for k in kinds} == found
    assert allocation(kinds, 40).sum() == 40
    assert allocation(kinds, 40).min() == 1 == allocation(kinds, 40)[0]


def test_importance_sampling_is_unbiased_for_rare_and_joint_events() -> None:
    case = several()
    rare, seldom, often = ever(0.004), ever(0.05), ever(0.6)
    exact = {
        "rare": rare,
        "rare and often": rare * often,
        "all": rare * seldom * often,
        "none": (1 - rare) * (1 - seldom) * (1 - often),
        "lost": exact_lost(),
    }
    seen: dict[str, list[float]] = {name: [] for name in exact}
    for seed in range(30):
        batch = importance(case, 60, seed)
        assert batch.probability.sum() == pytest.approx(1.0, abs=1e-12)
        hit = struck(batch)
        often_, rare_, seldom_ = (
            hit[:, batch.hazards.index(n)] for n in ("often", "rare", "seldom")
        )
        events = {
            "rare": rare_,
            "rare and often": rare_ & often_,
            "all": rare_ & seldom_ & often_,
            "none": ~hit.any(axis=1),
            "lost": lost(batch),
        }
        for name, value in events.items():
            seen[name].append(float(batch.probability @ value))
    for name, value in exact.items():
        error = np.std(seen[name], ddof=1) / 30**0.5
        assert abs(np.mean(seen[name]) - value) < max(5 * error, 1e-9 * value), name
    # Which hazards strike at all, and the rarest alone or not, is known without any error.
    assert np.std(seen["rare"]) < 1e-12
    assert np.std(seen["none"]) < 1e-12


def test_importance_sampling_errs_less_where_it_matters() -> None:
    case = several()

    def both(batch: Scenarios) -> np.ndarray:
        hit = struck(batch)
        return hit[:, batch.hazards.index("rare")] & hit[:, batch.hazards.index("seldom")]

    exact = ever(0.004) * ever(0.05)
    errors = {
        way: np.mean([(mean(way(case, 500, seed), both) - exact) ** 2 for seed in range(30)])
        for way in (outages, importance)
    }
    assert errors[importance] < errors[outages] / 10


def test_common_shocks_are_drawn_often_too() -> None:
    case = hazard_case(
        hazard("one", shock="war", rate_per_year=0.4, **ALWAYS),
        hazard("two", shock="war", rate_per_year=None, **ALWAYS),
        shocks=[{"shock": "war", "rate_per_year": 0.003, "probability": 0.5}],
    )
    seen = []
    for seed in range(30):
        batch = importance(case, 100, seed)
        seen.append(float(batch.probability @ struck(batch)[:, batch.hazards.index("two")]))
    p = 1 - exp(-0.003 * QUARTER)
    exact = 1 - (1 - p * 0.5) ** T
    assert abs(np.mean(seen) - exact) < 5 * np.std(seen, ddof=1) / 30**0.5


def test_weights_count_for_the_effective_number_of_scenarios() -> None:
    batch = importance(several(), 60, 1)
    assert batch.effective == pytest.approx(1 / (batch.probability**2).sum())
    # One scenario holds the chance that nothing strikes, so no more than its inverse square.
    assert 1 < batch.effective < (1 - ever(0.6)) ** -2 * (1 - ever(0.05)) ** -2 * 1.02
    assert outages(several(), 60, 1).effective == pytest.approx(60)


def test_antithetic_pairs_mirror_each_other() -> None:
    batch = antithetic(several(), 2_000, 3)
    first = struck(batch)[:, 0]
    pairs = first[:1_000] & first[1_000:]
    # With p > 1/2, u and 1 - u both lie below p with chance 2 p - 1.
    p = ever(0.6)
    assert pairs.mean() == pytest.approx(2 * p - 1, abs=0.05)
    assert abs(first.mean() - p) < 0.015


def test_the_case_says_how_its_scenarios_are_drawn() -> None:
    for method, way in (
        ("monte_carlo", outages),
        ("sobol", sobol),
        ("antithetic", antithetic),
        ("importance", importance),
    ):
        case = several(method=method)
        assert drawn(case, 64, 5) == way(case, 64, 5)
        assert drawn(case, 64, 5) == drawn(case, 64, 5) != drawn(case, 64, 6)
        plan = dv.solve(case, scenarios=64, seed=5, out_of_sample=20)
        assert plan.record.digests["scenarios"] == way(case, 64, 5).digest
        # Kept plans find their own scenarios again; others are plain draws, which have intervals.
        assert dv.evaluate(plan).in_sample
        other = dv.evaluate(plan, 64, seed=6)
        assert other.digests["scenarios"] == outages(case, 64, 6).digest
        assert other.risk["high"].notna().all()


def test_what_a_method_does_not_take_is_refused() -> None:
    joint = hazard_case(hazard("a"), hazard("b"), correlations=[("a", "b", 0.5)])
    with pytest.raises(InputError, match="the case has correlations"):
        importance(joint, 100, 1)
    with pytest.raises(InputError, match="there are 6 kinds of events"):
        importance(several(), 5, 1)
    with pytest.raises(InputError, match="the number is odd"):
        antithetic(several(), 7, 1)
    wide = hazard_case(hazard("a"), hazard("b"), correlations=[("a", "b", 0.5)], periods=600)
    many = hazard_case(
        *(hazard(f"h{i:02d}") for i in range(40)),
        correlations=[("h00", f"h{i:02d}", 0.01) for i in range(1, 40)],
        periods=600,
    )
    assert sobol(wide, 2, 1).count == 2
    with pytest.raises(InputError, match="24,040 dimensions"):
        sobol(many, 2, 1)


def test_a_case_without_anything_that_strikes_has_one_kind_of_event() -> None:
    quiet = hazard_case(hazard(rate_per_year=None))
    batch = importance(quiet, 3, 1)
    assert (batch.values == 1).all()
    assert batch.probability.tolist() == pytest.approx([1 / 3] * 3)


def test_weighted_draws_are_counted_by_their_weights_in_the_tail() -> None:
    # One hazard with a chance P of striking at all: one draw holds 1 - P, the other 30 have P / 30
    # each, so the worst 5 % are 0.05 / (P / 30) of them; 30 plain draws would have 1.5 there.
    # The price rises for all, so nobody can get out of its way.
    spike = hazard(kind="price", by="commodity", name="metal", rate_per_year=0.15, **ALWAYS)
    case = hazard_case(spike, scenarios={"method": "importance"})
    budget = dv.CostBudget(measure="cvar", level=0.95, limit=10_000)
    plan = dv.solve(case, budget, scenarios=31, seed=2, out_of_sample=0)
    (said,) = [text for text in plan.record.warnings if "in effect" in text]
    number = float(said.split(" cases are ")[1].split()[0])
    assert number == pytest.approx(0.05 * 30 / ever(0.15), rel=0.1)
