"""The table dictionary in words, for people, and as a JSON Schema, for programs."""

from __future__ import annotations

from math import inf
from typing import Any

from diversify.case.columns import Column
from diversify.case.dictionary import TABLES
from diversify.case.units import units_of

__all__ = ["TABLES", "describe", "json_schema"]


def describe() -> list[dict[str, str]]:
    """Return one row for each column of each table, in words, for people to read.

    Examples
    --------
    >>> row = next(r for r in describe() if (r["table"], r["column"]) == ("lanes", "quota"))
    >>> row["unit"], row["unit_from"], row["default"]
    ('t per period', 'unit, per', 'inf')
    """
    rows: list[dict[str, str]] = []
    for table in TABLES.values():
        for column in table.columns:
            written = [part for part in (column.unit_column, column.per_column) if part]
            rows.append(
                {
                    "table": table.name,
                    "column": column.name,
                    "type": column.type,
                    "unit": "" if column.type == "unit" else column.unit,
                    "unit_from": ", ".join(written),
                    "range": _range(column),
                    "required": _yes(column.required),
                    "default": _default(column),
                    "key": _yes(column.name in table.key),
                    "meaning": column.meaning,
                }
            )
    return rows


def json_schema() -> dict[str, Any]:
    """Return a JSON Schema of a case: its settings, and the rows of each of its tables.

    Examples
    --------
    >>> schema = json_schema()
    >>> schema["properties"]["tables"]["properties"]["sites"]["items"]["required"][:3]
    ['site', 'country', 'owner']
    """
    from diversify.case.settings import Settings

    settings = Settings.model_json_schema(ref_template="#/$defs/{model}")
    definitions = settings.pop("$defs", {})
    tables = {
        table.name: {
            "type": "array",
            "description": table.meaning,
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {c.name: _json_column(c) for c in table.columns},
                "patternProperties": {"^x_": {"type": "string"}},
                "required": [c.name for c in table.columns if c.required],
                "additionalProperties": False,
            },
            "x-key": list(table.key),
        }
        for table in TABLES.values()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A case of diversify",
        "type": "object",
        "properties": {
            "case": settings,
            "tables": {
                "type": "object",
                "properties": tables,
                "required": [table.name for table in TABLES.values() if table.required],
                "additionalProperties": False,
            },
        },
        "required": ["case", "tables"],
        "$defs": definitions,
    }


def _range(column: Column) -> str:
    return " | ".join(units_of(column.measure)) if column.type == "unit" else column.range


def _default(column: Column) -> str:
    if column.default is None or column.default == "":
        return ""
    if isinstance(column.default, bool):
        return _yes(column.default)
    return column.default if isinstance(column.default, str) else f"{column.default:g}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _json_column(column: Column) -> dict[str, Any]:
    entry: dict[str, Any] = {"description": column.meaning}
    if column.type in ("number", "integer"):
        entry["type"] = column.type
        if column.low > -inf:
            entry["exclusiveMinimum" if column.low_open else "minimum"] = column.low
        if column.high < inf:
            entry["maximum"] = column.high
        if column.infinite:
            entry = {
                "description": entry.pop("description"),
                "anyOf": [entry, {"const": "inf"}],
            }
        if column.unit:
            entry["x-unit"] = column.unit
    elif column.type == "flag":
        entry["enum"] = ["yes", "no"]
    elif column.choices:
        entry["enum"] = list(column.choices)
    elif column.type == "unit":
        entry["enum"] = list(units_of(column.measure))
    else:
        entry["type"] = "string"
        if column.type == "country":
            entry["pattern"] = "^[A-Z]{3}$"
        if column.type == "date":
            entry["pattern"] = r"^\d{4}(-\d{2}-\d{2})?$"
    if isinstance(column.default, bool):
        entry["default"] = _yes(column.default)
    elif column.default is not None and column.default != "" and column.default != inf:
        entry["default"] = column.default
    return entry
