"""What buyers consume of a material: what they ask for, or what making it for them uses up."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from diversify.formulation.forms import Form
from diversify.formulation.network import Network


def consumption(
    network: Network, material: str, buyers: Collection[str], periods: Sequence[int]
) -> Form | float:
    r"""Return the consumption of a material, as a number or as a form [t of the material].

    .. math:: D_m = \textstyle\sum content_{c,m}\, demand_{b,c,t}, \quad \text{else} \quad
        D_m = \sum_{l \to make} content_{c(l),m}\, book_{l,t}
        + \sum_{b,c} n_{c,m}\, short_{b,c,t}

    The second holds for a material that no demand contains, such as the cobalt of cells that are
    counted as cells, with :math:`n` the most of it that a tonne of the product takes: going without
    the product does not lower consumption, making it of something else does.

    Parameters
    ----------
    network : Network
        The network of the case.
    material : str
        The material.
    buyers : collection of str
        Whose consumption.
    periods : sequence of int
        Which periods count.

    Returns
    -------
    Form or float
        An empty form where nobody consumes it.
    """
    asked = dict.fromkeys(network.periods, 0.0)
    for (buyer, commodity, t), tonnes in network.demand.items():
        if buyer in buyers:
            asked[t] += network.content[commodity].get(material, 0.0) * tonnes
    if any(asked.values()):
        return sum(asked[t] for t in periods)
    lanes = network.lanes
    used = lanes.index[(lanes["destination_stage"] == "make") & (lanes["stage"] != "make")]
    into = {lane: held for lane in used if (held := network.contained(lane, material)) > 0}
    if not into:
        return Form()
    needed = {
        (buyer, commodity): taken
        for buyer, commodity in sorted({(b, c) for b, c, _ in network.demand if b in buyers})
        if (taken := most_taken(network, commodity, material)) > 0
    }
    return Form(into, short=needed)


def most_taken(
    network: Network, commodity: str, material: str, seen: frozenset[str] = frozenset()
) -> float:
    """Return the most of a material that making a tonne of a commodity takes, by any recipe [t/t].

    Parameters
    ----------
    network : Network
        The network of the case.
    commodity : str
        What is made.
    material : str
        What is used up.
    seen : frozenset of str
        What it is made for, so that a cycle ends.

    Returns
    -------
    float
        Tonnes of the material, in the inputs of the stage ``make`` and in theirs.
    """
    most = 0.0
    for (site, _), sides in network.recipes.items():
        made = sides["output"].get(commodity, 0.0)
        if made <= 0 or network.site(site, "stage") != "make":
            continue
        taken = 0.0
        for used, amount in sides["input"].items():
            held = network.content[used].get(material, 0.0)
            if held <= 0 and used != commodity and used not in seen:
                held = most_taken(network, used, material, seen | {commodity})
            taken += amount * held / made
        most = max(most, taken)
    return most
