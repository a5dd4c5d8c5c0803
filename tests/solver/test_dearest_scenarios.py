"""Where the tail of the cost counts: samples and clusters by cost, and searches from there."""

from __future__ import annotations

import dataclasses
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.problems import facility
from benchmarks.problems.instance import Instance
from diversify.errors import StoppedError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.bank import Bank
from diversify.solver.decomposed import Way
from diversify.solver.evaluator import Evaluator
from diversify.solver.keeping import TimeUpError
from diversify.solver.methods import solve_batch
from diversify.solver.recourse import prepare_recourse
from diversify.solver.sampling import by_cost, dearest, telling
from diversify.solver.search import Search

Vector = NDArray[np.float64]
SOME = 401


def draws(seed: int) -> tuple[Vector, Vector, NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    totals = rng.lognormal(size=500)
    totals[rng.integers(0, 500, 5)] = np.nan
    return totals, rng.dirichlet(np.full(500, 0.5)), rng.permutation(500)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("beyond", [0.05, 0.4, 1.0])
def test_the_dearest_are_the_fewest_that_reach_the_probability(seed: int, beyond: float) -> None:
    totals, mass, _ = draws(seed)
    dear = dearest(totals, mass, beyond)
    assert dear[np.isnan(totals)].all()
    assert mass[dear].sum() >= beyond * (1 - 1e-8)
    if not dear.all():
        assert totals[~dear].max() <= np.nanmin(totals[dear])
    cheapest = np.flatnonzero(dear)[np.nanargmin(totals[dear])]
    assert mass[dear].sum() - mass[cheapest] < beyond


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("beyond", [0.05, 0.4, 1.0])
def test_a_telling_sample_has_both_parts_at_their_probability(seed: int, beyond: float) -> None:
    totals, mass, line = draws(seed)
    chosen, share = telling(totals, mass, line, beyond, (60, 20))
    dear = dearest(totals, mass, beyond)
    assert len(np.unique(chosen)) == len(chosen) <= 80
    assert share.sum() == pytest.approx(1.0, rel=1e-12)
    assert share[dear[chosen]].sum() == pytest.approx(mass[dear].sum(), rel=1e-12)


def test_with_as_many_pieces_each_dear_scenario_stands_for_itself() -> None:
    totals, mass = np.arange(100.0), np.full(100, 0.01)
    chosen, share = telling(totals, mass, np.arange(100), 0.2, (20, 8))
    assert set(range(80, 100)) < set(chosen.tolist())
    assert share[chosen >= 80] == pytest.approx(np.full(20, 0.01))
    assert share[chosen < 80] == pytest.approx(np.full(8, 0.1))


@pytest.mark.parametrize("seed", range(4))
def test_clusters_by_cost_are_runs_without_holes(seed: int) -> None:
    totals, mass, _ = draws(seed)
    found = by_cost(totals, mass, 0.3, (20, 5))
    assert np.unique(found).tolist() == list(range(25))
    dear = dearest(totals, mass, 0.3)
    assert set(found[dear]) == set(range(20))
    known = np.isfinite(totals)
    for part in (dear & known, ~dear):
        order = np.flatnonzero(part)[np.argsort(totals[part], kind="stable")]
        assert (np.diff(found[order]) >= 0).all()


@pytest.mark.parametrize(
    "objective", [facility.OBJECTIVE, MeanCvar(level=0.4, mean=0.2, cvar=0.8)], ids=["high", "low"]
)
def test_the_sites_are_the_cheapest_of_all_choices(objective: MeanCvar) -> None:
    made = facility.make(SOME, 3, sites=3, customers=4)
    mass = np.random.default_rng(1).dirichlet(np.full(SOME, 2.0))
    given = (made.theta, mass, made.news)
    found = solve_batch(made.blocks, *given, method="decomposed", objective=objective)
    exact = Evaluator(made.blocks, *given)
    costs = [
        objective.value(exact.evaluate(np.array(choice)).totals, mass)
        for choice in product((0.0, 1.0), repeat=3)
    ]
    assert found.objective == pytest.approx(min(costs), rel=2e-6)
    assert found.bound <= min(costs) * (1 + 1e-9)


def test_parts_of_sites_cost_what_the_extensive_form_says() -> None:
    made = facility.make(SOME, 4, sites=3, customers=4)
    blocks = dataclasses.replace(made.blocks, integer=np.zeros_like(made.blocks.integer))
    given = (made.theta, made.probability, made.news)
    few = solve_batch(blocks, *given, method="decomposed", objective=facility.OBJECTIVE)
    all_at_once = solve_batch(blocks, *given, method="extensive", objective=facility.OBJECTIVE)
    assert few.objective == pytest.approx(all_at_once.objective, rel=2e-6)


def test_a_search_that_was_stopped_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    made = facility.make(SOME, 5, sites=3, customers=4)
    given = (made.theta, made.probability, made.news)
    goal = facility.OBJECTIVE
    whole = solve_batch(made.blocks, *given, method="decomposed", objective=goal)
    late = 0

    def tired(search: Search) -> None:
        nonlocal late
        late += len(search.evaluator.probability) == SOME
        if late == 3:
            raise TimeUpError

    way = Way(checkpoint=tmp_path / "kept", watch=tired)
    with pytest.raises(StoppedError):
        solve_batch(made.blocks, *given, method="decomposed", objective=goal, way=way)
    again = solve_batch(
        made.blocks, *given, method="decomposed", objective=goal, way=Way(checkpoint=way.checkpoint)
    )
    assert again.status == "optimal"
    assert any("went on from the checkpoint" in remark for remark in again.remarks)
    assert again.objective == pytest.approx(whole.objective, rel=2e-6)


def test_a_wide_recourse_has_no_bank() -> None:
    wide, narrow = facility.make(2, 1), facility.make(2, 1, sites=5, customers=7)

    def served(made: Instance) -> bool:
        return Bank.serves(prepare_recourse(made.blocks, 0, theta=made.theta[0]))

    assert not served(wide)
    assert served(narrow)
