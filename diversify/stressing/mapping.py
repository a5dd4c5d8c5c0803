"""What of an event strikes a case: each effect as hazards over its sites, lanes and demand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from diversify.case import Case
from diversify.case.findings import listing
from diversify.stressing.events import Effect, Event

What = Literal["supply", "price", "demand"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Strike:
    """One hazard that an effect becomes.

    Attributes
    ----------
    event : str
        Id of the event.
    effect : Effect
        What it does and how long.
    what : {"supply", "price", "demand"}
        Which of the effect's numbers it carries.
    row : dict
        The columns of the table hazards that say what it strikes.
    """

    event: str
    effect: Effect
    what: What
    row: Row


@dataclass(frozen=True, slots=True)
class Mapped:
    """An event on a case.

    Attributes
    ----------
    event : Event
        The event.
    strikes : tuple of Strike
        Its hazards.
    left_out : tuple of str
        Effects, or parts of them, that the case knows nothing of, and why.
    """

    event: Event
    strikes: tuple[Strike, ...]
    left_out: tuple[str, ...]


def map_event(case: Case, event: Event) -> Mapped:
    """Return what an event strikes in a case.

    Parameters
    ----------
    case : Case
        For the buyers that count.
    event : Event
        The event.

    Returns
    -------
    Mapped
        Without strikes, where the case has nothing of what the event touches.

    Raises
    ------
    InputError
        If the event names a country or bloc that there is not.

    Examples
    --------
    >>> import diversify as dv
    >>> from diversify.stressing.events import find_event
    >>> found = map_event(dv.example("quartz"), find_event("USA-HPQ-2024"))
    >>> [strike.row["name"] for strike in found.strikes][:2]
    ['spruce_pine_sibelco_mine', 'spruce_pine_tqc_mine']
    """
    ground = _Ground(case)
    strikes: list[Strike] = []
    left: list[str] = []
    for effect in event.effect:
        goods = event.materials_of(effect)
        named: list[tuple[What, float | None]] = [
            ("supply", effect.severity),
            ("price", effect.price_multiple),
            ("demand", effect.demand_multiple),
        ]
        for what, size in named:
            if size is None:
                continue
            rows, why = ground.rows(effect, what, goods)
            strikes += [Strike(event.id, effect, what, row) for row in rows]
            if why:
                left.append(f"{effect.sentence}: {why}")
    return Mapped(event, tuple(strikes), tuple(left))


class _Ground:
    """A case as effects see it."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.sites = case.table("sites").set_index("site")
        self.lanes = case.table("lanes")
        self.main = dict(_cells(case.table("commodities"), "commodity", "material"))
        self.demanded = sorted(set(_cells(case.table("demand"), "buyer", "commodity")))

    @cached_property
    def held(self) -> dict[str, set[str]]:
        """Materials of each commodity, the main one and those that it holds besides."""
        found = {commodity: {material} for commodity, material in self.main.items()}
        for commodity, material in _cells(self.case.table("contents"), "commodity", "material"):
            found[commodity].add(material)
        return found

    @cached_property
    def made(self) -> dict[str, set[str]]:
        """Commodities that each site makes."""
        recipes = self.case.table("recipes").query("direction == 'output'")
        found: dict[str, set[str]] = {}
        for site, commodity in _cells(recipes, "site", "commodity"):
            found.setdefault(site, set()).add(commodity)
        return found

    @cached_property
    def becomes(self) -> dict[str, set[str]]:
        """What each commodity is turned into."""
        recipes = self.case.table("recipes")
        sides: dict[tuple[str, str], dict[str, set[str]]] = {}
        for site, recipe, direction, commodity in _cells(
            recipes, "site", "recipe", "direction", "commodity"
        ):
            both = sides.setdefault((site, recipe), {"input": set(), "output": set()})
            both[direction].add(commodity)
        found: dict[str, set[str]] = {}
        for both in sides.values():
            for commodity in both["input"]:
                found.setdefault(commodity, set()).update(both["output"])
        return found

    def rows(self, effect: Effect, what: What, names: tuple[str, ...]) -> tuple[list[Row], str]:
        """Return the hazards of one number of an effect, or why there are none."""
        goods = self._goods(names, whole=what == "supply")
        if not goods:
            return [], f"the case has no {listing(list(names), 4)}"
        if what == "demand":
            return self._demand(effect, goods)
        sites = self._sites(effect)
        if not sites:
            return [], f"the case has no {self._place(effect)}"
        if what == "price":
            return self._trade(effect, self._last(goods), sites, "price")
        if effect.exports_only or effect.destination or effect.spares or effect.by == "corridor":
            return self._trade(effect, goods, sites, "outage")
        return self._whole(goods, sites)

    def _goods(self, names: tuple[str, ...], *, whole: bool) -> set[str]:
        """Return the commodities of some materials; of prices and demand only the main one counts.

        Ore that holds a little of a material does not cost three times as much because that does.
        """
        if not names:
            return set(self.main)
        wanted = {name.casefold() for name in names}
        return {
            commodity
            for commodity, material in self.main.items()
            if commodity.casefold() in wanted
            or material.casefold() in wanted
            or (whole and any(m.casefold() in wanted for m in self.held[commodity]))
        }

    def _last(self, goods: set[str]) -> set[str]:
        """Return the commodities that are not turned into another of them."""
        return {c for c in goods if not (self.becomes.get(c, set()) & goods) - {c}}

    def _sites(self, effect: Effect) -> list[str]:
        rows = self.sites
        if effect.stage:
            rows = rows[rows["stage"] == effect.stage]
        if effect.by in ("country", "bloc"):
            rows = rows[rows["country"].isin(self.case.countries_of(effect.name))]
        elif effect.by == "owner":
            rows = rows[rows["owner"] == effect.name]
        elif effect.by == "site":
            rows = rows[rows.index == effect.name]
        return [str(site) for site in rows.index]

    def _place(self, effect: Effect) -> str:
        stage = f"{effect.stage} " if effect.stage else ""
        return f"{stage}site" if effect.by == "any" else f"{stage}site of {effect.by} {effect.name}"

    def _whole(self, goods: set[str], sites: list[str]) -> tuple[list[Row], str]:
        """Return outages of sites; where other things are made too, of what leaves with it."""
        found: list[Row] = []
        for site in sites:
            mine = self.made.get(site, set())
            if mine and mine <= goods:
                found.append({"kind": "outage", "by": "site", "name": site})
                continue
            moved = self.lanes.loc[self.lanes["origin"] == site, "commodity"]
            for commodity in sorted(mine & goods & set(moved)):
                row = {"kind": "outage", "by": "site", "name": site, "commodity": commodity}
                found.append(row)
        return found, "" if found else "none of these sites makes it"

    def _trade(
        self, effect: Effect, goods: set[str], sites: list[str], kind: str
    ) -> tuple[list[Row], str]:
        lanes = self.lanes
        rows = lanes[lanes["commodity"].isin(goods) & lanes["origin"].isin(sites)]
        if effect.by == "corridor":
            rows = rows[rows["corridor"] == effect.name]
        moved = _cells(rows, "lane", "origin", "destination", "commodity")
        moved = [m for m in moved if self._reaches(effect, m[1], m[2])]
        buyers = set(self.case.buyers)
        if kind == "price" and any(end in buyers for _, _, end, _ in moved):
            moved = [m for m in moved if m[2] in buyers]
        if not moved:
            where = f" to {effect.destination}" if effect.destination else ""
            return [], f"nothing of it is sent there{where}"
        near = kind == "price" or effect.destination or effect.spares
        found: set[tuple[str, str, str]] = set()
        for lane, _, end, commodity in moved:
            if near and end in buyers:
                found.add((commodity, end, ""))
            elif near:
                found.add(("", "", lane))
            else:
                found.add((commodity, "", ""))
        return [self._row(effect, kind, *key) for key in sorted(found)], ""

    def _row(self, effect: Effect, kind: str, commodity: str, buyer: str, lane: str) -> Row:
        if lane:
            return {"kind": kind, "by": "lane", "name": lane}
        by, name = effect.by, effect.name
        row: Row = {"kind": kind, "commodity": commodity, "exports_only": effect.exports_only}
        row |= {"by": "commodity", "name": commodity} if by == "any" else {"by": by, "name": name}
        return row | {"stage": effect.stage or "", "destination": buyer}

    def _reaches(self, effect: Effect, origin: str, end: str) -> bool:
        home = self._home(end)
        if effect.exports_only and self.sites.at[origin, "country"] in home:
            return False
        return self._wanted(effect, home)

    def _wanted(self, effect: Effect, home: frozenset[str]) -> bool:
        if effect.destination and not home <= self.case.countries_of(effect.destination):
            return False
        return not any(home <= self.case.countries_of(spared) for spared in effect.spares)

    def _home(self, end: str) -> frozenset[str]:
        if end in self.sites.index:
            return frozenset([str(self.sites.at[end, "country"])])
        return self.case.countries_of(end)

    def _demand(self, effect: Effect, goods: set[str]) -> tuple[list[Row], str]:
        found = []
        for buyer, commodity in self.demanded:
            home = self._home(buyer)
            here = effect.by == "any" or home <= self.case.countries_of(effect.name)
            if commodity in goods and here and self._wanted(effect, home):
                row = {"kind": "demand", "by": "commodity", "name": commodity, "destination": buyer}
                found.append(row)
        return found, "" if found else "no buyer of the case needs it there"


def hazard_rows(strikes: Iterable[Strike]) -> list[Row]:
    """Return the table hazards of some strikes, each named by its position."""
    return [{"hazard": hazard_name(i), **strike.row} for i, strike in enumerate(strikes)]


def hazard_name(position: int) -> str:
    """Return the name of the hazard of a strike."""
    return f"strike {position}"


def _cells(frame: Any, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(frame[name].tolist() for name in names), strict=True))
