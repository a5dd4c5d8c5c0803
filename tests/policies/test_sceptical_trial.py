"""Random worlds under random rules: every answer is doubted in every way that needs no oracle."""

from __future__ import annotations

import pytest
from sceptic import ask, doubts
from worlds import KINDS

# Seeds on which something was wrong once: a tail without its own scenario, a plan that misses its
# recourse by less than a tolerance, a worst case that cuts did not reach.
ONCE_WRONG = (8, 23, 64)
FEW = (11, 39)
MANY = tuple(seed for seed in range(40) if seed not in (*FEW, *ONCE_WRONG))


@pytest.mark.parametrize("seed", FEW)
def test_nothing_is_wrong_with_the_plan_of_a_random_world(seed: int) -> None:
    assert list(doubts(seed)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*ONCE_WRONG, *MANY])
def test_nothing_is_wrong_with_the_plans_of_many_worlds(seed: int) -> None:
    assert list(doubts(seed)) == []


@pytest.mark.slow
def test_the_worlds_meet_every_kind_of_rule_feasible_and_not() -> None:
    # Otherwise a kind could be wrong without being seen.
    met = [ask(seed) for seed in range(len(KINDS))]
    assert {rule.kind for question in met for rule in question.rules} == {
        kind.split(".")[0] for kind in KINDS
    }
    costs = [question.cost(method="extensive") for question in met]
    assert 2 <= sum(cost == float("inf") for cost in costs) <= len(costs) - 5
