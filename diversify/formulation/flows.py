"""Second stage: what is delivered of what was booked, and what is bought on the spot."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from diversify.formulation.expanding import built
from diversify.formulation.network import Network
from diversify.formulation.processing import add_processing, implied_capacity
from diversify.formulation.rises import add_dearer
from diversify.formulation.symbols import Symbols


def add_flows(m: pyo.ConcreteModel, network: Network, symbols: Symbols) -> None:
    r"""Add deliveries, spot purchases and the processing that they need in one scenario.

    .. math:: flow_{l,t} \le (avail_{l,t} + flex_l\, extra_{l,t})\, book_{l,t}, \quad
        flow_{l,t} \ge (pre_t + take_l\, extra_{l,t})\, book_{l,t}, \quad
        spot_{l,t} \le extra_{l,t}\, limit_l

    While no news has come, ``avail = pre = 1`` and ``extra = 0``: the flow equals the booking and
    there is no spot (R10), without any big number.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives ``ops.flow``, ``ops.spot``, ``ops.run`` and their rows.
    network : Network
        The network of the case.
    symbols : Symbols
        The data symbols of the template.
    """
    ops, plan, lanes = m.ops, m.plan, network.lanes
    hazards = network.lane_hazards
    flex, take = lanes["flex"].to_dict(), lanes["take_or_pay"].to_dict()
    limit = lanes["spot_limit"].to_dict()
    origin = lanes["origin"].to_dict()
    ops.flow = pyo.Var(network.active, bounds=(0, None))
    traded = [(lane, t) for lane, t in network.active if limit[lane] > 0]
    ops.spot = pyo.Var(traded, bounds=lambda _, lane, t: (0, float(limit[lane])))

    def deliver_most(_: Any, lane: str, t: int) -> Any:
        factor = symbols.available(hazards[lane], t)
        if flex[lane] > 0:
            factor = factor + flex[lane] * symbols.after_news(hazards[lane], t)
        return ops.flow[lane, t] <= factor * plan.book[lane, t]

    def deliver_least(_: Any, lane: str, t: int) -> Any:
        factor = symbols.pre(t)
        if take[lane] > 0:
            factor = factor + take[lane] * symbols.after_news(hazards[lane], t)
        return ops.flow[lane, t] >= factor * plan.book[lane, t]

    def spot_most(_: Any, lane: str, t: int) -> Any:
        most = float(limit[lane]) * symbols.after_news(hazards[lane], t)
        if network.site(origin[lane], "decision"):
            most = most * plan.qualify[origin[lane]]
        return ops.spot[lane, t] <= most

    ops.deliver_most = pyo.Constraint(network.active, rule=deliver_most)
    ops.deliver_least = pyo.Constraint(network.active, rule=deliver_least)
    ops.spot_most = pyo.Constraint(traded, rule=spot_most)

    added = built(m, network)

    def capacity(site: str, t: int) -> Any:
        up = symbols.available(network.site_hazards[site], t)
        size = float(network.site(site, "capacity")) * up
        own = size * plan.qualify[site] if network.site(site, "decision") else size
        return own + up * added(site, t)

    add_dearer(m, network)
    add_processing(
        ops,
        network,
        moved=delivered(ops),
        capacity=capacity,
        implied=implied_capacity(network),
    )


def delivered(ops: Any) -> Any:
    """Tonnes that travel on a lane in a period of a scenario: deliveries and spot."""

    def moved(lane: str, t: int) -> Any:
        if (lane, t) not in ops.flow:
            return 0.0
        return ops.flow[lane, t] + (ops.spot[lane, t] if (lane, t) in ops.spot else 0.0)

    return moved
