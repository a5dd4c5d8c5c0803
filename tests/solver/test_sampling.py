"""Samples at equal steps of probability, and clusters of about equal probability."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from diversify.solver.evaluator import ordered, shards
from diversify.solver.sampling import clusters, in_line, systematic

Index = NDArray[np.int64]


def draws(seed: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64], Index]:
    rng = np.random.default_rng(seed)
    theta = rng.choice([0.0, 0.5, 1.0], (count, 6))
    return theta, rng.dirichlet(np.full(count, 0.3)), rng.integers(0, 4, count)


@pytest.mark.parametrize("seed", range(5))
def test_a_sample_has_each_scenario_about_as_often_as_it_is_likely(seed: int) -> None:
    theta, mass, news = draws(seed, 300)
    chosen, share = systematic(in_line(theta, news), mass, 50)
    assert len(np.unique(chosen)) == len(chosen)
    assert share.sum() == pytest.approx(1.0, rel=1e-12)
    # Steps of 1/50: a scenario is met once more or less than its probability says, never further.
    drawn = np.zeros(300)
    drawn[chosen] = share
    assert (np.abs(drawn - mass) < 1 / 50 + 1e-12).all()
    assert (mass[chosen] > 0).all()


def test_what_cannot_happen_is_never_drawn() -> None:
    mass = np.array([0.0, 0.5, 0.0, 0.5, 0.0])
    for count in (1, 2, 7, 100):
        chosen, _ = systematic(np.arange(5), mass, count)
        assert set(chosen.tolist()) <= {1, 3}


@pytest.mark.parametrize("seed", range(5))
def test_shards_hold_each_scenario_once_with_one_news(seed: int) -> None:
    theta, _, news = draws(seed, 2_500)
    parts = shards(theta, news)
    assert sorted(np.concatenate(parts).tolist()) == list(range(2_500))
    assert all(len(np.unique(news[part])) == 1 for part in parts)
    assert max(len(part) for part in parts) <= int(np.ceil(2_500 / 48))


@pytest.mark.parametrize("count", [1, 10, 100, 2_500])
def test_no_cluster_lies_in_two_shards(count: int) -> None:
    theta, mass, news = draws(1, 2_500)
    parts = shards(theta, news)
    found = clusters(parts, mass, count)
    assert np.unique(found).tolist() == list(range(int(found.max()) + 1))
    home: dict[int, int] = {}
    for i, part in enumerate(parts):
        for cluster in np.unique(found[part]).tolist():
            assert home.setdefault(cluster, i) == i
    assert len(home) >= min(count, 2_500)


def test_the_order_of_solving_does_not_depend_on_the_order_of_the_scenarios() -> None:
    theta = np.random.default_rng(4).choice([0.0, 1.0], (40, 8))
    mixed = np.random.default_rng(5).permutation(40)
    assert np.array_equal(theta[ordered(theta)], theta[mixed][ordered(theta[mixed])])
