"""``diversify data``: the reference tables that come with the library, with their sources."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.blocks import Block, Line
from diversify.cli.blocks import table as shown_table
from diversify.cli.command import Ending, grouped
from diversify.cli.outcome import Outcome

if TYPE_CHECKING:
    from diversify.data.rows import Row, Rows


@grouped
def data(
    table: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="One of them.", show_default=False)
    ] = None,
    *,
    country: Annotated[
        str | None,
        typer.Option(metavar="C", help="Only rows of this country (ISO3, or a bloc such as EU27)."),
    ] = None,
    material: Annotated[
        str | None, typer.Option(metavar="M", help="Only rows of this material.")
    ] = None,
    ending: Ending,
) -> None:
    """Show the bundled reference tables and their sources."""
    if table is None and not (country is None and material is None and ending.out is None):
        raise typer.BadParameter("name the table too", param_hint="TABLE")

    def work() -> Outcome:
        if table is None:
            return _listed()
        from diversify.data.rows import choose, cited, read_rows

        chosen = choose(read_rows(table), material=material, country=country)
        ending.write({f"{table}.csv": _csv(chosen.columns, chosen.rows)})
        return _shown(chosen, cited(chosen.rows))

    ending.conclude(work, mark=f"{table}.csv")


def _listed() -> Outcome:
    from diversify.data.catalogue import about, tables
    from diversify.data.rows import count_rows

    found: list[dict[str, Any]] = []
    for name in tables():
        rows, columns = count_rows(name)
        title = about(name).title
        found.append({"name": name, "title": title, "rows": rows, "columns": list(columns)})
    lines = [(entry["name"], str(entry["rows"]), entry["title"]) for entry in found]
    blocks = (
        shown_table("Bundled reference tables", ["table", ">rows", "what"], lines),
        Line("Next: diversify data TABLE shows its rows and sources", "dim"),
    )
    return Outcome({"status": "ok", "tables": found}, blocks)


def _shown(found: Rows, sources: Sequence[Row]) -> Outcome:
    from diversify.data.catalogue import about

    data: dict[str, Any] = {
        "status": "ok",
        "table": found.name,
        "columns": list(found.columns),
        "rows": [_plain(row) for row in found.rows],
        "sources": [_plain(row) for row in sources],
    }
    filled = [name for name in found.columns if any(row[name] for row in found.rows)]
    numbers = about(found.name).numbers
    headings = [f">{name}" if name in numbers else name for name in filled]
    count = f"{len(found.rows)} row{'' if len(found.rows) == 1 else 's'}"
    cells = [[row[name] for name in filled] for row in found.rows]
    blocks: list[Block] = [shown_table(f"{found.name}: {count}", headings, cells)]
    if sources:
        columns = [c for c in ("source", "title", "licence", "reference") if c in sources[0]]
        blocks.append(
            shown_table("Sources", columns, [[row[c] for c in columns] for row in sources])
        )
    return Outcome(data, tuple(blocks))


def _plain(row: Row) -> dict[str, str | None]:
    return {name: value or None for name, value in row.items()}


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
