"""Which sites, lanes and demand a hazard strikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diversify.case.geography import Geography
from diversify.case.normalise import lane_name
from diversify.case.sheet import BAD
from diversify.case.striking import EXPORT_KINDS
from diversify.case.tables import Tables

_NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Struck:
    """What a hazard strikes: sites by name, lanes by name, demand as (buyer, commodity).

    An outage strikes sites whole. It strikes lanes only, and not their sites, if it is about
    trade: ``by`` lane, corridor, buyer or commodity, or with a commodity, a destination or exports
    only, as bans, quotas and licences are, or if it is about prices.
    """

    sites: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()
    demand: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sites or self.lanes or self.demand)


@dataclass(frozen=True, slots=True)
class _Hazard:
    """One row of the table hazards; what is empty or was refused is empty."""

    kind: str
    by: str
    name: str
    stage: str
    commodity: str
    exports_only: bool
    destination: str


@dataclass(frozen=True, slots=True)
class _Site:
    name: str
    country: str
    owner: str
    stage: str


def struck(tables: Tables, position: int, places: Geography) -> Struck:
    """Return what the hazard in this row of the table hazards strikes."""
    hazard = _hazard(tables, position)
    if hazard.kind == "demand":
        return Struck(demand=_demand(tables, hazard, places))
    sites = {
        row[0]: _Site(row[0], places.country(row[1]), row[2], row[3])
        for _, row in tables["sites"].sound("site", "country", "owner", "stage")
    }
    about_trade = hazard.exports_only or hazard.destination or hazard.commodity
    if (
        hazard.by in ("lane", "corridor", "buyer", "commodity")
        or about_trade
        or hazard.kind == "price"
    ):
        return Struck(lanes=_lanes(tables, hazard, places, sites))
    found = [name for name, site in sites.items() if _is_struck(site, hazard, places)]
    return Struck(sites=tuple(sorted(found)))


def _hazard(tables: Tables, position: int) -> _Hazard:
    table = tables["hazards"]

    def word(name: str) -> str:
        cell: Any = table.column(name)[position]
        return "" if cell is None or cell is BAD else cell

    return _Hazard(
        kind=word("kind"),
        by=word("by"),
        name=word("name"),
        stage=word("stage"),
        commodity=word("commodity"),
        exports_only=table.column("exports_only")[position] is True or word("kind") in EXPORT_KINDS,
        destination=word("destination"),
    )


def _is_struck(site: _Site, hazard: _Hazard, places: Geography) -> bool:
    if hazard.stage not in ("", site.stage):
        return False
    if hazard.by in ("country", "bloc"):
        return site.country in (places.of_place(hazard.name) or _NOWHERE)
    return hazard.name == (site.owner if hazard.by == "owner" else site.name)


def _lanes(
    tables: Tables, hazard: _Hazard, places: Geography, sites: dict[str, _Site]
) -> tuple[str, ...]:
    found: list[str] = []
    ends = tables["lanes"].sound("origin", "destination", "commodity", "corridor")
    for _, (origin, destination, commodity, corridor) in ends:
        site = sites.get(origin)
        lane = lane_name(origin, destination, commodity)
        named = {
            "lane": lane,
            "corridor": corridor,
            "buyer": destination,
            "commodity": commodity,
        }
        if site is None or hazard.commodity not in ("", commodity):
            continue
        if hazard.by in named:
            if hazard.name != named[hazard.by] or hazard.stage not in ("", site.stage):
                continue
        elif not _is_struck(site, hazard, places):
            continue
        if hazard.destination not in ("", destination):
            continue
        if hazard.exports_only and site.country in _home(destination, sites, places):
            continue
        found.append(lane)
    return tuple(sorted(found))


def _home(destination: str, sites: dict[str, _Site], places: Geography) -> frozenset[str]:
    if destination in sites:
        return frozenset([sites[destination].country])
    return places.of(destination) or _NOWHERE


def _demand(tables: Tables, hazard: _Hazard, places: Geography) -> tuple[tuple[str, str], ...]:
    found: set[tuple[str, str]] = set()
    for _, (buyer, commodity) in tables["demand"].sound("buyer", "commodity"):
        if hazard.by in ("country", "bloc"):
            home = places.of(buyer)
            mine = home is not None and home <= (places.of_place(hazard.name) or _NOWHERE)
        else:
            mine = hazard.name == (buyer if hazard.by == "buyer" else commodity)
        mine = mine and hazard.commodity in ("", commodity)
        if mine and hazard.destination in ("", buyer):
            found.add((buyer, commodity))
    return tuple(sorted(found))
