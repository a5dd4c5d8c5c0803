"""A batch in shards, questions about it, and how answers of different runners compare."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from random_blocks import Flavour, random_instance
from random_draft import Draft

from diversify.compile.blocks import OPS
from diversify.solver.question import Question, Reply, ShardData
from diversify.solver.runners import Runner

Vector = NDArray[np.float64]
FLAVOUR = Flavour(budgets=("mean", "cvar"), scenarios=(40, 40))
WHOLE = random_instance("runners", FLAVOUR, 3)
SHARDS = 5


def pieces() -> list[ShardData]:
    """A batch in shards of different size, each a cluster of its own."""
    places = np.array_split(np.arange(len(WHOLE.theta)), SHARDS)
    return [
        ShardData(
            WHOLE.blocks,
            0,
            WHOLE.theta[chosen],
            WHOLE.probability[chosen],
            np.full(len(chosen), i),
            True,
        )
        for i, chosen in enumerate(places)
    ]


def question(seed: int, level: float = 0.0) -> Question:
    b = WHOLE.blocks
    lower, upper = np.maximum(b.lower[: b.first], -2), np.minimum(b.upper[: b.first], 4)
    return Question(np.random.default_rng(seed).uniform(lower, upper), np.full(2, level))


QUESTIONS = [question(1), question(2), question(2, 3.0), question(1)]
# Not all shards are asked every time.
ASKED = [[0, 1, 2, 3, 4], [1, 3], [4, 0, 2], [0, 1, 2, 3, 4]]


def told(runner: Runner) -> list[list[Reply]]:
    return [runner.ask(shards, q) for shards, q in zip(ASKED, QUESTIONS, strict=True)]


def minimised(reply: Reply, q: Question) -> Vector:
    # Where several points cost the same, they may split cost and risk in another way.
    return np.asarray(reply.costs + reply.risks @ q.risk)


def same(found: list[list[Reply]], expected: list[list[Reply]]) -> None:
    for some, others, q in zip(found, expected, QUESTIONS, strict=True):
        assert len(some) == len(others)
        for one, other in zip(some, others, strict=True):
            np.testing.assert_allclose(minimised(one, q), minimised(other, q), 1e-9, 1e-9)
            assert one.before == other.before
            assert one.missing == other.missing == 0
            assert [cut.cluster for cut in one.cuts] == [cut.cluster for cut in other.cuts]
            for cut, twin in zip(one.cuts, other.cuts, strict=True):
                at_plan = cut.value(q.plan), twin.value(q.plan)
                assert at_plan[0] == pytest.approx(at_plan[1], rel=1e-9, abs=1e-9)


def unbounded() -> ShardData:
    """A scenario that earns money without end, which the recourse solver refuses."""
    draft = Draft(np.random.default_rng(1), np.ones(1))
    x, y, z = draft.plan(0, 0, 1, 1), draft.ops(0, 0, np.inf, -1), draft.ops(0, 0, np.inf, 0)
    draft.row(OPS, 1, {x: 1, y: 1, z: 1}, 0.0)
    made = draft.finish(np.zeros(1, dtype=np.int64), None)
    return ShardData(made.blocks, 0, made.theta, np.ones(1), np.zeros(1, dtype=np.int64), True)


ONE = Question(np.zeros(1), np.zeros(0))
