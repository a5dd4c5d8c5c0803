"""Whole decisions: tight links keep every choice, and the search finds the best of all choices."""

from __future__ import annotations

import dataclasses
from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.problems import facility
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.highs import run
from diversify.solver.methods import solve_batch
from diversify.solver.problem import Problem
from diversify.solver.tightening import tightened

Vector = NDArray[np.float64]
INF = np.inf
AVERAGE = MeanCvar()


def linked(seed: int) -> Problem:
    """Three amounts, each linked to its own yes or no both ways, and some rows among them."""
    rng = np.random.default_rng(seed)
    amounts, room = np.eye(3), 200.0
    none = np.zeros((3, 3))
    least = rng.uniform(1.0, 3.0, 3)
    shared = rng.uniform(0.5, 2.0, (2, 3))
    matrix = np.block(
        [
            # x <= room * yes; -x >= -room * yes; x >= least - room * (1 - yes), and as "at most".
            [amounts, -room * amounts],
            [-amounts, room * amounts],
            [amounts, -room * amounts],
            [-amounts, room * amounts],
            [shared, none[:2]],
        ]
    )
    low = np.r_[np.full(3, -INF), np.zeros(3), least - room, np.full(3, -INF), np.full(2, -INF)]
    high = np.r_[np.zeros(3), np.full(3, INF), np.full(3, INF), room - least, rng.uniform(4, 9, 2)]
    return Problem(
        sp.csr_array(matrix),
        np.r_[rng.uniform(-3, 1, 3), rng.uniform(-2, 4, 3)],
        np.zeros(6),
        np.r_[np.full(3, INF), np.ones(3)],
        low,
        high,
        np.r_[np.zeros(3, bool), np.ones(3, bool)],
    )


def optimum(problem: Problem, choice: Vector) -> float:
    answer = run(problem.fixed(np.r_[np.zeros(3), choice]))
    assert answer.status in ("optimal", "infeasible")
    return INF if answer.point is None else float(problem.cost @ answer.point)


@pytest.mark.parametrize("seed", range(8))
def test_tight_links_change_no_choice_and_raise_the_relaxation(seed: int) -> None:
    loose = linked(seed)
    tight = tightened(loose)
    choices = [np.array(choice) for choice in product((0.0, 1.0), repeat=3)]
    costs = [optimum(loose, choice) for choice in choices]
    assert min(costs) < INF
    assert [optimum(tight, choice) for choice in choices] == pytest.approx(costs, abs=1e-5)
    before, after = run(loose.relaxed()), run(tight.relaxed())
    assert before.point is not None
    assert after.point is not None
    assert tight.cost @ after.point >= loose.cost @ before.point - 1e-9
    # Two shared rows of at least 0.5 an amount allow no 18 t, so that no link needs 200.
    assert abs(tight.matrix[:, [3, 4, 5]].toarray()).max() < 30.0


def test_a_problem_without_links_stays_as_it_is() -> None:
    loose = linked(0)
    assert tightened(loose.relaxed()).matrix is loose.matrix


@pytest.mark.parametrize("objective", [AVERAGE, facility.OBJECTIVE], ids=["mean", "tail"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_sites_are_the_cheapest_of_all_choices(seed: int, objective: MeanCvar) -> None:
    made = facility.make(15, seed, sites=5, customers=7)
    blocks, given = made.blocks, (made.theta, made.probability, made.news)
    found = solve_batch(blocks, *given, method="decomposed", objective=objective)
    costs = []
    for choice in product((0.0, 1.0), repeat=5):
        lower, upper = blocks.lower.copy(), blocks.upper.copy()
        lower[:5] = upper[:5] = choice
        fixed = dataclasses.replace(blocks, lower=lower, upper=upper)
        whole = np.zeros_like(blocks.integer)
        fixed = dataclasses.replace(fixed, integer=whole)
        costs.append(solve_batch(fixed, *given, method="extensive", objective=objective).objective)
    assert found.objective == pytest.approx(min(costs), rel=2e-6)
    assert found.bound <= min(costs) * (1 + 1e-9)
    # The choice matters: neither all sites nor none of them.
    assert 0 < found.plan[:5].sum() < 5
