"""Countries and blocs: which codes there are, and what was meant by those there are not."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from diversify.case.bundled import data_path
from diversify.case.findings import nearest


@dataclass(frozen=True, slots=True)
class Alias:
    """A word that is not a code, and the codes that may be meant by it."""

    kind: Literal["ambiguous", "obsolete", "alias"]
    codes: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Member:
    """One country in a bloc, from ``since`` to ``until``, both days included."""

    bloc: str
    country: str
    since: date
    until: date | None

    def on(self, day: date) -> bool:
        """Whether the country is a member on this day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class CodeProblem:
    """Why a text is no country code, and what to write."""

    code: str
    message: str
    remedy: str


@cache
def countries() -> dict[str, str]:
    """Return the label of each ISO3 code.

    Labels are short everyday names; they state nothing about the status of a territory.

    Examples
    --------
    >>> countries()["NAM"]
    'Namibia'
    """
    return {row["iso3"]: row["name"] for row in _rows("countries.csv")}


@cache
def aliases() -> dict[str, Alias]:
    """Return obsolete codes, ambiguous names and other spellings, by their upper-case form."""
    return {
        row["alias"].upper(): Alias(_kind(row["kind"]), tuple(row["codes"].split()), row["note"])
        for row in _rows("country_aliases.csv")
    }


@cache
def bundled_members() -> tuple[Member, ...]:
    """Return the members of the bundled blocs."""
    return tuple(
        Member(
            row["bloc"],
            row["country"],
            read_date(row["since"]),
            read_date(row["until"], last=True) if row["until"] else None,
        )
        for row in _rows("blocs.csv")
    )


def read_date(text: str, *, last: bool = False) -> date:
    """Return the day of ``YYYY-MM-DD``, or the first (or last) day of ``YYYY``.

    Examples
    --------
    >>> read_date("2004-05-01"), read_date("2020", last=True)
    (datetime.date(2004, 5, 1), datetime.date(2020, 12, 31))
    """
    if len(text) == 4 and text.isascii() and text.isdigit():
        return date(int(text), 12, 31) if last else date(int(text), 1, 1)
    if len(text) != 10:
        raise ValueError(text)
    return date.fromisoformat(text)


def members_on(members: Iterable[Member], day: date) -> dict[str, frozenset[str]]:
    """Return the countries of each bloc on a day; a bloc without any is left out."""
    found: dict[str, set[str]] = {}
    for member in members:
        if member.on(day):
            found.setdefault(member.bloc, set()).add(member.country)
    return {bloc: frozenset(found[bloc]) for bloc in sorted(found)}


def country_problem(text: str, user: Mapping[str, str] | None = None) -> CodeProblem | None:
    """Return what is wrong with a country code, or None if nothing is.

    Parameters
    ----------
    text
        What was written.
    user
        The user's own codes, as ``aliases`` in ``case.toml`` gives them.

    Examples
    --------
    >>> country_problem("COD") is None
    True
    >>> country_problem("Congo").remedy
    'write COD (Congo, Dem. Rep.) or COG (Congo, Rep.)'
    """
    if text in countries() or (user and text in user):
        return None
    word = " ".join(text.upper().split())
    alias = aliases().get(word)
    if alias is not None and alias.kind == "ambiguous":
        return CodeProblem("B34", f"{text!r} may be several countries", _write(alias.codes))
    if alias is not None and alias.kind == "obsolete":
        note = f" ({alias.note})" if alias.note else ""
        return CodeProblem("B36", f"{text!r} is an obsolete code{note}", _write(alias.codes))
    candidates = alias.codes if alias is not None else _candidates(word)
    remedy = (
        _write(candidates)
        if candidates
        else "write the ISO 3166 alpha-3 code; a code of your own goes in aliases in case.toml"
    )
    return CodeProblem("B33", f"{text!r} is not a country code (ISO 3166 alpha-3)", remedy)


def is_user_assigned(code: str) -> bool:
    """Whether ISO 3166 leaves this alpha-3 code to users, so that it can never be a country.

    Examples
    --------
    >>> is_user_assigned("XSO"), is_user_assigned("COD")
    (True, False)
    """
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        return False
    return code[:2] in ("AA", "ZZ") or code[0] == "X" or "QM" <= code[:2] <= "QZ"


def _candidates(word: str) -> tuple[str, ...]:
    by_word = _by_word()
    if word in by_word:
        return by_word[word]
    found: list[str] = []
    if len(word) == 3:
        found += nearest(word, countries())
    if len(word) > 3:
        for match in nearest(word, by_word):
            found += by_word[match]
    return tuple(dict.fromkeys(found))[:4]


@cache
def _by_word() -> dict[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {}
    for row in _rows("countries.csv"):
        for word in (row["iso3"], row["iso2"], row["name"]):
            if word:
                words.setdefault(word.upper(), (row["iso3"],))
    for word, alias in aliases().items():
        if alias.kind == "alias":
            words.setdefault(word, alias.codes)
    return words


def _write(codes: Iterable[str]) -> str:
    labels = countries()
    return "write " + " or ".join(f"{code} ({labels[code]})" for code in codes)


def _kind(text: str) -> Literal["ambiguous", "obsolete", "alias"]:
    if text == "ambiguous":
        return "ambiguous"
    return "obsolete" if text == "obsolete" else "alias"


def _rows(file: str) -> list[dict[str, str]]:
    with data_path(file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
