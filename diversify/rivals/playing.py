"""Several buyers of one case: whose policies are whose, who comes when, and all the solves."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Literal

from diversify.api import solve
from diversify.case import Case
from diversify.errors import Finding, InfeasibleError, InputError
from diversify.jobs import Progress, job_scenarios, restricted
from diversify.policies import Policy
from diversify.result.plan import Plan
from diversify.rivals.record import Rivalry
from diversify.rivals.runs import Runs, tables
from diversify.scenarios import Scenarios
from diversify.solver.methods import Method

Policies = Mapping[str, Sequence[Policy]]
Orders = Literal["given", "all"] | Sequence[Sequence[str]]


def compete(
    case: Case,
    buyers: Sequence[str] | None = None,
    policies: Policies | Sequence[Policy] = (),
    *,
    orders: Orders = "given",
    effects: bool = True,
    scenarios: int | Scenarios | None = None,
    seed: int | None = None,
    gap: float | None = None,
    method: Method = "auto",
    progress: Progress | None = None,
) -> Rivalry:
    """Return what buyers of the same capacity pay and lack: jointly, alone, and in turn.

    Jointly, one model serves all at the least cost to all, and every buyer keeps its own policies.
    Alone, each has all capacities to itself. In turn, who comes first takes what is best for it;
    the next makes do with what is left of capacities, quotas between sites and joint limits. A
    by-product that an earlier buyer leaves is not handed on.

    Parameters
    ----------
    case : Case
        With several buyers. Its own policies are left out: they bind the buyers jointly.
    buyers : sequence of str, optional
        Who competes, in the order of the turns; omitted: the case's default buyers, or all.
    policies : mapping or sequence of Policy
        By buyer; or for every buyer alike. Each needs a field ``buyer`` and is applied to its
        buyer's deliveries only.
    orders : {"given", "all"} or sequence of sequences
        The orders of the turns.
    effects : bool
        Whether to solve again without the policies of each buyer that has some.
    scenarios, seed, gap, method
        As in :func:`diversify.solve`; all settings meet the same draws.
    progress : callable, optional
        Called with the name of each setting as it begins.

    Returns
    -------
    Rivalry
        Settings that cannot be met have the status ``infeasible`` and no numbers; whoever comes
        after such a buyer finds what the ones before that buyer left.

    Raises
    ------
    InputError
        If there are fewer than two buyers, a policy cannot be one buyer's, or an order does not
        name each buyer once.

    Examples
    --------
    >>> import diversify as dv
    >>> found = dv.compete(dv.example("gallium-germanium"), ["EU27", "JPN"], scenarios=2, seed=1)
    >>> found.table["mode"].tolist()
    ['joint', 'joint', 'alone', 'alone', 'in turn', 'in turn']
    """
    begin = time.perf_counter()
    chosen = restricted(case, buyers)
    names = tuple(buyers) if buyers is not None else chosen.buyers
    own = _own(names, policies)
    turns = _turns(names, orders)
    batch = job_scenarios(chosen, scenarios, seed)

    def run(who: Sequence[str], limits: Sequence[Policy]) -> Plan | None:
        try:
            return solve(
                chosen,
                *limits,
                buyer=list(who),
                scenarios=batch,
                case_policies=False,
                out_of_sample=0,
                gap=gap,
                method=method,
            )
        except InfeasibleError:
            return None

    runs = Runs(own, run, batch, progress or (lambda _: None))
    for without in ("", *(b for b in names if own[b] and effects)):
        runs.joint(names, without)
        for buyer in names:
            runs.alone(buyer, without)
        for order in turns:
            runs.turn(order, without)
    found = tables(names, runs)
    return Rivalry(names, own, runs.plans, time.perf_counter() - begin, found)


def _own(
    names: Sequence[str], policies: Policies | Sequence[Policy]
) -> dict[str, tuple[Policy, ...]]:
    """Return the policies of each buyer, each about that buyer only."""
    if len(names) < 2:
        raise InputError([_refused("buyers", names, "one buyer has no rival", "name two or more")])
    given = policies if isinstance(policies, Mapping) else dict.fromkeys(names, tuple(policies))
    findings = [
        _refused("policies", name, "it is none of the buyers", f"name one of {', '.join(names)}")
        for name in given
        if name not in names
    ]
    own: dict[str, tuple[Policy, ...]] = dict.fromkeys(names, ())
    for name in names:
        found = []
        for policy in given.get(name, ()):
            fields = type(policy).model_fields
            if "buyer" not in fields or getattr(policy, "buyer", None) not in (None, name):
                findings.append(
                    policy.finding(
                        "buyer",
                        getattr(policy, "buyer", None),
                        f"it cannot be a policy of {name} alone",
                        "give policies that have a field buyer, such as share_cap, and leave it "
                        "empty",
                    )
                )
                continue
            label = policy.name if name in policy.name else f"{policy.name} of {name}"
            found.append(policy.model_copy(update={"buyer": name, "name": label}))
        own[name] = tuple(found)
    if findings:
        raise InputError(findings)
    return own


def _turns(names: tuple[str, ...], orders: Orders) -> list[tuple[str, ...]]:
    if orders == "given":
        return [names]
    if orders == "all":
        return list(itertools.permutations(names))
    found = [tuple(order) for order in orders]
    findings = [
        _refused("orders", order, "it does not name each buyer once", f"order {', '.join(names)}")
        for order in found
        if sorted(order) != sorted(names)
    ]
    if findings:
        raise InputError(findings)
    return found


def _refused(column: str, value: object, message: str, remedy: str) -> Finding:
    words = value if isinstance(value, str) else ", ".join(map(str, value))  # type: ignore[call-overload]
    return Finding.error(
        table="compete", column=column, value=words, message=message, remedy=remedy
    )
