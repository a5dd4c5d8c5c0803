"""From a folder to sheets: files are found, decoded and split into cells, never guessed at."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diversify.case.dictionary import TABLES
from diversify.case.findings import Findings, did_you_mean
from diversify.case.settings import Limits, Settings, read_settings
from diversify.case.sheet import Sheet

_SETTINGS_BYTES = 10_000_000
_OTHER_FORMS = (".tsv", ".txt", ".xls", ".xlsm", ".xlsb", ".ods", ".json", ".parquet", ".feather")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


@dataclass(slots=True)
class Folder:
    """What was found in the folder of a case."""

    settings: Settings | None = None
    sheets: list[Sheet] = field(default_factory=list)
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Place:
    """The folder that is read, and what is allowed in it."""

    folder: Path
    limits: Limits
    decimal: str
    findings: Findings


def read_folder(folder: Path, findings: Findings) -> Folder:
    """Return the settings and sheets of a folder; what is wrong goes to ``findings``."""
    if folder.is_file() and folder.suffix.lower() == ".xlsx":
        from diversify.case.excel import read_book

        whole, filled, refused = read_book(folder, findings)
        return Folder(whole, filled, frozenset(refused))
    if not folder.is_dir():
        message = (
            "a folder is expected here, and this is a file"
            if folder.exists()
            else "there is no such folder; a folder with case.toml and tables is expected here"
        )
        findings.add(
            "A1",
            message,
            "`diversify init` starts one, `diversify examples` lists the bundled cases",
            value=str(folder),
        )
        findings.refuse()
    settings = _read_settings(folder, findings)
    place = _Place(
        folder,
        settings.limits if settings else Limits(),
        settings.decimal if settings else ".",
        findings,
    )
    found = Folder(settings)
    unread: set[str] = set()
    for name, path in _table_files(folder, findings).items():
        sheet = _read_table(name, path, place)
        if sheet is None:
            unread.add(name)
        else:
            found.sheets.append(sheet)
    found.unread = frozenset(unread)
    return found


def _read_settings(folder: Path, findings: Findings) -> Settings | None:
    path = folder / "case.toml"
    if not path.exists():
        findings.add(
            "A1",
            f"case.toml is expected in {folder}",
            "`diversify init` starts a folder that has one",
            file="case.toml",
        )
        return None
    text = _text(path, folder, _SETTINGS_BYTES, "case", "make it smaller", findings)
    if text is None:
        return None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        findings.add(
            "A4",
            f"not valid TOML: {error}",
            "correct the line",
            file="case.toml",
            row=int(line[1]) if line else None,
        )
        return None
    return read_settings(table, findings, text=text, file="case.toml")


def _table_files(folder: Path, findings: Findings) -> dict[str, Path]:
    """Return the file of each table; report files that look like tables and are none."""
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        stem, suffix = path.stem, path.suffix.lower()
        if stem.startswith(("x_", "~$", ".")):
            continue
        if suffix in (".csv", ".xlsx"):
            if stem not in TABLES:
                findings.add(
                    "A4",
                    "there is no table of this name, so the file is not read",
                    f"{did_you_mean(stem, TABLES)}tables: {', '.join(TABLES)}; the name "
                    "of a file of your own begins with x_",
                    table=stem,
                    file=path.name,
                )
            elif stem in files:
                findings.add(
                    "A5",
                    f"the table is there twice: {files[stem].name} and {path.name}",
                    "leave one of them",
                    table=stem,
                    file=path.name,
                )
            else:
                files[stem] = path
        elif suffix in _OTHER_FORMS and stem in TABLES:
            findings.add(
                "A4",
                f"tables are not read from {suffix} files",
                f"save it as {stem}.csv (UTF-8, with commas) or {stem}.xlsx",
                table=stem,
                file=path.name,
            )
    return {name: files[name] for name in TABLES if name in files}


def read_sheet(name: str, path: Path, settings: Settings, findings: Findings) -> Sheet | None:
    """Return a file as a table of a case that it does not lie in, or None if it was refused."""
    place = _Place(path.parent, settings.limits, settings.decimal, findings)
    return _read_table(name, path, place)


def _read_table(name: str, path: Path, place: _Place) -> Sheet | None:
    findings, limit = place.findings, place.limits.max_table_mb
    remedy = "raise max_table_mb under [limits] in case.toml, or make the table smaller"
    if path.suffix.lower() == ".xlsx":
        if not _allowed(path, place.folder, int(limit * 1e6), name, remedy, findings):
            return None
        from diversify.case.excel import read_workbook

        sheet = read_workbook(name, path, place.limits, findings)
    else:
        text = _text(path, place.folder, int(limit * 1e6), name, remedy, findings)
        sheet = None if text is None else _split(name, path.name, text, place)
    if sheet is not None and len(sheet.header) > place.limits.max_columns:
        findings.add(
            "A19",
            f"the table has {len(sheet.header)} columns; the limit is {place.limits.max_columns}",
            "raise max_columns under [limits] in case.toml",
            table=name,
            file=path.name,
            row=1,
        )
        return None
    return sheet


def _allowed(
    path: Path, folder: Path, limit: int, table: str, remedy: str, findings: Findings
) -> bool:
    """Whether a file is a plain file in the case folder and not too large."""
    target = path.resolve()
    if not target.is_relative_to(folder.resolve()):
        findings.add(
            "A20",
            "the file is a link to a place outside the case folder",
            "copy the file into the folder",
            table=table,
            file=path.name,
            value=str(target),
        )
        return False
    if not target.is_file():
        findings.add(
            "A1",
            "a file is expected here",
            "put the table there as a file",
            table=table,
            file=path.name,
        )
        return False
    size = target.stat().st_size
    if size > limit:
        findings.add(
            "A19",
            f"the file has {size / 1e6:.3g} MB; the limit is {limit / 1e6:g} MB",
            remedy,
            table=table,
            file=path.name,
            value=f"{size} bytes",
        )
        return False
    return True


def _text(
    path: Path, folder: Path, limit: int, table: str, remedy: str, findings: Findings
) -> str | None:
    """Return the text of a UTF-8 file, or None if it was refused."""
    if not _allowed(path, folder, limit, table, remedy, findings):
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        findings.add(
            "A1",
            f"the file cannot be read: {error.strerror}",
            "check who may read it",
            table=table,
            file=path.name,
        )
        return None
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        at = error.start
    byte, line = data[at], data[:at].count(b"\n") + 1
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    guess = "UTF-16" if utf16 else f"Latin-1, where it is {data[at : at + 1].decode('latin-1')!r}"
    findings.add(
        "A14",
        f"the file is not UTF-8: byte {at} is 0x{byte:02X}, as in {guess}",
        "save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
        table=table,
        file=path.name,
        row=line,
        value=f"0x{byte:02X}",
    )
    return None


def _split(name: str, file: str, text: str, place: _Place) -> Sheet | None:
    """Return the cells of a CSV text, each row with its line."""
    findings = place.findings
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = "," if "," in first else next((mark for mark in ";\t" if mark in first), ",")
    if separator != "," and not (separator == ";" and place.decimal == ","):
        label = "tabs" if separator == "\t" else "semicolons"
        findings.add(
            "A13",
            f"the columns are parted by {label}",
            "part them by commas, or write "
            'decimal = "," in case.toml if it has decimal commas and semicolons',
            table=name,
            file=file,
            row=1,
            value=first.strip()[:80],
        )
        return None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    sheet: Sheet | None = None
    line = blank = 0
    while True:
        start = line + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            findings.add(
                "A12",
                f"the line is not valid CSV: {error}",
                "put a cell that holds "
                'commas, quotes or line ends in quotes, with inner quotes doubled ("")',
                table=name,
                file=file,
                row=start,
            )
            return None
        line = reader.line_num
        if not any(cell.strip() for cell in cells):
            blank += 1
        elif sheet is None:
            sheet = Sheet(name, file, [cell.strip() for cell in cells])
        else:
            sheet.rows.append((start, _row(sheet, start, cells, findings)))
    if sheet is None:
        return Sheet(name, file, [column.name for column in TABLES[name].columns])
    if blank:
        findings.note(f"{file}: {blank} blank rows were left out")
    _drop_empty_columns(sheet)
    return sheet


def _row(sheet: Sheet, line: int, cells: list[str], findings: Findings) -> list[Any]:
    """Return the cells of a row; none at all if their number is wrong."""
    wide = len(sheet.header)
    if len(cells) != wide:
        findings.add(
            "A12",
            f"the row has {len(cells)} cells and the header has {wide}",
            "put a cell that holds a comma in quotes, and keep every comma between cells; "
            "numbers have no commas",
            table=sheet.table,
            file=sheet.file,
            row=line,
            value=",".join(cells),
        )
        return []
    return [cell[1:] if _ESCAPED.match(cell) else cell for cell in cells]


def _drop_empty_columns(sheet: Sheet) -> None:
    """Leave out columns without a heading and without a cell, which spreadsheets add."""
    keep = [
        index
        for index, heading in enumerate(sheet.header)
        if heading or any(cells and cells[index].strip() for _, cells in sheet.rows)
    ]
    if len(keep) < len(sheet.header):
        sheet.header = [sheet.header[index] for index in keep]
        sheet.rows = [(n, [cells[i] for i in keep] if cells else []) for n, cells in sheet.rows]
