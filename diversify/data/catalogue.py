"""Which tables there are, what a row of each is, and which of its columns hold numbers."""

from __future__ import annotations

from dataclasses import dataclass

from diversify.case.findings import did_you_mean, listing
from diversify.errors import Finding, InputError

AGGREGATES = ("WLD", "OTH")
"""What stands in a column of countries besides a code: the world, and all other countries."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a table before it is read.

    Parameters
    ----------
    name
        Its name, as in ``table(name)`` and ``data/name.csv``.
    title
        What it holds, in one line.
    numbers
        The columns that hold numbers; all others hold text.
    countries
        The columns that hold countries: ISO3 codes, blocs, or ``AGGREGATES``.
    key
        The columns that tell one row from another.
    """

    name: str
    title: str
    numbers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    key: tuple[str, ...] = ()


_TRADE_TOTALS = ("imports_kusd", "imports_tonnes", "exports_kusd", "exports_tonnes")
_PLACE = ("material", "stage", "country", "year")

_ALL = (
    About("blocs", "Members of blocs, with dates", (), ("country",), ("bloc", "country", "since")),
    About(
        "byproducts",
        "Materials that are won with a host, and the share of their output that is",
        ("share",),
        (),
        ("material", "host"),
    ),
    About("capacity", "Capacity by country and stage", ("tonnes",), ("country",), _PLACE),
    About(
        "capitals",
        "Where the capital of each country lies",
        ("latitude", "longitude"),
        ("country",),
        ("country",),
    ),
    About(
        "conversions",
        "Share of an element in a compound, by mass",
        ("element_share",),
        (),
        ("material", "compound"),
    ),
    About("countries", "ISO 3166 codes and labels", (), ("iso3",), ("iso3",)),
    About("country_aliases", "Names and old codes, and what may be meant", (), (), ("alias",)),
    About(
        "demand",
        "World demand now and in scenarios to 2040",
        ("tonnes",),
        (),
        ("material", "use", "scenario", "year"),
    ),
    About("designations", "Lists of critical materials", (), (), ("list", "material")),
    About(
        "disruptions",
        "Disruptions of supply from 1978 on, with shares exposed and lost",
        ("share_exposed", "share_lost", "price_before", "price_after", "price_change"),
        ("country",),
        ("event", "material"),
    ),
    About(
        "distances",
        "Great-circle distances between capitals",
        ("km",),
        ("country_a", "country_b"),
        ("country_a", "country_b"),
    ),
    About(
        "export_restrictions",
        "Export bans, quotas and licences",
        (),
        ("country",),
        ("country", "material", "measure", "since"),
    ),
    About(
        "freight",
        "Rough cost of moving cargo",
        ("value", "low", "high"),
        (),
        ("mode", "quantity"),
    ),
    About(
        "governance",
        "Worldwide Governance Indicators",
        ("estimate", "standard_error", "rank"),
        ("country",),
        ("country", "indicator", "year"),
    ),
    About("hs_codes", "Customs codes of materials", (), (), ("material", "hs92")),
    About(
        "impacts",
        "Greenhouse gas and energy per kilogram",
        ("value", "low", "high"),
        (),
        ("material", "measure"),
    ),
    About(
        "lead_times",
        "Years from a decision to output",
        ("years", "low", "high"),
        (),
        ("stage", "step", "scope"),
    ),
    About("materials", "Names, symbols, groups and bases of materials", (), (), ("material",)),
    About(
        "ore_baskets",
        "Share of each rare earth in the oxides of five deposits",
        ("share",),
        ("country",),
        ("deposit", "material"),
    ),
    About("price_points", "Prices in times of stress", ("price",), (), ()),
    About(
        "price_volatility",
        "How much prices move",
        ("value", "first_year", "last_year", "observations"),
        (),
        ("material", "statistic"),
    ),
    About(
        "prices",
        "Yearly prices, 2021 to 2025",
        ("price", "low", "high"),
        (),
        ("material", "form", "year"),
    ),
    About("production", "Output by country and stage", ("tonnes",), ("country",), _PLACE),
    About(
        "recycling",
        "End-of-life recycling rates",
        ("value", "low", "high"),
        ("region",),
        ("material", "region", "measure", "year"),
    ),
    About("reserves", "Reserves by country", ("tonnes",), ("country",), _PLACE),
    About("sources", "What the column source refers to", (), (), ("source",)),
    About(
        "stockpile_norms",
        "Targets and sizes of public stocks, and benchmarks of supply",
        ("value", "low", "high"),
        ("country",),
        ("country", "holder", "material", "quantity"),
    ),
    About(
        "tariffs",
        "Import duties",
        ("rate", "rate_low", "rate_high", "previous_rate"),
        ("importer", "exporter"),
        ("importer", "exporter", "material", "product", "kind", "since"),
    ),
    About(
        "trade",
        "Imports by supplier, 2023 and 2024",
        ("value_kusd", "tonnes", "share"),
        ("importer", "exporter"),
        ("hs92", "importer", "exporter", "year"),
    ),
    About(
        "trade_totals",
        "Imports and exports of each country, 2023 and 2024",
        (*_TRADE_TOTALS, "suppliers", "hhi_imports"),
        ("country",),
        ("hs92", "country", "year"),
    ),
    About(
        "us_import_sources",
        "Where the United States import from",
        ("share",),
        ("importer", "exporter"),
        ("material", "form", "exporter"),
    ),
    About(
        "us_statistics",
        "Production, trade, use and stocks of the United States",
        ("value",),
        ("country",),
        ("material", "statistic", "detail", "year"),
    ),
)
_BY_NAME = {about.name: about for about in _ALL}


def tables() -> tuple[str, ...]:
    """Return the names of all tables, sorted.

    Examples
    --------
    >>> "production" in tables(), len(tables())
    (True, 32)
    """
    return tuple(_BY_NAME)


def about(name: str) -> About:
    """Return what is known of a table before it is read.

    Parameters
    ----------
    name : str
        One of ``tables()``.

    Raises
    ------
    InputError
        If there is no such table; the remedy names the nearest ones.

    Examples
    --------
    >>> about("reserves").title
    'Reserves by country'
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    raise unknown("table", name, list(_BY_NAME), "there is no bundled table of this name")


def unknown(column: str, value: str, known: list[str], message: str, hint: str = "") -> InputError:
    """Return the refusal of a word that is not known, with the nearest words that are."""
    remedy = f"{hint or did_you_mean(value, known)}known: {listing(known, 30)}"
    return InputError(
        [Finding.error(table="data", column=column, value=value, message=message, remedy=remedy)]
    )
