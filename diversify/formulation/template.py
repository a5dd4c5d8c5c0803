"""The model of one scenario, put together."""

from __future__ import annotations

import pyomo.environ as pyo

from diversify.formulation.booking import add_booking
from diversify.formulation.costs import add_costs
from diversify.formulation.covers import add_covers
from diversify.formulation.flows import add_flows, delivered
from diversify.formulation.investing import add_investing
from diversify.formulation.network import Network
from diversify.formulation.pools import (
    add_pool_targets,
    add_pools,
    pooled_in_plan,
    pooled_in_scenario,
)
from diversify.formulation.shortage import add_demand
from diversify.formulation.stocks import (
    add_stock_targets,
    add_stocks,
    drawn_in_plan,
    drawn_in_scenario,
)
from diversify.formulation.substitution import add_substitution, replaced
from diversify.formulation.symbols import Symbols, add_symbols
from diversify.formulation.trade import add_trade
from diversify.formulation.volumes import add_volumes


def build_template(network: Network) -> pyo.ConcreteModel:
    """Return the Pyomo model of one scenario, without policies.

    Blocks: ``data`` and ``level`` hold symbols (scenario data and policy levels) that the compiler
    treats as numbers; ``plan`` is the first stage; ``ops`` the second; rows on ``expected`` hold in
    expectation over the scenarios. Rows on ``plan`` must not use ``ops`` variables.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    pyomo.environ.ConcreteModel
        With an objective ``total``: cost of the plan plus cost of the scenario [USD].
    """
    m = pyo.ConcreteModel()
    add_symbols(m, network)
    symbols = Symbols(m, network)
    m.level, m.plan, m.ops, m.expected = pyo.Block(), pyo.Block(), pyo.Block(), pyo.Block()
    m.plan.nothing = pyo.Var(bounds=(0, 0))
    add_booking(m, network)
    add_volumes(m, network)
    add_stock_targets(m, network)
    add_pool_targets(m, network)
    add_flows(m, network, symbols)
    add_trade(m, network)
    add_stocks(m, network, symbols)
    add_pools(m, network, symbols)
    add_substitution(m, network, symbols.surge)
    add_investing(m, network, symbols)
    add_demand(
        m.plan,
        network,
        moved=lambda lane, t: m.plan.book[lane, t] if (lane, t) in m.plan.book else 0.0,
        drawn=lambda b, c, t: drawn_in_plan(m, network, b, c) + pooled_in_plan(m, b, c, t),
        surge=lambda b, c, t: 1.0,
        replaced=replaced(m.plan, network),
        nothing=m.plan.nothing,
    )
    add_demand(
        m.ops,
        network,
        moved=delivered(m.ops),
        drawn=lambda b, c, t: (
            drawn_in_scenario(m, network, b, c, t) + pooled_in_scenario(m, b, c, t)
        ),
        surge=symbols.surge,
        replaced=replaced(m.ops, network),
        nothing=m.plan.nothing,
    )
    add_covers(m, network, symbols)
    add_costs(m, network)
    m.total = pyo.Objective(
        expr=sum(m.plan.cost[k] for k in m.plan.cost) + sum(m.ops.cost[k] for k in m.ops.cost)
    )
    return m
