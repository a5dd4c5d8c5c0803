"""Which sites, lanes and demand a hazard strikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diversify.case.geography import Geography
from diversify.case.normalise import lane_name
from diversify.case.sheet import BAD, Table
from diversify.case.tables import Tables


@dataclass(frozen=True, slots=True)
class Struck:
    """The rows (positions) of sites, lanes and demand that a hazard strikes.

    An outage strikes sites whole, or lanes only if it is about lanes: ``by`` lane or buyer,
    ``exports_only``, or a destination.
    """

    sites: tuple[int, ...] = ()
    lanes: tuple[int, ...] = ()
    demand: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sites or self.lanes or self.demand)


def struck(tables: Tables, position: int, places: Geography) -> Struck:
    """Return what the hazard in this row of the table hazards strikes."""
    hazards = tables["hazards"]
    cell = {c.name: _word(hazards.column(c.name)[position]) for c in hazards.spec.own_columns}
    if cell["kind"] == "demand":
        return Struck(demand=_demand(tables, cell, places))
    if cell["by"] in ("lane", "buyer"):
        return Struck(lanes=_lanes(tables, cell, places, None))
    sites = _sites(tables, cell, places)
    if cell["exports_only"] == "yes" or cell["destination"]:
        return Struck(lanes=_lanes(tables, cell, places, sites))
    return Struck(sites=tuple(sorted(sites.values())))


def _word(cell: object) -> str:
    if cell is None or cell is BAD:
        return ""
    return ("yes" if cell else "no") if isinstance(cell, bool) else str(cell)


def _sites(tables: Tables, cell: dict[str, str], places: Geography) -> dict[str, int]:
    """Return the position of each site in the group, by its name."""
    sites = tables["sites"]
    recipes = tables["recipes"]
    makes: dict[str, set[str]] = {}
    for _, (site, way, commodity) in recipes.sound("site", "direction", "commodity"):
        if way == "output":
            makes.setdefault(site, set()).add(commodity)
    wanted = {cell["commodity"]} if cell["commodity"] else set()
    if cell["by"] == "commodity":
        wanted.add(cell["name"])
    country = _in_countries(cell, places)
    test: dict[str, Callable[[str, str, str], bool]] = {
        "site": lambda site, owner, place: site == cell["name"],
        "owner": lambda site, owner, place: owner == cell["name"],
        "country": lambda site, owner, place: country(place),
        "bloc": lambda site, owner, place: country(place),
        "commodity": lambda site, owner, place: True,
    }
    found: dict[str, int] = {}
    for position, (site, place, owner, stage) in sites.sound("site", "country", "owner", "stage"):
        if cell["stage"] not in ("", stage) or not wanted <= makes.get(site, set()):
            continue
        if cell["by"] in test and test[cell["by"]](site, owner, place):
            found[site] = position
    return found


def _in_countries(cell: dict[str, str], places: Geography) -> Callable[[str], bool]:
    members = places.of_place(cell["name"]) if cell["by"] in ("country", "bloc") else None
    return lambda place: members is not None and places.country(place) in members


def _lanes(
    tables: Tables, cell: dict[str, str], places: Geography, sites: dict[str, int] | None
) -> tuple[int, ...]:
    """Return the lanes of these origins, or the lane or buyer itself if ``sites`` is None."""
    found: list[int] = []
    home = _sites_of(tables["sites"], places)
    stages = {site: stage for _, (site, stage) in tables["sites"].sound("site", "stage")}
    for position, (origin, destination, commodity) in tables["lanes"].sound(
        "origin", "destination", "commodity"
    ):
        lane = lane_name(origin, destination, commodity)
        if sites is not None:
            mine = origin in sites
        else:
            mine = cell["name"] == (lane if cell["by"] == "lane" else destination)
        if cell["by"] == "commodity" and commodity != cell["name"]:
            mine = False
        abroad = home.get(destination) or places.of(destination) or frozenset()
        if (
            mine
            and cell["commodity"] in ("", commodity)
            and cell["destination"] in ("", destination)
            and cell["stage"] in ("", stages.get(origin))
            and (cell["exports_only"] != "yes" or not home.get(origin, frozenset()) & abroad)
        ):
            found.append(position)
    return tuple(found)


def _sites_of(sites: Table, places: Geography) -> dict[str, frozenset[str]]:
    rows = sites.sound("site", "country")
    return {site: frozenset([places.country(country)]) for _, (site, country) in rows}


def _demand(tables: Tables, cell: dict[str, str], places: Geography) -> tuple[int, ...]:
    found: list[int] = []
    group = places.of_place(cell["name"]) if cell["by"] in ("country", "bloc") else None
    for position, (buyer, commodity) in tables["demand"].sound("buyer", "commodity"):
        if cell["by"] == "buyer":
            mine = buyer == cell["name"]
        elif cell["by"] == "commodity":
            mine = commodity == cell["name"]
        else:
            home = places.of(buyer)
            mine = group is not None and home is not None and home <= group
        if mine and cell["commodity"] in ("", commodity) and cell["destination"] in ("", buyer):
            found.append(position)
    return tuple(found)
