"""Which lanes belong to which site, owner, country or bloc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from diversify.formulation import Network


By = Literal["site", "owner", "country", "bloc"]


def members(network: Network, by: By) -> dict[str, list[str]]:
    """Return the lanes of each group.

    Parameters
    ----------
    network : Network
        The network of the case.
    by : {"site", "owner", "country", "bloc"}
        What is grouped by: the origin of the lane.

    Returns
    -------
    dict
        Name of the group to labels of its lanes. A country can be in several blocs.
    """
    lanes = network.lanes
    if by == "bloc":
        found: dict[str, list[str]] = {}
        for bloc in sorted(set(network.case.table("blocs")["bloc"])):
            inside = network.case.countries_of(bloc)
            found[bloc] = [str(lane) for lane, c in lanes["country"].items() if c in inside]
        return found
    key = lanes["origin"] if by == "site" else lanes[by]
    found = {name: [] for name in sorted(set(_all_names(network, by)))}
    for lane, name in key.items():
        found[name].append(str(lane))
    return found


def _all_names(network: Network, by: By) -> list[str]:
    sites = network.sites
    return list(sites.index) if by == "site" else sites[by].tolist()
