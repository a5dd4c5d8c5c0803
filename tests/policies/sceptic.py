"""What has to hold of every plan, whatever the rules: each doubt returns what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from recounted import keeps, values
from worlds import KINDS, draw_rule, draw_world, looser, renamed, renamed_rule, shuffled

import diversify as dv
from diversify.case import Case
from diversify.errors import InfeasibleError, InputError
from diversify.policies import Policy
from diversify.policies.reading import named_apart
from diversify.risk.mean_cvar import MeanCvar
from diversify.testing import trial

NEAR = 3e-6


@dataclass(frozen=True)
class Question:
    """A world, rules for it, for whom, and what is minimised."""

    case: Case
    rules: tuple[Policy, ...]
    buyer: str | None
    objective: MeanCvar | None

    def cost(self, rules: Sequence[Policy] | None = None, **given: Any) -> float:
        """The cost of the cheapest plan; infinite where there is none."""
        case = given.pop("case", self.case)
        try:
            plan = dv.solve(
                case,
                *(self.rules if rules is None else rules),
                buyer=given.pop("buyer", self.buyer),
                objective=self.objective,
                case_policies=False,
                out_of_sample=0,
                **given,
            )
        except InfeasibleError:
            return float("inf")
        return plan.objective


def ask(seed: int) -> Question:
    """A random world with two to four rules that its tables can be asked for."""
    rng = np.random.default_rng(seed)
    case = draw_world(rng)
    buyer = [None, None, "V"][int(rng.integers(3))]
    scope = case if buyer is None else case.for_buyers(buyer)
    rules: list[Policy] = []
    count = int(rng.integers(2, 5))
    # Each kind in turn comes first, so that few seeds meet them all.
    kinds = [KINDS[seed % len(KINDS)], *map(str, rng.permutation(KINDS))]
    while len(rules) < count and kinds:
        kind = kinds.pop(0)
        try:
            rule = draw_rule(rng, kind, scope)
            trial_rules = named_apart([*rules, rule])
            dv.solve(scope, *trial_rules, case_policies=False, out_of_sample=0, method="extensive")
        except InputError:
            continue
        except InfeasibleError:
            # One clash is enough: further rules would hide in it.
            count = len(trial_rules)
        rules = list(trial_rules)
    aversion = [None, MeanCvar(level=0.8, mean=0.6, cvar=0.4)][int(rng.integers(2))]
    return Question(case, tuple(rules), buyer, aversion)


def same(one: float, other: float, room: float = NEAR) -> bool:
    return one == other or abs(one - other) <= room * (1 + abs(one))


def doubts(seed: int) -> Iterator[str]:
    """Say what does not hold of the answers to a question."""
    question = ask(seed)
    rng = np.random.default_rng([seed, 1])
    cost = question.cost(method="extensive")
    said = ", ".join(rule.name for rule in question.rules)
    yield from (f"{said}: {doubt}" for doubt in _equal(question, cost, rng))
    yield from (f"{said}: {doubt}" for doubt in _ordered(question, cost))
    if question.objective is None:
        yield from (f"{said}: {doubt}" for doubt in _recounted(question, cost))
    if cost == float("inf"):
        yield from (f"{said}: {doubt}" for doubt in _explained(question))


def _equal(question: Question, cost: float, rng: np.random.Generator) -> Iterator[str]:
    # A chance is a yes or no in each scenario, which cuts do not take.
    if not any(getattr(rule, "measure_of", None) == "chance" for rule in question.rules):
        cut = question.cost(method="decomposed")
        if not same(cost, cut):
            yield f"extensive {cost!r}, decomposed {cut!r}"
    mixed = question.cost(case=shuffled(question.case, rng), method="extensive")
    if not same(cost, mixed, 1e-9):
        yield f"cost {cost!r}, with rows in another order {mixed!r}"
    elsewhere = question.cost(
        [renamed_rule(rule) for rule in question.rules],
        case=renamed(question.case),
        method="extensive",
    )
    if not same(cost, elsewhere):
        yield f"cost {cost!r}, with other names {elsewhere!r}"


def _ordered(question: Question, cost: float) -> Iterator[str]:
    before = question.cost([], method="extensive")
    for k in range(len(question.rules)):
        now = question.cost(question.rules[: k + 1], method="extensive")
        if now < before - NEAR * (1 + abs(before)):
            yield f"cost {before!r} falls to {now!r} with {question.rules[k].name}"
        before = now
    for rule in question.rules:
        eased = [looser(r) if r is rule else r for r in question.rules]
        loose = question.cost(eased, method="extensive")
        if loose > cost + NEAR * (1 + abs(cost)):
            yield f"cost {cost!r} rises to {loose!r} with {rule.name} loosened"


def _recounted(question: Question, cost: float) -> Iterator[str]:
    case = question.case if question.buyer is None else question.case.for_buyers(question.buyer)
    found = trial(case, question.rules)
    if not same(cost, found.objective):
        yield f"cost {cost!r}, by one problem {found.objective!r}"
    if found.view is None:
        return
    for rule in question.rules:
        measured = rule.measure(found.view)
        if not keeps(rule, list(measured.values())):
            yield f"{rule.name} at {rule.level_value} measures {measured}"
        numbers = values(case, rule, found.view)
        if numbers is not None and not keeps(rule, numbers):
            yield f"{rule.name} at {rule.level_value} counts {numbers}"


def _explained(question: Question) -> Iterator[str]:
    conflict = dv.explain(
        question.case,
        *question.rules,
        buyer=question.buyer,
        case_policies=False,
    )
    if conflict is None:
        yield "no plan, and no conflict"
        return
    named = {item.policy for item in conflict.items if item.policy}
    clash = [rule for rule in question.rules if rule.name in named]
    if question.cost(clash, method="extensive") < float("inf"):
        yield f"{sorted(named)} do not clash"
    if conflict.smallest:
        eased = [
            rule.with_level(_moved(rule, conflict.smallest.get(rule.name, 0.0)))
            for rule in question.rules
        ]
        if question.cost(eased, method="extensive") == float("inf"):
            yield f"the change {conflict.smallest} does not do"


def _moved(rule: Policy, change: float) -> float:
    """The level after a change, and a little more."""
    if change == 0:
        return rule.level_value
    return rule.level_value + change * (1 + 1e-6) + 1e-9 * (1 if change > 0 else -1)
