"""Which lanes and sites belong to which site, owner, country or bloc, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from diversify.formulation import Network


By = Literal["site", "owner", "country", "bloc"]
Times = Mapping[str, Mapping[str, frozenset[int]]]
"""By group and site the periods in which the site belongs to it, where that is not in all."""


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
        Name of the group to labels of its lanes. A country can be in several blocs; lanes of one
        that joins or leaves while the case runs are among them (:func:`times`).
    """
    lanes = network.lanes
    if by == "bloc":
        return {
            bloc: [str(lane) for lane, c in lanes["country"].items() if any(c in now for now in at)]
            for bloc, at in network.blocs.items()
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
        Name of the group to names of its sites. A site can be in several blocs, and in some of
        them only at times (:func:`times`).
    """
    sites = network.sites
    if by == "site":
        return {str(site): [str(site)] for site in sites.index}
    if by == "bloc":
        return {
            name: [str(s) for s, c in sites["country"].items() if any(c in now for now in at)]
            for name, at in network.blocs.items()
        }
    found: dict[str, list[str]] = {name: [] for name in sorted(set(sites[by]))}
    for site, name in sites[by].items():
        found[name].append(str(site))
    return found


def times(network: Network, groups: Mapping[str, Sequence[frozenset[str]]]) -> Times:
    """Return when sites belong to groups of countries that change while the case runs.

    Parameters
    ----------
    network : Network
        The network of the case.
    groups : mapping
        By name the countries in each period.

    Returns
    -------
    mapping
        Only groups that change, and of these only sites that belong to them in some periods and not
        in others.
    """
    found: dict[str, dict[str, frozenset[int]]] = {}
    for name, at in groups.items():
        if len(set(at)) > 1:
            now = {
                str(site): frozenset(t for t, inside in enumerate(at) if country in inside)
                for site, country in network.sites["country"].items()
            }
            found[name] = {site: when for site, when in now.items() if 0 < len(when) < len(at)}
    return {name: when for name, when in found.items() if when}


@dataclass(frozen=True, slots=True)
class Atoms:
    """Groups of sites, split so that each site of a part belongs to the group at the same times.

    Attributes
    ----------
    sites : mapping
        Sites by part.
    parts : mapping
        Parts of each group; one of the same name where nobody joins or leaves.
    periods : mapping
        Periods of a part, where these are not all.
    """

    sites: Mapping[str, Collection[str]]
    parts: Mapping[str, tuple[str, ...]]
    periods: Mapping[str, frozenset[int]] = field(default_factory=dict)


def atoms(groups: Mapping[str, Collection[str]], when: Times, labels: Sequence[str]) -> Atoms:
    """Return groups of sites, split by when the sites belong to them.

    Parameters
    ----------
    groups : mapping
        Sites by group.
    when : mapping
        As :func:`times` returns it.
    labels : sequence of str
        Names of the periods.

    Returns
    -------
    Atoms
        In a fixed order.

    Examples
    --------
    >>> found = atoms({"CLUB": ["A", "B"]}, {"CLUB": {"B": frozenset([1])}}, ["2026", "2027"])
    >>> found.parts
    {'CLUB': ('CLUB', 'CLUB in 2027')}
    """
    sites: dict[str, list[str]] = {}
    parts: dict[str, tuple[str, ...]] = {}
    periods: dict[str, frozenset[int]] = {}
    for name, held in groups.items():
        mine: dict[str, list[str]] = {}
        for site in held:
            now = when.get(name, {}).get(site)
            part = name if now is None else f"{name} in {', '.join(labels[t] for t in sorted(now))}"
            mine.setdefault(part, []).append(site)
            if now is not None:
                periods[part] = now
        mine = mine or {name: []}
        sites |= mine
        parts[name] = tuple(sorted(mine))
    return Atoms(sites, parts, periods)


def blocs_apart(
    network: Network, names: tuple[str, ...]
) -> tuple[dict[str, tuple[frozenset[str], ...]], list[tuple[str, str, str]]]:
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
        Countries in each period, by bloc or country; a country that joins or leaves a bloc is on
        its own the rest of the time.
    list of tuple of str
        Each country that is in two of the blocs at a time, with both.
    """
    found = {name: network.case.countries_in_time(name) for name in names}
    twice = [
        (str(country), a, b)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        for country in sorted(
            frozenset().union(*(x & y for x, y in zip(found[a], found[b], strict=True)))
        )
    ]
    inside = [frozenset().union(*(found[name][t] for name in names)) for t in network.periods]
    alone = {
        str(country): tuple(frozenset({country} - now) for now in inside)
        for country in sorted(set(network.sites["country"]))
    }
    return found | {country: at for country, at in alone.items() if any(at)}, twice


def _all_names(network: Network, by: By) -> list[str]:
    sites = network.sites
    return list(sites.index) if by == "site" else sites[by].tolist()
