"""What pools cost, by kind, where a case has any."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from diversify.formulation.network import Network
from diversify.formulation.pools import access_fees, pools


def pool_plan_costs(m: pyo.ConcreteModel, network: Network) -> dict[str, Any]:
    """Return what pools cost whatever happens, by kind [USD, present value]; none without pools."""
    if not len(m.plan.pool_target):
        return {}
    fees = access_fees(network)
    return {
        "pool_purchase": sum(network.price[c] * x for (_, c), x in m.plan.pool_target.items()),
        "pool_access": sum(network.discount[:-1]) * sum(fees[i] * m.plan.join[i] for i in fees),
    }


def pool_ops_costs(m: pyo.ConcreteModel, network: Network) -> dict[str, Any]:
    """Return what pools cost in a scenario, by kind [USD, present value]; none without pools."""
    every = {pool.key: pool for pool in pools(network)}
    if not every:
        return {}
    ops, d, last = m.ops, network.discount, network.case.periods - 1
    return {
        "pool_holding": sum(
            d[t] * every[p, c].holding_cost * x for (p, c, t), x in ops.pool_level.items()
        ),
        "pool_draw": sum(
            d[t] * every[p, c].draw_fee * x
            for (p, c, _, t), x in ops.pool_draw.items()
            if every[p, c].draw_fee
        ),
        "pool_resale": -sum(
            d[-1]
            * network.price[pool.commodity]
            * (1.0 - pool.end_discount)
            * ops.pool_level[(*key, last)]
            for key, pool in every.items()
        ),
    }


def planned_pool_costs(m: pyo.ConcreteModel, network: Network) -> Any:
    """Return what the pools of the undisturbed plan cost to hold, as an expression [USD]."""
    whole = sum(network.discount[:-1])
    return whole * sum(pool.holding_cost * m.plan.pool_target[pool.key] for pool in pools(network))
