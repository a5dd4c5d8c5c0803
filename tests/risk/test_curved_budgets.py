"""Budgets that are curved: entropic risk and divergences, against closed forms and searches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.optimize import brentq, minimize_scalar
from supplying import suppliers

import diversify as dv
from diversify.case import Case
from diversify.compile.compiler import build_with, compile_build
from diversify.result.risks import interval
from diversify.risk import entropic, expectation, worst
from diversify.risk.ambiguity import Ambiguity
from diversify.risk.divergences import DIVERGENCES
from diversify.solver.methods import unfit
from diversify.testing import small_case

Vector = NDArray[np.float64]


def two() -> Case:
    """A cheap supplier that fails in a tenth of cases, and a dear one that never does."""
    up, mass = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([0.9, 0.1])
    return suppliers([1.0, 2.0], up, mass, capacity=1.0, short=1.5)


def booked(plan: dv.Plan) -> dict[str, float]:
    frame = plan.portfolio
    return dict(zip(frame["site"], frame["tonnes"], strict=True))


# The largest probability of the bad case: by relative entropy, a root; by chi-squared,
# 0.1 + sqrt(0.05 * 0.1 * 0.9).
KL = brentq(lambda q: q * math.log(q / 0.1) + (1 - q) * math.log((1 - q) / 0.9) - 0.05, 0.1, 0.9)
CHI2 = 0.1 + math.sqrt(0.05 * 0.09)


@pytest.mark.parametrize(
    ("fields", "safe"),
    # With x from the supplier that never fails, 1 - x is short in a tenth of cases.
    [
        # log(0.9 + 0.1 exp(2 (1 - x))) / 2 = 0.05.
        (
            {"measure": "entropic", "aversion": 2.0, "limit": 0.05},
            1 - math.log((math.exp(0.1) - 0.9) / 0.1) / 2,
        ),
        ({"measure": "expectation", "limit": 0.05, "ambiguity": ("kl", 0.05)}, 1 - 0.05 / KL),
        ({"measure": "expectation", "limit": 0.05, "ambiguity": ("chi2", 0.05)}, 1 - 0.05 / CHI2),
        # A fifth is looked at, and the bad case fills so much of it.
        (
            {"measure": "cvar", "level": 0.8, "limit": 0.3, "ambiguity": ("kl", 0.05)},
            1 - 0.3 * 0.2 / min(KL, 0.2),
        ),
        (
            {"measure": "cvar", "level": 0.8, "limit": 0.3, "ambiguity": ("chi2", 0.05)},
            1 - 0.3 * 0.2 / CHI2,
        ),
    ],
)
def test_a_curved_budget_binds_where_the_closed_form_says(
    fields: dict[str, Any], safe: float
) -> None:
    given = dict(fields)
    if "ambiguity" in given:
        given["ambiguity"] = dict(zip(("set", "radius"), given["ambiguity"], strict=True))
    plan = dv.solve(two(), dv.ShortageBudget(**given))
    assert booked(plan)["S1"] == pytest.approx(safe, abs=2e-6)
    row = plan.risk.iloc[0]
    assert row["value"] == pytest.approx(fields["limit"], rel=1e-6)
    assert row["value"] <= fields["limit"] * (1 + 1e-6)
    assert plan.point == "certified"


@pytest.mark.parametrize(("kind", "value"), [("kl", 20.402992087689757), ("chi2", 17.12472221536)])
def test_known_worst_means_are_the_tightest_limits(kind: str, value: float) -> None:
    """One supplier, of whose tonne 0, 10, 50 or 100 % fail: a hand-made oracle, by a conic solver.

    No other plan exists, so a limit just above the worst mean is kept, and one just below is not.
    """
    lost, mass = np.array([0.0, 0.1, 0.5, 1.0]), np.array([0.7, 0.15, 0.1, 0.05])
    case = suppliers([1.0], (1 - lost)[:, None], mass, capacity=1.0)

    def budget(limit: float) -> dv.ShortageBudget:
        around = Ambiguity(set=kind, radius=0.05)  # type: ignore[arg-type]
        return dv.ShortageBudget(measure="expectation", limit=limit, ambiguity=around)

    assert dv.solve(case, budget(value / 100 * (1 + 1e-5))).point == "certified"
    with pytest.raises(dv.InfeasibleError) as caught:
        dv.solve(case, budget(value / 100 * 0.9))
    assert caught.value.conflict is not None
    (change,) = caught.value.conflict.smallest.values()
    assert change == pytest.approx(0.1 * value / 100, rel=1e-4)


def test_entropic_risk_goes_from_the_mean_to_the_worst_case() -> None:
    def cost(**fields: Any) -> float:
        return dv.solve(two(), dv.ShortageBudget(limit=0.05, **fields)).objective

    mean, most = cost(measure="expectation"), cost(measure="worst")
    between = [cost(measure="entropic", aversion=a) for a in (1e-4, 1.0, 10.0, 1e4)]
    assert between[0] == pytest.approx(mean, abs=1e-4)
    assert between[-1] == pytest.approx(most, abs=1e-3)
    assert between == sorted(between)


@pytest.mark.parametrize("aversion", [1e-12, 1e-6])
def test_small_aversions_lose_no_digits(aversion: float) -> None:
    # Mean plus half the aversion times the variance, to first order.
    losses, mass = np.array([0.0, 10.0, 50.0, 100.0]), np.array([0.7, 0.15, 0.1, 0.05])
    mean = expectation.value(losses, mass)
    spread = float(mass @ (losses - mean) ** 2)
    expected = mean + aversion * spread / 2
    assert entropic.value(losses, mass, aversion) == pytest.approx(expected, rel=1e-9)
    assert entropic.value(losses, mass, 1e3) <= worst.value(losses, mass)


@pytest.mark.parametrize(
    "fields",
    [
        {"measure": "entropic", "aversion": 3.0},
        {"measure": "expectation", "ambiguity": {"set": "kl", "radius": 0.2}},
        {"measure": "cvar", "level": 0.7, "ambiguity": {"set": "chi2", "radius": 0.1}},
    ],
)
def test_two_suppliers_are_searched(fields: dict[str, Any]) -> None:
    """The cost of the best mix by bisection on one supplier and a search over the other."""
    rng = np.random.default_rng(4)
    up, mass = rng.random((6, 2)).round(2), rng.dirichlet(np.ones(6)).round(3)
    mass[0] += 1.0 - mass.sum()
    price, limit = [1.0, 1.7], 0.2
    budget = dv.ShortageBudget(limit=limit, **fields)
    paid = mass @ up * price

    def measured(x: Vector) -> float:
        return budget.value(np.maximum(1.0 - up @ x, 0.0), mass)

    def cheapest(second: float) -> float:
        if measured(np.array([0.0, second])) <= limit:
            return float(paid[1] * second)
        first = brentq(lambda x: measured(np.array([x, second])) - limit, 0.0, 50.0, xtol=1e-12)
        return float(paid @ [first, second])

    found = minimize_scalar(cheapest, bounds=(0, 10), method="bounded", options={"xatol": 1e-10})
    plan = dv.solve(suppliers(price, up, mass, capacity=50.0), budget)
    assert plan.objective == pytest.approx(found.fun, rel=1e-6)


def test_both_methods_agree_and_levels_are_swept() -> None:
    budget = dv.ShortageBudget(measure="entropic", aversion=3.0, limit=0.05)
    whole, cut = (dv.solve(two(), budget, method=m) for m in ("extensive", "decomposed"))
    assert cut.record.method == "decomposed"
    assert cut.objective == pytest.approx(whole.objective, rel=2e-6)
    swept = dv.frontier(two(), budget, levels=[0.08, 0.05]).points["objective"].tolist()
    assert swept[1] == pytest.approx(whole.objective, rel=1e-6)
    assert swept[0] < swept[1]


def test_a_price_is_the_change_of_cost() -> None:
    """That of the safe tonnes, 1 - log((exp(2 l) - 0.9) / 0.1) / 2, by the limit l, at 0.05."""
    plan = dv.solve(two(), dv.ShortageBudget(measure="entropic", aversion=2.0, limit=0.05))
    # A safe tonne costs 2; it replaces one that costs 1 in nine cases of ten, and a loss in one.
    more = 2.0 - 0.9 - 0.15
    expected = -more * math.exp(0.1) / (math.exp(0.1) - 0.9)
    price = plan.prices[plan.prices["row"] == "all"]["price"].item()
    assert price == pytest.approx(expected, rel=1e-4)


def test_a_cost_in_millions_is_limited_too() -> None:
    """Losses of 100 and 0 million: the same closed form in other units."""
    costs = {"entropic": 2e-8, "limit": 5e6}
    case = small_case(
        sites=[{"site": "A", "cost": 0.0}, {"site": "B", "cost": 15.0}],
        lanes=[
            {"origin": n, "destination": "Works", "commodity": "metal", "take_or_pay": 1}
            for n in "AB"
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1e6}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 100.0}],
        hazards=[{"hazard": "stop", "by": "site", "name": "A"}],
        scenarios={"calm": (0.9, {}), "stop": (0.1, {"stop": [0]})},
    )
    aversion = costs["entropic"]

    def risk(safe: float) -> float:
        # With x of B: 15 x million always, and 100 (1 - x) more in a tenth of cases.
        losses = np.array([15e6 * safe, 15e6 * safe + 100e6 * (1 - safe)])
        return entropic.value(losses, np.array([0.9, 0.1]), aversion)

    free = risk(0.0)
    least = minimize_scalar(risk, bounds=(0, 1), method="bounded", options={"xatol": 1e-12})
    limit = (free + float(least.fun)) / 2
    budget = dv.CostBudget(measure="entropic", aversion=aversion, limit=limit)
    plan = dv.solve(case, budget)
    assert least.fun < limit < free
    assert plan.risk.iloc[0]["value"] <= limit * (1 + 1e-6)
    safe = brentq(lambda x: risk(x) - limit, 0.0, least.x, xtol=1e-14)
    assert booked(plan)["B"] == pytest.approx(1e6 * safe, rel=1e-5)


def test_out_of_sample_it_has_the_interval_of_the_mean_where_aversion_is_small() -> None:
    losses = np.random.default_rng(1).exponential(size=400)
    mean, low, high = interval("expectation", losses, 0.0)
    found = interval("entropic", losses, 1e-7)
    assert found == pytest.approx((mean, low, high), rel=1e-6)
    more = interval("entropic", losses, 0.3)
    # log E exp(0.3 L) / 0.3 of an exponential law.
    assert more[1] < -math.log(0.7) / 0.3 < more[2]


def test_only_tangents_are_for_decomposition() -> None:
    build = build_with(two(), [dv.ShortageBudget(measure="entropic", aversion=1.0, limit=0.1)])
    blocks = compile_build(build)
    assert "curved" in unfit(blocks, np.zeros((1, len(blocks.symbols))))


@given(
    st.lists(st.floats(0, 1e3), min_size=1, max_size=6),
    st.sampled_from(sorted(DIVERGENCES)),
    st.lists(st.integers(1, 9), min_size=6, max_size=6),
)
def test_every_density_is_below_the_curve(
    losses: list[float], kind: str, weights: list[int]
) -> None:
    """A flat row at its own densities gives the worst mean back, if these lie in the set."""
    found = np.array(losses)
    mass = np.array(weights[: len(found)], dtype=float)
    mass /= mass.sum()
    divergence = DIVERGENCES[kind]
    q = divergence.worst_probability(found, mass, 0.3)
    spent = float(mass @ divergence.generator(q / mass))
    assert spent <= 0.3 + 1e-7
    assert divergence.value(found, mass, 0.3) == pytest.approx(float(q @ found), rel=1e-12)
    assert divergence.generator(np.array([0.0, 1.0])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"measure": "entropic", "limit": 0.1}, "needs an aversion"),
        ({"measure": "entropic", "aversion": 0.0, "limit": 0.1}, "greater than 0"),
        ({"measure": "entropic", "aversion": 1.0, "level": 0.9, "limit": 0.1}, "takes no level"),
        ({"measure": "cvar", "level": 0.9, "aversion": 1.0, "limit": 0.1}, "aversion is for"),
    ],
)
def test_half_of_an_entropic_budget_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        dv.ShortageBudget(**fields)
