"""The battery: what every policy has to show before anyone relies on it."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from diversify.case import Case
from diversify.case.toml import dumps
from diversify.errors import InputError
from diversify.policies import Policy, parse_policies, policy_toml
from diversify.scenarios import Scenarios
from diversify.testing.cases import tiny_case
from diversify.testing.trial import Trial, policy_rows, trial

TOLERANCE = 1e-6
# Fields of policies that name something in a case, each with a name that no case has.
_NAMING: dict[str, Any] = {
    "names": ("no such name",),
    "stage": "no such stage",
    "material": "no such material",
    "buyer": "no such buyer",
    "period": "no such period",
    "from_period": "no such period",
}
TOLERANCE = 1e-6


def check_policy(
    policy: Policy,
    case: Case | None = None,
    *,
    golden: str,
    neutral: float,
    tighter: Sequence[float],
    nothing: Policy | None = None,
    scenarios: Scenarios | None = None,
    priced: bool = True,
) -> None:
    """Raise unless a policy keeps everything that policies promise.

    Its rows are the expected ones; what it measures on the solved plan is what its rows limit;
    tightening never lowers the cost; its price bounds the change of cost; a neutral level changes
    nothing; names that the case does not have are refused, and so is a policy that matches nothing,
    unless that is allowed; and it survives a round trip through TOML.

    Parameters
    ----------
    policy : Policy
        The policy at a level that binds, with a name of its own or the default one.
    case : Case, optional
        A small case; omitted: :func:`tiny_case`.
    golden : str
        The expected rows, as :func:`policy_rows` writes them; empty lines and lines that begin
        with ``#`` are left out, and a row may go on in the next, indented line.
    neutral : float
        A level that limits nothing.
    tighter : sequence of float
        Levels tighter than the policy's, in order; the last may be infeasible.
    nothing : Policy, optional
        The same kind, matching nothing in the case; only a kind that names nothing needs none.
    scenarios : Scenarios, optional
        Omitted: those that the case lists, or 20 draws.
    priced : bool
        False for a limit on the objective itself, which no level above the optimum touches.

    Raises
    ------
    AssertionError
        With every check that failed.
    """
    place = tiny_case() if case is None else case
    levels = [neutral, policy.level_value, *tighter]
    trials = [trial(place, [policy.with_level(v)], scenarios) for v in levels]
    failures = [
        *_golden_failures(policy, place, golden),
        *_face_failures(policy, levels, trials, priced=priced),
        *_tightening_failures(policy, levels, trials),
        *_neutral_failures(policy, place, trials[0], scenarios),
        *_price_failures(policy, place, trials[1], scenarios),
        *_name_failures(policy, place),
        *_nothing_failures(policy, place, nothing, scenarios),
        *_toml_failures(policy),
    ]
    if failures:
        lines = "\n".join(f"- {failure}" for failure in failures)
        raise AssertionError(f"policy {policy.name!r} fails {len(failures)} checks:\n{lines}")


def _golden_failures(policy: Policy, case: Case, golden: str) -> Iterator[str]:
    expected: list[str] = []
    indent = None
    for line in golden.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        depth = len(line) - len(line.lstrip())
        indent = depth if indent is None else indent
        if depth > indent and expected:
            expected[-1] += " " + line.strip()
        else:
            expected.append(line.strip())
    found = policy_rows(case, policy)
    if found != expected:
        difference = "\n".join(
            difflib.unified_diff(expected, found, "expected", "found", lineterm="")
        )
        yield f"rows: they are not the expected ones\n{difference}"


def _face_failures(
    policy: Policy, levels: Sequence[float], trials: Sequence[Trial], *, priced: bool
) -> Iterator[str]:
    missing = priced
    for level, found in zip(levels, trials, strict=True):
        if found.view is None:
            continue
        values = policy.with_level(level).measure(found.view)
        room = TOLERANCE * (1.0 + abs(level))
        sign = 1.0 if policy.upper else -1.0
        for label, value in values.items():
            if not sign * (value - level) <= room:
                yield f"faces: {label} measures {value!r} in a plan that keeps {level!r}"
        if abs(found.price) > TOLERANCE * (1.0 + abs(found.objective)):
            missing = False
            worst = max((sign * value for value in values.values()), default=-math.inf) * sign
            if not abs(worst - level) <= room:
                yield f"faces: the level {level!r} has a price, and the plan measures {worst!r}"
    if missing:
        yield "faces: no level has a price, so that nothing is shown; give tighter levels"


def _tightening_failures(
    policy: Policy, levels: Sequence[float], trials: Sequence[Trial]
) -> Iterator[str]:
    sign = 1.0 if policy.upper else -1.0
    if any(sign * (b - a) >= 0 for a, b in pairwise(levels)):
        yield f"tightening: the levels {levels} are not in order, from neutral to tight"
    for i, (before, after) in enumerate(pairwise(trials)):
        if after.objective < before.objective - 1e-9 * (1.0 + abs(before.objective)):
            yield (
                f"tightening: from {levels[i]!r} to {levels[i + 1]!r} the cost falls from "
                f"{before.objective!r} to {after.objective!r}"
            )
    if not trials[-1].objective > trials[0].objective + TOLERANCE:
        yield "tightening: the tightest level costs nothing, so that nothing is shown"


def _neutral_failures(
    policy: Policy, case: Case, neutral: Trial, scenarios: Scenarios | None
) -> Iterator[str]:
    free = trial(case, [], scenarios)
    if not abs(neutral.objective - free.objective) <= 1e-9 * (1.0 + abs(free.objective)):
        yield f"neutral: the cost is {neutral.objective!r} and {free.objective!r} without"
    if abs(neutral.price) > TOLERANCE:
        yield f"neutral: the level has a price, {neutral.price!r}"


def _price_failures(
    policy: Policy, case: Case, found: Trial, scenarios: Scenarios | None
) -> Iterator[str]:
    """Yield what contradicts the price being a subgradient of the cost."""
    if found.view is None:
        yield f"price: the level {policy.level_value!r} is infeasible; give one that binds"
        return
    step = 1e-3 * max(abs(policy.level_value), 1e-3)
    for change in (step, -step):
        there = trial(case, [policy.with_level(policy.level_value + change)], scenarios)
        least = found.objective + found.price * change
        # Where the level multiplies a variable the cost is convex only to first order.
        room = 1e-2 * abs(found.price * change) + 1e-9 * (1.0 + abs(found.objective))
        if there.objective < least - room:
            yield (
                f"price: {found.price!r} says that the cost is at least {least!r} at "
                f"{policy.level_value + change!r}, and it is {there.objective!r}"
            )


def _name_failures(policy: Policy, case: Case) -> Iterator[str]:
    for name, wrong in _NAMING.items():
        if name in type(policy).model_fields:
            bad = policy.model_copy(update={name: wrong, "allow_empty": True})
            text = wrong if isinstance(wrong, str) else wrong[0]
            yield from _refusal_failures(f"names: an unknown {name}", bad, case, text)


def _nothing_failures(
    policy: Policy, case: Case, nothing: Policy | None, scenarios: Scenarios | None
) -> Iterator[str]:
    if nothing is None:
        if set(_NAMING) & set(type(policy).model_fields):
            yield "nothing: give a policy of this kind that matches nothing"
        return
    if type(nothing) is not type(policy):
        yield f"nothing: it is a {nothing.kind}, not a {policy.kind}"
    yield from _refusal_failures(
        "nothing: a policy that matches nothing", nothing, case, nothing.name
    )
    allowed = nothing.model_copy(update={"allow_empty": True})
    rows = policy_rows(case, allowed)
    if rows:
        yield f"nothing: the policy that matches nothing has rows: {rows}"
    elif trial(case, [allowed], scenarios).objective != trial(case, [], scenarios).objective:
        yield "nothing: the policy that matches nothing changes the cost"


def _refusal_failures(what: str, policy: Policy, case: Case, text: str) -> Iterator[str]:
    try:
        policy_rows(case, policy)
    except InputError as error:
        if text not in str(error):
            yield f"{what} is refused without naming it: {error}"
    else:
        yield f"{what} is not refused"


def _toml_failures(policy: Policy) -> Iterator[str]:
    text = dumps({"policy": [policy_toml(policy)]})
    back = parse_policies(tomllib.loads(text)["policy"])
    if back != (policy,):
        yield f"TOML: {policy!r} comes back as {back!r} from\n{text}"
    if not policy.sentence().endswith("."):
        yield f"words: {policy.sentence()!r} is no sentence"
    if not policy.unit:
        yield "words: its price has no unit"
    if policy.with_level(policy.level_value) != policy:
        yield "words: with_level at its own level changes the policy"
