"""Writes a case to a folder: all of it or nothing, and so that it reads back the same."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from diversify.case.dictionary import TABLES
from diversify.case.parsing import number_text
from diversify.case.settings import Settings
from diversify.case.sheet import Table
from diversify.case.toml import dumps
from diversify.errors import Finding, InputError

# A spreadsheet runs a cell that begins with one of these as a formula (CWE-1236). A quote in front
# stops that; text that has such quotes already gets one more, so that reading can take one off.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def write_case(folder: Path, settings: Settings, tables: Iterable[Table], *, force: bool) -> Path:
    """Write the settings and tables to a folder and return it.

    Everything is written beside the folder first and moved into place at the end, so that a run
    that fails leaves the folder as it was.
    """
    folder = folder.resolve()
    exists = folder.exists()
    if exists:
        _refuse_to_replace(folder, force=force)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        fresh = Path(scratch, "new")
        fresh.mkdir()
        _write_files(fresh, settings, tables)
        if exists:
            _keep_others(folder, fresh)
            folder.rename(Path(scratch, "old"))
            try:
                fresh.rename(folder)
            except OSError:
                Path(scratch, "old").rename(folder)
                raise
        else:
            fresh.rename(folder)
    return folder


def _refuse_to_replace(folder: Path, *, force: bool) -> None:
    """Refuse a place where something else is; force replaces a case and nothing else."""
    if not folder.is_dir():
        what, remedy = "a file is there already", "name another folder"
    elif not any(folder.iterdir()) or (force and (folder / "case.toml").is_file()):
        return
    elif force:
        what, remedy = "a folder that is no case is there already", "name another folder"
    else:
        what = "a folder that is not empty is there already"
        remedy = "name another folder, or replace the case in it with force"
    finding = Finding("error", "case", None, None, str(folder), what, remedy, code="F118")
    raise InputError([finding])


def _write_files(folder: Path, settings: Settings, tables: Iterable[Table]) -> None:
    Path(folder, "case.toml").write_text(settings_text(settings), encoding="utf-8", newline="\n")
    for table in tables:
        text = table_text(table, settings.decimal)
        Path(folder, f"{table.name}.csv").write_text(text, encoding="utf-8", newline="")


def _keep_others(old: Path, new: Path) -> None:
    """Copy what is no part of the case, such as a README."""
    for path in old.iterdir():
        is_table = path.stem in TABLES and path.suffix.lower() in (".csv", ".xlsx")
        if is_table or path.name == "case.toml":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)


def settings_text(settings: Settings) -> str:
    """Return the settings as ``case.toml`` has them, without what is at its default."""
    given = settings.model_dump(by_alias=True, exclude_defaults=True)
    table = {"schema": settings.schema_, **given}
    if len(settings.buyer) == 1:
        table["buyer"] = settings.buyer[0]
    return dumps(table)


def table_text(table: Table, decimal: str = ".") -> str:
    """Return a table as CSV text, with the columns and rows in the user's order."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([escape(name) for name in table.cells])
    for cells in zip(*table.cells.values(), strict=True):
        writer.writerow([_cell(cell, decimal) for cell in cells])
    return out.getvalue()


def escape(text: str) -> str:
    """Return a text that a spreadsheet does not run as a formula.

    Examples
    --------
    >>> escape("=1+1"), escape("Mine A")
    ("'=1+1", 'Mine A')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def _cell(cell: Any, decimal: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return number_text(float(cell), decimal)
    return escape(str(cell))
