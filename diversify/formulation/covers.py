"""Covers: what demand asks of the yes/no decisions, however much is booked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.flows import delivered
from diversify.formulation.linking import reach
from diversify.formulation.network import Network
from diversify.formulation.substitution import replaced
from diversify.formulation.symbols import Symbols

Key = tuple[str, str, str, int]


def add_covers(m: pyo.ConcreteModel, network: Network, symbols: Symbols) -> None:
    r"""Add for each decision and demand that what comes by other ways, or a yes, serves it.

    .. math:: needed_{b,c,t}\, qualify_s + \sum_{l \notin L_s} moved_{l,t} + \sum_k short_{b,c,k,t}
        + (1 - loss)\, stock_{b,c,t-1} + \sum_o replaced_{b,c,o,t} \ge needed_{b,c,t}

    with :math:`L_s` the lanes that carry nothing unless :math:`s` is approved. Every feasible
    point keeps it: with a yes the first term alone does, without one :math:`L_s` is empty-handed
    and the row follows from the demand's. So it cuts off no plan, not one that books more than
    demand as a hedge either; in the relaxation, where a small part of a yes lets a small part of
    a large capacity through, it asks for the part of *demand* that is served.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template, with demand; receives ``plan.cover`` and ``ops.cover``.
    network : Network
        The network of the case.
    symbols : Symbols
        The data symbols of the template.
    """
    plan, ops = m.plan, m.ops
    keys = _covered(network, list(plan.qualify))
    tiers = {(b, c): [k for k, _, _ in rows] for (b, c), rows in network.tiers.items()}

    def rows(
        block: Any,
        moved: Callable[[str, int], Any],
        held: Callable[[str, str, int], Any],
        surge: Callable[[str, str, int], Any],
    ) -> Any:
        less = replaced(block, network)

        def cover(_: Any, site: str, b: str, c: str, t: int) -> Any:
            needed = network.demand[b, c, t] * surge(b, c, t)
            others = [i for i in network.lanes_to[b, c] if i not in keys[site, b, c, t]]
            return (
                needed * plan.qualify[site]
                + sum(moved(lane, t) for lane in others)
                + sum(block.short[b, c, k, t] for k in tiers.get((b, c), ()) if not firm(b, c))
                + held(b, c, t)
                + less(b, c, t)
                >= needed
            )

        return pyo.Constraint(list(keys), rule=cover)

    def firm(b: str, c: str) -> bool:
        return network.firm.get((b, c), True)

    def held(b: str, c: str, t: int) -> Any:
        if (b, c) not in plan.target:
            return 0.0
        before = plan.target[b, c] if t == 0 else ops.stock[b, c, t - 1]
        return (1.0 - float(network.stock(b, c, "loss_rate"))) * before

    def booked(lane: str, t: int) -> Any:
        return plan.book[lane, t] if (lane, t) in plan.book else 0.0

    plan.cover = rows(plan, booked, lambda b, c, t: 0.0, lambda b, c, t: 1.0)
    ops.cover = rows(ops, delivered(ops), held, symbols.surge)


def _covered(network: Network, decided: list[str]) -> dict[Key, frozenset[str]]:
    """Return the lanes to a demand that need a decision, where those could carry more than it."""
    if not decided:
        return {}
    quotas = {str(lane): float(quota) for lane, quota in network.lanes["quota"].items()}
    most = reach(network, quotas)
    active = set(network.active)
    found: dict[Key, frozenset[str]] = {}
    for site in decided:
        closed = closed_without(network, site)
        for (b, c, t), size in network.demand.items():
            mine = frozenset(i for i in network.lanes_to.get((b, c), []) if i in closed)
            largest = sum(most[lane] for lane in mine if (lane, t) in active)
            if size > 0 and largest > size:
                found[site, b, c, t] = mine
    return found


def closed_without(network: Network, site: str) -> frozenset[str]:
    """Return the lanes that carry nothing while a site is closed.

    Parameters
    ----------
    network : Network
        The network of the case.
    site : str
        Name of the site.

    Returns
    -------
    frozenset of str
        Its own lanes, those into and out of sites that have nothing to work on or nowhere to
        put it through, and so on along the chain.
    """
    closed: set[str] = set()
    dead = {key for key in network.recipes if key[0] == site}
    made: dict[tuple[str, str], set[tuple[str, str]]] = {}
    used: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for key, sides in network.recipes.items():
        for side, found in (("output", made), ("input", used)):
            for commodity in sides[side]:
                found.setdefault((key[0], commodity), set()).add(key)
    rows = network.lanes
    ends = [
        (str(lane), made.get((origin, commodity), set()), used.get((end, commodity), set()))
        for lane, origin, end, commodity in zip(
            rows.index, rows["origin"], rows["destination"], rows["commodity"], strict=True
        )
    ]
    while True:
        before = len(closed), len(dead)
        closed |= {
            lane
            for lane, makers, users in ends
            if (makers and makers <= dead) or (users and users <= dead)
        }
        dead |= {
            key
            for key, sides in network.recipes.items()
            if any(closed.issuperset(network.lanes_to.get((key[0], c), [])) for c in sides["input"])
        }
        if before == (len(closed), len(dead)):
            return frozenset(closed)
