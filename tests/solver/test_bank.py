"""The bank of bases: fewer linear problems, the same answers, and no trust in what it holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from random_blocks import Flavour, random_instance
from random_draft import Draft, Instance

from diversify.compile.blocks import OPS
from diversify.errors import NotCertifiedError
from diversify.solver import bank
from diversify.solver.bank import Bank
from diversify.solver.evaluator import Evaluator
from diversify.solver.question import Question, Reply, ShardData
from diversify.solver.shard import Shard
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
MANY = 2_000
LOST, LEFT = np.array([9.0, 5.0]), np.array([-1.0, -2.0])
DEMAND = np.random.default_rng(7).uniform(0, 10, (MANY, 2))


def newsvendor() -> Instance:
    """Two products bought before demand is known: what lacks is lost, what is left is sold off."""
    draft = Draft(np.random.default_rng(1), np.full(MANY, 1 / MANY))
    for k in range(2):
        bought = draft.plan(0, 0, 10, 3.0)
        sold = draft.ops(0, 0, np.inf, 0.0)
        lost = draft.ops(0, 0, np.inf, float(LOST[k]))
        left = draft.ops(0, 0, np.inf, float(LEFT[k]))
        draft.row(OPS, 0, {sold: 1, lost: 1}, DEMAND[:, k])
        draft.row(OPS, 0, {sold: 1, left: 1, bought: -1}, 0.0)
    return draft.finish(np.zeros(MANY, dtype=np.int64), None)


def closed_form(plan: list[float]) -> Vector:
    short = np.maximum(DEMAND - plan, 0.0)
    over = np.maximum(np.array(plan) - DEMAND, 0.0)
    return np.asarray(short @ LOST + over @ LEFT)


def one_shard(instance: Instance) -> Shard:
    b, count = instance.blocks, len(instance.theta)
    none = np.zeros(count, dtype=np.int64)
    return Shard(ShardData(b, 0, instance.theta, instance.probability, none, True))


def asked(shard: Shard, plan: list[float]) -> Reply:
    return shard.ask(Question(np.array(plan), np.zeros(0)))


def test_four_bases_answer_two_thousand_scenarios() -> None:
    # Of each product too much or too little: four optimal bases, whatever was bought.
    shard = one_shard(newsvendor())
    for plan in ([4.0, 6.0], [1.0, 9.0], [5.0, 5.0], [10.0, 0.0]):
        reply = asked(shard, plan)
        np.testing.assert_allclose(reply.costs, closed_form(plan), rtol=1e-12, atol=1e-12)
        (cut,) = reply.cuts
        assert cut.value(np.array(plan)) == pytest.approx(closed_form(plan).mean(), rel=1e-12)
    assert reply.bases == 4
    assert reply.solves == 4
    assert reply.retries == 0


def test_without_a_bank_every_scenario_is_a_linear_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    # Otherwise the count of the test above would say nothing.
    monkeypatch.setattr(bank, "ROWS", -1)
    reply = asked(one_shard(newsvendor()), [4.0, 6.0])
    np.testing.assert_allclose(reply.costs, closed_form([4.0, 6.0]), rtol=1e-9, atol=1e-9)
    assert (reply.solves, reply.bases) == (MANY, 0)


def test_a_full_bank_and_one_that_does_not_pay_change_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("MOST", 2), ("WORTH", 1e9), ("ROUND", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(bank, "TRIAL", 1)
            patch.setattr(bank, name, value)
            shard = one_shard(newsvendor())
            for plan in ([4.0, 6.0], [1.0, 9.0]):
                reply = asked(shard, plan)
                assert reply.costs == pytest.approx(closed_form(plan), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("twins", [False, True])
def test_what_was_learnt_at_other_plans_and_prices_changes_no_answer(
    twins: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So few scenarios share too few bases for a bank that has to pay.
    monkeypatch.setattr(bank, "WORTH", 0.0)
    flavour = Flavour(budgets=("mean", "cvar"), scenarios=(60, 60), twins=twins)
    for seed in range(3):
        instance = random_instance("bank", flavour, seed)
        b = instance.blocks
        rng = np.random.default_rng(seed)
        lower, upper = np.maximum(b.lower[: b.first], -2), np.minimum(b.upper[: b.first], 4)

        def opened(instance: Instance = instance) -> Evaluator:
            return Evaluator(instance.blocks, instance.theta, instance.probability, instance.news)

        kept = opened()
        asked = [
            (rng.uniform(lower, upper), risk, weight)
            for weight, risk in ((1.0, [0.0, 0.0]), (1.0, [4.0, 1.0]), (0.0, [1.0, 1.0]))
            for _ in range(2)
        ]
        for plan, risk, weight in [*asked, *reversed(asked)]:
            price = np.array(risk)
            found, fresh = (e.evaluate(plan, price, weight) for e in (kept, opened()))
            # Where several points cost the same, they may split it otherwise: the sum counts.
            one, other = (weight * f.costs + f.risks @ price for f in (found, fresh))
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
        assert kept.bases
        assert not kept.retries


@pytest.mark.parametrize("factor", [2.0, -1.0, np.nan])
def test_a_corrupted_basis_is_noticed_and_solved_again(factor: float) -> None:
    shard = one_shard(newsvendor())
    asked(shard, [4.0, 6.0])
    held = shard._problems.bank
    assert held is not None
    for basis in held._bases:
        basis.inverse[:] *= factor
    reply = asked(shard, [3.0, 7.0])
    np.testing.assert_allclose(reply.costs, closed_form([3.0, 7.0]), rtol=1e-9, atol=1e-9)
    assert reply.cuts[0].value(np.array([3.0, 7.0])) == pytest.approx(reply.costs.mean(), rel=1e-9)
    assert reply.solves > 4


def test_corrupted_multipliers_are_noticed_and_solved_again() -> None:
    shard = one_shard(newsvendor())
    asked(shard, [4.0, 6.0])
    held = shard._problems.bank
    assert held is not None
    held._duals[:] += 0.1
    reply = asked(shard, [3.0, 7.0])
    np.testing.assert_allclose(reply.costs, closed_form([3.0, 7.0]), rtol=1e-9, atol=1e-9)
    assert reply.cuts[0].value(np.array([3.0, 7.0])) == pytest.approx(reply.costs.mean(), rel=1e-9)
    assert reply.retries == MANY


def lies(monkeypatch: pytest.MonkeyPatch, what: str, when: Any) -> None:
    """Let the solver say something wrong at the calls whose number is chosen."""
    true, calls = WarmLp.solve, iter(range(10**9))

    def solve(self: WarmLp, *sides: Vector) -> Any:
        status, point, duals = true(self, *sides)
        if not when(next(calls)):
            return status, point, duals
        if what == "point":
            return status, point + 0.5, duals
        if what == "dear point":
            # Feasible: a tonne less sold, one more lost, one more left.
            return status, point + np.array([-1.0, 1.0, 1.0, 0.0, 0.0, 0.0]), duals
        if what == "multipliers":
            return status, point, -duals
        return "infeasible", np.zeros(0), np.zeros(0)

    monkeypatch.setattr(WarmLp, "solve", solve)


@pytest.mark.parametrize("rows", [80, -1], ids=["bank", "chain"])
@pytest.mark.parametrize("what", ["point", "dear point", "multipliers", "status"])
def test_a_solver_that_is_wrong_once_is_noticed(
    what: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank, "ROWS", rows)
    lies(monkeypatch, what, lambda call: call == 2)
    reply = asked(one_shard(newsvendor()), [4.0, 6.0])
    np.testing.assert_allclose(reply.costs, closed_form([4.0, 6.0]), rtol=1e-9, atol=1e-9)
    assert reply.cuts[0].value(np.array([4.0, 6.0])) == pytest.approx(
        closed_form([4.0, 6.0]).mean(), rel=1e-9
    )
    # A missing recourse is asked about twice before it is believed.
    assert reply.retries == (0 if what == "status" else 1)


@pytest.mark.parametrize("what", ["point", "dear point", "multipliers"])
def test_a_solver_that_is_always_wrong_is_not_believed(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lies(monkeypatch, what, lambda call: True)
    with pytest.raises(NotCertifiedError, match="without a proof"):
        asked(one_shard(newsvendor()), [4.0, 6.0])


def test_what_the_bank_serves() -> None:
    def served(**flavour: Any) -> bool:
        return Bank.serves(one_shard(random_instance("serves", Flavour(**flavour), 1)).recourse)

    assert served()
    assert not served(random_cost=True)
    assert not served(random_recourse=True)
