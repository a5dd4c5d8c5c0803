"""What investment adds to the model of one scenario; nothing, in a case without any."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from diversify.formulation.byproducts import add_byproducts, recovery_cost
from diversify.formulation.discounts import add_discounts, rebate
from diversify.formulation.expanding import expansion_cost
from diversify.formulation.network import Network
from diversify.formulation.substitution import ability_cost, replacing_cost
from diversify.formulation.symbols import Symbols


def add_investing(m: pyo.ConcreteModel, network: Network, symbols: Symbols) -> None:
    """Add what depends on bookings, flows and activities: discounts and by-products.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template, with bookings and flows.
    network : Network
        The network of the case.
    symbols : Symbols
        The data symbols of the template.
    """
    add_discounts(m, network, symbols)
    add_byproducts(m, network)


def plan_costs(m: pyo.ConcreteModel, network: Network) -> dict[str, Any]:
    """Return what the plan's investments cost, by kind, where the case has such a kind.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template.
    network : Network
        The network of the case.

    Returns
    -------
    dict
        Expressions [USD, present value].
    """
    has = network.case.tables
    kinds = {}
    if "expansions" in has:
        kinds["expansion"] = expansion_cost(m, network)
    if "substitutes" in has:
        kinds["substitution_ability"] = ability_cost(m, network)
    if "byproducts" in has:
        kinds["recovery"] = recovery_cost(m, network)
    return kinds


def ops_costs(m: pyo.ConcreteModel, network: Network) -> dict[str, Any]:
    """Return what investments change in the cost of a scenario, by kind.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template.
    network : Network
        The network of the case.

    Returns
    -------
    dict
        Expressions [USD, present value].
    """
    return _running(network, m.ops, "rebated")


def planned_costs(m: pyo.ConcreteModel, network: Network) -> Any:
    """Return the same for the undisturbed plan, in all, as an expression [USD]."""
    return sum(_running(network, m.plan, "tiered").values())


def _running(network: Network, block: Any, granted: str) -> dict[str, Any]:
    has = network.case.tables
    kinds = {}
    if "substitutes" in has:
        kinds["substitution"] = replacing_cost(block, network)
    if "discounts" in has:
        kinds["discount"] = rebate(getattr(block, granted), network)
    return kinds
