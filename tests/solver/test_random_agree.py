"""Cuts, the extensive form and plain loops agree on random two-stage problems of every kind."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from random_blocks import Flavour, random_instance
from random_draft import Instance
from random_loops import Loops

from diversify.errors import InfeasibleError, InputError
from diversify.solver.certificate import TOLERANCE
from diversify.solver.methods import Method, solve_batch, unfit
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
ALL_BUDGETS = ("mean", "cvar", "worst", "cvar")
FAMILIES = {
    "plain": Flavour(),
    "degenerate": Flavour(degenerate=True),
    "one scenario": Flavour(scenarios=(1, 1)),
    "wild probabilities": Flavour(wild=True, budgets=("cvar",)),
    "decisions": Flavour(integer=True),
    "decisions, incomplete, budgets": Flavour(
        integer=True, complete=False, budgets=("worst", "cvar")
    ),
    "incomplete": Flavour(complete=False),
    "random costs": Flavour(random_cost=True),
    "random recourse": Flavour(random_recourse=True, budgets=("mean",)),
    "everything random, incomplete": Flavour(
        random_cost=True, random_recourse=True, complete=False, budgets=("cvar",)
    ),
    "budgets": Flavour(budgets=ALL_BUDGETS),
    "expected floor": Flavour(budgets=("floor", "mean")),
    "mean-cvar": Flavour(objective=True, random_cost=True),
    "mean-cvar, decisions, budgets": Flavour(objective=True, integer=True, budgets=("cvar",)),
    "news": Flavour(twins=True),
    "news, budgets": Flavour(twins=True, complete=False, budgets=("cvar", "mean")),
    "news, everything": Flavour(
        twins=True, integer=True, random_cost=True, random_recourse=True, objective=True
    ),
    "news, all but costs": Flavour(twins=True, integer=True, random_recourse=True, objective=True),
    "clash": Flavour(clash=True, budgets=("cvar",)),
    "clash, incomplete": Flavour(clash=True, complete=False, integer=True),
}
# What decomposition refuses: rows in expectation with a lower limit, random costs before the news.
REFUSED = ("expected floor", "news, everything")
TAKEN = [name for name in FAMILIES if name not in REFUSED]
FEASIBLE = {name: flavour for name, flavour in FAMILIES.items() if not flavour.clash}
FEW = range(12)
MANY = range(12, 60)


def disagreements(
    seeds: range, family: str, compare: Callable[[Instance], list[str]]
) -> dict[int, list[str]]:
    """What a comparison finds to say, for each seed of which it says something."""
    found = {}
    for seed in seeds:
        try:
            said = compare(random_instance(family, FAMILIES[family], seed))
        except BaseException as error:
            error.add_note(f"family {family!r}, seed {seed}")
            raise
        if said:
            found[seed] = said
    return found


def solved(instance: Instance, method: Method) -> Solution | None:
    """What a method finds, certified; None where it says that there is no plan."""
    # The mean is what is minimised if nothing is said.
    asked: dict[str, Any] = {"objective": instance.objective} if instance.objective else {}
    try:
        found = solve_batch(
            instance.blocks,
            instance.theta,
            instance.probability,
            instance.news,
            method=method,
            **asked,
        )
    except InfeasibleError:
        return None
    assert (found.status, found.point, found.method) == ("optimal", "certified", method)
    assert found.certificate is not None
    assert found.certificate.ok
    assert found.bound <= found.objective + TOLERANCE * (1.0 + abs(found.objective))
    return found


def near(cost: float) -> Any:
    return pytest.approx(cost, rel=1e-6, abs=1e-6)


def fixed(instance: Instance, plan: Vector, room: float = 0.0) -> Instance:
    """The problem with the plan given, but for some room relative to its size."""
    b = instance.blocks
    whole = b.integer[: b.first]
    plan = np.where(whole, np.round(plan), plan)
    plan = np.clip(plan, b.lower[: b.first], b.upper[: b.first])
    around = np.where(whole, 0.0, room * (1.0 + np.abs(plan)))
    lower, upper = b.lower.copy(), b.upper.copy()
    lower[: b.first] = np.maximum(plan - around, lower[: b.first])
    upper[: b.first] = np.minimum(plan + around, upper[: b.first])
    return dataclasses.replace(instance, blocks=dataclasses.replace(b, lower=lower, upper=upper))


def linear(instance: Instance) -> Instance:
    """The problem without yes or no in the first stage: its certificate needs no solver's bound."""
    b = instance.blocks
    kinds = np.where(np.arange(len(b.integer)) < b.first, False, b.integer)
    return dataclasses.replace(instance, blocks=dataclasses.replace(b, integer=kinds))


def cost_of(found: Solution | None) -> float | None:
    return None if found is None else found.objective


def unequal(what: str, one: float | None, other: float | None) -> list[str]:
    """Say so where two costs differ, or where one of them only is there."""
    return (
        []
        if one == (None if other is None else near(other))
        else [f"{what}: {one!r} and {other!r}"]
    )


def extensive_and_loops(instance: Instance) -> list[str]:
    found, expected = solved(instance, "extensive"), Loops(instance).optimum()
    return unequal("extensive form and loops", cost_of(found), expected)


def cuts_and_extensive(instance: Instance) -> list[str]:
    expected, found = solved(instance, "extensive"), solved(instance, "decomposed")
    said = unequal("cuts and extensive form", cost_of(found), cost_of(expected))
    if found is None or expected is None:
        return said
    if not found.bound <= expected.objective + TOLERANCE * (1.0 + abs(expected.objective)):
        said.append(f"the bound {found.bound!r} is above the optimum {expected.objective!r}")
    # A certificate lets a plan break rows by so much; a wrong cost would still show.
    again = solved(linear(fixed(instance, found.plan, TOLERANCE)), "extensive")
    return said + unequal("the plan of the cuts, again", cost_of(again), found.objective)


@functools.cache
def costs(family: str, **changes: Any) -> list[float | None]:
    """Optimal costs of a family, with another flavour if asked."""
    flavour = dataclasses.replace(FAMILIES[family], **changes)
    return [Loops(random_instance(family, flavour, seed)).optimum() for seed in FEW]


def differ(one: list[float | None], other: list[float | None]) -> int:
    pairs = zip(one, other, strict=True)
    return sum(a is None or b is None or abs(a - b) > 1e-4 for a, b in pairs)


@pytest.mark.parametrize("family", [name for name, f in FEASIBLE.items() if f.budgets])
def test_budgets_of_the_families_cost_something(family: str) -> None:
    # Otherwise a method that leaves them out would pass.
    assert differ(costs(family), costs(family, budgets=())) >= len(FEW) // 2


@pytest.mark.parametrize("family", [name for name, f in FEASIBLE.items() if f.integer])
def test_yes_or_no_costs_something(family: str) -> None:
    def relaxed(seed: int) -> float | None:
        instance = random_instance(family, FAMILIES[family], seed)
        whole = np.zeros_like(instance.blocks.integer)
        return Loops(
            dataclasses.replace(
                instance, blocks=dataclasses.replace(instance.blocks, integer=whole)
            )
        ).optimum()

    assert differ(costs(family), [relaxed(seed) for seed in FEW]) >= len(FEW) // 3


@pytest.mark.parametrize("family", FAMILIES)
def test_only_incomplete_recourse_fails_a_plan_made_for_one_scenario(family: str) -> None:
    flavour = dataclasses.replace(FAMILIES[family], budgets=(), clash=False)
    failed = 0
    for seed in FEW:
        whole = random_instance(family, flavour, seed)
        one = dataclasses.replace(
            whole, theta=whole.theta[:1], probability=np.ones(1), news=whole.news[:1]
        )
        answer = Loops(one).answer()
        assert answer is not None
        failed += Loops(fixed(whole, answer[1][: whole.blocks.first])).answer() is None
    assert failed == 0 if flavour.complete else failed >= len(FEW) // 3


@pytest.mark.parametrize("family", FAMILIES)
def test_there_is_a_plan_where_there_should_be_one(family: str) -> None:
    with_plan = sum(cost is not None for cost in costs(family))
    assert with_plan == 0 if FAMILIES[family].clash else with_plan >= len(FEW) - 2


@pytest.mark.parametrize("family", [name for name, f in FAMILIES.items() if f.objective])
def test_what_the_loops_minimise_is_the_measure_of_the_costs(family: str) -> None:
    for seed in FEW:
        instance = random_instance(family, FAMILIES[family], seed)
        loops, b = Loops(instance), instance.blocks
        answer = loops.answer()
        assert answer is not None
        assert instance.objective is not None
        recourse = answer[1][b.first : loops.threshold].reshape(-1, b.second)
        costs = b.cost.at(instance.theta)
        each = costs[:, : b.first] @ answer[1][: b.first]
        each = each + (costs[:, b.first :] * recourse).sum(axis=1) + b.offset
        assert instance.objective.value(each, instance.probability) == near(answer[0])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_extensive_form_finds_what_plain_loops_find(family: str) -> None:
    assert disagreements(FEW, family, extensive_and_loops) == {}


@pytest.mark.parametrize("family", TAKEN)
def test_cuts_find_what_the_extensive_form_finds(family: str) -> None:
    assert disagreements(FEW, family, cuts_and_extensive) == {}


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_more_extensive_forms_find_what_plain_loops_find(family: str) -> None:
    assert disagreements(MANY, family, extensive_and_loops) == {}


@pytest.mark.slow
@pytest.mark.parametrize("family", TAKEN)
def test_more_cuts_find_what_the_extensive_form_finds(family: str) -> None:
    assert disagreements(MANY, family, cuts_and_extensive) == {}


@pytest.mark.parametrize("family", REFUSED)
def test_what_decomposition_refuses_is_said_and_solved_otherwise(family: str) -> None:
    refused = 0
    for seed in FEW:
        instance = random_instance(family, FAMILIES[family], seed)
        if not unfit(instance.blocks, instance.theta):
            continue
        refused += 1
        with pytest.raises(InputError, match="decomposition does not take"):
            solved(instance, "decomposed")
        other = solved(instance, "extensive")
        asked: dict[str, Any] = {"objective": instance.objective} if instance.objective else {}
        one = solve_batch(
            instance.blocks, instance.theta, instance.probability, instance.news, **asked
        )
        assert other is not None
        assert one.objective == near(other.objective)
    assert refused > len(FEW) / 2
