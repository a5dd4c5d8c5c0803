"""Plans between those looked at: what they cost at most is what convexity says, and they are."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from random_blocks import Flavour, random_instance

from diversify.solver import hull as hulls
from diversify.solver import search as searches
from diversify.solver.evaluator import Evaluator
from diversify.solver.hull import Hull
from diversify.solver.methods import solve_batch


def test_the_cheapest_mix_spends_what_some_plans_have_to_spare() -> None:
    """Three plans on a line: by hand, 1/4 of the last and 3/4 of the first keep both budgets."""
    hull = Hull(np.array([10.0, 1.0]))
    hull.add(np.array([0.0, 0.0]), np.array([1000.0]), np.array([[1.0, -5.0]]))
    hull.add(np.array([1.0, 0.0]), np.array([1030.0, 1032.0]), np.array([[2.0, 1.0], [1.0, 1.0]]))
    hull.add(np.array([0.0, 8.0]), np.array([1020.0]), np.array([[-3.0, 2.0]]))
    value, plan = hull.cheapest()
    assert value == pytest.approx(1005.0, rel=1e-6)
    assert plan == pytest.approx([0.0, 2.0], abs=1e-5)
    assert hull.least == 1000.0
    assert hull.knows(np.array([1.0, 0.0]))
    assert not hull.knows(plan)


def test_plans_that_all_exceed_a_budget_have_none_between_that_keeps_it() -> None:
    hull = Hull(np.array([1.0]))
    assert hull.cheapest()[0] == np.inf
    hull.add(np.array([0.0]), np.array([5.0]), np.array([[0.1]]))
    hull.add(np.array([1.0]), np.array([5.1]), np.array([[1e-6]]))
    value, plan = hull.cheapest()
    assert value == np.inf
    assert len(plan) == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_between_others_costs_no_more_than_is_said(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every plan that is looked at because of what others cost; the exact cost is the oracle."""
    one = random_instance("hull", Flavour(budgets=("cvar", "mean"), scenarios=(50, 50)), seed)
    met: list[tuple[float, float, float]] = []
    settled = hulls.settled

    def noted(search: searches.Search, bound: float, inside: bool, tolerance: float) -> bool:
        value, plan = search.hull.cheapest()
        if np.isfinite(value):
            evaluator = Evaluator(one.blocks, one.theta, one.probability, one.news)
            own = searches.Search(search.frame, evaluator, plan, search.objective, search.price)
            own.fine = 1e3 * search.fine
            own.take(plan, 0.0)
            assert own.found is not None
            met.append((value, own.cost, own.found.fine))
        return settled(search, bound, inside, tolerance)

    monkeypatch.setattr(searches, "settled", noted)
    asked = (one.blocks, one.theta, one.probability, one.news)
    found = solve_batch(*asked, method="decomposed", gap=1e-6)
    oracle = solve_batch(*asked, method="extensive", gap=1e-6)
    assert found.objective == pytest.approx(oracle.objective, rel=3e-6, abs=3e-6)
    assert met
    for value, cost, fine in met:
        assert fine == pytest.approx(0.0, abs=1e-5 * (1.0 + abs(value)))
        assert cost <= value + 1e-6 * (1.0 + abs(value))


@pytest.mark.parametrize(
    ("cost", "fine", "kept"), [(100.9, 0.0, True), (102.0, 0.0, False), (100.9, 0.2, False)]
)
def test_a_plan_that_ends_the_search_replaces_a_cheaper_one_that_pays_a_fine(
    cost: float, fine: float, kept: bool
) -> None:
    """Of one more than the cost 1.3 is below 2 %, and 2.4 is not; what pays a fine ends nothing."""
    search = FinedSearch(cost, fine)
    assert hulls.settled(search, 99.6, True, 0.02)  # type: ignore[arg-type]
    assert search.best.tolist() == ([0.5] if kept else [0.0])
    assert search.cost == (cost if kept else 100.0)
    assert search.found.fine == (0.0 if kept else 0.1)


class FinedSearch:
    """Its best plan costs 100 and exceeds a budget; half way to another one nothing is exceeded."""

    def __init__(self, cost: float, fine: float) -> None:
        self.hull = Hull(np.array([1.0]))
        self.hull.add(np.array([0.0]), np.array([99.9]), np.array([[0.1]]))
        self.hull.add(np.array([1.0]), np.array([101.0]), np.array([[-0.1]]))
        self.best, self.cost, self.radius = np.array([0.0]), 100.0, 1.0
        self.center, self.last = self.best, list[np.ndarray]()
        self.found = SimpleNamespace(fine=0.1)
        self._next = cost, fine

    def size(self, cost: float) -> float:
        return 1.0 + abs(cost)

    def take(self, plan: np.ndarray, ahead: float, hope: float) -> bool:
        assert plan == pytest.approx([0.5], abs=1e-5)
        assert self.cost == hope == np.inf
        assert ahead == pytest.approx(0.85, abs=1e-3)
        self.best, self.center = np.round(plan, 3), plan
        self.cost, self.found = self._next[0], SimpleNamespace(fine=self._next[1])
        return True
