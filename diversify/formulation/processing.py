"""Processing by recipe: what goes into a site, what comes out, and its capacity."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.network import Network

Moved = Callable[[str, int], Any]


def add_processing(
    block: Any,
    network: Network,
    *,
    moved: Moved,
    capacity: Callable[[str, int], Any],
    implied: frozenset[str] = frozenset(),
) -> None:
    r"""Add the activity of each recipe with its mass balances and the capacity of each site.

    .. math:: \textstyle\sum_r run_{s,r,t} \le cap_{s,t}, \quad
        \textstyle\sum_{l \in in(s,c)} moved_{l,t} = \sum_r a_{r,c}\, run_{s,r,t}, \quad
        \textstyle\sum_{l \in out(s,c)} moved_{l,t} \le \sum_r y_{r,c}\, run_{s,r,t}

    What comes in is used; of joint outputs, what nobody asks for may be left. Where one flow says
    what the activity is (an input that only this recipe uses, the only output of a mine), the
    activity is that flow and needs neither a variable nor a balance, which halves the model.

    Parameters
    ----------
    block : pyomo.environ.Block
        ``plan`` or ``ops``; receives ``run``, ``activity``, ``capacity``, ``feed``, ``supply``.
    network : Network
        The network of the case.
    moved : callable
        Tonnes on a lane in a period: booked volumes in the plan, flows and spot in a scenario.
    capacity : callable
        Capacity of a site in a period [t]; infinite means no row.
    implied : frozenset of str
        Sites whose capacity other rows already keep.
    """
    drivers = find_drivers(network)
    own = [(s, r, t) for s, r, t in network.runs if (s, r) not in drivers]
    block.run = pyo.Var(own, bounds=(0, None))

    def activity(_: Any, site: str, recipe: str, t: int) -> Any:
        driver = drivers.get((site, recipe))
        if driver is None:
            return block.run[site, recipe, t]
        return sum(moved(lane, t) for lane in driver.lanes) / driver.amount

    block.activity = pyo.Expression(network.runs, rule=activity)
    recipes: dict[tuple[str, int], list[str]] = {}
    for site, recipe, t in network.runs:
        recipes.setdefault((site, t), []).append(recipe)
    block.capacity = pyo.Constraint(
        [
            (s, t)
            for s, t in recipes
            if math.isfinite(float(network.site(s, "capacity"))) and s not in implied
        ],
        rule=lambda _, s, t: kept(
            sum(block.activity[s, r, t].expr for r in recipes[s, t]) <= capacity(s, t)
        ),
    )
    _add_balances(block, network, drivers, moved)


def kept(relation: Any) -> Any:
    """Return a relation, or nothing to add where it holds whatever is decided."""
    if isinstance(relation, bool):
        return pyo.Constraint.Skip if relation else pyo.Constraint.Infeasible
    return relation


def _add_balances(
    block: Any, network: Network, drivers: dict[tuple[str, str], Driver], moved: Moved
) -> None:
    used, made = _by_commodity(network)
    driven = {(s, d.commodity, d.side) for (s, _), d in drivers.items()}
    first = network.sites["first_period"]

    def feed(_: Any, site: str, commodity: str, t: int) -> Any:
        arriving = network.lanes_to.get((site, commodity), [])
        return kept(
            sum(moved(lane, t) for lane in arriving)
            - sum(a * block.activity[site, r, t].expr for r, a in used[site, commodity])
            == 0
        )

    def supply(_: Any, site: str, commodity: str, t: int) -> Any:
        leaving = network.lanes_from.get((site, commodity), [])
        return kept(
            sum(a * block.activity[site, r, t].expr for r, a in made[site, commodity])
            - sum(moved(lane, t) for lane in leaving)
            >= 0
        )

    block.feed = pyo.Constraint(
        [
            (s, c, t)
            for s, c in used
            if (s, c, "input") not in driven
            for t in network.periods
            if t >= first[s]
        ],
        rule=feed,
    )
    block.supply = pyo.Constraint(
        [
            (s, c, t)
            for s, c in made
            if (s, c, "output") not in driven and network.lanes_from.get((s, c))
            for t in network.periods
            if t >= first[s]
        ],
        rule=supply,
    )


@dataclass(frozen=True, slots=True)
class Driver:
    """The flow that says what the activity of a recipe is.

    Attributes
    ----------
    commodity : str
        What flows.
    side : {"input", "output"}
        Whether it comes in or goes out.
    lanes : tuple of str
        The lanes that carry it.
    amount : float
        Tonnes per tonne of activity.
    """

    commodity: str
    side: str
    lanes: tuple[str, ...]
    amount: float


def find_drivers(network: Network) -> dict[tuple[str, str], Driver]:
    """Return the driver of each recipe that has one.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    dict
        By site and recipe.
    """
    used, _ = _by_commodity(network)
    at_site: dict[str, int] = {}
    for site, _ in network.recipes:
        at_site[site] = at_site.get(site, 0) + 1
    found: dict[tuple[str, str], Driver] = {}
    for (site, recipe), sides in network.recipes.items():
        for commodity, amount in sorted(sides["input"].items()):
            if len(used[site, commodity]) == 1:
                lanes = network.lanes_to.get((site, commodity), [])
                found[site, recipe] = Driver(commodity, "input", tuple(lanes), amount)
                break
        if not sides["input"] and len(sides["output"]) == 1 and at_site[site] == 1:
            ((commodity, amount),) = sides["output"].items()
            lanes = network.lanes_from.get((site, commodity), [])
            found[site, recipe] = Driver(commodity, "output", tuple(lanes), amount)
    return found


def implied_capacity(network: Network) -> frozenset[str]:
    """Return sites whose capacity in a scenario follows from that of the plan.

    That is so where every activity is a flow that is at most its booking, times an availability
    that is at most the site's own: the bookings together keep the capacity.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    frozenset of str
        Names of sites.
    """
    drivers = find_drivers(network)
    found = set(network.sites.index)
    for site, recipe in network.recipes:
        driver = drivers.get((site, recipe))
        exact = driver is not None and all(
            network.lane(lane, "flex") == 0
            and network.lane(lane, "spot_limit") == 0
            and set(network.site_hazards[site]) <= set(network.lane_hazards[lane])
            for lane in driver.lanes
        )
        if not exact:
            found.discard(site)
    return frozenset(found)


Amounts = dict[tuple[str, str], list[tuple[str, float]]]


def _by_commodity(network: Network) -> tuple[Amounts, Amounts]:
    used: Amounts = {}
    made: Amounts = {}
    for (site, recipe), sides in network.recipes.items():
        for commodity, amount in sides["input"].items():
            used.setdefault((site, commodity), []).append((recipe, amount))
        for commodity, amount in sides["output"].items():
            made.setdefault((site, commodity), []).append((recipe, amount))
    return used, made
