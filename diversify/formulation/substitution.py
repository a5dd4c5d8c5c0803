"""Substitution: demand that a buyer can do without, once it has the ability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.capital import capital_charge, lead_periods
from diversify.formulation.network import Network


@dataclass(frozen=True, slots=True)
class Substitute:
    """One way for a buyer to do with less of a commodity.

    Attributes
    ----------
    buyer, commodity, name : str
        Who, what is replaced, and by what.
    share : float
        Largest share of the demand of a period.
    cost : float
        Per tonne replaced [USD/t].
    capital : float
        Present value of the ability to replace a tonne a period [USD].
    first : int
        First period of use, from 0.
    """

    buyer: str
    commodity: str
    name: str
    share: float
    cost: float
    capital: float
    first: int

    @property
    def key(self) -> tuple[str, str, str]:
        """Buyer, commodity and name."""
        return self.buyer, self.commodity, self.name


def substitutes(network: Network) -> list[Substitute]:
    """Return the substitutes of a case that can be had within the horizon.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    list of Substitute
        By buyer, commodity and name.
    """
    found = []
    for row in network.investments["substitutes"]:
        first = lead_periods(network, row["lead_time_months"])
        if first < network.case.periods:
            capital = capital_charge(network, row["capital_cost"], row["life_years"], first)
            found.append(
                Substitute(
                    buyer=row["buyer"],
                    commodity=row["commodity"],
                    name=row["substitute"],
                    share=row["share"],
                    cost=row["cost"],
                    capital=capital,
                    first=first,
                )
            )
    return found


def add_substitution(m: pyo.ConcreteModel, network: Network, surge: Callable[..., Any]) -> None:
    r"""Add the ability to replace and what is replaced, in the plan and in a scenario.

    .. math:: replaced_{b,c,o,t} \le ability_{b,c,o}, \quad
        replaced_{b,c,o,t} \le share_{b,c,o}\, surge_{b,c,t}\, demand_{b,c,t}

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives ``plan.ability`` [t a period], ``plan.replaced`` and
        ``ops.replaced`` [t].
    network : Network
        The network of the case.
    surge : callable
        Multiplier of a demand in a period of a scenario.
    """
    ways = {way.key: way for way in substitutes(network)}
    size = network.demand
    index = [
        (*way.key, t)
        for way in ways.values()
        for t in network.periods
        if t >= way.first and size.get((way.buyer, way.commodity, t), 0.0) > 0
    ]
    uncertain = {pair for pair, hazards in network.demand_hazards.items() if hazards}

    def most(b: str, c: str, o: str, t: int) -> float:
        return ways[b, c, o].share * size[b, c, t]

    def able(_: Any, *key: str) -> tuple[float, float | None]:
        largest = max((most(*i) for i in index if i[:3] == key), default=0.0)
        return 0.0, None if key[:2] in uncertain else largest

    m.plan.ability = pyo.Var(list(ways), bounds=able)
    for block, open_ended in ((m.plan, set()), (m.ops, uncertain)):
        block.replaced = pyo.Var(
            index,
            bounds=lambda _, *i, free=open_ended: (0, None if i[:2] in free else most(*i)),
        )
        block.replaced_ability = pyo.Constraint(
            index, rule=lambda k, b, c, o, t: k.replaced[b, c, o, t] <= m.plan.ability[b, c, o]
        )
        block.replaced_share = pyo.Constraint(
            [i for i in index if i[:2] in open_ended],
            rule=lambda k, *i: k.replaced[i] <= most(*i) * surge(i[0], i[1], i[3]),
        )


def replaced(block: Any, network: Network) -> Callable[[str, str, int], Any]:
    """Return what is replaced of a demand in a period of a block, as a function [t]."""
    names: dict[tuple[str, str], list[str]] = {}
    for way in substitutes(network):
        names.setdefault((way.buyer, way.commodity), []).append(way.name)

    def total(buyer: str, commodity: str, t: int) -> Any:
        return sum(
            block.replaced[buyer, commodity, name, t]
            for name in names.get((buyer, commodity), ())
            if (buyer, commodity, name, t) in block.replaced
        )

    return total


def ability_cost(m: pyo.ConcreteModel, network: Network) -> Any:
    """Return the capital cost of the ability to replace, as an expression [USD, present value]."""
    return sum(way.capital * m.plan.ability[way.key] for way in substitutes(network))


def replacing_cost(block: Any, network: Network) -> Any:
    """Return the cost of what is replaced in a block, as an expression [USD, present value]."""
    cost = {way.key: way.cost for way in substitutes(network)}
    return sum(
        network.discount[t] * cost[b, c, o] * amount
        for (b, c, o, t), amount in block.replaced.items()
    )
