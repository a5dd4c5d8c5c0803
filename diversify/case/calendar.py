"""A calendar of trade measures from a file of its own, added to a case."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from diversify.case.case import Case, assemble
from diversify.case.findings import Findings
from diversify.case.parsing import Options
from diversify.case.reading import read_sheet
from diversify.case.settings import Settings
from diversify.case.sheet import Sheet
from diversify.case.tables import Tables
from diversify.case.typed import type_sheet
from diversify.errors import InputError

MEASURES = "measures"


def read_calendar(path: Path, settings: Settings, findings: Findings) -> Sheet | None:
    """Return a file of trade measures as a sheet; what is wrong goes to ``findings``.

    Parameters
    ----------
    path : Path
        A table ``measures`` as CSV or XLSX, or a TOML file with ``[[measure]]`` tables that have
        the same columns.
    settings : Settings
        Of the case, with the decimal sign and the limits.
    findings : Findings
        Receives what is wrong.

    Returns
    -------
    Sheet or None
        None if it was refused.
    """
    if path.suffix.lower() != ".toml":
        return read_sheet(MEASURES, path, settings, findings)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        findings.add("A1", message, "give the path of a CSV or TOML file", file=str(path))
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        findings.add("A4", f"not valid TOML: {error}", "correct the file", file=path.name)
        return None
    rows = _tables(content.get("measure"))
    if set(content) != {"measure"} or not rows:
        strange = ", ".join(sorted(set(content) - {"measure"})) or "no [[measure]] table"
        findings.add(
            "A4", f"the file holds {strange}", "use only [[measure]] tables", file=path.name
        )
        return None
    header = list(dict.fromkeys(key for row in rows for key in row))
    cells = [(n, [_cell(row.get(key)) for key in header]) for n, row in enumerate(rows, start=1)]
    return Sheet(MEASURES, path.name, header, cells)


def add_measures(case: Case, file: str | Path) -> Case:
    """Return the case with the trade measures of a file added to its own.

    Parameters
    ----------
    case : Case
        The case; it is not changed.
    file : path-like
        As :func:`read_calendar` takes it.

    Returns
    -------
    Case
        Checked as a whole.

    Raises
    ------
    InputError
        With everything that is wrong in the file, by its rows.
    """
    path, findings = Path(file), Findings()
    sheet = read_calendar(path, case.settings, findings)
    if sheet is None or findings.errors:
        raise InputError(findings.items)
    # By themselves first, so that what is wrong is said with file and row.
    options = Options(case.settings.decimal, case.settings.aliases)
    tables = {table.name: table for table in case._tables if table.name != MEASURES}
    tables[MEASURES] = type_sheet(sheet, options, findings)
    added = assemble(case.settings, Tables(tables), findings, None).raw(MEASURES)
    own = case.raw(MEASURES)
    for name in sorted(set(own.get("measure", ())) & set(added["measure"])):
        findings.add(
            "A5",
            "the case has a measure of this name",
            "give the measure in the file another name",
            table=MEASURES,
            file=path.name,
            column="measure",
            value=name,
        )
    if findings.errors:
        raise InputError(findings.items)
    parts = [frame.astype(object) for frame in (own, added) if len(frame)]
    return case.with_table(MEASURES, pd.concat(parts, ignore_index=True))


def _tables(rows: Any) -> list[dict[str, Any]]:
    """Return a list of tables as it is, and anything else as none."""
    tables = isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
    return rows if tables else []


def _cell(value: Any) -> Any:
    """Return a value of TOML as a cell; a date as it would be written in a table."""
    return value.isoformat() if isinstance(value, date) else value
