"""Shares that cannot add up, found before anything is solved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diversify.errors import Finding, InputError
from diversify.policies.base import Policy
from diversify.policies.share_policy import SharePolicy

if TYPE_CHECKING:
    from diversify.formulation import Network
    from diversify.policies.shares import ShareRow

Span = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a cap or floor says about some lanes: their joint share is at most or at least so much.

    Attributes
    ----------
    policy : str
        Name of the policy.
    group : str
        Whose share it is.
    share : float
        The level.
    upper : bool
        Whether it is a cap.
    lanes : frozenset of str
        The lanes of the group.
    """

    policy: str
    group: str
    share: float
    upper: bool
    lanes: frozenset[str]


def refuse_impossible(network: Network, policies: Iterable[Policy]) -> None:
    r"""Refuse caps and floors on shares that no volumes can keep, whatever the data.

    .. math:: \nexists\, s \ge 0: \; \textstyle\sum_l s_l = 1, \quad
        \sum_{l \in cap} s_l \le share, \quad \sum_{l \in floor} s_l \ge share

    Limits that look through to the mine are left to the solver.

    Parameters
    ----------
    network : Network
        The network of the case.
    policies : iterable of Policy
        What a plan is to keep.

    Raises
    ------
    InputError
        With the arithmetic of each clash: caps that add up to less than 1, floors to more, floors
        above caps.
    """
    counted = [
        (policy, row)
        for policy in policies
        if isinstance(policy, SharePolicy) and not policy.through and not policy.open
        for row in policy.share_rows(network)
    ]
    active = set(network.active)
    clashes: dict[tuple[str, tuple[Rule, ...]], list[str]] = {}
    known: dict[tuple[frozenset[str], tuple[Rule, ...]], tuple[Rule, ...]] = {}
    spans = {(_place(row), row.periods): row for _, row in counted}
    for (place, span), row in spans.items():
        every = frozenset(i for i in row.every if any((i, t) in active for t in span))
        rules = _rules([(p, r) for p, r in counted if _place(r) == place], span, every)
        if (every, rules) not in known:
            known[every, rules] = _clash(sorted(every), rules) if every else ()
        clash = known[every, rules]
        if clash:
            where = f"{row.material} at the {row.stage} stage" + (
                f" to {row.buyer}" if row.buyer else ""
            )
            clashes.setdefault((where, clash), []).append(row.period)
    if clashes:
        raise InputError([_finding(*key, periods) for key, periods in clashes.items()])


def _place(row: ShareRow) -> tuple[str, str, str | None]:
    return row.material, row.stage, row.buyer


def _rules(
    counted: Sequence[tuple[SharePolicy, ShareRow]], span: Span, every: frozenset[str]
) -> tuple[Rule, ...]:
    """Return what holds over a span: a share kept in each part of it is kept in the whole."""
    covered: dict[tuple[str, str], set[int]] = {}
    found: dict[tuple[str, str], Rule] = {}
    for policy, row in counted:
        if set(row.periods) <= set(span):
            key = policy.name, row.group
            covered.setdefault(key, set()).update(row.periods)
            found[key] = Rule(*key, policy.share, policy.upper, frozenset(row.lanes) & every)
    return tuple(found[key] for key, periods in covered.items() if periods == set(span))


def _clash(lanes: Sequence[str], rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return rules that cannot hold together, none where all can."""
    from scipy.optimize import linprog

    n = len(lanes)
    sign = np.array([1.0 if rule.upper else -1.0 for rule in rules])
    inside = np.array([[lane in rule.lanes for lane in lanes] for rule in rules], dtype=float)
    # The last variable is how far the worst rule is missed.
    left = np.hstack([sign[:, None] * inside, -np.ones((len(rules), 1))])
    right = sign * np.array([rule.share for rule in rules])
    total = np.array([[*np.ones(n), 0.0]])
    answer = linprog([*np.zeros(n), 1.0], left, right, total, [1.0], method="highs")
    if answer.fun is None or answer.fun <= 1e-9:
        return ()
    return tuple(
        rule for rule, y in zip(rules, answer.ineqlin.marginals, strict=True) if abs(y) > 1e-9
    )


def _finding(where: str, rules: Sequence[Rule], periods: Sequence[str]) -> Finding:
    caps = [rule for rule in rules if rule.upper]
    floors = [rule for rule in rules if not rule.upper]
    said = " and ".join(dict.fromkeys(f"policy {rule.policy!r}" for rule in rules))
    when = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    if not floors:
        what = f"its caps add up to {_sum(caps)}, below 1, so that nothing could be delivered"
        remedy = "raise the caps, or name the stage and the material that are meant"
    elif not caps:
        what = f"its floors add up to {_sum(floors)}, above 1"
        remedy = "lower the floors"
    else:
        what = f"its floors ask for {_sum(floors)}, and its caps allow {_sum(caps)}"
        remedy = "lower the floor, or raise the cap"
    return Finding.error(
        table="policy",
        column="share",
        value=", ".join(f"{rule.share:g}" for rule in rules),
        message=f"{said}: {where} in {when}: {what}",
        remedy=remedy,
        code="C48" if not floors else "C49",
    )


def _sum(rules: Sequence[Rule]) -> str:
    terms = " + ".join(f"{rule.share:g} ({rule.group})" for rule in rules)
    total = sum(rule.share for rule in rules)
    return terms if len(rules) == 1 else f"{terms} = {total:g}"
