"""Risk measures against published and closed-form values."""

import numpy as np
import pytest

from diversify.risk import cvar, expectation, measure, worst

# Discrete atoms: Rockafellar & Uryasev, Journal of Banking & Finance 26 (2002), worked by hand.
LOSSES = np.array([0.0, 10.0, 50.0, 100.0])
PROBABILITY = np.array([0.7, 0.15, 0.1, 0.05])


@pytest.mark.parametrize(("level", "expected"), [(0.0, 11.5), (0.9, 75.0), (0.95, 100.0)])
def test_cvar_splits_the_atom_at_its_threshold(level: float, expected: float) -> None:
    assert cvar.value(LOSSES, PROBABILITY, level) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("level", "expected"), [(0.9, 50.0), (0.95, 50.0), (0.96, 100.0)])
def test_value_at_risk_is_the_lower_quantile(level: float, expected: float) -> None:
    assert cvar.value_at_risk(LOSSES, PROBABILITY, level) == expected


def test_cvar_of_a_normal_loss_is_the_closed_form() -> None:
    # mu + sigma * phi(z) / (1 - a) for a = 0.95; quantiles at the middle of equal parts.
    from statistics import NormalDist

    normal, count, level = NormalDist(2.0, 3.0), 200_000, 0.95
    losses = np.array([normal.inv_cdf((i + 0.5) / count) for i in range(count)])
    standard = NormalDist()
    exact = 2.0 + 3.0 * standard.pdf(standard.inv_cdf(level)) / (1 - level)
    assert cvar.value(losses, np.full(count, 1 / count), level) == pytest.approx(exact, rel=1e-4)


def test_cvar_lies_between_the_mean_and_the_worst_case() -> None:
    mean, most = expectation.value(LOSSES, PROBABILITY), worst.value(LOSSES, PROBABILITY)
    values = [cvar.value(LOSSES, PROBABILITY, level) for level in (0.0, 0.5, 0.8, 0.9, 0.99)]
    assert values == sorted(values)
    assert mean == pytest.approx(values[0])
    assert values[-1] <= most


def test_worst_leaves_out_what_cannot_happen() -> None:
    assert worst.value(np.array([1.0, 9.0]), np.array([1.0, 0.0])) == 1.0


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(KeyError):
        measure("variance")
