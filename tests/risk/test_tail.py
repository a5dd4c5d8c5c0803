"""How many scenarios a tail rests on."""

from __future__ import annotations

import numpy as np
import pytest

from diversify.risk.cvar import value
from diversify.risk.tail import effective_number, tail_weights, too_few


def test_equal_draws_count_one_each() -> None:
    losses = np.random.default_rng(1).random(400)
    weights = tail_weights(losses, np.full(400, 1 / 400), 0.95)
    assert effective_number(weights) == pytest.approx(20.0)


def test_the_weights_are_those_of_cvar() -> None:
    losses, probability = np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05])
    weights = tail_weights(losses, probability, 0.9)
    assert weights.sum() == pytest.approx(0.1)
    assert weights @ losses / 0.1 == pytest.approx(value(losses, probability, 0.9))


def test_unequal_weights_are_worth_fewer() -> None:
    # (0.6 + 4 * 0.1)^2 / (0.36 + 4 * 0.01) = 2.5.
    assert effective_number(np.array([0.6, 0.1, 0.1, 0.1, 0.1])) == pytest.approx(2.5)


@pytest.mark.parametrize(("number", "level", "said"), [(10.0, 0.95, ""), (9.9, 0.95, "200")])
def test_ten_scenarios_are_enough(number: float, level: float, said: str) -> None:
    words = too_few(number, level)
    assert said in words
    assert bool(words) == bool(said)
