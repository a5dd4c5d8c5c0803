"""Reads tables, and whole cases, from .xlsx workbooks; imported only when there is one.

A spreadsheet changes what is typed into it, so every cell must have the type that its column
expects, and whatever is hidden, merged or computed without a stored value is refused.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diversify.case import book
from diversify.case.dictionary import TABLES
from diversify.case.findings import Findings, did_you_mean
from diversify.case.settings import Limits, Settings, read_settings
from diversify.case.sheet import BAD, Sheet

ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_GROWTH = 20
"""A workbook may unpack to this many times the limit of a file."""


def read_workbook(name: str, path: Path, limits: Limits, findings: Findings) -> Sheet | None:
    """Return the cells of the only sheet of a workbook, or None if it was refused."""

    def refuse(code: str, message: str, remedy: str) -> None:
        findings.add(code, message, remedy, table=name, file=path.name)

    opened = _opened(path, limits, refuse)
    if opened is None:
        return None
    values, formulas = opened
    sheets = values.worksheets
    if len(sheets) > 1 and name not in values.sheetnames:
        refuse(
            "A18",
            f"the workbook has {len(sheets)} sheets: {', '.join(values.sheetnames)}",
            f"leave one, or name it {name}",
        )
        return None
    chosen = name if len(sheets) > 1 else sheets[0].title
    return _cells(name, path.name, values[chosen], formulas[chosen], limits, findings)


def read_book(path: Path, findings: Findings) -> tuple[Settings | None, list[Sheet], set[str]]:
    """Return the settings and the tables of a workbook that holds a whole case.

    Parameters
    ----------
    path
        An ``.xlsx`` file with a sheet named ``case`` and one for each table.
    findings
        Receives what is wrong.

    Returns
    -------
    tuple
        Settings, sheets with rows, and the names of tables that were refused.
    """

    def refuse(code: str, message: str, remedy: str) -> None:
        findings.add(code, message, remedy, table="case", file=path.name)

    limits = Limits()
    size = path.stat().st_size
    if size > limits.max_table_mb * 1e6:
        refuse("A19", f"the workbook has {size / 1e6:.3g} MB", "make it smaller, or use CSV files")
        return None, [], set(TABLES)
    opened = _opened(path, limits, refuse)
    if opened is None:
        return None, [], set(TABLES)
    values, formulas = opened
    known = {*TABLES, book.SETTINGS, book.POLICY, book.HELP}
    for title in values.sheetnames:
        if title not in known and not title.startswith("x_"):
            findings.add(
                "A4",
                "there is no table of this name, so the sheet is not read",
                f"{did_you_mean(title, TABLES)}the name of a sheet of your own begins with x_",
                table=title,
                file=path.name,
            )
    settings = _book_settings(path.name, values, findings)
    sheets: list[Sheet] = []
    unread: set[str] = set()
    for name in TABLES:
        if name not in values.sheetnames:
            continue
        place = f"{path.name}, sheet {name}"
        sheet = _cells(name, place, values[name], formulas[name], limits, findings)
        if sheet is None:
            unread.add(name)
        elif (
            sheet.rows or TABLES[name].required
        ):  # a sheet without rows is one that was not filled in
            sheet.rows = [(row, [_unescaped(c) for c in cells]) for row, cells in sheet.rows]
            sheets.append(_narrowed(sheet))
    return settings, sheets, unread


def _book_settings(file: str, values: Any, findings: Findings) -> Settings | None:
    if book.SETTINGS not in values.sheetnames:
        findings.add(
            "A1",
            f"a sheet named {book.SETTINGS!r} is expected, with the settings",
            "`diversify init --excel FILE.xlsx` writes a template that has one",
            file=file,
        )
        return None
    rows = [
        (row[0], row[1])
        for row in values[book.SETTINGS].iter_rows(min_row=2, max_col=2, values_only=True)
        if row[0] is not None and row[1] is not None
    ]
    given = book.settings_of(rows)
    if book.POLICY in values.sheetnames:
        head, *rest = values[book.POLICY].iter_rows(values_only=True)
        policies = [
            {
                str(key).strip(): book.given_value(cell)
                for key, cell in zip(head, row, strict=True)
                if key is not None and cell is not None
            }
            for row in rest
        ]
        given |= {"policy": kept} if (kept := [row for row in policies if row]) else {}
    return read_settings(given, findings, file=f"{file}, sheet {book.SETTINGS}")


def _narrowed(sheet: Sheet) -> Sheet:
    """Leave out optional columns that nobody filled in, so that a template is as a file."""
    spec = {column.name: column for column in TABLES[sheet.table].columns}
    keep = [
        i
        for i, name in enumerate(sheet.header)
        if name not in spec
        or spec[name].required
        or any(row[i] is not None and row[i] != "" for _, row in sheet.rows)
    ]
    sheet.header = [sheet.header[i] for i in keep]
    sheet.rows = [(number, [row[i] for i in keep]) for number, row in sheet.rows]
    return sheet


def _unescaped(cell: Any) -> Any:
    return cell[1:] if isinstance(cell, str) and ESCAPED.match(cell) else cell


def _opened(
    path: Path, limits: Limits, refuse: Callable[[str, str, str], None]
) -> tuple[Any, Any] | None:
    """Return a workbook with stored values and with formulas, or None if it was refused."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        refuse(
            "A16",
            "workbooks need openpyxl, which is not installed",
            "pip install 'diversify-supply[tables]', or save the table as CSV (UTF-8)",
        )
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > limits.max_table_mb * 1e6 * _GROWTH:
            refuse(
                "A19",
                f"the workbook unpacks to {unpacked / 1e6:.3g} MB",
                "raise max_table_mb under [limits] in case.toml, or save it as CSV",
            )
            return None
        values, formulas = (load_workbook(path, data_only=only) for only in (True, False))
        return values, formulas
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError) as error:
        refuse(
            "A16",
            f"not a workbook that can be read: {error}",
            "save it again as .xlsx, or as CSV (UTF-8)",
        )
        return None


def _cells(
    name: str, file: str, values: Any, formulas: Any, limits: Limits, findings: Findings
) -> Sheet | None:
    if values.max_column > limits.max_columns:
        findings.add(
            "A19",
            f"the table has {values.max_column} columns; the limit is {limits.max_columns}",
            "raise max_columns under [limits] in case.toml",
            table=name,
            file=file,
        )
        return None
    _refuse_hidden(name, file, values, findings)
    sheet: Sheet | None = None
    blank = 0
    for cells, sources in zip(values.iter_rows(), formulas.iter_rows(), strict=True):
        raw = [
            _raw(name, file, cell, source, findings)
            for cell, source in zip(cells, sources, strict=True)
        ]
        if all(cell is None or cell == "" for cell in raw):
            blank += 1
        elif sheet is None:
            sheet = Sheet(name, file, ["" if cell is None else str(cell).strip() for cell in raw])
        else:
            sheet.rows.append((cells[0].row, raw))
    if blank:
        findings.note(f"{file}: {blank} blank rows were left out")
    if sheet is None:
        return Sheet(name, file, [column.name for column in TABLES[name].columns])
    while sheet.header and not sheet.header[-1] and all(row[-1] is None for _, row in sheet.rows):
        sheet.header.pop()
        for _, row in sheet.rows:
            row.pop()
    return sheet


def _refuse_hidden(name: str, file: str, values: Any, findings: Findings) -> None:
    first = [show for show in (str(c.value) for c in next(values.iter_rows(min_row=2), ())) if show]
    shown = f"; the first data row is: {', '.join(first)}" if first else ""
    for merged in values.merged_cells.ranges:
        findings.add(
            "A18",
            f"the cells {merged.coord} are merged{shown}",
            "unmerge them, and fill each cell",
            table=name,
            file=file,
            row=merged.min_row,
            value=merged.coord,
        )
    for kind, dimensions in (("row", values.row_dimensions), ("column", values.column_dimensions)):
        for label, dimension in dimensions.items():
            if dimension.hidden:
                findings.add(
                    "A18",
                    f"the {kind} {label} is hidden{shown}",
                    f"show the {kind}, or delete it",
                    table=name,
                    file=file,
                    row=label if kind == "row" else None,
                    value=str(label),
                )
    if values.sheet_state != "visible":
        findings.add(
            "A18",
            f"the sheet {values.title!r} is hidden",
            "show it, or delete it",
            table=name,
            file=file,
        )


def _raw(name: str, file: str, cell: Any, source: Any, findings: Findings) -> Any:
    """Return the value of a cell; report what a formula left behind, with the address."""
    if cell.data_type == "e":
        message, remedy = f"a formula error in cell {cell.coordinate}", "repair the formula"
        value = cell.value
    elif cell.value is None and source.data_type == "f":
        message = f"the formula in cell {cell.coordinate} has no stored value"
        remedy = "open the workbook in a spreadsheet and save it, or write the value"
        value = source.value
    else:
        return cell.value
    findings.add("A17", message, remedy, table=name, file=file, row=cell.row, value=str(value))
    return BAD
