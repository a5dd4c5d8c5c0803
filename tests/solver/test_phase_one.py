"""Why a scenario has no recourse: cuts whose edge is known by hand, and proofs in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from plain_recourse import alone
from random_blocks import Flavour, random_instance
from random_draft import Draft, Instance

from diversify.compile.blocks import OPS
from diversify.errors import SolverError
from diversify.solver import shard
from diversify.solver.evaluator import Evaluated, Evaluator
from diversify.solver.phase_one import infeasibility
from diversify.solver.recourse import prepare_recourse
from diversify.solver.sides import Sider

Vector = NDArray[np.float64]
INF = np.inf
# The least x that leaves recourse in the worst scenario, where the four need 1 to 4.
BY_HAND = {
    "own bound": 3.5,  # x + y >= need, y <= 0.5
    "bound from a row": 3.75,  # x + y >= need, 4 y <= 1
    "two bounds that cross": 4.0,  # y >= need, y <= x
    "two rows that clash": 3.0,  # y + z >= need, y + z <= x + 1
    "an equation": 2.0,  # y - z = need - x, y <= 2
    "free columns": 4.0,  # y + z >= need, y + z <= x, both free
    "random coefficients": 8.0,  # y + z >= need, y / 2 <= x / 4, (y + z) / need <= x / 8
    "rows in small units": 3.5,  # as the first, in millionths
    "rows in large units": 3.5,  # as the first, ten million times, beside a demand that may lack
}


def drafted(kind: str) -> Instance:
    draft = Draft(np.random.default_rng(2), np.full(4, 0.25))
    need = np.array([1.0, 2.0, 3.0, 4.0])
    x = draft.plan(9, 0, 20, 1)
    y = draft.ops(0, -INF if kind == "free columns" else 0, INF, 1.0)
    z = draft.ops(0, -INF if kind == "free columns" else 0, INF, 1.0)
    if kind == "own bound":
        w = draft.ops(0, 0, 0.5, 1.0)
        draft.row(OPS, 1, {x: 1, w: 1}, need)
    if kind == "bound from a row":
        draft.row(OPS, 1, {x: 1, y: 1}, need)
        draft.row(OPS, -1, {y: 4}, 1.0)
    if kind == "two bounds that cross":
        draft.row(OPS, 1, {y: 1}, need)
        draft.row(OPS, -1, {y: 1, x: -1}, 0.0)
    if kind == "two rows that clash":
        draft.row(OPS, 1, {y: 1, z: 1}, need)
        draft.row(OPS, -1, {y: 1, z: 1, x: -1}, 1.0)
    if kind == "an equation":
        draft.row(OPS, 0, {x: 1, y: 1, z: -1}, need)
        draft.row(OPS, -1, {y: 1}, 2.0)
    if kind == "free columns":
        draft.row(OPS, 1, {y: 1, z: 1}, need)
        draft.row(OPS, -1, {y: 1, z: 1, x: -1}, 0.0)
    if kind == "random coefficients":
        draft.row(OPS, 1, {y: 1, z: 1}, need)
        draft.row(OPS, -1, {y: 0.5, x: -0.25}, 0.0)
        draft.row(OPS, -1, {y: 1 / need, z: 1 / need, x: -0.125}, 0.0)
    if kind == "rows in small units":
        w = draft.ops(0, 0, 0.5e6, 1.0)
        draft.row(OPS, 1, {x: 1e6, w: 1}, 1e6 * need)
    if kind == "rows in large units":
        w, lack = draft.ops(0, 0, 0.5e7, 1.0), draft.ops(0, 0, INF, 60.0)
        draft.row(OPS, 1, {y: 1, lack: 1}, 1e7)
        draft.row(OPS, -1, {y: 1, x: -1}, 0.0)
        draft.row(OPS, 1, {x: 1e7, w: 1}, 1e7 * need)
    return draft.finish(np.zeros(4, dtype=np.int64), None)


def evaluated(instance: Instance, plan: list[float]) -> Evaluated:
    found = Evaluator(instance.blocks, instance.theta, instance.probability, instance.news)
    return found.evaluate(np.array(plan))


@pytest.mark.parametrize("kind", BY_HAND)
def test_cuts_lead_to_the_first_plan_that_has_recourse(kind: str) -> None:
    # With one column of the plan a cut says from where on; the worst scenario's edge is the truth.
    instance, edge = drafted(kind), BY_HAND[kind]
    for start in (0.0, 0.6 * edge, 0.99 * edge):
        plan = start
        for _ in range(4):
            found = evaluated(instance, [plan])
            if not found.missing:
                break
            for cut in found.cuts:
                assert cut.value(np.array([plan])) > 0
                assert cut.value(np.array([edge])) <= 1e-12
                assert (cut.weight, cut.tail, cut.mass) == (0.0, 0.0, 0.0)
                assert not cut.risk.any()
            plan = max(-cut.constant / cut.slope[0] for cut in found.cuts)
        assert plan == pytest.approx(edge, rel=1e-9)
    assert not evaluated(instance, [edge + 1e-9]).missing
    assert not evaluated(instance, [20.0]).missing


def test_every_proof_holds_by_its_numbers_alone() -> None:
    # Signs of the senses, no reduced cost on a side that does not exist, and a positive value.
    proofs = 0
    flavour = Flavour(complete=False, random_recourse=True)
    for seed in range(6):
        instance = random_instance("proofs", flavour, seed)
        b = instance.blocks
        recourse = prepare_recourse(b, 0, theta=instance.theta[0])
        sider = Sider(recourse)
        columns, sense = b.first + recourse.columns, b.sense[recourse.rows]
        lower, upper = np.maximum(b.lower[: b.first], -2), np.minimum(b.upper[: b.first], 4)
        plan = np.random.default_rng(seed).uniform(lower, upper)
        base, slope = recourse.left(plan)
        for s, theta in enumerate(instance.theta):
            side = base + slope @ theta
            if alone(instance, plan, s) is not None:
                with pytest.raises(SolverError, match="called infeasible and has a point"):
                    infeasibility(recourse, sider, side, theta)
                continue
            proofs += 1
            duals, own = infeasibility(recourse, sider, side, theta)
            assert (duals[sense > 0] >= 0).all()
            assert (duals[sense < 0] <= 0).all()
            dense = np.zeros(b.matrix.shape)
            at = np.repeat(np.arange(len(b.rows)), np.diff(b.matrix.indptr))
            dense[at, b.matrix.indices] = b.entries.at(theta)[b.matrix.data]
            reduced = -(dense[recourse.rows][:, columns].T @ duals)
            bound = np.where(reduced > 0, b.lower[columns], b.upper[columns])
            assert (np.abs(reduced[~np.isfinite(bound)]) <= 1e-12).all()
            kept = np.isfinite(bound)
            assert own == pytest.approx(reduced[kept] @ bound[kept], abs=1e-12)
            assert duals @ side + own > 1e-9
    assert proofs >= 10


def test_a_shard_gives_a_few_cuts_however_many_scenarios_are_missing() -> None:
    draft = Draft(np.random.default_rng(3), np.full(38, 1 / 38))
    x, y = draft.plan(9, 0, 50, 1), draft.ops(0, 0, 0.5, 1.0)
    draft.row(OPS, 1, {x: 1, y: 1}, np.arange(1.0, 39.0))
    found = evaluated(draft.finish(np.zeros(38, dtype=np.int64), None), [0.0])
    assert found.missing == 38
    assert 2 <= len(found.cuts) <= shard.MISSING
    # The hardest is among them: the last needs 37.5.
    assert max(-cut.constant / cut.slope[0] for cut in found.cuts) == pytest.approx(37.5)
