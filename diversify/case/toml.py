"""Writes the small part of TOML that ``case.toml`` uses; the standard library only reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dumps(table: Mapping[str, Any]) -> str:
    """Return a table as TOML text; None is left out.

    Examples
    --------
    >>> print(dumps({"name": "a", "limits": {"max_columns": 5}, "policy": [{"share": 0.65}]}))
    name = "a"
    <BLANKLINE>
    [limits]
    max_columns = 5
    <BLANKLINE>
    [[policy]]
    share = 0.65
    <BLANKLINE>
    """
    plain: list[str] = []
    tables: list[str] = []
    for key, value in table.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            tables.append(f"\n[{_key(key)}]\n{_lines(value)}")
        elif _is_array_of_tables(value):
            tables += [f"\n[[{_key(key)}]]\n{_lines(entry)}" for entry in value]
        else:
            plain.append(f"{_key(key)} = {_value(value)}\n")
    return "".join(plain + tables)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(k)} = {_value(v)}\n" for k, v in table.items() if v is not None)


def _is_array_of_tables(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) > 0
        and all(isinstance(entry, Mapping) for entry in value)
    )


def _key(key: object) -> str:
    text = str(key)
    return text if _BARE.fullmatch(text) else _string(text)


def _string(text: str) -> str:
    # The escapes of JSON are escapes of TOML, but TOML also forbids a bare DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(entry) for entry in value)}]"
    raise TypeError(f"TOML has no form for {type(value).__name__}: {value!r}")


def _float(value: float) -> str:
    text = repr(value)
    return text if any(mark in text for mark in ".enN") else f"{text}.0"
