"""Which lanes belong to which site, owner, country or bloc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from diversify.errors import InputError

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
        return {
            bloc: [str(lane) for lane, c in lanes["country"].items() if c in inside]
            for bloc, inside in _blocs(network).items()
        }
    key = lanes["origin"] if by == "site" else lanes[by]
    found: dict[str, list[str]] = {name: [] for name in sorted(set(_all_names(network, by)))}
    for lane, name in key.items():
        found[name].append(str(lane))
    return found


def sites_by(network: Network, by: By) -> dict[str, list[str]]:
    """Return the sites of each group.

    Parameters
    ----------
    network : Network
        The network of the case.
    by : {"site", "owner", "country", "bloc"}
        What is grouped by.

    Returns
    -------
    dict
        Name of the group to names of its sites. A site can be in several blocs.
    """
    sites = network.sites
    if by == "site":
        return {str(site): [str(site)] for site in sites.index}
    if by == "bloc":
        return {
            name: [str(s) for s, c in sites["country"].items() if c in inside]
            for name, inside in _blocs(network).items()
        }
    found: dict[str, list[str]] = {name: [] for name in sorted(set(sites[by]))}
    for site, name in sites[by].items():
        found[name].append(str(site))
    return found


def blocs_apart(
    network: Network, names: tuple[str, ...]
) -> tuple[dict[str, frozenset[str]], list[tuple[str, str, str]]]:
    """Return blocs with their countries, and each other country of a site on its own.

    Parameters
    ----------
    network : Network
        The network of the case.
    names : tuple of str
        Blocs.

    Returns
    -------
    dict
        Countries by bloc or country.
    list of tuple of str
        Each country that is in two of the blocs, with both.
    """
    found = {name: network.case.countries_of(name) for name in names}
    twice = [
        (str(country), a, b)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        for country in sorted(found[a] & found[b])
    ]
    inside = frozenset().union(*found.values())
    alone = sorted(set(network.sites["country"]) - inside)
    return found | {str(country): frozenset([country]) for country in alone}, twice


def _all_names(network: Network, by: By) -> list[str]:
    sites = network.sites
    return list(sites.index) if by == "site" else sites[by].tolist()


def _blocs(network: Network) -> dict[str, frozenset[str]]:
    """Return the members of each bloc on the first day of the case; a later bloc has none yet."""
    rows = network.case.table("blocs")
    found = {}
    for bloc in sorted(set(rows["bloc"])):
        try:
            found[bloc] = network.case.countries_of(bloc)
        except InputError:
            found[bloc] = frozenset()
    return found
