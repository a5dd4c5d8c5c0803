"""Hazards that strike together: common shocks, Gaussian and t copulas, nearest correlations."""

from __future__ import annotations

from collections.abc import Callable
from math import asin, exp, log, pi

import numpy as np
import pytest
from hazarding import hazard, hazard_case
from scipy import integrate, linalg, optimize, stats

from diversify.case import Case
from diversify.case.correlations import distance, nearest, smallest
from diversify.scenarios import antithetic, beginnings, outages, sobol
from diversify.scenarios.batch import Scenarios
from diversify.scenarios.beginnings import joined
from diversify.scenarios.hazards import Copula
from diversify.scenarios.streams import MIXTURE, Plain

Draw = Callable[[Case, int, int], Scenarios]
COUNT = 25_000
QUARTER = 0.25
# One period each, so that a disrupted period is a beginning.
SHORT = {"duration_distribution": "fixed", "duration_months": 3.0}


def begins(batch: Scenarios, name: str) -> np.ndarray:
    return batch.values[:, batch.hazards.index(name)] < 1


def fits(hits: np.ndarray, chance: float) -> bool:
    """Whether a count is within bounds that a right generator leaves once in 1e8 tests."""
    low, high = stats.binom.ppf([5e-9, 1 - 5e-9], hits.size, chance)
    return bool(low <= hits.sum() <= high)


def shocked(share: float) -> Case:
    return hazard_case(
        hazard("one", shock="embargo", rate_per_year=0.4, **SHORT),
        hazard("two", shock="embargo", rate_per_year=None, **SHORT),
        hazard("apart", **SHORT),
        shocks=[{"shock": "embargo", "rate_per_year": 0.6, "probability": share}],
    )


@pytest.mark.parametrize("draw", [outages, sobol, antithetic])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_common_shock_strikes_its_hazards_together(draw: Draw, share: float) -> None:
    batch = draw(shocked(share), COUNT, 11)
    own, shock = 1 - exp(-0.4 * QUARTER), 1 - exp(-0.6 * QUARTER)
    one, two, apart = (begins(batch, name) for name in ("one", "two", "apart"))
    assert fits(one, 1 - (1 - own) * (1 - shock * share))
    assert fits(two, shock * share)
    # Both: the shock comes and strikes the second, and the first by it or on its own.
    assert fits(one & two, shock * share * (1 - (1 - own) * (1 - share)))
    assert fits(two & apart, shock * share * (1 - exp(-0.8 * QUARTER)))


def joint(rho: float, rate: float, **settings: object) -> Case:
    return hazard_case(
        hazard("a", rate_per_year=rate, **SHORT),
        hazard("b", rate_per_year=rate, **SHORT),
        hazard("c", rate_per_year=rate, **SHORT),
        correlations=[("a", "b", rho)],
        scenarios=settings,
    )


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.5, 1.0])
def test_begins_of_even_chance_go_together_as_the_arc_sine_says(rho: float) -> None:
    # Sheppard 1899: two standard normals of correlation rho are both negative with
    # probability 1/4 + asin(rho) / (2 pi).
    batch = outages(joint(rho, log(2) / QUARTER), COUNT, 2)
    a, b, c = (begins(batch, name) for name in "abc")
    assert fits(a, 0.5)
    assert fits(b, 0.5)
    assert fits(a & b, 0.25 + asin(rho) / (2 * pi))
    assert fits(a & c, 0.25)


@pytest.mark.parametrize("draw", [outages, sobol, antithetic])
def test_rare_begins_go_together_as_the_tetrachoric_integral_says(draw: Draw) -> None:
    p = 1 - exp(-0.3 * QUARTER)
    both = stats.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]]).cdf([stats.norm.ppf(p)] * 2)
    batch = draw(joint(0.7, 0.3), COUNT, 3)
    assert fits(begins(batch, "a"), p)
    assert fits(begins(batch, "a") & begins(batch, "b"), float(both))


@pytest.mark.parametrize("draw", [outages, sobol, antithetic])
def test_extremes_of_a_t_copula_come_together(draw: Draw) -> None:
    # Without correlation, given w both are independent normals: E[Phi(x sqrt(w/df))^2], w ~ chi2.
    df, rate = 3.0, 0.1
    p = 1 - exp(-rate * QUARTER)
    x = stats.t(df).ppf(p)
    both, _ = integrate.quad(
        lambda w: stats.norm.cdf(x * (w / df) ** 0.5) ** 2 * stats.chi2(df).pdf(w), 0, np.inf
    )
    batch = draw(joint(0.0, rate, copula="t", copula_df=df), COUNT, 4)
    a, b, c = (begins(batch, name) for name in "abc")
    assert fits(a, p)
    assert fits(b, p)
    assert fits(a & b, both)
    assert both > 4 * p * p
    # A hazard that the table does not name is no part of the copula.
    assert fits(a & c, p * p)


@pytest.mark.parametrize("df", [None, 3.0])
@pytest.mark.parametrize("rho", [-0.7, 0.3, 0.9])
def test_ranks_go_together_as_the_arc_sine_says(rho: float, df: float | None) -> None:
    # Kruskal 1958 for the normal, Lindskog, McNeil & Schmock 2003 for every elliptical copula:
    # Kendall's tau is 2/pi asin(rho).
    count = 15_000
    copula = Copula(("a", "b"), np.array([[1.0, rho], [rho, 1.0]]), df)
    rng = np.random.default_rng(8)
    numbers = {name: rng.random((count, 2)) for name in copula.names}
    found = joined(copula, numbers, Plain(3, count))
    law = stats.norm if df is None else stats.t(df)
    # Without correlation tau has this standard error, and less with it.
    error = (2 * (2 * count + 5) / (9 * count * (count - 1))) ** 0.5
    for t in (0, 1):
        tau = stats.kendalltau(found["a"][:, t], found["b"][:, t]).statistic
        assert tau == pytest.approx(2 / pi * asin(rho), abs=5 * error)
    assert stats.kstest(found["b"][:, 1], law.cdf).pvalue > 1e-6
    # Periods are independent, and each has a mixture of its own.
    apart = stats.kendalltau(found["a"][:, 0], found["b"][:, 1]).statistic
    assert apart == pytest.approx(0.0, abs=5 * error)


def test_what_a_copula_joins_does_not_depend_on_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    copula = Copula(("a", "b"), np.array([[1.0, 0.5], [0.5, 1.0]]), 4.0)
    numbers = {name: np.random.default_rng(1).random((50, 3)) for name in copula.names}
    whole = joined(copula, numbers, Plain(2, 50))
    monkeypatch.setattr(beginnings, "PIECE", 42)
    parts = joined(copula, numbers, Plain(2, 50))
    assert parts["b"] == pytest.approx(whole["b"], rel=1e-14)
    # By hand: the symmetric root of the matrix, and the mixture of its own stream.
    root = linalg.sqrtm(copula.matrix)
    normal = [stats.norm.ppf(numbers[name]) for name in copula.names]
    w = stats.chi2(4.0).ppf(Plain(2, 50).grid(MIXTURE, "", 3))
    expected = (root[0, 0] * normal[0] + root[0, 1] * normal[1]) / (w / 4.0) ** 0.5
    assert whole["a"] == pytest.approx(expected, rel=1e-9)


def test_tail_dependence_of_a_t_copula_nears_its_limit() -> None:
    # Embrechts, McNeil & Straumann 2002: 2 t_{df+1}(-sqrt((df+1)(1-rho)/(1+rho))).
    df, rho, rate = 2.0, 0.8, 0.02
    limit = 2 * stats.t(df + 1).cdf(-(((df + 1) * (1 - rho) / (1 + rho)) ** 0.5))
    batch = outages(joint(rho, rate, copula="t", copula_df=df), 100_000, 9)
    a, b = begins(batch, "a"), begins(batch, "b")
    assert (a & b).sum() / a.sum() == pytest.approx(limit, abs=0.05)
    plain = outages(joint(rho, rate), 100_000, 9)
    a, b = begins(plain, "a"), begins(plain, "b")
    assert (a & b).sum() / a.sum() < limit - 0.15


def test_correlated_hazards_leave_the_others_as_they_were() -> None:
    alone = outages(hazard_case(hazard("c", rate_per_year=0.3, **SHORT)), 500, 1)
    assert np.array_equal(begins(outages(joint(0.5, 0.3), 500, 1), "c"), begins(alone, "c"))


def test_the_nearest_correlation_matrix_is_that_of_higham() -> None:
    # Higham, IMA J. Numer. Anal. 22 (2002), p. 334: distance 0.5278.
    given = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    near = nearest(given)
    assert near.round(4).tolist() == [[1, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]]
    assert distance(given, near) == pytest.approx(0.5278, abs=5e-5)
    assert smallest(near) == 0.0


def test_no_correlation_matrix_of_three_is_nearer() -> None:
    # Another way: minimise over unit vectors, whose products are any correlation matrix.
    given = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])

    def matrix(flat: np.ndarray) -> np.ndarray:
        rows = flat.reshape(3, 3)
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return rows @ rows.T

    starts = np.random.default_rng(1).normal(size=(4, 9))
    found = min(optimize.minimize(lambda x: distance(given, matrix(x)), s).fun for s in starts)
    assert distance(given, nearest(given)) == pytest.approx(found, abs=1e-5)


def test_correlations_that_cannot_be_are_drawn_from_the_nearest() -> None:
    case = hazard_case(
        *(hazard(name, rate_per_year=log(2) / QUARTER, **SHORT) for name in "abc"),
        correlations=[("a", "b", 1.0), ("b", "c", 1.0), ("a", "c", 0.0)],
        scenarios={"repair": "nearest"},
    )
    batch = outages(case, COUNT, 6)
    for pair, rho in (("ab", 0.7607), ("ac", 0.1573)):
        both = begins(batch, pair[0]) & begins(batch, pair[1])
        assert both.mean() == pytest.approx(0.25 + asin(rho) / (2 * pi), abs=0.005)
