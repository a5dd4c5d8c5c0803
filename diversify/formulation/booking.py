"""First stage: what is booked, which sites are qualified, and the undisturbed plan they imply."""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.expanding import add_expansions, built, largest_capacity
from diversify.formulation.linking import ROOM, WORTH, reach
from diversify.formulation.network import Network
from diversify.formulation.processing import add_processing


def add_booking(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Add the booked volumes and the yes/no decisions of the first stage.

    .. math:: 0 \le book_{l,t} \le quota_l, \quad
        book_{l,t} \le \min(quota_l, \overline{out}_l, M_l)\, qualify_{s(l)}, \quad
        book_{l,t} \le M_l\, qualify_{d(l)}, \quad
        \textstyle\sum_{l \in out(s)} book_{l,t} \ge offtake_s\, qualify_s

    with :math:`M_l` what quotas, capacities and recipes along the chain let through at all
    (:func:`diversify.formulation.linking.reach`).

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives ``plan.book``, ``plan.qualify`` and their rows.
    network : Network
        The network of the case.
    """
    plan, lanes, sites = m.plan, network.lanes, network.sites
    limits = {str(lane): float(q) for lane, q in lanes["quota"].items()}
    plan.book = pyo.Var(
        network.active,
        bounds=lambda _, lane, t: (0, _upper(limits[lane])),
    )
    decided = [s for s in sites.index if network.site(s, "decision")]
    plan.qualify = pyo.Var(decided, domain=pyo.Binary)
    add_expansions(m, network)
    most = reach(network, limits) if decided else {}

    def link(_: Any, lane: str, t: int) -> Any:
        site = network.lane(lane, "origin")
        own = largest_output(network, site, network.lane(lane, "commodity"))
        return plan.book[lane, t] <= min(limits[lane], own, ROOM * most[lane]) * plan.qualify[site]

    def feed_link(_: Any, lane: str, t: int) -> Any:
        site = network.lane(lane, "destination")
        return plan.book[lane, t] <= ROOM * most[lane] * plan.qualify[site]

    plan.link = pyo.Constraint(
        [(i, t) for i, t in network.active if network.lane(i, "origin") in set(decided)], rule=link
    )
    plan.feed_link = pyo.Constraint(
        [
            (i, t)
            for i, t in network.active
            if (site := network.lane(i, "destination")) in set(decided)
            # The site's own capacity says as much.
            and ROOM * most[i] < WORTH * largest_input(network, site, network.lane(i, "commodity"))
        ],
        rule=feed_link,
    )
    taken = [
        (s, t)
        for s in decided
        if network.site(s, "minimum_offtake") > 0
        for t in range(first_offtake(network, s), network.case.periods)
    ]

    def offtake(_: Any, site: str, t: int) -> Any:
        leaving = [lane for lane in lanes.index[lanes["origin"] == site] if (lane, t) in plan.book]
        return (
            sum(plan.book[lane, t] for lane in leaving)
            >= float(network.site(site, "minimum_offtake")) * plan.qualify[site]
        )

    plan.offtake = pyo.Constraint(taken, rule=offtake)
    add_processing(plan, network, moved=_booked(plan), capacity=nominal_capacity(m, network))


def first_offtake(network: Network, site: str) -> int:
    """Return the first period in which a site owes its minimum offtake, from 0.

    That is the first in which it can be so large, with what may have been built by then; if it
    never can, the first in which it delivers at all.
    """
    first, least = (network.site(site, c) for c in ("first_period", "minimum_offtake"))
    return next(
        (
            t
            for t in range(first, network.case.periods)
            if largest_capacity(network, site, t) >= least * (1 - 1e-9)
        ),
        int(first),
    )


def _booked(plan: Any) -> Any:
    def moved(lane: str, t: int) -> Any:
        return plan.book[lane, t] if (lane, t) in plan.book else 0.0

    return moved


def _upper(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None


def largest_output(network: Network, site: str, commodity: str) -> float:
    """Most that a site can make of a commodity in a period [t]: capacity times its best recipe."""
    return _largest(network, site, commodity, "output")


def largest_input(network: Network, site: str, commodity: str) -> float:
    """Most that a site can use of a commodity in a period [t]."""
    return _largest(network, site, commodity, "input")


def _largest(network: Network, site: str, commodity: str, side: str) -> float:
    best = max(
        (sides[side].get(commodity, 0.0) for (s, _), sides in network.recipes.items() if s == site),
        default=0.0,
    )
    return largest_capacity(network, site) * best


def nominal_capacity(m: pyo.ConcreteModel, network: Network) -> Any:
    """Capacity of a site in a period with nothing down, as a number or an expression."""
    added = built(m, network)

    def capacity(site: str, t: int) -> Any:
        size = float(network.site(site, "capacity"))
        own = size * m.plan.qualify[site] if network.site(site, "decision") else size
        return own + added(site, t)

    return capacity
