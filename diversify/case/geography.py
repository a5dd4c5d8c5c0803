"""Which countries a name stands for on the first day of a case: a country, a bloc, a buyer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from diversify.case.codes import (
    Member,
    bundled_members,
    countries,
    members_on,
    read_date,
)
from diversify.case.settings import Settings
from diversify.case.sheet import BAD
from diversify.case.tables import Tables


@dataclass(frozen=True, slots=True)
class Geography:
    """Countries, blocs and buyers on the first day of a case.

    ``blocs`` holds the members on that day, ``members`` every membership with its dates.
    """

    aliases: Mapping[str, str]
    blocs: Mapping[str, frozenset[str]]
    members: tuple[Member, ...]
    buyers: Mapping[str, str]

    def country(self, code: str) -> str:
        """Return the ISO3 code that a code of the user stands for."""
        return self.aliases.get(code, code)

    def known_blocs(self) -> set[str]:
        """Return the names of all blocs, also of those without members on that day."""
        return {member.bloc for member in self.members}

    def of_bloc(self, name: str, day: date) -> frozenset[str]:
        """Return the countries of a bloc on a day."""
        return frozenset(m.country for m in self.members if m.bloc == name and m.on(day))

    def of_place(self, name: str) -> frozenset[str] | None:
        """Return the countries of a code or a bloc, or None if it is neither."""
        if name in self.aliases or name in countries():
            return frozenset([self.country(name)])
        return self.blocs.get(name)

    def of(self, name: str) -> frozenset[str] | None:
        """Return the countries of a buyer, a code or a bloc, or None if it is none of them."""
        return self.of_place(self.buyers.get(name, name))


def geography(tables: Tables, settings: Settings | None) -> Geography:
    """Return the geography of a case; a bloc of the user replaces the bundled one."""
    aliases = settings.aliases if settings else {}
    day = settings.start_date if settings else date.max
    own = tuple(_own_members(tables, aliases))
    # A bloc with a refused row still replaces the bundled one.
    replaced = {cell for cell in tables["blocs"].column("bloc") if isinstance(cell, str)}
    members = own + tuple(
        replace(m, country=aliases.get(m.country, m.country))
        for m in bundled_members()
        if m.bloc not in replaced
    )
    buyers = {buyer: country for _, (buyer, country) in tables["buyers"].sound("buyer", "country")}
    return Geography(aliases, members_on(members, day), members, buyers)


def _own_members(tables: Tables, aliases: Mapping[str, str]) -> Iterable[Member]:
    columns = ("bloc", "country", "since", "until")
    for _, (bloc, country, since, until) in tables["blocs"].sound(*columns):
        yield Member(
            bloc,
            aliases.get(country, country),
            read_date(since),
            None if until is None or until is BAD else read_date(until, last=True),
        )
