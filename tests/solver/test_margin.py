"""Margins of masters: what they say bounds the cost whatever is spared, and forbids no plan."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from random_blocks import Flavour, random_instance

from diversify.risk.mean_cvar import MeanCvar
from diversify.solver import fines
from diversify.solver.evaluator import Evaluator
from diversify.solver.fines import WAITS, Margin, fined
from diversify.solver.master import make_frame
from diversify.solver.methods import solve_batch
from diversify.solver.search import Search, Vector

KIND = Flavour(budgets=("cvar", "mean"), scenarios=(50, 50))


@pytest.mark.parametrize("part", [0.02, 0.2, 5.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_master_with_a_margin_bounds_the_cost(
    seed: int, part: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The optimum of the extensive form is the oracle; some margins leave no plan at all."""
    one = random_instance("margin", KIND, seed)
    asked = (one.blocks, one.theta, one.probability, one.news)
    optimum = solve_batch(*asked, method="extensive", gap=1e-6).objective
    rng, told = np.random.default_rng(seed), list[float]()
    propose = Search.propose

    def spared(search: Search) -> tuple[Vector, float, bool]:
        if len(told) < 12:
            search.margin.spare = (
                part * rng.uniform(size=len(search.frame.limits)) * (1.0 + search.frame.limits)
            )
        found = propose(search)
        if found[2]:
            told.append(found[1] + search.frame.money * search.frame.constant)
        return found

    monkeypatch.setattr(Search, "propose", spared)
    found = solve_batch(*asked, method="decomposed", gap=1e-6)
    assert found.objective == pytest.approx(optimum, rel=3e-6, abs=3e-6)
    assert len(told) > 1
    assert max(told) <= optimum + 1e-6 * (1.0 + abs(optimum))


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_whether_any_plan_keeps_the_budgets_is_asked_where_none_is_known(
    known: bool, shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = random_instance("margin", KIND, 0)
    cluster = np.arange(len(one.theta)) // (2 if shared else 1)
    frame = make_frame(one.blocks, one.theta, one.probability, one.news, cluster)
    evaluator = Evaluator(one.blocks, one.theta, one.probability, one.news, cluster)
    start = np.clip(np.zeros(one.blocks.first), one.blocks.lower[: one.blocks.first], None)
    search = Search(frame, evaluator, start, MeanCvar())
    search.take(start)
    assert search.found is not None
    search.found = dataclasses.replace(search.found, fine=1.0)
    if known:
        search.hull.add(start, np.array([1.0]), np.full((1, len(frame.limits)), -1.0))
    asked: list[tuple[int, ...]] = []
    monkeypatch.setattr(fines, "refuse_hopeless", lambda *said: asked.append(said[1:]))
    for _ in range(fines.LATE):
        assert fined(search)
        search.found = dataclasses.replace(search.found, fine=1.0)
    if known:
        assert asked == []
    else:
        assert asked == ([(fines.FEW,), ()] if shared else [()])


def test_a_margin_halves_until_it_is_nothing() -> None:
    margin = Margin(np.array([100.0]))
    assert not margin.waits()
    margin.ask(np.array([4.0]))
    seen = []
    while margin.spare.any():
        seen.append(float(margin.spare[0]))
        margin.fade()
    assert seen[:3] == [8.0, 4.0, 2.0]
    assert 0.5e-4 < seen[-1] <= 1e-4


def test_fines_wait_for_a_few_plans_while_there_is_a_margin() -> None:
    margin = Margin(np.array([1.0]))
    margin.ask(np.array([1.0]))
    assert [margin.waits() for _ in range(WAITS + 1)] == [True] * WAITS + [False]
    margin.drop()
    assert not margin.spare.any()
