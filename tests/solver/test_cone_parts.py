"""Round limits taken apart: the point keeps them, and a tangent proves that it is cheapest."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile.blocks import Blocks, Cone
from diversify.solver.cone_parts import keeping
from diversify.solver.cones import ACCEPTED, add_tangents, excess
from diversify.solver.problem import Problem
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]


def rounded(costs: Vector, limit: float, tonnes: float = 1.0) -> tuple[Blocks, Problem, Vector]:
    """Buy some tonnes from suppliers, in shares whose sum of squares has a limit."""
    n = len(costs)
    cone = Cone(0, ("all",), np.arange(n), np.ones(n), n, 0)
    problem = Problem(
        sp.csr_array(np.r_[np.ones(n), -1.0][None, :]),
        np.r_[costs, 0.0],
        np.r_[np.zeros(n), tonnes],
        np.full(n + 1, tonnes),
        np.zeros(1),
        np.zeros(1),
        np.zeros(n + 1, dtype=bool),
    )
    blocks = cast("Blocks", SimpleNamespace(first=n + 1, cones=(cone,)))
    return blocks, problem, np.array([np.sqrt(limit)])


@pytest.mark.parametrize("tonnes", [1.0, 3e5])
@pytest.mark.parametrize("seed", range(3))
def test_one_tangent_proves_the_closed_form(seed: int, tonnes: float) -> None:
    costs = np.random.default_rng(seed).uniform(10.0, 12.0, 6)
    spread = float(((costs - costs.mean()) ** 2).sum())
    # So close to the least index, everyone delivers: cost = cbar - sqrt((H - 1/n) SS).
    over = 0.5 * spread / 36 / float((costs.max() - costs.mean()) ** 2)
    expected = tonnes * (costs.mean() - np.sqrt(over * spread))
    blocks, problem, theta = rounded(costs, 1 / 6 + over, tonnes)
    found, point = keeping(blocks, problem, theta)
    assert point is not None
    assert excess(blocks.cones[0], theta, point) <= ACCEPTED
    assert float(problem.cost @ point) == pytest.approx(expected, rel=1e-6)
    assert len(found) == 1
    lp = WarmLp(problem)
    add_tangents(lp, blocks, theta, found, len(point))
    _, bound, _ = lp.resolve(problem.lower, problem.upper)
    assert float(problem.cost @ bound) == pytest.approx(expected, rel=1e-7)


def test_where_everyone_costs_the_same_a_point_is_found() -> None:
    # 12 equal suppliers: any shares are the cheapest, and those of a corner exceed every limit.
    blocks, problem, theta = rounded(np.full(12, 5.0), 1 / 12 + 1e-4, 1e4)
    found, point = keeping(blocks, problem, theta)
    assert point is not None
    assert float(np.sum((point[:12] / 1e4) ** 2)) <= 1 / 12 + 1e-4 + 1e-6
    assert float(problem.cost @ point) == pytest.approx(5e4, rel=1e-9)
    assert len(found) <= 1


def test_tangents_show_that_nothing_keeps_a_limit() -> None:
    # Of three suppliers the least index is 1/3.
    blocks, problem, theta = rounded(np.ones(3), 0.3)
    found, point = keeping(blocks, problem, theta)
    assert point is None
    lp = WarmLp(problem)
    add_tangents(lp, blocks, theta, found, 4)
    assert lp.resolve(problem.lower, problem.upper)[0] == "infeasible"
