"""Joint limits of trade measures: quotas, bans and the wait for licences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.flows import delivered
from diversify.formulation.linking import reach
from diversify.formulation.measures import Limit, most_passing
from diversify.formulation.network import Network


def add_trade(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Add a row for each joint limit and period, in the plan and where a scenario may pass it.

    .. math:: \textstyle\sum_{l \in lanes(g)} book_{l,t} \le
        f_{g,t}\, quantity_g + (1 - f_{g,t}) \sum_{l \in lanes(g)} M_l

    (less where others hold meanwhile, :func:`diversify.formulation.measures.most_passing`), with
    :math:`f` the part of the period in which the measure is in force and :math:`M_l` what
    capacities and recipes let through (:func:`diversify.formulation.linking.reach`): outside its
    dates, a lane carries what it can. Where that is unlimited, a period that is covered in part
    has no row. A scenario needs its own row only where flex or spot may go beyond the bookings.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template, with bookings and flows; receives ``plan.trade`` and ``ops.trade``.
    network : Network
        The network of the case.
    """
    plan, ops, lanes = m.plan, m.ops, network.lanes
    limits = {limit.measure: limit for limit in network.measures.limits}
    most = trade_limits(network)
    active = set(network.active)
    loose = {str(i) for i in lanes.index[(lanes["flex"] > 0) | (lanes["spot_limit"] > 0)]}

    def carrying(limit: Limit, t: int) -> list[str]:
        return [lane for lane in limit.lanes if (lane, t) in active]

    def rows(moved: Callable[[str, int], Any], index: list[tuple[str, int]]) -> Any:
        return pyo.Constraint(
            index,
            rule=lambda _, name, t: (
                sum(moved(lane, t) for lane in carrying(limits[name], t)) <= most[name, t]
            ),
        )

    index = [(name, t) for name, t in most if carrying(limits[name], t)]
    plan.trade = rows(lambda lane, t: plan.book[lane, t], index)
    ops.trade = rows(
        delivered(ops), [(name, t) for name, t in index if loose & set(limits[name].lanes)]
    )


def trade_limits(network: Network) -> dict[tuple[str, int], float]:
    """Return the most that each joint limit lets pass in each period that it covers.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    dict
        Tonnes by measure and period, in the order of names and periods; unlimited ones are left
        out.
    """
    limits = network.measures.limits
    otherwise: dict[str, float] = {}
    if any(limit.part(t) < 1 for limit in limits for t in limit.spans):
        otherwise = reach(network, {str(i): float(q) for i, q in network.lanes["quota"].items()})
    else:
        otherwise = dict.fromkeys(network.lanes.index, math.inf)
    found = {
        (limit.measure, t): most_passing(limit.lanes, limits, t, otherwise)
        for limit in limits
        for t in limit.spans
    }
    return {key: value for key, value in found.items() if math.isfinite(value)}
