"""Costs by kind, discounted to the start: what the objective adds up and the result reports."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from diversify.formulation.emissions import carbon_cost, carbon_priced
from diversify.formulation.flows import delivered
from diversify.formulation.investing import ops_costs, plan_costs, planned_costs
from diversify.formulation.network import Network
from diversify.formulation.pool_costs import (
    planned_pool_costs,
    pool_ops_costs,
    pool_plan_costs,
)

PLAN_KINDS = ("booking", "qualification", "stock_purchase")
OPS_KINDS = (
    "mine",
    "refine",
    "make",
    "recycle",
    "freight",
    "tariff",
    "spot",
    "holding",
    "stock_resale",
    "shortage",
)


def add_costs(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Add the cost of the plan and of one scenario, each split by kind [USD, present value].

    .. math:: cost = \textstyle\sum_t d_t (fr_l + tariff_l\, p_c)\, flow_{l,t}
        + d_t\, cost_s\, run_{s,r,t} + d_t\, h_{b,c}\, stock_{b,c,t}
        + d_t\, v_{b,c,k}\, short_{b,c,k,t} - d_T\, p_c (1 - \delta_{b,c})\, stock_{b,c,T}

    and the cost of emissions (:func:`diversify.formulation.emissions.carbon_cost`) where they have
    a price, added tariffs and price floors (:func:`diversify.formulation.measures.read_measures`).

    Stock left at the end is worth its purchase price less the stated discount, so that the end of
    the horizon does not empty it for nothing. Its capital cost is in the discounting: it is paid
    for before the first period and returned after the last.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives the expressions ``plan.cost[kind]`` and ``ops.cost[kind]``.
    network : Network
        The network of the case.
    """
    more_plan, more_ops = plan_costs(m, network), ops_costs(m, network)
    more_plan |= pool_plan_costs(m, network)
    more_ops |= pool_ops_costs(m, network)
    m.plan.cost = pyo.Expression([*PLAN_KINDS, *more_plan])
    carbon = carbon_priced(network)
    floors = ["price_floor"] if network.measures.floor else []
    rises = ["price_rise"] if network.rises.sets else []
    m.ops.cost = pyo.Expression(
        [*OPS_KINDS, *more_ops, *floors, *rises, *(["carbon"] if carbon else [])]
    )
    for kind, expression in (_plan_costs(m, network) | more_plan).items():
        m.plan.cost[kind] = expression
    for kind, expression in (_ops_costs(m, network) | more_ops).items():
        m.ops.cost[kind] = expression
    for kind in rises:
        d = network.discount
        m.ops.cost[kind] = sum(d[t] * m.ops.dearer[p, t] for p, t in m.ops.dearer)
    if carbon:
        m.ops.cost["carbon"] = carbon_cost(network, m.ops, delivered(m.ops))


def _plan_costs(m: pyo.ConcreteModel, network: Network) -> dict[str, Any]:
    plan, lanes, d = m.plan, network.lanes, network.discount
    booking = lanes["booking_cost"].to_dict()
    fixed = network.sites["fixed_cost"].to_dict()
    resale = _resale(network)
    return {
        "booking": sum(
            d[t] * booking[lane] * plan.book[lane, t] for lane, t in plan.book if booking[lane] > 0
        ),
        "qualification": sum(fixed[s] * plan.qualify[s] for s in plan.qualify),
        "stock_purchase": sum(
            network.price[c] * plan.bought[b, c] - resale[b, c] * plan.sold[b, c]
            for b, c in plan.target
        ),
    }


def _resale(network: Network) -> dict[tuple[str, str], float]:
    lost = network.stocks["end_discount"].to_dict()
    return {(b, c): network.price[c] * (1 - lost[b, c]) for b, c in network.stocks.index}


def _ops_costs(m: pyo.ConcreteModel, network: Network) -> dict[str, Any]:
    ops, lanes, sites, d = m.ops, network.lanes, network.sites, network.discount
    freight, duty = lanes["freight"].to_dict(), lanes["duty"].to_dict()
    added, floor = network.measures.duty, network.measures.floor
    premium = (lanes["spot_premium"] * lanes["value"]).to_dict()
    stage, cost = sites["stage"].to_dict(), sites["cost"].to_dict()
    holding = network.stocks["holding_cost"].to_dict()
    resale = _resale(network)
    value = {(b, c, k): v for (b, c), rows in network.tiers.items() for k, _, v in rows}
    moved = [*((i, ops.flow[i]) for i in ops.flow), *((i, ops.spot[i]) for i in ops.spot)]
    last = network.case.periods - 1
    kinds: dict[str, Any] = {
        kind: sum(
            d[t] * cost[s] * ops.activity[s, r, t].expr
            for s, r, t in network.runs
            if stage[s] == kind and cost[s]
        )
        for kind in ("mine", "refine", "make", "recycle")
    }
    kinds["freight"] = sum(d[t] * freight[lane] * x for (lane, t), x in moved if freight[lane])
    kinds["tariff"] = sum(
        d[t] * (duty[lane] + added.get((lane, t), 0.0)) * x
        for (lane, t), x in moved
        if duty[lane] or (lane, t) in added
    )
    if floor:
        kinds["price_floor"] = sum(d[t] * floor[i, t] * x for (i, t), x in moved if (i, t) in floor)
    kinds["spot"] = sum(
        d[t] * premium[lane] * ops.spot[lane, t] for lane, t in ops.spot if premium[lane]
    )
    kinds["holding"] = sum(
        d[t] * holding[b, c] * ops.stock[b, c, t] for b, c, t in ops.stock if holding[b, c]
    )
    kinds["stock_resale"] = sum(
        -d[-1] * resale[b, c] * ops.stock[b, c, last] for b, c in network.stocks.index
    )
    kinds["shortage"] = sum(
        d[t] * value[b, c, k] * ops.short[b, c, k, t] for b, c, k, t in ops.short
    )
    return kinds


def planned_spend(m: pyo.ConcreteModel, network: Network) -> Any:
    """Return the cost of the undisturbed plan, without the value of lost output, as an expression.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template.
    network : Network
        The network of the case.

    Returns
    -------
    pyomo expression
        In USD, present value; stocks are counted as bought and held, not as sold at the end.
    """
    plan, lanes, d = m.plan, network.lanes, network.discount
    unit = (lanes["freight"] + lanes["duty"]).to_dict()
    cost = network.sites["cost"].to_dict()
    holding = network.stocks["holding_cost"].to_dict()
    return (
        sum(m.plan.cost[kind] for kind in m.plan.cost)
        + sum(
            d[t] * (unit[lane] + network.measures.charge(lane, t)) * x
            for (lane, t), x in plan.book.items()
        )
        + sum(d[t] * cost[s] * x.expr for (s, r, t), x in plan.activity.items())
        + sum(sum(d[:-1]) * holding[b, c] * plan.target[b, c] for b, c in plan.target)
        + planned_costs(m, network)
        + planned_pool_costs(m, network)
        + carbon_cost(network, plan, lambda lane, t: plan.book[lane, t])
    )
