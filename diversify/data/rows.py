"""Rows of one table as text, without pandas: read, chosen, and counted."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from diversify.case.bundled import data_path
from diversify.case.codes import bundled_members, countries, country_problem
from diversify.case.findings import did_you_mean, listing
from diversify.data.catalogue import about, unknown
from diversify.errors import Finding, InputError

Row = dict[str, str]
Wanted = str | int | Iterable[str | int]
"""One value of a column, or several."""

MATERIAL = ("material", "host")
STAGES = ("mine", "refine", "make", "recycle")


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table: its columns, and the cells as text."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_rows(name: str) -> Rows:
    """Return a bundled table as text; no other table is read.

    Examples
    --------
    >>> read_rows("materials").columns[:3]
    ('material', 'name', 'symbol')
    """
    with _opened(name) as reader:
        rows = tuple(reader)
        return Rows(name, tuple(reader.fieldnames or ()), rows)


def count_rows(name: str) -> tuple[int, tuple[str, ...]]:
    """Return how many rows a table has, and its columns, without keeping any row."""
    with _opened(name) as reader:
        return sum(1 for _ in reader), tuple(reader.fieldnames or ())


def choose(
    found: Rows,
    *,
    material: Wanted | None = None,
    country: Wanted | None = None,
    where: Mapping[str, Wanted] | None = None,
    allow_empty: bool = False,
) -> Rows:
    """Return the rows of a material, a country, and of given values in other columns.

    Parameters
    ----------
    found : Rows
        Where to choose from.
    material, country : str or iterable of str, optional
        A row is kept if any of its columns of that sort holds one of them; upper and lower case
        are alike.
    where : mapping, optional
        Wanted values of further columns.
    allow_empty : bool
        Whether a known material, country, stage or year without a row here is fine.

    Raises
    ------
    InputError
        With every column and every value that is not there, and the nearest ones that are.
    """
    spec = about(found.name)
    asked: list[tuple[str, tuple[str, ...], Wanted]] = []
    if material is not None:
        asked.append(("material", tuple(c for c in MATERIAL if c in found.columns), material))
    if country is not None:
        asked.append(("country", spec.countries, country))
    asked += [(column, (column,), value) for column, value in (where or {}).items()]
    rows: Sequence[Row] = found.rows
    findings: list[Finding] = []
    for what, columns, value in asked:
        absent = [column for column in columns if column not in found.columns]
        if absent or not columns:
            findings.append(_no_column(found, what, value))
            continue
        present = {row[c].casefold() for row in found.rows for c in columns}
        for word in _words(value):
            lenient = allow_empty and _exists(what, word)
            if word.casefold() not in present and not lenient:
                findings += _no_value(found, what, columns, word).findings
        wanted = {word.casefold() for word in _words(value)}
        rows = [row for row in rows if any(row[c].casefold() in wanted for c in columns)]
    if findings:
        raise InputError(findings)
    if not rows and asked and not allow_empty:
        sought = ", ".join(f"{what} {listing(_words(value))}" for what, _, value in asked)
        message = f"the table {found.name} has each of these values, but no row with all of them"
        remedy = "ask for less, or pass allow_empty=True"
        raise InputError(
            [Finding.error(table=found.name, message=message, remedy=remedy, value=sought)]
        )
    return Rows(found.name, found.columns, tuple(rows))


def cited(rows: Sequence[Row]) -> list[Row]:
    """Return what ``sources.csv`` says of the sources that rows cite."""
    keys = {part.strip() for row in rows for part in (row.get("source") or "").split(";")} - {""}
    if not keys or (rows and "title" in rows[0]):
        return []
    return [row for row in read_rows("sources").rows if row["source"] in keys]


@contextmanager
def _opened(name: str) -> Iterator[csv.DictReader[str]]:
    path = data_path(f"{about(name).name}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        yield csv.DictReader(file)


def _words(value: Wanted) -> list[str]:
    if isinstance(value, str | int):
        return [str(value)]
    return [str(word) for word in value]


def _exists(what: str, word: str) -> bool:
    """Whether a word is known at all, apart from the table that was asked for."""
    if what == "material":
        return any(word.casefold() == row["material"] for row in read_rows("materials").rows)
    if what in ("country", "importer", "exporter"):
        blocs = (member.bloc for member in bundled_members())
        return word.upper() in countries() or word.upper() in blocs
    if what == "stage":
        return word.casefold() in STAGES
    return what == "year" and len(word) == 4 and word.isdigit()


def _no_column(found: Rows, what: str, value: Wanted) -> Finding:
    message = f"the table {found.name} has no column of the {what}"
    option = f"--{what}" if what in ("material", "country") else what
    remedy = f"leave {option} out; columns: {', '.join(found.columns)}"
    return Finding.error(
        table=found.name, message=message, remedy=remedy, value=listing(_words(value))
    )


def _no_value(found: Rows, what: str, columns: Sequence[str], word: str) -> InputError:
    known = sorted({row[c] for row in found.rows for c in columns} - {""})
    of_country = set(columns) <= set(about(found.name).countries)
    if (what == "material" or of_country) and _exists("country" if of_country else what, word):
        message = f"this is known, but the table {found.name} has no row of it"
        return InputError([_absent(found, columns[0], word, message, known)])
    message = f"the table {found.name} has no such {what}"
    hint = ""
    if what == "material":
        hint = _called(word, known)
    elif of_country and not did_you_mean(word, known):
        problem = country_problem(word)
        hint = f"{problem.remedy}; " if problem else ""
    return unknown(columns[0], word, known, message, hint)


def _absent(found: Rows, column: str, word: str, message: str, known: Sequence[str]) -> Finding:
    remedy = f"it has: {listing(known, 30)}"
    return Finding.error(
        table=found.name, column=column, value=word, message=message, remedy=remedy
    )


def _called(word: str, known: Sequence[str]) -> str:
    """Return a hint if a word is the name or the symbol of materials, not their id."""
    folded = word.casefold()
    meant = [
        row["material"]
        for row in read_rows("materials").rows
        if folded in (row["name"].casefold(), row["symbol"].casefold())
    ]
    here = [name for name in meant if name in known]
    if not here:
        return ""
    return f"did you mean {' or '.join(repr(name) for name in here[:4])}? "
