"""What a user calls a material or an importer, and what the tables call it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from diversify import data
from diversify.case.codes import aliases, bundled_members, countries, country_problem, members_on
from diversify.case.findings import did_you_mean, listing
from diversify.errors import Finding, InputError

SHORT = {
    "graphite": "graphite_natural",
    "magnesium": "magnesium_metal",
    "quartz": "high_purity_quartz",
    "rare_earths": "rare_earths_reo",
    "silicon": "silicon_metal",
    "titanium": "titanium_sponge",
}
"""Everyday words that the tables split; the most traded form is meant."""


@dataclass(frozen=True, slots=True)
class Importer:
    """A country or bloc that buys, with its members."""

    name: str
    members: frozenset[str]

    def holds(self, country: str) -> bool:
        """Whether a country is the importer or one of its members."""
        return country in self.members


def find_importer(word: str, day: date) -> Importer:
    """Return the country or bloc that a word names.

    Parameters
    ----------
    word : str
        ISO3 code, name of a country, or name of a bloc.
    day : datetime.date
        The day on which members of a bloc are counted.

    Raises
    ------
    InputError
        If there is none, or several may be meant; with candidates.

    Examples
    --------
    >>> find_importer("Germany", date(2026, 1, 1)).name
    'DEU'
    >>> len(find_importer("EU27", date(2026, 1, 1)).members)
    27
    """
    blocs = members_on(bundled_members(), day)
    text = " ".join(word.split())
    by_word = {code.upper(): code for code in countries()}
    by_word |= {name.upper(): code for code, name in countries().items()}
    by_word |= {
        name: alias.codes[0]
        for name, alias in aliases().items()
        if alias.kind == "alias" and len(alias.codes) == 1
    }
    for name, members in blocs.items():
        if name.upper() == text.upper():
            return Importer(name, members)
    if text.upper() in by_word:
        code = by_word[text.upper()]
        if code not in _placed():
            raise _unplaced(word, code)
        return Importer(code, frozenset({code}))
    problem = country_problem(text)
    remedy = "" if problem is None else f"{problem.remedy}; "
    remedy = did_you_mean(text, [*blocs, *countries().values()]) + remedy
    raise InputError(
        [
            Finding.error(
                table="buyers",
                column="buyer",
                value=word,
                message="no country or bloc has this name",
                remedy=f"{remedy}blocs: {listing(sorted(blocs), 30)}",
            )
        ]
    )


@cache
def _placed() -> frozenset[str]:
    """Return the countries whose capital has a position, so that freight can be reckoned."""
    return frozenset(data.table("capitals")["country"])


def _unplaced(word: str, code: str) -> InputError:
    finding = Finding.error(
        table="buyers",
        column="buyer",
        value=word,
        message=f"the tables have neither the position nor the trade of {countries()[code]}",
        remedy="name the country that it trades with, or a bloc",
    )
    return InputError([finding])


def find_materials(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the materials that words name, refusing all unknown ones at once.

    Parameters
    ----------
    words : tuple of str
        As in ``diversify.data.materials()``, a chemical symbol, or a word of ``SHORT``.

    Examples
    --------
    >>> find_materials(("Ga", "graphite"))
    ('gallium', 'graphite_natural')
    """
    known = data.materials()
    symbols = {m.symbol.casefold(): m.material for m in known.values() if m.kind == "metal"}
    names = {m.name.casefold(): m.material for m in known.values()}
    covered = covered_materials()
    found: list[str] = []
    findings: list[Finding] = []
    for word in words:
        text = word.strip().casefold()
        plain = SHORT.get(text, text)
        material = plain if plain in known else symbols.get(text, names.get(text, ""))
        if material in covered:
            found.append(material)
            continue
        if not material:
            message = "the tables know no such material"
        elif material in _with_output():
            message = "the tables have no reference price of this material"
        else:
            message = "the tables have no output of this material by country"
        near = did_you_mean(text, [*covered, *(word for word in SHORT if SHORT[word] in covered)])
        remedy = f"{near}materials with facts: {listing(covered, 60)}"
        findings.append(
            Finding.error(
                table="materials", column="material", value=word, message=message, remedy=remedy
            )
        )
    if not words:
        findings.append(
            Finding.error(
                table="materials",
                column="material",
                message="no material is named",
                remedy=f"materials with facts: {listing(covered, 60)}",
            )
        )
    if findings:
        raise InputError(findings)
    return tuple(dict.fromkeys(found))


@cache
def covered_materials() -> tuple[str, ...]:
    """Return the materials with output by country and a reference price."""
    prices = data.table("prices", reference="yes")
    return tuple(sorted(_with_output() & set(prices["material"])))


def _with_output() -> set[str]:
    output = data.table("production")
    by_country = output[~output["country"].isin(data_aggregates()) & (output["tonnes"] > 0)]
    return set(by_country["material"])


def data_aggregates() -> tuple[str, ...]:
    """Return what stands for the world or for all other countries."""
    from diversify.data.catalogue import AGGREGATES

    return AGGREGATES
