"""From a sheet to a typed table: headings, cells and keys, with every finding on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from diversify.case.columns import Column
from diversify.case.dictionary import TABLES
from diversify.case.findings import Findings, did_you_mean, listing, nearest
from diversify.case.parsing import Options, Refused, parse, refuse_hidden
from diversify.case.sheet import BAD, Sheet, Table, show

NOTE_PREFIX = "x_"
"""A column whose heading begins so is kept as a note."""

_STRICT = ("number", "integer", "unit", "choice", "country", "flag", "date")
_NUMBER_WORDS = ("inf", "-inf", "+inf", "nan", "na", "n/a", "none", "null", "-", "#n/a")
_RARELY_ABOVE_ONE = ("tariff", "flex", "spot_premium")


def type_sheet(sheet: Sheet, options: Options, findings: Findings) -> Table:
    """Return the typed table of a sheet; what is wrong goes to ``findings``."""
    spec = TABLES[sheet.table]
    table = Table(spec, sheet.file, [line for line, _ in sheet.rows], {}, {})
    if not sheet.rows:
        table.report(
            findings,
            "A2",
            None,
            None,
            "the table is empty",
            "add a row" if spec.required else "add a row, or leave the table out",
        )
    headings = _headings(sheet, table, findings)
    _drop_second_header(sheet, headings, options, findings)
    table.rows = [line for line, _ in sheet.rows]
    for index, column in headings:
        raw = [cells[index] if cells else BAD for _, cells in sheet.rows]
        table.shown[column.name] = raw
        table.cells[column.name] = _cells(table, column, raw, options, findings)
    _keys(table, findings)
    _spellings(table, findings)
    return table


def _headings(sheet: Sheet, table: Table, findings: Findings) -> list[tuple[int, Column]]:
    """Return (index, column) of each known column; report the unknown, double and missing."""
    known = {column.name: column for column in table.spec.columns}
    found: dict[str, int] = {}
    meant: set[str] = set()
    kept: list[tuple[int, Column]] = []
    absent = [name for name in known if name not in sheet.header]
    for index, heading in enumerate(sheet.header):
        if heading in found:
            _heading(
                table, findings, "A5", heading, "the column is there twice", "leave one of them"
            )
        elif heading in known:
            kept.append((index, known[heading]))
        elif heading.startswith(NOTE_PREFIX):
            kept.append((index, Column(heading, "note", "A note of the user.")))
            _clear_heading(table, heading, findings)
        elif heading:
            near = nearest(heading, absent, 1) or nearest(heading, known, 1)
            meant.update(near)
            _heading(
                table,
                findings,
                "A3" if near else "A4",
                heading,
                "there is no such column",
                f"{did_you_mean(heading, near)}columns: {listing(list(known), 30)}; a column "
                f"of notes begins with {NOTE_PREFIX}",
            )
        else:
            _heading(
                table,
                findings,
                "A3",
                heading,
                "a column without a heading",
                "give it a heading, or delete the column",
            )
        found[heading] = index
    for column in table.spec.columns:
        if column.required and column.name in absent and column.name not in meant:
            code = {"unit": "B26", "choice": "B32" if column.name == "per" else "A3"}
            _heading(
                table,
                findings,
                code.get(column.type, "A3"),
                column.name,
                "the column is missing",
                f"add it: {column.meaning}",
            )
    return kept


def _clear_heading(table: Table, heading: str, findings: Findings) -> None:
    try:
        refuse_hidden(heading)
    except Refused as refused:
        _heading(table, findings, refused.code, heading, refused.message, refused.remedy)


def _heading(
    table: Table, findings: Findings, code: str, heading: str, message: str, remedy: str
) -> None:
    row = 1 if table.file else None
    findings.add(
        code,
        message,
        remedy,
        table=table.name,
        file=table.file,
        row=row,
        column=heading or None,
        value=heading or None,
    )


def _drop_second_header(
    sheet: Sheet, headings: list[tuple[int, Column]], options: Options, findings: Findings
) -> None:
    """Report a first row in which no cell is what its column holds, once, and leave it out."""
    if not sheet.rows or not sheet.rows[0][1]:
        return
    line, cells = sheet.rows[0]
    strict = [(c, cells[i]) for i, c in headings if c.type in _STRICT and show(cells[i])]
    if not strict or any(_is_readable(column, cell, options) for column, cell in strict):
        return
    if not any(column.type in ("number", "integer") for column, _ in strict):
        return
    findings.add(
        "A18",
        "no cell of the first row is what its column holds: a second row of headings?",
        "keep one row of headings; the first data row is: "
        + listing([repr(show(cell) or "") for cell in cells]),
        table=sheet.table,
        file=sheet.file,
        row=line,
        value=", ".join(show(cell) or "" for cell in cells),
    )
    del sheet.rows[0]


def _is_readable(column: Column, cell: Any, options: Options) -> bool:
    """Whether a cell may have been meant for its column."""
    if not isinstance(cell, str):
        return True
    if column.type in ("number", "integer"):
        return any(mark.isdigit() for mark in cell) or cell.strip().lower() in _NUMBER_WORDS
    try:
        parse(column, cell, options)
    except Refused:
        return False
    return True


def _cells(
    table: Table, column: Column, raw: list[Any], options: Options, findings: Findings
) -> list[Any]:
    cells: list[Any] = []
    read: dict[str, Any] = {}
    watched = column.type == "name" or column.name in _RARELY_ABOVE_ONE
    for position, given in enumerate(raw):
        # Most columns repeat a few texts; a text that was read without complaint is read once.
        if type(given) is str and given in read:
            cells.append(read[given])
            continue
        if given is BAD:
            cells.append(BAD)
            continue
        try:
            cell = parse(column, given, options)
        except Refused as refused:
            table.report(
                findings, refused.code, position, column.name, refused.message, refused.remedy
            )
            cells.append(BAD)
            continue
        if cell is None and column.required:
            _missing(table, column, position, findings)
            cells.append(BAD)
            continue
        if watched:
            _doubtful(table, column, position, cell, findings)
        elif type(given) is str:
            read[given] = cell
        cells.append(cell)
    return cells


def _missing(table: Table, column: Column, position: int, findings: Findings) -> None:
    code = "A8"
    remedy = f"fill it in: {column.meaning}"
    if column.type == "unit":
        code, remedy = "B26", f"{remedy} No unit is assumed."
    elif column.name == "per":
        code = "B32"
    elif column.name == "since":
        code = "B37"
    elif column.type == "country" and table.file is None:
        code = "A7"
        remedy += " If it was read by pandas as 'NA', read it with keep_default_na=False."
    table.report(findings, code, position, column.name, f"{column.name} is missing", remedy)


def _doubtful(table: Table, column: Column, position: int, cell: Any, findings: Findings) -> None:
    """Warn about what is allowed but rarely meant."""
    if column.type == "name" and isinstance(cell, str) and cell[0] in "=+-@":
        table.report(
            findings,
            "A22",
            position,
            column.name,
            "a spreadsheet would take this name for a formula",
            "kept; when the case is written it gets a quote in front",
            "warning",
        )
    elif isinstance(cell, float) and cell > 1:
        table.report(
            findings,
            "B30",
            position,
            column.name,
            "a fraction above 1",
            f"did you mean {cell / 100:g}?",
            "warning",
        )


def key_of(table: Table, position: int) -> tuple[Any, ...]:
    """Return the key of a row."""
    return tuple(table.column(name)[position] for name in table.spec.key)


def _keys(table: Table, findings: Findings) -> None:
    """Report rows with the same key, and names that differ only in case."""
    seen: dict[tuple[Any, ...], int] = {}
    for position in range(len(table)):
        key = key_of(table, position)
        if any(cell is BAD for cell in key):
            continue
        folded = tuple(cell.casefold() if isinstance(cell, str) else cell for cell in key)
        first = seen.setdefault(folded, position)
        if first == position:
            continue
        shown = [_raw_key(table, row) for row in (first, position)]
        same = shown[0] == shown[1]
        where = f"{table.place(first)} and {table.place(position)}"
        labels = table.spec.key
        table.report(
            findings,
            "A5" if same else "A6",
            position,
            labels[-1] if len(labels) == 1 else None,
            f"{where} have the same {' + '.join(labels)}: {shown[0]}"
            + ("" if same else f" and {shown[1]}, which differ only in case or spaces"),
            "keep one of them; rows are never added up",
        )


def _raw_key(table: Table, position: int) -> str:
    raw = [table.shown.get(name, table.column(name))[position] for name in table.spec.key]
    return " + ".join(repr(show(cell) or "") for cell in raw)


def _spellings(table: Table, findings: Findings) -> None:
    """Report words that differ only in case in a column that groups rows."""
    for column in table.spec.columns:
        groups = column.type in ("text", "name") and not column.refers
        if not groups or table.spec.key == (column.name,) or table.name == "hazards":
            continue
        first: dict[str, tuple[str, int]] = {}
        for position, cell in _texts(table, column.name):
            other, row = first.setdefault(cell.casefold(), (cell, position))
            if other != cell:
                table.report(
                    findings,
                    "A6",
                    position,
                    column.name,
                    f"{cell!r} differs only in case from {other!r} in {table.place(row)}",
                    f"write one of them in every row, such as {other!r}",
                )


def _texts(table: Table, column: str) -> Iterator[tuple[int, str]]:
    if column in table.cells:
        for position, cell in enumerate(table.cells[column]):
            if isinstance(cell, str):
                yield position, cell
