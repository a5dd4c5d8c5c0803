"""By-products: what a site can recover from the activity of its host."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.capital import capital_charge, lead_periods
from diversify.formulation.expanding import largest_capacities
from diversify.formulation.network import Network


@dataclass(frozen=True, slots=True)
class Byproduct:
    """What one site recovers from one host.

    Attributes
    ----------
    site, host : str
        Names; the host may be outside the case.
    content : float
        Tonnes of activity of the site per tonne of activity of the host, if all is recovered.
    today, most : float
        Share that is recovered without and, at most, with investment.
    capital : float
        Present value of the recovery of another tonne a period [USD].
    first : int
        First period in which what was added can be used, from 0.
    output : float
        Activity of a host outside the case [t a period]; not a number for a site.
    """

    site: str
    host: str
    content: float
    today: float
    most: float
    capital: float
    first: int
    output: float

    @property
    def key(self) -> tuple[str, str]:
        """Site and host."""
        return self.site, self.host

    @property
    def grows(self) -> bool:
        """Whether investment can raise what is recovered."""
        return self.most > self.today


def byproducts(network: Network) -> list[Byproduct]:
    """Return the by-products of a case.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    list of Byproduct
        By site and host.
    """
    found = []
    for row in network.investments["byproducts"]:
        first = lead_periods(network, row["lead_time_months"])
        late = first >= network.case.periods
        life = row["life_years"]
        found.append(
            Byproduct(
                site=row["site"],
                host=row["host"],
                content=row["content"],
                today=row["recovery"],
                most=row["recovery"] if late else row["most_recovery"],
                capital=0.0 if late else capital_charge(network, row["capital_cost"], life, first),
                first=first,
                output=row["host_output"],
            )
        )
    return found


def add_byproducts(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Limit by-products by what their hosts do, in the plan and in a scenario.

    .. math:: \textstyle\sum_r run_{s,r,t} \le \sum_h recovered_{s,h,t}, \quad
        recovered_{s,h,t} \le content_{s,h}\, \rho^{today}_{s,h}\, host_{h,t} + recover_{s,h}, \quad
        recovered_{s,h,t} \le content_{s,h}\, \rho^{most}_{s,h}\, host_{h,t}

    with :math:`host` the activity of the host in the same plan or scenario, or what the case says.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template, with processing; receives ``plan.recover`` [t a period] and, on both blocks,
        ``recovered`` [t] with its rows.
    network : Network
        The network of the case.
    """
    rows = {row.key: row for row in byproducts(network)}
    size = largest_capacities(network)
    recipes: dict[str, list[str]] = {}
    for site, recipe in network.recipes:
        recipes.setdefault(site, []).append(recipe)

    def addable(_: Any, site: str, host: str) -> tuple[float, float | None]:
        row = rows[site, host]
        output = size[host] if host in size else row.output
        most = row.content * (row.most - row.today) * output
        return 0.0, most if math.isfinite(most) else None

    m.plan.recover = pyo.Var([key for key, row in rows.items() if row.grows], bounds=addable)
    index = [(*key, t) for key in rows for t in network.periods]
    hosts: dict[str, list[str]] = {}
    for site, host in rows:
        hosts.setdefault(site, []).append(host)

    def activity(block: Any, site: str, t: int) -> Any:
        return sum(
            block.activity[site, recipe, t].expr
            for recipe in recipes.get(site, ())
            if (site, recipe, t) in block.activity
        )

    def carried(block: Any, site: str, host: str, t: int) -> Any:
        row = rows[site, host]
        return row.content * (activity(block, host, t) if host in size else row.output)

    def limited(block: Any, site: str, t: int) -> Any:
        return activity(block, site, t) <= sum(block.recovered[site, h, t] for h in hosts[site])

    def now(block: Any, site: str, host: str, t: int) -> Any:
        row = rows[site, host]
        added = m.plan.recover[site, host] if row.grows and t >= row.first else 0.0
        return block.recovered[site, host, t] <= row.today * carried(block, site, host, t) + added

    def most(block: Any, site: str, host: str, t: int) -> Any:
        limit = rows[site, host].most * carried(block, site, host, t)
        return block.recovered[site, host, t] <= limit

    later = [key for key in index if rows[key[:2]].grows and key[2] >= rows[key[:2]].first]
    for block in (m.plan, m.ops):
        block.recovered = pyo.Var(index, bounds=(0, None))
        block.recovered_now = pyo.Constraint(index, rule=now)
        block.recovered_most = pyo.Constraint(later, rule=most)
        block.byproduct = pyo.Constraint(
            [
                (s, t)
                for s in hosts
                for t in network.periods
                if t >= network.site(s, "first_period")
            ],
            rule=limited,
        )


def recovery_cost(m: pyo.ConcreteModel, network: Network) -> Any:
    """Return the capital cost of recovery that is added, as an expression [USD, present value]."""
    return sum(row.capital * m.plan.recover[row.key] for row in byproducts(network) if row.grows)
