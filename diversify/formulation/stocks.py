"""Stocks: what is bought before the first period, held, drawn and left at the end."""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.network import Network
from diversify.formulation.symbols import Symbols


def add_stock_targets(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Add the stock that each buyer decides to hold, bought or sold before the first period.

    .. math:: bought_{b,c} - sold_{b,c} = target_{b,c} - initial_{b,c}, \quad
        0 \le target_{b,c} \le capacity_{b,c}

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives ``plan.target``, ``plan.bought`` and ``plan.sold`` [t].
    network : Network
        The network of the case.
    """
    plan, stocks = m.plan, network.stocks
    places = list(stocks.index)

    def most(_: Any, buyer: str, commodity: str) -> tuple[float, float | None]:
        size = float(network.stock(buyer, commodity, "capacity"))
        return 0.0, size if math.isfinite(size) else None

    plan.target = pyo.Var(places, bounds=most)
    plan.bought = pyo.Var(places, bounds=(0, None))
    plan.sold = pyo.Var(places, bounds=lambda _, b, c: (0, float(network.stock(b, c, "initial"))))
    plan.opening = pyo.Constraint(
        places,
        rule=lambda _, b, c: (
            plan.bought[b, c] - plan.sold[b, c] - plan.target[b, c]
            == -float(network.stock(b, c, "initial"))
        ),
    )


def add_stocks(m: pyo.ConcreteModel, network: Network, symbols: Symbols) -> None:
    r"""Add the stock level of each period of a scenario.

    .. math:: pre_t\, target_{b,c} \le stock_{b,c,t} \le target_{b,c}

    Until news comes the stock stays at its target (R10); afterwards it may be drawn and refilled,
    never beyond the target, and where a refill rate :math:`\rho` is given no faster than

    .. math:: stock_{b,c,t} - (1 - loss_{b,c})\, stock_{b,c,t-1} \le \rho_{b,c}\, target_{b,c}

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives ``ops.stock`` [t at the end of the period] and its rows.
    network : Network
        The network of the case.
    symbols : Symbols
        The data symbols of the template.
    """
    ops, plan = m.ops, m.plan
    held = [(b, c, t) for b, c in network.stocks.index for t in network.periods]
    ops.stock = pyo.Var(held, bounds=(0, None))
    ops.stock_most = pyo.Constraint(
        held, rule=lambda _, b, c, t: ops.stock[b, c, t] <= plan.target[b, c]
    )
    ops.stock_least = pyo.Constraint(
        held, rule=lambda _, b, c, t: ops.stock[b, c, t] >= symbols.pre(t) * plan.target[b, c]
    )
    rate = network.stocks["refill_rate"].to_dict()
    ops.refill = pyo.Constraint(
        [(b, c, t) for b, c, t in held if math.isfinite(rate[b, c])],
        rule=lambda _, b, c, t: (
            -drawn_in_scenario(m, network, b, c, t) <= rate[b, c] * plan.target[b, c]
        ),
    )


def drawn_in_plan(m: pyo.ConcreteModel, network: Network, buyer: str, commodity: str) -> Any:
    """Net draw from an undisturbed stock in a period [t]: minus what is lost in store."""
    if (buyer, commodity) not in m.plan.target:
        return 0.0
    loss = float(network.stock(buyer, commodity, "loss_rate"))
    return -loss * m.plan.target[buyer, commodity] if loss > 0 else 0.0


def drawn_in_scenario(
    m: pyo.ConcreteModel, network: Network, buyer: str, commodity: str, t: int
) -> Any:
    """Net draw from the stock in a period of a scenario [t], after losses in store."""
    if (buyer, commodity) not in m.plan.target:
        return 0.0
    kept = 1.0 - float(network.stock(buyer, commodity, "loss_rate"))
    before = m.plan.target[buyer, commodity] if t == 0 else m.ops.stock[buyer, commodity, t - 1]
    return kept * before - m.ops.stock[buyer, commodity, t]
