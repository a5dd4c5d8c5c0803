"""``diversify data``: the reference tables that come with the library, with their sources."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from diversify.cli.blocks import Block, Line
from diversify.cli.blocks import table as shown_table
from diversify.cli.options import AsJson, Debug, Force, Out
from diversify.cli.outcome import Outcome, conclude
from diversify.errors import Finding, InputError

COUNTRY = ("iso3", "country")
MATERIAL = ("material", "commodity")
Row = dict[str, str]


def data(
    table: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="One of them.", show_default=False)
    ] = None,
    country: Annotated[
        str | None, typer.Option(metavar="C", help="Only rows of this country (ISO3).")
    ] = None,
    material: Annotated[
        str | None, typer.Option(metavar="M", help="Only rows of this material.")
    ] = None,
    out: Out = None,
    force: Force = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show the bundled reference tables and their sources."""
    if table is None and not (country is None and material is None and out is None):
        raise typer.BadParameter("name the table too", param_hint="TABLE")

    def work() -> Outcome:
        if table is None:
            return _listed()
        from diversify.cli.folders import refuse_taken, write_files

        refuse_taken(out, force=force, mark=f"{table}.csv")
        found = read_reference(table)
        rows = _only(found, COUNTRY, country, "country", found.rows)
        rows = _only(found, MATERIAL, material, "material", rows)
        sources = _sources(rows)
        if out is not None:
            write_files(out, {f"{table}.csv": _csv(found.columns, rows)})
        return _shown(Reference(found.name, found.columns, tuple(rows)), sources)

    conclude(work, as_json=as_json, debug=debug)


@dataclass(frozen=True, slots=True)
class Reference:
    """A bundled table: its columns and rows, as text."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def reference_files() -> dict[str, Path]:
    """Return the file of each bundled reference table; those of the cases are no part of them."""
    from diversify.case.bundled import data_path

    root = data_path()
    names = {
        path.relative_to(root).with_suffix("").as_posix(): path for path in root.rglob("*.csv")
    }
    return {name: names[name] for name in sorted(names) if not name.startswith("cases/")}


def read_reference(name: str) -> Reference:
    """Return a bundled table; an unknown name is an InputError with candidates."""
    files = reference_files()
    if name not in files:
        raise _unknown("table", name, list(files), "there is no bundled table of this name")
    with files[name].open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = tuple(reader)
    return Reference(name, tuple(reader.fieldnames or ()), rows)


def _listed() -> Outcome:
    found = [read_reference(name) for name in reference_files()]
    tables = [{"name": r.name, "rows": len(r.rows), "columns": list(r.columns)} for r in found]
    rows = [(r.name, str(len(r.rows)), ", ".join(r.columns)) for r in found]
    blocks = (
        shown_table("Bundled reference tables", ["table", ">rows", "columns"], rows),
        Line("Next: diversify data TABLE shows its rows and sources", "dim"),
    )
    return Outcome({"status": "ok", "tables": tables}, blocks)


def _shown(found: Reference, sources: Sequence[Row]) -> Outcome:
    data: dict[str, Any] = {
        "status": "ok",
        "table": found.name,
        "columns": list(found.columns),
        "rows": [_plain(row) for row in found.rows],
        "sources": [_plain(row) for row in sources],
    }
    filled = [name for name in found.columns if any(row[name] for row in found.rows)]
    count = f"{len(found.rows)} row{'' if len(found.rows) == 1 else 's'}"
    blocks: list[Block] = [
        shown_table(
            f"{found.name}: {count}", filled, [[row[c] for c in filled] for row in found.rows]
        )
    ]
    if sources:
        columns = [c for c in ("source", "title", "licence", "reference") if c in sources[0]]
        blocks.append(
            shown_table("Sources", columns, [[row[c] for c in columns] for row in sources])
        )
    return Outcome(data, tuple(blocks))


def _only(
    found: Reference, names: Sequence[str], wanted: str | None, what: str, rows: Sequence[Row]
) -> Sequence[Row]:
    """Return the rows of a country or material; refuse one that the table does not have."""
    if wanted is None:
        return rows
    column = next((name for name in names if name in found.columns), None)
    if column is None:
        message = f"the table {found.name} has no column of the {what}"
        remedy = f"leave --{what} out; columns: {', '.join(found.columns)}"
        raise InputError(
            [Finding.error(table=found.name, message=message, remedy=remedy, value=wanted)]
        )
    folded = wanted.casefold()
    if not any(row[column].casefold() == folded for row in found.rows):
        known = sorted({row[column] for row in found.rows} - {""})
        raise _unknown(column, wanted, known, f"the table {found.name} has no such {what}")
    return [row for row in rows if row[column].casefold() == folded]


def _sources(rows: Sequence[Row]) -> list[Row]:
    """Return what ``sources.csv`` says of the sources that rows cite."""
    cited = {part.strip() for row in rows for part in (row.get("source") or "").split(";")} - {""}
    if not cited or "sources" not in reference_files() or (rows and "title" in rows[0]):
        return []
    return [row for row in read_reference("sources").rows if row["source"] in cited]


def _unknown(column: str, value: str, known: list[str], message: str) -> InputError:
    from diversify.case.findings import did_you_mean, listing

    remedy = f"{did_you_mean(value, known)}known: {listing(known, 30)}"
    return InputError(
        [Finding.error(table="data", column=column, value=value, message=message, remedy=remedy)]
    )


def _plain(row: Row) -> dict[str, str | None]:
    return {name: value or None for name, value in row.items()}


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
