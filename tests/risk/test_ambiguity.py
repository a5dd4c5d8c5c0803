"""Worst means near a distribution: published and dual values, and what every set must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.optimize import linprog, minimize_scalar

from diversify.risk import (
    chi_squared,
    cvar,
    entropic,
    expectation,
    kullback_leibler,
    total_variation,
    wasserstein,
    worst,
)
from diversify.risk.ambiguity import Ambiguity
from diversify.risk.worst_means import WORST_MEANS

Vector = NDArray[np.float64]
LOSSES = np.array([0.0, 10.0, 50.0, 100.0])
PROBABILITY = np.array([0.7, 0.15, 0.1, 0.05])


@pytest.mark.parametrize(
    ("found", "expected"),
    # A hand-made oracle; total variation and Wasserstein in closed form, the others checked with
    # a conic solver in the primal.
    [
        (total_variation.value(LOSSES, PROBABILITY, 0.05), 16.5),
        (kullback_leibler.value(LOSSES, PROBABILITY, 0.05), 20.402992087689757),
        (chi_squared.value(LOSSES, PROBABILITY, 0.05), 17.12472221536317),
        (wasserstein.value(LOSSES, PROBABILITY, 2.0, 1.0), 13.5),
        # CVaR is the worst mean of all q with q <= p / (1 - 0.9).
        (cvar.value(LOSSES, PROBABILITY, 0.9), 75.0),
    ],
)
def test_worst_means_have_their_known_values(found: float, expected: float) -> None:
    assert found == pytest.approx(expected, rel=1e-6)


@st.composite
def distributions(draw: st.DrawFn) -> tuple[Vector, Vector]:
    count = draw(st.integers(2, 7))
    losses = draw(st.lists(st.integers(-20, 20), min_size=count, max_size=count))
    weights = draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    weights[0] += 1
    mass = np.array(weights, dtype=float)
    return np.array(losses, dtype=float), mass / mass.sum()


RADII = st.sampled_from([0.0, 0.01, 0.2, 0.7, 3.0])


def distance(kind: str, q: Vector, p: Vector) -> float:
    kept = p > 0
    assert not q[~kept].any()
    q, p = q[kept], p[kept]
    if kind == "tv":
        return float(np.abs(q - p).sum()) / 2
    if kind == "chi2":
        return float(((q - p) ** 2 / p).sum())
    return float((q[q > 0] * np.log(q[q > 0] / p[q > 0])).sum())


WORST = {"tv": total_variation, "chi2": chi_squared, "kl": kullback_leibler}


@given(distributions(), RADII, st.sampled_from(sorted(WORST)))
def test_the_worst_distribution_is_one_and_lies_in_the_set(
    case: tuple[Vector, Vector], radius: float, kind: str
) -> None:
    losses, probability = case
    radius = min(radius, 0.9) if kind == "tv" else radius
    q = WORST[kind].worst_probability(losses, probability, radius)
    assert (q >= 0).all()
    assert q.sum() == pytest.approx(1.0, abs=1e-12)
    assert distance(kind, q, probability) <= radius + 1e-8
    value = float(q @ losses)
    mean = expectation.value(losses, probability)
    assert mean - 1e-9 <= value <= worst.value(losses, probability) + 1e-9


@given(distributions(), st.sampled_from([0.05, 0.3, 0.9]))
def test_total_variation_is_the_linear_program(case: tuple[Vector, Vector], radius: float) -> None:
    # Maximise q L over q = p + plus - minus with sum(plus) = sum(minus) <= radius.
    losses, p = case
    n = len(p)
    cap = np.where(p > 0, 1.0, 0.0)
    found = linprog(
        np.r_[-losses, losses],
        A_ub=np.r_[np.ones(n), np.zeros(n)][None],
        b_ub=[radius],
        A_eq=np.r_[np.ones(n), -np.ones(n)][None],
        b_eq=[0.0],
        bounds=[*((0, c) for c in cap), *((0, v) for v in p)],
    )
    expected = float(p @ losses) - found.fun
    assert total_variation.value(losses, p, radius) == pytest.approx(expected, abs=1e-8)


@given(distributions(), st.sampled_from([0.01, 0.2, 1.0]))
def test_relative_entropy_has_the_value_of_its_dual(
    case: tuple[Vector, Vector], radius: float
) -> None:
    losses, p = case

    def dual(power: float) -> float:
        # a log E exp(L / a) + a rho, with a = exp(power).
        a = np.exp(power)
        top = losses[p > 0].max()
        return float(a * np.log(p @ np.exp(np.minimum(losses - top, 0) / a)) + top + a * radius)

    least = min(
        minimize_scalar(dual, bounds=(low, low + 3), method="bounded", options={"xatol": 1e-9}).fun
        for low in range(-12, 9, 3)
    )
    assert kullback_leibler.value(losses, p, radius) == pytest.approx(least, abs=1e-3)
    assert kullback_leibler.value(losses, p, radius) <= least + 1e-7


@given(distributions(), st.sampled_from([0.01, 0.2, 1.0]))
def test_chi_squared_has_the_value_of_its_dual(case: tuple[Vector, Vector], radius: float) -> None:
    # inf over eta of eta + sqrt((1 + rho) E[(L - eta)+^2]).
    losses, p = case

    def dual(eta: float) -> float:
        return float(eta + ((1 + radius) * (p @ np.maximum(losses - eta, 0.0) ** 2)) ** 0.5)

    options = {"xatol": 1e-10}
    least = minimize_scalar(dual, bounds=(-500.0, 21.0), method="bounded", options=options).fun
    assert chi_squared.value(losses, p, radius) == pytest.approx(least, abs=1e-4)


@given(distributions(), st.floats(0.01, 5))
def test_entropic_risk_lies_between_mean_and_worst_and_is_a_penalised_worst_case(
    case: tuple[Vector, Vector], aversion: float
) -> None:
    losses, p = case
    value = entropic.value(losses, p, aversion)
    assert expectation.value(losses, p) - 1e-9 <= value <= worst.value(losses, p) + 1e-9
    # The supremum of E_Q L - KL(Q, P) / theta is at q proportional to p exp(theta L).
    weight = p * np.exp(aversion * (losses - losses.max()))
    q = weight / weight.sum()
    penalised = float(q @ losses) - distance("kl", q, p) / aversion
    assert value == pytest.approx(penalised, rel=1e-9, abs=1e-9)


@given(distributions(), st.sampled_from([0.0, 0.5, 0.8, 0.95]), st.sampled_from([0.05, 0.4]))
def test_cvar_of_an_ambiguous_distribution_is_the_largest_in_the_set(
    case: tuple[Vector, Vector], level: float, radius: float
) -> None:
    # min over tau of tau + worst mean of (L - tau)+ / (1 - level): tau at one of the losses.
    losses, p = case
    around = Ambiguity(set="tv", radius=radius)
    expected = min(
        tau + total_variation.value(np.maximum(losses - tau, 0.0), p, radius) / (1 - level)
        for tau in losses[p > 0]
    )
    name = "cvar" if level else "expectation"
    assert around.value(name, losses, p, level) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"set": "tv", "radius": 1.0}, "below 1"),
        ({"set": "tv", "radius": 0.0}, "greater than 0"),
        ({"set": "hellinger", "radius": 0.1}, "'kl' or 'wasserstein'"),
        ({"set": "tv", "radius": float("nan")}, "finite"),
    ],
)
def test_a_set_that_rows_cannot_say_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Ambiguity(**fields)  # type: ignore[arg-type]


def test_every_set_of_the_report_is_at_least_the_mean() -> None:
    for value in WORST_MEANS.values():
        assert value(LOSSES, PROBABILITY, 0.0) == pytest.approx(11.5)
        assert value(LOSSES, PROBABILITY, 0.1) > 11.5
