"""Recourse of whole batches against one linear problem a scenario, solved from nothing by scipy."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from parts import parts
from plain_recourse import Alone, alone
from random_blocks import Flavour, random_instance
from random_draft import Draft, Instance
from random_loops import Loops

import diversify as dv
from diversify.compile.blocks import EXPECTED, OPS
from diversify.scenarios import outages
from diversify.solver import bank, evaluator, subproblems
from diversify.solver.cuts import Cut
from diversify.solver.evaluator import Evaluated, Evaluator
from diversify.solver.extensive import stack
from diversify.solver.highs import run
from diversify.solver.recourse import prepare_recourse

Vector = NDArray[np.float64]
FLAVOURS = {
    "plain": Flavour(),
    "degenerate": Flavour(degenerate=True),
    "incomplete": Flavour(complete=False),
    "wild probabilities": Flavour(wild=True),
    "random costs": Flavour(random_cost=True),
    "random recourse": Flavour(random_recourse=True),
    "all random, incomplete": Flavour(random_cost=True, random_recourse=True, complete=False),
    "budgets": Flavour(budgets=("mean", "cvar")),
    "news": Flavour(twins=True, budgets=("mean",)),
    "news, random recourse": Flavour(twins=True, random_recourse=True),
    "many": Flavour(scenarios=(100, 100), budgets=("mean",)),
    "many, news": Flavour(twins=True, scenarios=(100, 100)),
}
SEEDS = range(2)


@pytest.fixture(params=["bank", "chain"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small recourse goes through the bank unless the limits are moved."""
    if request.param != "bank":
        monkeypatch.setattr(bank, "ROWS", -1)
    return str(request.param)


@functools.cache
def made(name: str, seed: int) -> Instance:
    return random_instance(name, FLAVOURS[name], seed)


@functools.cache
def planned(name: str, seed: int, turn: int) -> Vector:
    """A plan within its bounds, which need not keep any row of the plan."""
    b = made(name, seed).blocks
    lower, upper = np.maximum(b.lower[: b.first], -2), np.minimum(b.upper[: b.first], 4)
    return np.random.default_rng([seed, turn]).uniform(lower, upper)


@functools.cache
def truth(
    name: str, seed: int, turn: int, weight: float = 1.0, level: float = 0.0
) -> tuple[Alone | None, ...]:
    """What scipy says of each scenario, with all expected rows at one price."""
    instance, plan = made(name, seed), planned(name, seed, turn)
    risk = np.full(int((instance.blocks.stage == EXPECTED).sum()), level)
    each = range(len(instance.theta))
    return tuple(alone(instance, plan, s, weight=weight, risk=risk) for s in each)


def opened(instance: Instance, cluster: NDArray[np.int64] | None = None) -> Evaluator:
    return Evaluator(instance.blocks, instance.theta, instance.probability, instance.news, cluster)


def is_exact(
    found: Evaluated, answers: Sequence[Alone | None], weight: float = 1.0, level: float = 0.0
) -> None:
    """Compare every scenario with scipy's answer: cost where there is recourse, else that."""
    assert found.missing == sum(answer is None for answer in answers)
    if found.missing:
        assert found.cost == np.inf
        assert found.cuts
        return
    minimised = weight * found.costs + level * found.risks.sum(axis=1)
    expected = [answer.minimised for answer in answers if answer is not None]
    np.testing.assert_allclose(minimised, expected, rtol=1e-8, atol=1e-8)
    if weight and not level:
        totals = [answer.total for answer in answers if answer is not None]
        np.testing.assert_allclose(found.totals, totals, rtol=1e-8, atol=1e-8)


def is_below(
    cut: Cut,
    plan: Vector,
    answers: Sequence[Alone | None],
    probability: Vector,
    threshold: float = 0.0,
) -> None:
    """Compare a cut with the truth; where there is no recourse, any cut is."""
    true = 0.0
    for answer, p in zip(answers, probability, strict=True):
        if answer is None:
            return
        true += p * (max(answer.total - threshold, 0.0) if cut.tail else answer.minimised)
    assert cut.value(plan, threshold) <= true + 1e-8 * (1 + abs(true))


def of_cluster(
    answers: Sequence[Alone | None], cluster: NDArray[np.int64], cut: Cut
) -> list[Alone | None]:
    return [answers[s] for s in np.flatnonzero(cluster == cut.cluster)]


@pytest.mark.parametrize("name", FLAVOURS)
def test_every_scenario_costs_what_it_costs_alone(name: str, way: str) -> None:
    for seed in SEEDS:
        one = opened(made(name, seed))
        for turn in range(2):
            is_exact(one.evaluate(planned(name, seed, turn)), truth(name, seed, turn))
        assert not one.retries
        if way != "bank" or "random costs" in name:
            assert one.bases == 0
        elif "random" not in name:
            assert one.bases > 0


@pytest.mark.parametrize("name", ["plain", "random costs", "random recourse", "budgets", "news"])
def test_cuts_are_tight_where_they_are_made_and_valid_elsewhere(name: str, way: str) -> None:
    for seed in SEEDS:
        instance, here = made(name, seed), planned(name, seed, 0)
        cluster = np.arange(len(instance.theta)) % 2
        found = opened(instance, cluster).evaluate(here)
        assert len(found.cuts) == len(np.unique(cluster))
        for cut in found.cuts:
            mine = cluster == cut.cluster
            true = instance.probability[mine] @ found.costs[mine]
            assert cut.value(here) == pytest.approx(true, rel=1e-8, abs=1e-8)
            for turn in range(1, 4):
                answers = of_cluster(truth(name, seed, turn), cluster, cut)
                is_below(cut, planned(name, seed, turn), answers, instance.probability[mine])


def test_cuts_of_cost_and_risk_at_any_price(way: str) -> None:
    for seed in SEEDS:
        instance, here = made("budgets", seed), planned("budgets", seed, 0)
        one = opened(instance)
        for weight, level in ((1.0, 3.0), (0.0, 1.0), (1.0, 0.0)):
            risk = np.full(2, level)
            found = one.evaluate(here, risk, weight)
            is_exact(found, truth("budgets", seed, 0, weight, level), weight, level)
            (cut,) = found.cuts
            true = weight * instance.probability @ found.costs + risk @ found.risk
            assert cut.value(here) == pytest.approx(true, rel=1e-8, abs=1e-8)
            for turn in range(1, 3):
                answers = truth("budgets", seed, turn, weight, level)
                is_below(cut, planned("budgets", seed, turn), answers, instance.probability)


def test_cuts_of_the_tail_count_what_costs_more_than_the_threshold(way: str) -> None:
    for seed in SEEDS:
        instance, here = made("random costs", seed), planned("random costs", seed, 0)
        totals = opened(instance).evaluate(here).totals
        threshold = float(np.median(totals))
        cuts = opened(instance).evaluate(here, threshold=threshold).cuts
        (tail,) = (cut for cut in cuts if cut.tail)
        true = instance.probability @ np.maximum(totals - threshold, 0)
        assert tail.value(here, threshold) == pytest.approx(true, rel=1e-8, abs=1e-8)
        for turn in range(1, 3):
            plan, answers = planned("random costs", seed, turn), truth("random costs", seed, turn)
            for other in (threshold, threshold - 3.0, threshold + 3.0):
                is_below(tail, plan, answers, instance.probability, other)


@pytest.mark.parametrize("name", ["incomplete", "all random, incomplete"])
def test_a_missing_recourse_is_cut_off_and_no_plan_that_has_one(name: str, way: str) -> None:
    cut_off = kept = 0
    for seed in range(6):
        instance = made(name, seed)
        answer = Loops(instance).answer()
        assert answer is not None
        best, one = answer[1][: instance.blocks.first], opened(instance)
        good, cuts = [], []
        # From a plan that has recourse in every scenario on to some that need not.
        for turn in range(3):
            plan = planned(name, seed, turn)
            for share in (0.0, 0.03, 0.3, 1.0):
                tried = best + share * (plan - best)
                found = one.evaluate(tried)
                if found.missing:
                    assert max(cut.value(tried) for cut in found.cuts) > 1e-9
                    cuts += found.cuts
                    cut_off += 1
                else:
                    good.append(tried)
        assert good
        for cut in cuts:
            for plan in good:
                assert cut.value(plan) <= 1e-7
                kept += 1
    assert cut_off > 20
    assert kept > 100


def test_multipliers_times_right_sides_are_the_cost(way: str) -> None:
    # Strong duality, from the blocks alone: prices of all rows and what own bounds add.
    for name in ("plain", "random recourse", "news"):
        instance, plan = made(name, 1), planned(name, 1, 0)
        b = instance.blocks
        for before in np.unique(instance.news).tolist():
            mine = instance.news == before
            theta = instance.theta[mine]
            recourse = prepare_recourse(b, before, theta=theta[0])
            problems = subproblems.Subproblems(recourse)
            cost = recourse.cost(theta[0])
            answers = problems.solve(recourse.left(plan), theta, cost)
            assert answers.feasible.all()
            for s in range(len(theta)):
                dense = np.zeros(b.matrix.shape)
                at = np.repeat(np.arange(len(b.rows)), np.diff(b.matrix.indptr))
                dense[at, b.matrix.indices] = b.entries.at(theta[s])[b.matrix.data]
                rows = dense[recourse.rows]
                known = np.setdiff1d(np.arange(b.second), recourse.columns)
                held = np.where(b.twin >= 0, plan[b.twin], 0.0)[b.first :][known]
                right = b.right.at(theta[s])[recourse.rows] - rows[:, : b.first] @ plan
                right -= rows[:, b.first + known] @ held
                price = answers.multipliers[s]
                sense = b.sense[recourse.rows]
                assert (price[sense > 0] >= 0).all()
                assert (price[sense < 0] <= 0).all()
                value = price @ right + answers.own[s]
                assert value == pytest.approx(answers.cost[s], rel=1e-8, abs=1e-8)
                # What rows and own bounds leave of the reduced costs is nothing.
                columns = b.first + recourse.columns
                reduced = cost - rows[:, columns].T @ price
                low, high = b.lower[columns], b.upper[columns]
                side = np.where(reduced > 0, low, high)
                assert (np.abs(reduced[~np.isfinite(side)]) <= 1e-8).all()
                rest = np.isfinite(side)
                assert reduced[rest] @ side[rest] == pytest.approx(answers.own[s], abs=1e-8)


def test_scenarios_that_cannot_happen_and_copies_count_as_they_should(way: str) -> None:
    whole = made("budgets", 1)
    twice = dataclasses.replace(
        whole,
        theta=np.vstack([whole.theta, whole.theta, whole.theta[:1]]),
        probability=np.r_[0.25 * whole.probability, 0.75 * whole.probability, 0.0],
        news=np.r_[whole.news, whole.news, whole.news[:1]],
    )
    for turn in range(3):
        plan = planned("budgets", 1, turn)
        one, other = opened(whole).evaluate(plan), opened(twice).evaluate(plan)
        count = len(whole.theta)
        np.testing.assert_allclose(other.costs[:count], one.costs, rtol=1e-10)
        np.testing.assert_allclose(other.costs[count : 2 * count], one.costs, rtol=1e-10)
        assert other.costs[-1] == pytest.approx(one.costs[0], rel=1e-10)
        assert other.cost == pytest.approx(one.cost, rel=1e-10)
        np.testing.assert_allclose(other.risk, one.risk, rtol=1e-8)


def test_a_cluster_of_probability_zero_gets_a_cut_that_says_nothing(way: str) -> None:
    instance = made("plain", 2)
    mass = np.r_[0.0, instance.probability[1:]]
    changed = dataclasses.replace(instance, probability=mass)
    plan, other = planned("plain", 2, 0), planned("plain", 2, 1)
    cuts = opened(changed, np.arange(len(mass))).evaluate(plan).cuts
    (empty,) = (cut for cut in cuts if cut.cluster == 0)
    assert empty.value(plan) == empty.value(other) == 0.0


def drafted(kind: str) -> Instance:
    """A plan of one column in four scenarios, with hardly any recourse."""
    draft = Draft(np.random.default_rng(1), np.array([0.1, 0.2, 0.3, 0.4]))
    x = draft.plan(2, 0, 5, 1)
    need = np.array([1.0, 2.0, 3.0, 4.0])
    if kind == "no columns":
        draft.row(OPS, 1, {x: 1}, 0.5 * need)
    if kind == "no rows":
        draft.ops(0, 1, 3, 2.0)
        draft.ops(0, -1, 3, -2.0)
    if kind == "bounds alone":
        y = draft.ops(0, 0, np.inf, 2.0)
        draft.row(OPS, 1, {x: 1, y: 1}, need)
    if kind == "no choice":
        y = draft.ops(0, -np.inf, np.inf, 2.0)
        draft.row(OPS, 0, {x: 1, y: 1}, need)
    if kind == "equal costs":
        y = [draft.ops(0, 0, 1, 2.0) for _ in range(6)]
        draft.row(OPS, 1, {x: 1} | dict.fromkeys(y, 1.0), need)
        draft.row(OPS, 1, dict.fromkeys(y, 1.0), need - 1)
    if kind == "no costs":
        y = [draft.ops(0, 0, 9, 0.0) for _ in range(3)]
        draft.row(OPS, 1, {x: 1} | dict.fromkeys(y, 1.0), need)
    return draft.finish(np.zeros(4, dtype=np.int64), None)


# Costs of the scenarios by hand at x = 2, where the four need 1, 2, 3 and 4.
BY_HAND = {
    "no columns": [0, 0, 0, 0],
    "no rows": [-4, -4, -4, -4],
    "bounds alone": [0, 0, 2, 4],
    "no choice": [-2, 0, 2, 4],
    "equal costs": [0, 2, 4, 6],
    "no costs": [0, 0, 0, 0],
}


@pytest.mark.parametrize("kind", BY_HAND)
def test_hardly_any_recourse(kind: str, way: str) -> None:
    instance = drafted(kind)
    one = opened(instance, np.arange(4))
    found = one.evaluate(np.array([2.0]))
    assert found.costs.tolist() == pytest.approx(BY_HAND[kind], abs=1e-12)
    assert found.totals.tolist() == pytest.approx([2 + cost for cost in BY_HAND[kind]], abs=1e-12)
    for cut, cost, p in zip(found.cuts, BY_HAND[kind], instance.probability, strict=True):
        assert cut.value(np.array([2.0])) == pytest.approx(p * cost, abs=1e-12)
        for number in (0.0, 1.5, 5.0):
            plan = np.array([number])
            is_below(cut, plan, [alone(instance, plan, cut.cluster)], np.array([p]))


def test_rows_without_recourse_say_which_plans_cannot_be(way: str) -> None:
    # x must be at least half of what the four need: 0.5, 1, 1.5, 2. At 0.8 three are missing.
    found = opened(drafted("no columns")).evaluate(np.array([0.8]))
    assert found.missing == 3
    assert max(cut.value(np.array([0.8])) for cut in found.cuts) > 0.1
    for cut in found.cuts:
        assert cut.value(np.array([2.0])) <= 1e-9


def test_pieces_of_a_shard_are_the_whole(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Scenarios are taken 64 at a time, and columns that could not move may have to come back.
    for name in ("many", "many, news"):
        instance, plan = made(name, 1), planned(name, 1, 0)
        monkeypatch.setattr(evaluator, "LEAST", 1_000)
        monkeypatch.setattr(subproblems, "HELD", 4_000_000)
        whole = opened(instance).evaluate(plan)
        monkeypatch.setattr(subproblems, "HELD", 1)
        pieces = opened(instance).evaluate(plan)
        np.testing.assert_allclose(pieces.costs, whole.costs, rtol=1e-9, atol=1e-9)
        is_exact(pieces, truth(name, 1, 0))
        assert pieces.cuts[0].constant == pytest.approx(whole.cuts[0].constant, rel=1e-7)


def test_a_column_that_can_move_in_later_pieces_alone(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In order of solving, y is fixed at 0 in the first hundred scenarios, which are taken first.
    monkeypatch.setattr(evaluator, "LEAST", 1_000)
    monkeypatch.setattr(subproblems, "HELD", 1)
    most = np.maximum(0.0, np.arange(160.0) - 100) / 10
    draft = Draft(np.random.default_rng(1), np.full(160, 1 / 160))
    x, y, short = draft.plan(1, 0, 5, 1), draft.ops(0, 0, np.inf, 1), draft.ops(0, 0, np.inf, 5)
    draft.row(OPS, -1, {y: 1}, most)
    draft.row(OPS, 1, {x: 1, y: 1, short: 1}, 4.0)
    instance = draft.finish(np.zeros(160, dtype=np.int64), None)
    one = opened(instance)
    for plan in (1.0, 2.5):
        bought = np.minimum(most, 4 - plan)
        by_hand = bought + 5 * (4 - plan - bought)
        found = one.evaluate(np.array([plan]))
        np.testing.assert_allclose(found.costs, by_hand, rtol=1e-12)
        assert found.cuts[0].value(np.array([plan])) == pytest.approx(by_hand.mean(), rel=1e-12)
    assert not one.retries


@pytest.mark.parametrize("name", ["first-steps", "quartz", "gallium-germanium"])
def test_cases_that_come_with_the_package(name: str) -> None:
    case = dv.example(name)
    ready = parts(case, (), outages(case, 6, 3))
    b = ready.blocks
    mass = np.full(6, 1 / 6)
    instance = Instance(b, ready.theta, mass, ready.news, None)
    # The plan for a world in which nothing happens, and half of it.
    calm = int(ready.news.argmax())
    nothing = stack(b, ready.theta[calm : calm + 1], np.ones(1), ready.news[calm : calm + 1])
    point = run(nothing.problem).point
    assert point is not None
    one = opened(instance)
    for plan in (point[: b.first], 0.5 * point[: b.first]):
        is_exact(one.evaluate(plan), [alone(instance, plan, s) for s in range(6)])
    assert not one.evaluate(point[: b.first]).missing
    assert not one.retries
