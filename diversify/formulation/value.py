"""Value added: what a site makes less what it takes in, at reference prices."""

from __future__ import annotations

from collections.abc import Collection

from diversify.formulation.forms import Form
from diversify.formulation.network import Network


def value_by_material(network: Network) -> dict[tuple[str, str], dict[str, float]]:
    r"""Return the value that each recipe adds per tonne of activity [USD/t], by material.

    .. math:: v_{s,r} = \textstyle\sum_{c \in out(r)} p_c\, y_{r,c}
        - \sum_{c \in in(r)} p_c\, a_{r,c}

    Joint outputs count whether or not this case's buyers ask for them, since others do; an output
    that no lane takes away is waste. The value goes to the main materials of the outputs, by their
    value; a recipe of which nothing is worth anything is left out.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    dict
        Site and recipe to value by material; below zero where inputs are worth more.
    """
    table = network.case.table("commodities")
    main = dict(zip(table["commodity"], table["material"], strict=True))
    found: dict[tuple[str, str], dict[str, float]] = {}
    for (site, recipe), sides in network.recipes.items():
        worth = {
            commodity: network.price[commodity] * amount
            for commodity, amount in sides["output"].items()
            if network.lanes_from.get((site, commodity))
        }
        made = sum(worth.values())
        used = sum(network.price[c] * amount for c, amount in sides["input"].items())
        if made > 0:
            split = found.setdefault((site, recipe), {})
            for commodity, value in worth.items():
                material = main[commodity]
                split[material] = split.get(material, 0.0) + (made - used) * value / made
    return found


def value_form(
    network: Network, countries: Collection[str] | None, material: str | None = None
) -> Form:
    """Return the value added in some countries as a form [USD].

    Parameters
    ----------
    network : Network
        The network of the case.
    countries : collection of str or None
        ISO3 codes; None: everywhere.
    material : str or None
        Only what goes to this main material; None: all.

    Returns
    -------
    Form
        USD per tonne of activity of each recipe, where it is not zero.
    """
    form = {}
    for (site, recipe), split in value_by_material(network).items():
        value = sum(split.values()) if material is None else split.get(material, 0.0)
        if value != 0 and (countries is None or network.site(site, "country") in countries):
            form[site, recipe] = value
    return Form(runs=form)


def producers(network: Network, material: str | None) -> tuple[str, ...]:
    """Return the countries in which a material is mined in the case.

    Parameters
    ----------
    network : Network
        The network of the case.
    material : str or None
        The material; None: any.

    Returns
    -------
    tuple of str
        ISO3 codes, sorted: those of the mines that ship something that holds the material.
    """
    lanes = network.lanes
    return tuple(
        sorted(
            {
                str(network.lane(lane, "country"))
                for lane in lanes.index[lanes["stage"] == "mine"]
                if material is None or network.contained(lane, material) > 0
            }
        )
    )
