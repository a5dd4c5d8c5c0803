"""What the last master proves: the optimum, though a solver does not see small coefficients."""

from __future__ import annotations

import pytest
from random_blocks import Flavour, random_instance

from diversify.errors import SolverError
from diversify.solver import last_master, master
from diversify.solver.decomposed import decompose
from diversify.solver.methods import solve_batch
from diversify.solver.search import Search

KIND = Flavour(budgets=("cvar", "mean"), scenarios=(20, 20))


def searched(seed: int) -> tuple[Search, float]:
    """A search at its end, and the optimum of the extensive form without its constant."""
    one = random_instance("last", KIND, seed)
    asked = (one.blocks, one.theta, one.probability, one.news)
    optimum = solve_batch(*asked, method="extensive", gap=1e-6).objective
    search = decompose(*asked)
    search.evaluator.close()
    return search, optimum


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_is_the_optimum_whatever_a_solver_drops(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    search, optimum = searched(seed)
    linear = search.frame.problem(search.pool.cuts)
    plain = last_master.proven(search, linear, warm=True)
    assert plain.wrong <= 1e-6
    assert plain.value == pytest.approx(optimum, rel=2e-6)
    # As if a solver dropped all coefficients below a half, and not those below 1e-9.
    monkeypatch.setattr(master, "DROPPED", 0.5)
    blind = search.frame.problem(search.pool.cuts)
    assert blind.matrix.nnz < linear.matrix.nnz
    bound = last_master.proven(search, blind, warm=False)
    assert bound.wrong <= 1e-6
    assert bound.value == pytest.approx(optimum, rel=2e-6)
    assert bound.value <= optimum + 1e-6 * (1.0 + abs(optimum))


def test_without_all_coefficients_nothing_would_be_proven(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That the test above can fail: only the last way of solving proves anything there."""
    monkeypatch.setattr(last_master, "closest", refuse)
    failed = 0
    for seed in range(6):
        monkeypatch.setattr(master, "DROPPED", 1e-9)
        search, optimum = searched(seed)
        monkeypatch.setattr(master, "DROPPED", 0.5)
        blind = search.frame.problem(search.pool.cuts)
        try:
            bound = last_master.proven(search, blind, warm=False)
        except SolverError:
            failed += 1
            continue
        failed += bound.wrong > 1e-6 or bound.value < optimum - 1e-3
    assert failed >= 3


def refuse(problem: object) -> None:
    """Stand in for a scaling that cannot be had."""
    raise SolverError(f"no scaling of {problem!r:.20}")
