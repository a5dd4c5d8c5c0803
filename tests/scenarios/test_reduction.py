"""Few scenarios that stand for many: against enumeration and the transport problem."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hazarding import hazard, hazard_case
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

from diversify.errors import InputError
from diversify.scenarios import Scenarios, outages
from diversify.scenarios.reduction import forward_selection


def batch(count: int = 9, seed: int = 4) -> Scenarios:
    rng = np.random.default_rng(seed)
    weight = rng.random(count)
    return Scenarios(
        ("a", "b"),
        rng.random((count, 2, 3)),
        weight / weight.sum(),
        tuple(f"s{i}" for i in range(count)),
    )


def transport(one: Scenarios, other: Scenarios) -> float:
    """The Kantorovich distance as a linear program over all plans of transport."""
    cost = cdist(one.theta, other.theta, "cityblock")
    n, m = cost.shape
    rows = np.zeros((n + m, n * m))
    for i in range(n):
        rows[i, i * m : (i + 1) * m] = 1
    for j in range(m):
        rows[n + j, j::m] = 1
    right = np.r_[one.probability, other.probability]
    return float(linprog(cost.ravel(), A_eq=rows, b_eq=right).fun)


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_the_distance_is_that_of_the_transport_problem(count: int) -> None:
    given = batch()
    few, distance = given.reduced(count)
    assert few.count == count
    assert few.probability.sum() == pytest.approx(1.0, abs=1e-12)
    assert set(few.labels) <= set(given.labels)
    assert distance == pytest.approx(transport(given, few), rel=1e-9)


def test_one_scenario_is_the_best_one_and_more_are_near_the_best() -> None:
    given = batch()
    apart = cdist(given.theta, given.theta, "cityblock")

    def best(count: int) -> float:
        return min(
            float(given.probability @ apart[:, list(kept)].min(axis=1))
            for kept in combinations(range(given.count), count)
        )

    assert given.reduced(1)[1] == pytest.approx(best(1), rel=1e-12)
    for count in (2, 3, 4):
        # Forward selection is greedy: never below the best, here within a tenth of it.
        assert best(count) - 1e-12 <= given.reduced(count)[1] <= 1.1 * best(count)


def test_expectations_move_by_no_more_than_the_bound() -> None:
    given = batch(40, 7)
    few, distance = given.reduced(10)
    rng = np.random.default_rng(1)
    for _ in range(50):
        # A loss that moves by at most 1 per unit of availability: the largest of such forms.
        slopes, heights = rng.uniform(-1, 1, (5, 6)), rng.normal(size=5)
        means = [
            batch_.probability @ (batch_.theta @ slopes.T + heights).max(axis=1)
            for batch_ in (given, few)
        ]
        assert abs(means[0] - means[1]) <= distance + 1e-12


def test_repeated_and_impossible_scenarios_cost_nothing() -> None:
    values = np.array([[[1.0]], [[0.2]], [[1.0]], [[0.7]]])
    given = Scenarios(("h",), values, np.array([0.4, 0.3, 0.3, 0.0]), tuple("abcd"))
    few, distance = given.reduced(5)
    assert (few.labels, distance) == (("a", "b"), 0.0)
    assert few.probability.tolist() == pytest.approx([0.7, 0.3])
    assert few.remarks == ()


def test_draws_stay_draws_and_say_that_they_are_few() -> None:
    given = outages(hazard_case(hazard(announced_months=3)), 300, 5)
    few, distance = given.reduced(20)
    assert (few.seed, few.source, few.announced) == (5, "outages", (("stop", 1),))
    assert few.remarks[0].startswith("20 of ")
    assert f"{distance:.3g}" in few.remarks[0]
    # The undisturbed scenario is the likeliest, and stays.
    assert few.first_news.max() == few.periods


def test_what_cannot_be_reduced_is_refused() -> None:
    with pytest.raises(InputError, match="no scenario is to be kept"):
        batch().reduced(0)
    with pytest.raises(InputError, match="at most 5,000 scenarios"):
        forward_selection(np.zeros((5_001, 1)), np.full(5_001, 1 / 5_001), 3)
