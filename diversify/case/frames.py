"""Tables in memory: from frames to sheets, and from typed tables to frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from diversify.case.dictionary import TABLES
from diversify.case.findings import Findings, did_you_mean
from diversify.case.normalise import NORMAL, Columns
from diversify.case.sheet import Sheet, Table

if TYPE_CHECKING:
    import pandas as pd


def frame_sheets(tables: Mapping[str, pd.DataFrame], findings: Findings) -> list[Sheet]:
    """Return a sheet for each frame; the frames are only read."""
    sheets = []
    for name, frame in tables.items():
        if name in TABLES:
            sheets.append(_sheet(name, frame))
        else:
            findings.add(
                "A4",
                "there is no table of this name",
                f"{did_you_mean(name, TABLES)}tables: {', '.join(TABLES)}",
                table=name,
                value=name,
            )
    return sorted(sheets, key=lambda sheet: list(TABLES).index(sheet.table))


def _sheet(name: str, frame: pd.DataFrame) -> Sheet:
    header = [str(column).strip() for column in frame.columns]
    columns = []
    for index in range(frame.shape[1]):
        series = frame.iloc[:, index]
        missing = series.isna().to_numpy()
        cells = series.astype(object).tolist()
        columns.append([None if m else c for m, c in zip(missing, cells, strict=True)])
    rows = [(position, list(cells)) for position, cells in enumerate(zip(*columns, strict=True))]
    return Sheet(name, None, header, rows)


def normal_frame(name: str, columns: Columns) -> pd.DataFrame:
    """Return a normalised table as a frame, with the same types whatever its rows."""
    import pandas as pd

    types: dict[str, Any] = {"float": "float64", "int": "int64", "bool": "bool", "str": "str"}
    return pd.DataFrame(
        {
            column: pd.Series(columns[column], dtype=types[kind])
            for column, kind in NORMAL[name].items()
        }
    )


def raw_frame(table: Table) -> pd.DataFrame:
    """Return a table as the user gave it, typed; missing cells are missing."""
    import pandas as pd

    types = {"number": "float64", "integer": "Int64", "flag": "boolean"}
    known = {column.name: column.type for column in table.spec.columns}
    return pd.DataFrame(
        {
            name: pd.Series(cells, dtype=types.get(known.get(name, "note"), "object"))
            for name, cells in table.cells.items()
        }
    )
