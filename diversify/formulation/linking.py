"""How much a decision can ever let through: the most that each lane can carry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from diversify.formulation.expanding import largest_capacities
from diversify.formulation.network import Network

# A link leaves a sixteenth more than can be carried. A tight one would share the multiplier of the
# capacity that it was derived from.
ROOM = 17 / 16
# A link is a row more: it has to be at most this part of what other rows say.
WORTH = 3 / 4


def reach(network: Network, start: Mapping[str, float]) -> dict[str, float]:
    r"""Return the most that quotas, capacities and recipes let through each lane.

    .. math:: run_{s,r} \le \min\Bigl(cap_s, \min_c \frac{\sum_{l \in in(s,c)} M_l}{a_{r,c}}\Bigr),
        \quad M_l \le \sum_r y_{r,c}\, run_{s,r}, \quad M_l \le \sum_r a_{r,c}\, run_{d,r}

    Only rows of the network are used, no cost: no feasible point is cut off.

    Parameters
    ----------
    network : Network
        The network of the case.
    start : mapping
        Limit of each lane by itself [t a period], infinite where there is none.

    Returns
    -------
    dict
        Tonnes a period by lane: at most ``start``, and no more than what the sites at both
        ends can make and use.
    """
    ends, sides = _ends(network), _sides(network)
    size = largest_capacities(network)
    moved = {lane: float(start[lane]) for lane in ends}
    activity: dict[tuple[str, str], float] = {}
    for _ in range(len(network.sites) + 2):
        before = dict(moved)
        for (site, recipe), amounts in network.recipes.items():
            arriving = [
                sum(moved[lane] for lane in network.lanes_to.get((site, c), [])) / amount
                for c, amount in amounts["input"].items()
            ]
            activity[site, recipe] = min([size[site], *arriving])
        for lane, (origin, end, commodity) in ends.items():
            for site, side in ((origin, "output"), (end, "input")):
                part = sides.get((site, side, commodity))
                if part:
                    together = size[site] * max(amount for _, amount in part)
                    each = sum(amount * activity[site, recipe] for recipe, amount in part)
                    moved[lane] = min(moved[lane], together, each)
        if moved == before:
            break
    return moved


def most_delivered(
    network: Network,
    most: Mapping[str, float],
    material: str,
    lanes: Iterable[str],
    periods: Iterable[int],
) -> tuple[float, list[str]]:
    r"""Return the most of a material that some lanes can carry together.

    .. math:: \overline x = \textstyle\sum_t \sum_{s,c} content_{c,m}
        \min\Bigl(\sum_{l \in out(s,c)} M_l,\; \overline{out}_{s,c}\Bigr)

    Parameters
    ----------
    network : Network
        The network of the case.
    most : mapping
        What each lane can carry, as :func:`reach` says [t a period].
    material : str
        What is counted.
    lanes : iterable of str
        Labels of lanes.
    periods : iterable of int
        Added up.

    Returns
    -------
    float
        Tonnes of the material.
    list of str
        Sites that can deliver without end; empty where the tonnes are finite.
    """
    from diversify.formulation.booking import largest_output

    chosen, active = set(lanes), set(network.active)
    total = 0.0
    endless: dict[str, None] = {}
    for t in periods:
        for (site, commodity), leaving in network.lanes_from.items():
            mine = [lane for lane in leaving if lane in chosen and (lane, t) in active]
            if mine:
                made = largest_output(network, site, commodity)
                tonnes = min(sum(most[lane] for lane in mine), made)
                total += network.content[commodity].get(material, 0.0) * tonnes
                endless |= {} if math.isfinite(tonnes) else {site: None}
    return total, list(endless)


def _ends(network: Network) -> dict[str, tuple[str, str, str]]:
    """Return origin, destination and commodity of each lane."""
    rows = network.lanes
    return {
        str(lane): (str(origin), str(end), str(commodity))
        for lane, origin, end, commodity in zip(
            rows.index, rows["origin"], rows["destination"], rows["commodity"], strict=True
        )
    }


def _sides(network: Network) -> dict[tuple[str, str, str], list[tuple[str, float]]]:
    """Return the recipes, with amounts, by site, side and commodity."""
    found: dict[tuple[str, str, str], list[tuple[str, float]]] = {}
    for (site, recipe), amounts in network.recipes.items():
        for side in ("input", "output"):
            for commodity, amount in amounts[side].items():
                found.setdefault((site, side, commodity), []).append((recipe, amount))
    return found
