"""From one cell to one value: numbers, names, units, dates. What is unclear is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import inf, isinf, isnan
from typing import Any

from diversify.case.codes import country_problem, read_date
from diversify.case.columns import Column
from diversify.case.findings import did_you_mean
from diversify.case.units import units_of


class Refused(ValueError):
    """A cell is refused: the row of the fault catalogue, what is wrong, and what to do."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy


@dataclass(frozen=True, slots=True)
class Options:
    """What the settings say about how cells are written."""

    decimal: str = "."
    aliases: Mapping[str, str] = field(default_factory=dict)


_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}([.,'\u0020\u00a0\u202f_]\d{3})+", re.ASCII)
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([ T].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
    r"|\d{1,2}[. -]+[A-Za-z]{3,9}\.?([ -]\d{2,4})?|[A-Za-z]{3,9}[. -]+\d{2,4}",
    re.ASCII,
)
_FORMULA_ERRORS = frozenset(
    ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"]
)
_MISSING_WORDS = frozenset(["nan", "na", "n/a", "null", "none", "nil", "-", "--", "–", "?", "tbd"])
# Marks that change what is seen but not what is compared, or the other way round.
_INVISIBLE = frozenset(
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)


def parse(column: Column, raw: Any, options: Options) -> Any:
    """Return the value of a cell, or None if it is empty; raise Refused if it is unclear."""
    if isinstance(raw, str):
        text = unicodedata.normalize("NFC", raw).strip()
        if not text:
            return None
        if text in _FORMULA_ERRORS:
            raise Refused("A17", "a formula error of a spreadsheet", "repair the formula")
        refuse_hidden(text, breaks=column.type == "note")
        return _FROM_TEXT[column.type](column, text, options)
    if raw is None or (isinstance(raw, float) and isnan(raw)):
        return None
    return _from_object(column, raw, options)


def refuse_hidden(text: str, *, breaks: bool = False) -> None:
    """Refuse control characters and marks that cannot be seen."""
    if text.isascii() and text.isprintable():
        return
    for mark in text:
        control = unicodedata.category(mark) == "Cc" and not (breaks and mark in "\n\r\t")
        if control or mark in _INVISIBLE:
            label = unicodedata.name(mark, "control character").lower()
            raise Refused(
                "A21",
                f"a character that cannot be seen, U+{ord(mark):04X} ({label}), is in the text",
                "type the text again without it",
            )


def read_number(text: str, decimal: str = ".") -> float:
    """Return the number that a text is; refuse what can be read in two ways.

    Examples
    --------
    >>> read_number("0.45"), read_number("1e3"), read_number("0,45", decimal=",")
    (0.45, 1000.0, 0.45)
    >>> read_number("1,200")
    Traceback (most recent call last):
    diversify.case.parsing.Refused: may be 1200 or 1.2
    """
    if text.lower() in ("inf", "+inf", "-inf"):
        return float(text)
    plain = text
    if decimal == ",":
        if "." in text and _PLAIN.fullmatch(text.replace(",", "")):
            raise Refused(
                "A12",
                "a point in a table of decimal commas",
                "write the number with a decimal comma and no grouping",
            )
        plain = text.replace(",", ".")
    elif _GROUPS.fullmatch(text) and (text[-1] == "0" or text.count(".") > 1 or "." not in text):
        raise Refused("A12", *_readings(text))
    if _PLAIN.fullmatch(plain):
        return float(plain) + 0.0
    raise _unclear(text)


def _unclear(text: str) -> Refused:
    if text.endswith("%"):
        bare = text[:-1].strip().replace(",", ".")
        readings = f"{float(bare) / 100:g} or {bare}" if _PLAIN.fullmatch(bare) else "a fraction"
        return Refused("A12", f"a percent sign: may be {readings}", "write fractions, such as 0.12")
    if _GROUPS.fullmatch(text):
        return Refused("A12", *_readings(text))
    if text.count(",") == 1 and _PLAIN.fullmatch(text.replace(",", ".")):
        point = text.replace(",", ".")
        return Refused("A13", "a decimal comma", f'write {point}, or decimal = "," in case.toml')
    if text.lower() in _MISSING_WORDS:
        return Refused(
            "A8",
            "a word where a number is expected",
            "leave the cell empty if the number is missing",
        )
    if _DATE.fullmatch(text):
        return Refused(
            "A16",
            "a date where a number is expected",
            "a spreadsheet may have changed it: type the number again",
        )
    return Refused(
        "A12",
        "not a number",
        "write digits only, such as 1200 or 0.45; units have a column of their own",
    )


def _readings(text: str) -> tuple[str, str]:
    bare = re.sub(r"[^\d+-]", "", text)
    separators = re.findall(r"[^\d+-]", text)
    if len(separators) == 1 and separators[0] in ".,":
        other = f"{float(text.replace(',', '.')):g}"
        return f"may be {bare} or {other}", f"write {bare} or {other}"
    return f"digits in groups: may be {bare}", f"write {bare} without separators"


def _number(column: Column, text: str, options: Options) -> float:
    return in_range(column, read_number(text, options.decimal))


def _integer(column: Column, text: str, options: Options) -> int:
    return _whole(column, read_number(text, options.decimal))


def _whole(column: Column, value: float) -> int:
    if isinf(value) or value != int(value):
        raise Refused("A12", "not a whole number", "write a whole number")
    return int(in_range(column, value))


def in_range(column: Column, value: float) -> float:
    """Return the value if the column allows it."""
    if isnan(value):
        raise Refused("A8", "not a number", "leave the cell empty if the number is missing")
    if isinf(value):
        if column.infinite and value > 0:
            return value
        raise Refused("A10", "infinity where a finite number is needed", "write a finite number")
    if value > column.high or value < column.low or (column.low_open and value == column.low):
        raise _out_of_range(column, value)
    return value


def _out_of_range(column: Column, value: float) -> Refused:
    allowed = f"write a number that is {column.range}"
    guess = f"did you mean {value / 100:g}?" if 2 <= value <= 100 else allowed
    if column.name == "yield":
        return Refused(
            "B42",
            "a yield is above 0 and at most 1; a co-product is an output of its own with its "
            "own amount, not a yield above 1",
            guess,
        )
    if column.is_share and value > 1:
        return Refused("B30", "shares are fractions, at most 1", guess)
    if value < 0:
        return Refused("A11", f"a {column.name} below 0", allowed)
    return Refused("A11", f"{column.name} is out of range", allowed)


def _name(column: Column, text: str, options: Options) -> str:
    return text


def _country(column: Column, text: str, options: Options) -> str:
    problem = country_problem(text, options.aliases)
    if problem is not None:
        raise Refused(problem.code, problem.message, problem.remedy)
    return text


def _choice(column: Column, text: str, options: Options) -> str:
    if text in column.choices:
        return text
    code = "B32" if column.name == "per" else ""
    raise Refused(
        code,
        f"not one of the words that {column.name} may be",
        f"{did_you_mean(text, column.choices)}write {' or '.join(column.choices)}",
    )


def _unit(column: Column, text: str, options: Options) -> str:
    known = units_of(column.measure)
    if text in known:
        return text
    what = column.measure.removesuffix(" and year").removesuffix(" per time")
    listed = ", ".join(known) if len(known) < 10 else "USD/t, USD/kg, kUSD/t, USD/lb, USD/oz_t, …"
    raise Refused("B26", f"not a unit of {what}", f"{did_you_mean(text, known)}write {listed}")


def _flag(column: Column, text: str, options: Options) -> bool:
    if text.lower() in ("yes", "no"):
        return text.lower() == "yes"
    raise Refused("", "neither yes nor no", "write yes or no")


def _date(column: Column, text: str, options: Options) -> str:
    try:
        read_date(text)
    except ValueError:
        raise Refused("B37", "not a date", "write YYYY-MM-DD or YYYY") from None
    return text


_FROM_TEXT: dict[str, Callable[[Column, str, Options], Any]] = {
    "name": _name,
    "text": _name,
    "note": _name,
    "place": _name,
    "country": _country,
    "number": _number,
    "integer": _integer,
    "flag": _flag,
    "choice": _choice,
    "date": _date,
    "unit": _unit,
}


def _from_object(column: Column, raw: Any, options: Options) -> Any:
    """Return the value of a cell that is not text: from a frame or a spreadsheet."""
    if hasattr(raw, "item"):  # a numpy scalar
        raw = raw.item()
    if isinstance(raw, datetime):
        raw = raw.date() if raw.time() == datetime.min.time() else raw
    kind = column.type
    if isinstance(raw, bool):
        if kind == "flag":
            return raw
        if kind in ("note", "choice"):
            return parse(column, "yes" if raw else "no", options)
    elif isinstance(raw, int | float | Decimal):
        if kind == "number":
            return in_range(column, _float(raw) + 0.0)
        if kind == "integer":
            return _whole(column, _float(raw))
        if isinstance(raw, int) and kind in ("note", "name", "text", "date"):
            return parse(column, str(raw), options)
        if kind == "note":
            return number_text(_float(raw))
    elif isinstance(raw, date) and (
        kind == "note" or (kind == "date" and not isinstance(raw, datetime))
    ):
        return raw.isoformat()
    found = "a date" if isinstance(raw, date) else f"a cell of type {type(raw).__name__}"
    expected = "text" if kind in ("name", "text", "note", "country", "place") else f"a {kind}"
    raise Refused(
        "A16",
        f"{found} where {expected} is expected",
        "a spreadsheet may have changed it: format the cell as text and type it again",
    )


def _float(raw: float | Decimal) -> float:
    try:
        return float(raw)
    except OverflowError:  # a whole number beyond the range of floats
        return inf


def number_text(value: float, decimal: str = ".") -> str:
    """Return the shortest text that reads back as the same number.

    Examples
    --------
    >>> number_text(100.0), number_text(0.1), number_text(1.2e-7), number_text(float("inf"))
    ('100', '0.1', '1.2e-07', 'inf')
    """
    if isinf(value):
        return "inf" if value > 0 else "-inf"
    text = repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return text if decimal == "." else text.replace(".", decimal)
