"""Processing by recipe: what goes into a site, what comes out, and its capacity."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.network import Network


def add_processing(
    block: Any,
    network: Network,
    *,
    moved: Callable[[str, int], Any],
    capacity: Callable[[str, int], Any],
) -> None:
    r"""Add the activity of each recipe with its mass balances and the capacity of each site.

    .. math:: \textstyle\sum_r run_{s,r,t} \le cap_{s,t}, \quad
        \textstyle\sum_{l \in in(s,c)} moved_{l,t} = \sum_r a_{r,c}\, run_{s,r,t}, \quad
        \textstyle\sum_{l \in out(s,c)} moved_{l,t} \le \sum_r y_{r,c}\, run_{s,r,t}

    What comes in is used; of joint outputs, what nobody asks for may be left.

    Parameters
    ----------
    block : pyomo.environ.Block
        ``plan`` or ``ops``; receives ``run``, ``capacity``, ``feed`` and ``supply``.
    network : Network
        The network of the case.
    moved : callable
        Tonnes on a lane in a period: booked volumes in the plan, flows and spot in a scenario.
    capacity : callable
        Capacity of a site in a period [t]; infinite means no row.
    """
    block.run = pyo.Var(network.runs, bounds=(0, None))
    by_site: dict[tuple[str, int], list[str]] = {}
    for site, recipe, t in network.runs:
        by_site.setdefault((site, t), []).append(recipe)
    limited = [
        (s, t) for s, t in by_site if math.isfinite(float(network.sites.at[s, "capacity"]))
    ]
    block.capacity = pyo.Constraint(
        limited,
        rule=lambda _, s, t: sum(block.run[s, r, t] for r in by_site[s, t]) <= capacity(s, t),
    )
    used, made = _by_commodity(network)

    def feed(_: Any, site: str, commodity: str, t: int) -> Any:
        arriving = network.lanes_to.get((site, commodity), [])
        return (
            sum(moved(lane, t) for lane in arriving)
            - sum(a * block.run[site, r, t] for r, a in used[site, commodity])
            == 0
        )

    def supply(_: Any, site: str, commodity: str, t: int) -> Any:
        leaving = network.lanes_from.get((site, commodity), [])
        return (
            sum(a * block.run[site, r, t] for r, a in made[site, commodity])
            - sum(moved(lane, t) for lane in leaving)
            >= 0
        )

    first = network.sites["first_period"]
    block.feed = pyo.Constraint(
        [(s, c, t) for s, c in used for t in network.periods if t >= first[s]], rule=feed
    )
    block.supply = pyo.Constraint(
        [
            (s, c, t)
            for s, c in made
            if network.lanes_from.get((s, c))
            for t in network.periods
            if t >= first[s]
        ],
        rule=supply,
    )


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
