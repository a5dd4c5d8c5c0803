"""Means of like scenarios: their cuts hold for the scenarios, and the optimum stays the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from random_blocks import Flavour, random_instance
from random_draft import Instance

from diversify.solver import decomposed, means
from diversify.solver.decomposed import Way
from diversify.solver.decomposed_method import solve_decomposed
from diversify.solver.evaluator import Evaluator, shards
from diversify.solver.means import grouped, serves
from diversify.solver.methods import solve_batch
from diversify.solver.sampling import clusters
from diversify.solver.search import Search

COUNT = 60
KINDS = {
    "plain": Flavour(scenarios=(COUNT, COUNT)),
    "budgets": Flavour(budgets=("mean", "cvar"), scenarios=(COUNT, COUNT)),
    "decisions": Flavour(integer=True, scenarios=(COUNT, COUNT)),
    "incomplete": Flavour(complete=False, scenarios=(COUNT, COUNT)),
    "news": Flavour(twins=True, budgets=("cvar",), scenarios=(COUNT, COUNT)),
}


def instance(kind: str, seed: int) -> Instance:
    return random_instance(f"means, {kind}", KINDS[kind], seed)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["plain", "budgets", "news"])
def test_a_cut_of_means_is_one_of_the_scenarios(kind: str, seed: int) -> None:
    """By Jensen's inequality, at any plan, for each cluster; exact solves are the oracle."""
    one = instance(kind, seed)
    b, rng = one.blocks, np.random.default_rng(seed)
    cluster = clusters(shards(one.theta, one.news), one.probability, 6)
    evaluator = Evaluator(b, one.theta, one.probability, one.news, cluster)
    evaluator.parts = 1.0
    low, high = np.maximum(b.lower[: b.first], -2), np.minimum(b.upper[: b.first], 4)
    price = np.full(evaluator._expected, 3.0)
    plan = rng.uniform(low, high)
    evaluator.evaluate(plan, price)
    made = grouped(evaluator, one.news, 20)
    assert len(made.probability) < len(one.theta)
    assert made.probability.sum() == pytest.approx(one.probability.sum(), rel=1e-12)
    few = Evaluator(b, made.theta, made.probability, made.news, made.cluster)
    for at in (plan, rng.uniform(low, high)):
        cuts = few.evaluate(at, price).cuts
        assert len(cuts) == cluster.max() + 1
        for other in (plan, at, rng.uniform(low, high)):
            whole = evaluator.evaluate(other, price)
            cost = one.probability * (whole.costs + whole.risks @ price)
            exact = np.bincount(cluster, cost)
            for cut in cuts:
                assert cut.value(other) <= exact[cut.cluster] + 1e-7 * (1 + abs(exact[cut.cluster]))
    # Where they were made, they are short of the scenarios by no more than is said.
    short = evaluator.evaluate(plan, price).cost - few.evaluate(plan, price).cost
    at_price = price @ (evaluator.evaluate(plan, price).risk - few.evaluate(plan, price).risk)
    assert -1e-7 <= short + at_price <= made.loss + 1e-7


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", list(KINDS))
def test_the_optimum_is_that_of_the_extensive_form(
    kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With levels of means in between, which a few scenarios would not get by themselves."""
    one = instance(kind, seed)
    levels: list[int] = []

    def noted(evaluator: Evaluator, news: Any, count: int) -> means.Groups:
        levels.append(count)
        return grouped(evaluator, news, count)

    monkeypatch.setattr(means, "LEAST", 10)
    monkeypatch.setattr(means.Bank, "serves", lambda _: False)
    monkeypatch.setattr(means, "PARTS", (0.15, 0.5))
    monkeypatch.setattr(means, "COARSE", np.inf)
    monkeypatch.setattr(means, "grouped", noted)
    monkeypatch.setattr(decomposed, "ALONE", 8)
    monkeypatch.setattr(decomposed, "CLUSTERS", 5)
    asked = (one.blocks, one.theta, one.probability, one.news)
    found = solve_batch(*asked, method="decomposed", gap=1e-6)
    oracle = solve_batch(*asked, method="extensive", gap=1e-6)
    assert found.objective == pytest.approx(oracle.objective, rel=3e-6, abs=3e-6)
    # Where the first plan has no recourse in some scenarios, nothing tells which are alike.
    assert levels or kind == "incomplete"


@pytest.mark.parametrize("coarse", [0.0, np.inf])
def test_means_that_say_too_little_are_not_looked_at(
    coarse: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = instance("budgets", 0)
    monkeypatch.setattr(means, "LEAST", 10)
    monkeypatch.setattr(means, "COARSE", coarse)
    monkeypatch.setattr(means.Bank, "serves", lambda _: False)
    monkeypatch.setattr(decomposed, "ALONE", 8)
    monkeypatch.setattr(decomposed, "CLUSTERS", 5)
    met = set[int]()
    asked = (one.blocks, one.theta, one.probability, one.news)
    way = Way(watch=lambda search: met.add(search.state.scenarios))
    found = solve_decomposed(*asked, gap=1e-6, way=way)
    oracle = solve_batch(*asked, method="extensive", gap=1e-6)
    assert found.objective == pytest.approx(oracle.objective, rel=3e-6, abs=3e-6)
    assert (min(met) < len(one.theta)) == (coarse > 0.0)


@pytest.mark.parametrize("banked", [True, False])
@pytest.mark.parametrize(
    "kind", [Flavour(), Flavour(random_cost=True), Flavour(random_recourse=True)]
)
def test_means_serve_where_right_sides_alone_differ_and_no_bank_does(
    kind: Flavour, banked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(means.Bank, "serves", lambda _: banked)
    fits = not kind.random_cost and not kind.random_recourse and not banked
    many, few = np.zeros(means.LEAST, dtype=np.int64), np.zeros(means.LEAST - 1, dtype=np.int64)
    # Not every draw of a kind has what the kind may have.
    made = [random_instance("means", kind, seed).blocks for seed in range(6)]
    assert all(serves(blocks, many) for blocks in made) == fits
    assert not any(serves(blocks, few) for blocks in made)


def test_an_interruption_among_means_keeps_the_plan_for_all_scenarios(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = instance("plain", 1)
    monkeypatch.setattr(means, "LEAST", 10)
    monkeypatch.setattr(means, "COARSE", np.inf)
    monkeypatch.setattr(means.Bank, "serves", lambda _: False)
    monkeypatch.setattr(decomposed, "ALONE", 8)
    monkeypatch.setattr(decomposed, "CLUSTERS", 5)
    monkeypatch.setattr(decomposed, "SIZES", ())
    met: list[int] = []

    def watch(search: Search) -> None:
        met.append(search.state.scenarios)
        assert search.state.total == len(one.theta)
        if met[-1] < len(one.theta):
            raise KeyboardInterrupt

    asked = (one.blocks, one.theta, one.probability, one.news)
    found = solve_decomposed(*asked, way=Way(watch=watch))
    oracle = solve_batch(*asked, method="extensive").objective
    assert met[0] == len(one.theta) > met[-1]
    assert (found.status, found.point, found.reason) == ("stopped", "feasible", "interrupted")
    assert found.bound <= oracle + 1e-6 * (1.0 + abs(oracle))
    assert found.objective >= oracle - 1e-6 * (1.0 + abs(oracle))
