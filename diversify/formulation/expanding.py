"""First stage: capacity that is built, and from when it can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.capital import capital_charge, lead_periods
from diversify.formulation.network import Network


@dataclass(frozen=True, slots=True)
class Expansion:
    """One way to add capacity to a site.

    Attributes
    ----------
    site, option : str
        Where, and the name of the way.
    cost : float
        Capital cost of a tonne a year [USD].
    life_years : float
        Life [years].
    lead : int
        Periods from the decision to the first use.
    most, module : float
        Largest addition and size of a module [t a period]; a module of 0 is any size.
    decided : tuple of int
        Periods in which it may be decided so that it is of use within the horizon, from 0.
    """

    site: str
    option: str
    cost: float
    life_years: float
    lead: int
    most: float
    module: float
    decided: tuple[int, ...]

    @property
    def largest(self) -> float:
        """The most that can be added in time [t a period]."""
        if not self.decided:
            return 0.0
        return self.modules * self.module if self.module > 0 else self.most

    @property
    def modules(self) -> int:
        """Largest number of modules."""
        return int(self.most / self.module * (1 + 1e-9)) if self.module > 0 else 0


def expansions(network: Network) -> list[Expansion]:
    """Return what may be built.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    list of Expansion
        By site and option; also those whose lead time is longer than the horizon, which are never
        built.
    """
    found = []
    for row in network.investments["expansions"]:
        lead = lead_periods(network, row["lead_time_months"])
        last = min(row["latest"], network.case.periods - lead)
        found.append(
            Expansion(
                site=row["site"],
                option=row["option"],
                cost=row["capital_cost"],
                life_years=row["life_years"],
                lead=lead,
                most=row["most"],
                module=row["module"],
                decided=tuple(range(row["earliest"] - 1, last)),
            )
        )
    return found


def largest_capacities(network: Network) -> dict[str, float]:
    """Return the capacity of each site with all that can be built [t a period], by site."""
    size = {str(site): float(cap) for site, cap in network.sites["capacity"].items()}
    for way in expansions(network):
        size[way.site] += way.largest
    return size


def largest_capacity(network: Network, site: str, t: int | None = None) -> float:
    """Return the capacity of a site with all that can be built at all, or by a period.

    Parameters
    ----------
    network : Network
        The network of the case.
    site : str
        Name of the site.
    t : int, optional
        Only what can be there in this period, from 0.

    Returns
    -------
    float
        Tonnes of activity a period.
    """
    return float(network.site(site, "capacity")) + sum(
        way.largest
        for way in expansions(network)
        if way.site == site and way.decided and (t is None or way.decided[0] + way.lead <= t)
    )


def add_expansions(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Add the capacity whose building is decided in each period.

    .. math:: 0 \le \textstyle\sum_t expand_{s,o,t} \le most_{s,o}\; (qualify_s), \quad
        expand_{s,o,t} = module_{s,o}\, modules_{s,o,t}, \quad modules_{s,o,t} \in \mathbb{Z}

    Decided in :math:`t`, it can be used from :math:`t + lead` on.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template, with ``plan.qualify``; receives ``plan.expand`` [t a period],
        ``plan.modules`` and their rows.
    network : Network
        The network of the case.
    """
    plan = m.plan
    ways = {(way.site, way.option): way for way in expansions(network)}
    index = [(*key, t) for key, way in ways.items() for t in way.decided]
    whole = [key for key in index if ways[key[:2]].module > 0]
    plan.expand = pyo.Var(index, bounds=lambda _, s, o, t: (0, ways[s, o].largest))
    plan.modules = pyo.Var(
        whole,
        domain=pyo.NonNegativeIntegers,
        bounds=lambda _, s, o, t: (0, ways[s, o].modules),
    )
    plan.modules_whole = pyo.Constraint(
        whole,
        rule=lambda _, s, o, t: plan.expand[s, o, t] == ways[s, o].module * plan.modules[s, o, t],
    )

    def most(_: Any, site: str, option: str) -> Any:
        way = ways[site, option]
        yes = plan.qualify[site] if site in plan.qualify else 1.0
        return sum(plan.expand[site, option, t] for t in way.decided) <= way.largest * yes

    plan.expand_most = pyo.Constraint(
        [
            k
            for k, way in ways.items()
            if len(way.decided) > 1 or (way.decided and k[0] in plan.qualify)
        ],
        rule=most,
    )


def built(m: pyo.ConcreteModel, network: Network) -> Any:
    """Return what has been added to a site by a period, as a function of both [t a period]."""
    ways: dict[str, list[Expansion]] = {}
    for way in expansions(network):
        ways.setdefault(way.site, []).append(way)

    def added(site: str, t: int) -> Any:
        return sum(
            m.plan.expand[site, way.option, since]
            for way in ways.get(site, ())
            for since in way.decided
            if since + way.lead <= t
        )

    return added


def expansion_cost(m: pyo.ConcreteModel, network: Network) -> Any:
    """Return the capital cost of what is built, as an expression [USD, present value]."""
    return sum(
        capital_charge(network, way.cost, way.life_years, t + way.lead)
        * m.plan.expand[way.site, way.option, t]
        for way in expansions(network)
        for t in way.decided
    )
