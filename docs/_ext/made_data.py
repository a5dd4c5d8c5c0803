"""What a case may hold, and the data that come along, from dictionary, catalogue and tables."""

from __future__ import annotations

import csv
import tomllib
from typing import Any

from pieces import cell, code, table

from diversify.case.bundled import data_path, examples
from diversify.case.schema import TABLES, describe
from diversify.case.settings import Settings
from diversify.data.catalogue import about, tables
from diversify.data.rows import count_rows, read_rows


def case_tables() -> str:
    """Return a section for each table of a case."""
    rows = describe()
    parts = []
    for name, spec in TABLES.items():
        needed = "" if spec.required else " (optional)"
        parts.append(f"## {name}.csv{needed}\n\n{cell(spec.meaning)}\n")
        parts.append(f"Key: {', '.join(code(k) for k in spec.key)}.\n")
        lines = [
            (
                code(row["column"]) + (" \\*" if row["required"] == "yes" else ""),
                cell(row["type"]),
                cell(row["unit"]),
                cell(row["range"]),
                cell(row["default"]),
                cell(row["meaning"]),
            )
            for row in rows
            if row["table"] == name
        ]
        parts.append(table(["column", "type", "unit", "range", "default", "meaning"], lines))
    return "\n".join(parts)


def settings() -> str:
    """Return what case.toml may hold."""
    whole = Settings.model_json_schema(by_alias=True)
    parts = [_fields("The settings", whole)]
    for key, field in whole["properties"].items():
        if "$ref" in field:
            inner = whole["$defs"][field["$ref"].rsplit("/", 1)[1]]
            parts.append(_fields(f"[{key}]", inner))
    return "\n".join(parts)


def _fields(title: str, schema: dict[str, Any]) -> str:
    needed = set(schema.get("required", ()))
    rows = [
        (
            code(name) + (" \\*" if name in needed else ""),
            cell(field.get("default", "")),
            cell(field.get("description", "")),
        )
        for name, field in schema["properties"].items()
    ]
    return f"## {cell(title)}\n\n" + table(["setting", "default", "meaning"], rows)


def _short(text: str, most: int = 70) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def reference_tables() -> str:
    """Return the reference tables, with their columns and the sources that they cite."""
    rows = []
    for name in tables():
        count, columns = count_rows(name)
        cited: set[str] = set()
        if "source" in columns:
            cited = {s for row in read_rows(name).rows for s in row["source"].split(";") if s}
        some = sorted(s.strip() for s in cited)
        named = ", ".join(code(s) for s in some[:6]) + (
            f" and {len(some) - 6} more" if len(some) > 6 else ""
        )
        rows.append((code(name), cell(about(name).title), str(count), named))
    return table(["table", "what", "rows", "sources"], rows)


def sources() -> str:
    """Return every source."""
    with data_path("sources.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    columns = [c for c in ("source", "title", "licence", "reference") if c in found[0]]
    return table(
        columns,
        [
            [code(r[c]) if c == "source" else cell(_short(r[c] or "", 160)) for c in columns]
            for r in found
        ],
    )


def cases() -> str:
    """Return the bundled cases with what they show."""
    parts = []
    for name, title in examples():
        text = tomllib.loads(data_path(f"cases/{name}/case.toml").read_text("utf-8"))
        parts.append((code(name), cell(title), cell(text.get("description", ""))))
    return table(["case", "title", "what it shows"], parts)
