"""Problems without recourse: against the Rockafellar-Uryasev LP, enumeration and plain cuts."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from static_plain import CLOSE, INF, choices, large, lp, plain_cuts

import diversify as dv
from diversify.errors import InfeasibleError, StoppedError
from diversify.risk import cvar
from diversify.solver import static
from diversify.solver.problem import Problem
from diversify.solver.static import solve_static
from diversify.solver.static_losses import StaticProblem, Tail


def drawn(seed: int) -> StaticProblem:
    """Suppliers with caps and one more row; limits, weights, ties and zero probabilities."""
    rng = np.random.default_rng(seed)
    n, count = int(rng.integers(2, 7)), int(rng.integers(2, 41))
    matrix = rng.beta(4, 1, (count, n)) * (rng.random((count, n)) > 0.2)
    if seed % 3 == 0:
        matrix = np.round(matrix)
    mass = rng.random(count) * (rng.random(count) > 0.1) + 1e-3 * (np.arange(count) == 0)
    mass /= mass.sum()
    if seed % 4 == 0:
        mass = np.full(count, 1 / count)
    first = Problem(
        sp.csr_array(np.vstack([np.ones(n), rng.random(n)])),
        rng.uniform(1, 5, n),
        np.zeros(n),
        np.full(n, 0.8),
        np.array([1.0, -INF]),
        np.array([1.0, 0.7]),
        np.zeros(n, dtype=bool),
        float(rng.normal()),
    )
    none, one = np.zeros(n), np.ones(n)
    shift = rng.normal(0, 0.1, count) if seed % 5 == 0 else None
    levels = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99]
    tails = []
    for _ in range(int(rng.integers(1, 4))):
        level = float(rng.choice(levels))
        if rng.random() < 0.6:
            limit = float(rng.uniform(0.1, 0.9))
            tails.append(Tail(level, one, none, 1.0, limit=limit, shift=shift))
        else:
            price = float(rng.uniform(0, 4))
            tails.append(Tail(level, rng.uniform(0, 2, n), rng.random(n), 0.3, price=price))
    return StaticProblem(first, matrix, mass, tuple(tails))


@pytest.mark.parametrize("start", range(0, 160, 20))
def test_random_problems_against_the_linear_problem_with_every_scenario(start: int) -> None:
    solved = 0
    for seed in range(start, start + 20):
        problem = drawn(seed)
        wanted = lp(problem)
        assert wanted.status in (0, 2), wanted.message
        if wanted.status == 2:
            with pytest.raises(InfeasibleError):
                solve_static(problem)
            continue
        solved += 1
        found = solve_static(problem)
        optimum = wanted.fun + problem.first.offset
        assert abs(found.objective - optimum) <= CLOSE * (1 + abs(optimum)), seed
        assert found.bound <= found.objective + CLOSE
        assert found.certificate.gap <= CLOSE
        for k, tail in enumerate(problem.tails):
            loss = tail.constant + tail.direct @ found.x - problem.matrix @ (tail.weight * found.x)
            loss = loss + (0.0 if tail.shift is None else tail.shift)
            assert found.cvar[k] == pytest.approx(
                cvar.value(loss, problem.probability, tail.level), abs=1e-12
            )
            if tail.limit is not None:
                assert found.cvar[k] <= tail.limit + 2e-9
    assert solved >= 5  # limits are drawn so that both ends happen


@pytest.mark.parametrize("ones", [True, False], ids=["ties", "no ties"])
@pytest.mark.parametrize("limit", [0.36, 0.42])
def test_samples_groups_and_boxes_lead_to_the_optimum_of_plain_cuts(
    monkeypatch: pytest.MonkeyPatch, limit: float, ones: bool
) -> None:
    # Small windows and samples, so that a few thousand scenarios take every turn of the method.
    monkeypatch.setattr(static, "SMALLEST", 100)
    monkeypatch.setattr(static, "WINDOW", 60)
    cost, matrix = large(3, 3_000, ones=ones)
    found = dv.allocate(cost, matrix, level=0.9, limit=limit, caps=0.3)
    assert found.cost == pytest.approx(plain_cuts(cost, matrix, 0.9, limit, 0.3), rel=CLOSE)
    assert found.cvar[0] <= limit + 1e-9
    assert found.certificate.gap <= CLOSE


@pytest.mark.parametrize("seed", range(12))
def test_yes_no_decisions_against_every_choice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, count = 5, 30
    matrix = rng.beta(4, 1, (count, n)) * (rng.random((count, n)) > 0.15)
    cost = rng.uniform(1, 5, n)
    given = {
        "level": 0.8,
        "limit": float(rng.uniform(0.3, 0.7)),
        "caps": 0.7,
        "fixed": rng.uniform(0, 1, n),
        "least": 0.15,
        "max_suppliers": 3,
    }
    wanted = choices(cost, matrix, given)
    if np.isinf(wanted):
        with pytest.raises(InfeasibleError):
            dv.allocate(cost, matrix, **given)
        return
    found = dv.allocate(cost, matrix, **given)
    assert found.objective == pytest.approx(wanted, rel=CLOSE)
    assert found.cost == pytest.approx(wanted, rel=CLOSE)
    assert found.used.sum() <= 3
    assert found.certificate.ok


def test_a_choice_that_takes_too_long_is_returned_with_its_gap() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.beta(4, 1, (200, 8)) * (rng.random((200, 8)) > 0.15)
    cost = rng.uniform(1, 5, 8)
    given = {"limit": 0.7, "max_suppliers": 4, "fixed": rng.uniform(0, 1, 8), "level": 0.9}
    exact = dv.allocate(cost, matrix, **given)
    rough = dv.allocate(cost, matrix, **given, mip_gap=0.2)
    assert exact.status == rough.status == "optimal"
    # A bound is a bound: the exact optimum lies between what is proven and what is found.
    assert rough.bound - 1e-9 <= exact.objective <= rough.objective + 1e-9
    assert rough.certificate.gap <= 0.2
    with pytest.raises(StoppedError):
        dv.allocate(cost, matrix, **given, time_limit=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.floats(0.1, 0.9))
def test_order_splitting_and_units_change_nothing(seed: int, cut: float) -> None:
    rng = np.random.default_rng(seed)
    matrix, cost = rng.beta(3, 1, (25, 4)), rng.uniform(1, 3, 4)
    mass = rng.dirichlet(np.ones(25))
    limit = float(cvar.value(1 - matrix.mean(axis=1), mass, 0.8))  # equal shares keep it
    base = dv.allocate(cost, matrix, level=0.8, limit=limit, probability=mass)
    order = rng.permutation(25)
    turned = dv.allocate(cost, matrix[order], level=0.8, limit=limit, probability=mass[order])
    halves = dv.allocate(
        cost,
        np.vstack([matrix, matrix[:1]]),
        level=0.8,
        limit=limit,
        probability=np.r_[mass[0] * cut, mass[1:], mass[0] * (1 - cut)],
    )
    scaled = dv.allocate(1e4 * cost, matrix, demand=1e5, level=0.8, limit=limit, probability=mass)
    assert turned.cost == pytest.approx(base.cost, rel=CLOSE)
    assert halves.cost == pytest.approx(base.cost, rel=CLOSE)
    assert scaled.cost == pytest.approx(1e9 * base.cost, rel=CLOSE)
    assert scaled.price[0] == pytest.approx(1e9 * base.price[0], rel=1e-6, abs=1e3)


def test_the_same_input_gives_the_same_digits_and_is_not_changed() -> None:
    cost, matrix = large(4, 3_000, ones=False)
    kept = matrix.copy()
    one = dv.allocate(cost, matrix, level=0.9, limit=0.4, caps=0.3)
    two = dv.allocate(cost, matrix, level=0.9, limit=0.4, caps=0.3)
    assert one.x.tobytes() == two.x.tobytes()
    assert matrix.tobytes() == kept.tobytes()


@pytest.mark.slow
def test_fifty_suppliers_and_a_hundred_thousand_scenarios() -> None:
    rng = np.random.default_rng(0)
    fail = rng.uniform(0.01, 0.1, 50)
    matrix = rng.beta(5, 1, (100_000, 50)) * (rng.random((100_000, 50)) > fail)
    cost = 1 / (fail + 0.05)
    limit = cvar.value(1 - matrix.mean(axis=1), np.full(100_000, 1e-5), 0.95) * 1.1
    found = dv.allocate(cost, matrix, limit=limit, caps=0.2)
    assert found.certificate.gap <= CLOSE
    assert found.cvar[0] <= limit + 1e-9
