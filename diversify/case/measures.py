"""Trade measures: which lanes each covers, and how much of each period it is in force."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from diversify.case.codes import read_date
from diversify.case.geography import Geography
from diversify.case.normalise import lane_name
from diversify.case.settings import Settings
from diversify.case.sheet import BAD, Table
from diversify.case.tables import Tables

if TYPE_CHECKING:
    from diversify.case.case import Case

NEEDED = (
    "sites.site",
    "sites.country",
    "sites.stage",
    "lanes.origin",
    "lanes.destination",
    "lanes.commodity",
    "buyers.buyer",
    "buyers.country",
    "commodities.commodity",
)
"""The columns that must have been read to say which lanes a measure covers."""
_NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Borders:
    """What decides whether a lane crosses a border.

    Parameters
    ----------
    sites : mapping
        Country and stage of each site.
    homes : mapping
        Countries of each buyer.
    places : Geography
        Countries and blocs on the first day of the case.
    """

    sites: Mapping[str, tuple[str, str]]
    homes: Mapping[str, frozenset[str]]
    places: Geography

    def area(self, name: str) -> frozenset[str]:
        """Return the countries of a country code or bloc; none for any other name."""
        return self.places.of_place(name) or _NOWHERE

    def end(self, name: str) -> frozenset[str]:
        """Return the countries in which a lane to a site or buyer ends."""
        if name in self.sites:
            return frozenset([self.sites[name][0]])
        return self.homes.get(name, _NOWHERE)

    def crosses(self, origin: str, destination: str, sent: str, taken: str) -> bool:
        """Whether a lane leaves its country, and the places ``sent`` and ``taken``, if named.

        Parameters
        ----------
        origin, destination : str
            The ends of the lane.
        sent, taken : str
            A country, bloc or site (buyer) at each end; empty for any.
        """
        here, there = self.sites[origin][0], self.end(destination)
        if here in there:
            return False
        if sent:
            area = self.area(sent)
            if origin != sent and here not in area:
                return False
            if there and there <= area:
                return False
        if taken:
            area = self.area(taken)
            if destination != taken and not (there and there <= area):
                return False
            if here in area:
                return False
        return True


def borders(tables: Tables, places: Geography) -> Borders:
    """Return the borders of a case; rows with a refused cell are left out."""
    return Borders(
        {
            site: (places.country(country), stage)
            for _, (site, country, stage) in tables["sites"].sound("site", "country", "stage")
        },
        {
            buyer: places.of_place(country) or _NOWHERE
            for _, (buyer, country) in tables["buyers"].sound("buyer", "country")
        },
        places,
    )


def covered_lanes(tables: Tables, known: Borders, position: int) -> tuple[str, ...]:
    """Return the names of the lanes that the measure in this row covers, sorted.

    Only lanes that cross a border are covered: the country of the origin is not one of the
    destination's, and where a place is named, the lane leaves (or enters) that whole place.
    """
    measures = tables["measures"]
    sent, taken, commodity, stage = (
        word(measures, position, name) for name in ("origin", "destination", "commodity", "stage")
    )
    found = []
    for _, (origin, destination, carried) in tables["lanes"].sound(
        "origin", "destination", "commodity"
    ):
        if origin not in known.sites or commodity not in ("", carried):
            continue
        if stage not in ("", known.sites[origin][1]):
            continue
        if known.crosses(origin, destination, sent, taken):
            found.append(lane_name(origin, destination, carried))
    return tuple(sorted(found))


def word(table: Table, position: int, column: str) -> str:
    """Return a cell of text; what is empty or was refused is empty."""
    cell = table.column(column)[position]
    return "" if cell is None or cell is BAD else str(cell)


def in_force(settings: Settings, since: str, until: str, months: float) -> list[float]:
    """Return the part of each period in which a measure is in force, shape (periods,).

    Parameters
    ----------
    settings : Settings
        With the start and the length of the periods.
    since, until : str
        First and last day, as ``YYYY-MM-DD`` or ``YYYY``; an empty ``until`` means no end.
    months : float
        Longest time in force from ``since`` on; infinite for no such limit.

    Returns
    -------
    list of float
        Days in force over days of the period.

    Examples
    --------
    >>> year = Settings(name="a", start="2026-01", periods=2, period="year", price_year=2025,
    ...                 discount_rate=0.0)
    >>> in_force(year, "2026-07-01", "", 9.0)
    [0.5041095890410959, 0.2465753424657534]
    """
    return [part for _, part in spans_in_force(settings, since, until, months)]


def spans_in_force(
    settings: Settings, since: str, until: str, months: float
) -> list[tuple[float, float]]:
    """Return where in each period a measure is in force, shape (periods, 2).

    Parameters
    ----------
    settings, since, until, months
        As in :func:`in_force`.

    Returns
    -------
    list of tuple of float
        Where it begins to be and for how long, as parts of the period's days; 0 where it is not.

    Examples
    --------
    >>> year = Settings(name="a", start="2026-01", periods=2, period="year", price_year=2025,
    ...                 discount_rate=0.0)
    >>> spans_in_force(year, "2026-03-15", "2026-08-07", float("inf"))
    [(0.2, 0.4), (0.0, 0.0)]
    """
    first = read_date(since).toordinal()
    after = float("inf") if not until else read_date(until, last=True).toordinal() + 1.0
    if months != float("inf"):
        after = min(after, _months_later(read_date(since), months))
    length = round(settings.period_years * 12)
    edges = [_months_later(settings.start_date, length * t) for t in range(settings.periods + 1)]
    found = []
    for begin, end in pairwise(edges):
        one, other = max(first, begin), min(after, end)
        days = end - begin
        found.append(((one - begin) / days, (other - one) / days) if one < other else (0.0, 0.0))
    return found


def _months_later(day: date, months: float) -> float:
    """Return the ordinal of the day so many months later; part of a month is part of its days."""
    whole = int(months)
    number = day.year * 12 + day.month - 1 + whole
    year, month = divmod(number, 12)
    if year > date.max.year - 1:
        return float(date.max.toordinal())
    days = monthrange(year, month + 1)[1]
    # A month after 31 January is a month after it: 3 March, not the last of February.
    begin = date(year, month + 1, 1) + timedelta(days=day.day - 1)
    return begin.toordinal() + (months - whole) * days


def covering_measures(tables: Tables, places: Geography) -> set[str]:
    """Return the names of the measures that cover a lane."""
    known = borders(tables, places)
    names = tables["measures"].column("measure")
    return {name for i, name in enumerate(names) if covered_lanes(tables, known, i)}


def measured_lanes(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the names of the lanes that each measure of a case covers, by its name."""
    tables = case._tables
    known = borders(tables, case._places)
    names = tables["measures"].column("measure")
    return {name: covered_lanes(tables, known, i) for i, name in enumerate(names)}
