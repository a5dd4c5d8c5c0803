"""Shares that cannot add up, found before anything is solved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diversify.errors import Finding, InputError
from diversify.policies.base import Policy
from diversify.policies.share_policy import SharePolicy

if TYPE_CHECKING:
    from diversify.formulation import Network
    from diversify.formulation.lots import Cell, Lots
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
    cells : frozenset of tuple
        The lots of the group, each a lane and a state, where it looks through to the mine.
    lots : Lots or None
        What these lots are a part of.
    """

    policy: str
    group: str
    share: float
    upper: bool
    lanes: frozenset[str]
    cells: frozenset[Cell] = frozenset()
    lots: Lots | None = None


class _Open:
    """Which lanes deliver in some periods, and which lots they can carry then."""

    def __init__(self, network: Network) -> None:
        self.active = set(network.active)
        runs: dict[int, list[tuple[str, str]]] = {t: [] for t in network.periods}
        lanes: dict[int, list[str]] = {t: [] for t in network.periods}
        for site, recipe, t in network.runs:
            runs[t].append((site, recipe))
        for lane, t in network.active:
            lanes[t].append(lane)
        # Periods that are alike need one look.
        self._alike = {t: (tuple(runs[t]), tuple(lanes[t])) for t in network.periods}
        self._known: dict[tuple[Any, ...], frozenset[Cell]] = {}

    def lanes(self, every: Iterable[str], span: Span) -> frozenset[str]:
        """Return those of some lanes that deliver in a span."""
        return frozenset(i for i in every if any((i, t) in self.active for t in span))

    def cells(self, lots: Lots, span: Span) -> frozenset[Cell]:
        """Return the lots that some lane can carry in a span."""
        from diversify.formulation.look_through import open_cells

        found: frozenset[Cell] = frozenset()
        for t in span:
            key = lots, self._alike[t]
            if key not in self._known:
                self._known[key] = open_cells(lots, t)
            found |= self._known[key]
        return found


def refuse_impossible(network: Network, policies: Iterable[Policy]) -> None:
    r"""Refuse caps and floors on shares that no volumes can keep, whatever the data.

    .. math:: \nexists\, s \ge 0: \; \textstyle\sum_l s_l = 1, \quad
        \sum_{l \in cap} s_l \le share, \quad \sum_{l \in floor} s_l \ge share

    Where limits look through to the mine, :math:`s_l = \sum_\sigma s_{l,\sigma}` over the states
    of lots that sites and lanes which are open then can bring to the lane: the same for all of
    them, so that a floor and a cap cannot both be kept by telling two stories of the same lots.

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
        if isinstance(policy, SharePolicy) and not policy.open
        for row in policy.share_rows(network)
    ]
    now = _Open(network)
    clashes: dict[tuple[str, tuple[Rule, ...]], list[str]] = {}
    known: dict[tuple[Any, ...], tuple[Rule, ...]] = {}
    spans = {(_place(row), row.periods): row for _, row in counted}
    joined = _Joined()
    for (place, span), row in spans.items():
        every = now.lanes(row.every, span)
        rules = joined.told([(p, r) for p, r in counted if _place(r) == place], span)
        cells = {
            rule.lots: frozenset(c for c in now.cells(rule.lots, span) if c[0] in every)
            for rule in rules
            if rule.lots is not None
        }
        key = every, rules, tuple(cells.items())
        if key not in known:
            known[key] = _clash(sorted(every), rules, cells) if every else ()
        clash = known[key]
        if clash:
            where = f"{row.material} at the {row.stage} stage" + (
                f" to {row.buyer}" if row.buyer else ""
            )
            clashes.setdefault((where, clash), []).append(row.period)
    if clashes:
        raise InputError([_finding(*key, periods) for key, periods in clashes.items()])


class _Joined:
    """Rules about shares, where those that look through tell one story of where lots came from."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Lots] = {}

    def told(self, counted: Sequence[tuple[SharePolicy, ShareRow]], span: Span) -> tuple[Rule, ...]:
        """Return what holds over a span, with the lots of all that look through alike."""
        from diversify.formulation.look_through import join_lots, seen_by

        rules = _rules(counted, span)
        every = sorted({lane for _, row in counted for lane in row.every})
        found: dict[Rule, Rule] = {}
        for touched in (False, True):
            mine = [rule for rule in rules if rule.lots and rule.lots.touched is touched]
            family = tuple(dict.fromkeys(rule.lots for rule in mine if rule.lots is not None))
            if len(family) < 2:
                continue
            key = counted[0][1].material, tuple(every), family
            if key not in self._known:
                self._known[key] = join_lots(counted[0][1].material, every, family)
            lots = self._known[key]
            states = [(lane, state) for lane in every for state in lots.states[lane]]
            for rule in mine:
                k = family.index(rule.lots)
                kept = frozenset(c for c in states if (c[0], seen_by(c[1], k)) in rule.cells)
                found[rule] = replace(rule, cells=kept, lots=lots)
        return tuple(found.get(rule, rule) for rule in rules)


def _place(row: ShareRow) -> tuple[str, str, str | None]:
    return row.material, row.stage, row.buyer


def _rules(counted: Sequence[tuple[SharePolicy, ShareRow]], span: Span) -> tuple[Rule, ...]:
    """Return what holds over a span: a share kept in each part of it is kept in the whole."""
    rows: dict[tuple[str, str], list[tuple[SharePolicy, ShareRow]]] = {}
    for policy, row in counted:
        if set(row.periods) <= set(span):
            rows.setdefault((policy.name, row.group), []).append((policy, row))
    found = []
    for (name, group), parts in rows.items():
        if {t for _, row in parts for t in row.periods} == set(span):
            policy, first = parts[0]
            lanes, cells = (
                _through_time([row for _, row in parts], kind, upper=policy.upper)
                for kind in ("lanes", "cells")
            )
            found.append(Rule(name, group, policy.share, policy.upper, lanes, cells, first.lots))
    return tuple(found)


def _through_time(rows: Sequence[ShareRow], kind: str, *, upper: bool) -> frozenset[Any]:
    """Return what a group has: for a cap all the time, for a floor at any time."""
    found: frozenset[Any] | None = None
    for row in rows:
        for t in row.periods:
            mine = frozenset(x for x in getattr(row, kind) if (x, t) not in row.apart)
            found = mine if found is None else found & mine if upper else found | mine
    return found or frozenset()


def _clash(
    lanes: Sequence[str], rules: Sequence[Rule], cells: Mapping[Lots, frozenset[Cell]]
) -> tuple[Rule, ...]:
    """Return rules that cannot hold together, none where all can."""
    from scipy.optimize import linprog

    # Shares of lanes, then of lots, then how far the worst rule is missed.
    shares: list[tuple[Lots | None, Any]] = [(None, lane) for lane in lanes]
    shares += [(lots, cell) for lots, held in cells.items() for cell in sorted(held)]
    sign = np.array([1.0 if rule.upper else -1.0 for rule in rules])
    inside = np.array(
        [
            [lots is rule.lots and x in (rule.lanes if lots is None else rule.cells)
             for lots, x in shares]
            for rule in rules
        ],
        dtype=float,
    )  # fmt: skip
    left = np.hstack([sign[:, None] * inside, -np.ones((len(rules), 1))])
    right = sign * np.array([rule.share for rule in rules])
    whole = [[1.0 * (lots is None) for lots, _ in shares]]
    for of in cells:
        whole += [
            [
                -1.0 * (x == lane) if lots is None else 1.0 * (lots is of and x[0] == lane)
                for lots, x in shares
            ]
            for lane in lanes
        ]
    total = np.hstack([np.array(whole), np.zeros((len(whole), 1))])
    answer = linprog(
        [*np.zeros(len(shares)), 1.0],
        left,
        right,
        total,
        [1.0, *[0.0] * (len(whole) - 1)],
        method="highs",
    )
    if answer.fun is None or answer.fun <= 1e-9:
        return ()
    return tuple(
        rule for rule, y in zip(rules, answer.ineqlin.marginals, strict=True) if abs(y) > 1e-9
    )


def _finding(where: str, rules: Sequence[Rule], periods: Sequence[str]) -> Finding:
    caps = [rule for rule in rules if rule.upper]
    floors = [rule for rule in rules if not rule.upper]
    if any(rule.lots is not None for rule in rules):
        where += ", looked through to the mine"
    said = " and ".join(dict.fromkeys(f"policy {rule.policy!r}" for rule in rules))
    when = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    allowed = sum(rule.share for rule in caps)
    if not floors and allowed < 1:
        what = f"its caps add up to {_sum(caps)}, below 1, so that nothing could be delivered"
        remedy = "raise the caps, or name the stage and the material that are meant"
    elif not floors:
        what = (
            f"its caps add up to {_sum(caps)}, and what is delivered counts for several of them, "
            "so that nothing could be"
        )
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
