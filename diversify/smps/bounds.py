"""Bounds of the core file: what each type does to a column."""

from __future__ import annotations

import math

from diversify.smps.cards import HUGE, Card, Log, is_number, number

VALUED = ("UP", "LO", "FX", "LI", "UI")
PLAIN = ("FR", "MI", "PL", "BV")
INF = math.inf
TYPES = ", ".join((*VALUED, *PLAIN))


class Bounds:
    """The bounds of all columns while the file is read.

    Parameters
    ----------
    log : Log
        Takes what is wrong.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.lower: dict[str, float] = {}
        self.upper: dict[str, float] = {}
        self.integer: dict[str, bool] = {}
        self.marked: set[str] = set()
        self.name: str | None = None
        self._given: set[tuple[str, str]] = set()

    def add_column(self, name: str, *, integer: bool) -> None:
        """Give a new column the default bounds."""
        self.integer[name] = integer
        if integer:
            self.marked.add(name)

    def read(self, card: Card) -> None:
        """Take one line of the section BOUNDS."""
        kind, rest = card.words[0].upper(), card.words[1:]
        if kind not in VALUED + PLAIN:
            self.log.error(card, f"there is no bound of type {kind}", f"use one of {TYPES}")
            return
        parts = self._split(card, kind, rest)
        if parts is None:
            return
        name, column, word = parts
        if self.name is not None and name is not None and name != self.name:
            self.log.error(card, "there is a second set of bounds", f"keep the set {self.name!r}")
            return
        self.name = name if self.name is None else self.name
        if column not in self.integer:
            self.log.error(card, f"there is no column {column!r}", "name one of COLUMNS")
            return
        value = self._value(card, kind, word)
        if value is not None:
            self._set(card, kind, column, value)

    def _split(
        self, card: Card, kind: str, rest: tuple[str, ...]
    ) -> tuple[str | None, str, str] | None:
        """Return set, column and number; the name of the set may be left out."""
        if kind in VALUED:
            if len(rest) == 3:
                return rest[0], rest[1], rest[2]
            if len(rest) == 2:
                return None, rest[0], rest[1]
        else:
            # A number after a type that needs none is allowed, and says nothing.
            if len(rest) >= 2 and rest[-1] not in self.integer and is_number(rest[-1]):
                rest = rest[:-1]
            if len(rest) in (1, 2):
                return (rest[0] if len(rest) == 2 else None), rest[-1], "0"
        self.log.error(card, "a bound has a type, a set, a column and a number", "write UP BND x 5")
        return None

    def _value(self, card: Card, kind: str, word: str) -> float | None:
        if not is_number(word):
            self.log.error(card, f"{word!r} is not a number", "write a number, such as 1.5 or -2e3")
            return None
        value = number(word)
        wrong = {"UP": -INF, "UI": -INF, "LO": INF, "LI": INF}.get(kind)
        if value == wrong or (kind == "FX" and abs(value) >= HUGE):
            self.log.error(card, "no number lies within this bound", "give a finite number")
            return None
        if kind in ("LI", "UI") and math.isfinite(value) and value != round(value):
            self.log.error(card, "the bound of an integer column is not whole", "give an integer")
            return None
        return value

    def _set(self, card: Card, kind: str, column: str, value: float) -> None:
        sides = {"UP": "U", "UI": "U", "PL": "U", "LO": "L", "LI": "L", "MI": "L"}.get(kind, "LU")
        twice = [side for side in sides if (column, side) in self._given]
        if twice:
            self.log.error(card, f"column {column!r} has this bound already", "give it once")
            return
        self._given |= {(column, side) for side in sides}
        if kind in ("BV", "LI", "UI"):
            self.integer[column] = True
        match kind:
            case "UP" | "UI":
                self.upper[column] = value
            case "LO" | "LI":
                self.lower[column] = value
            case "FX":
                self.lower[column] = self.upper[column] = value
            case "FR":
                self.lower[column], self.upper[column] = -INF, INF
            case "MI":
                self.lower[column] = -INF
            case "PL":
                self.upper[column] = INF
            case _:
                self.lower[column], self.upper[column] = 0.0, 1.0

    def finish(self) -> None:
        """Fill in defaults, say which were doubtful, and refuse bounds that cross."""
        opened = sorted(c for c, up in self.upper.items() if up < 0.0 and c not in self.lower)
        for column in opened:
            self.lower[column] = -INF
        if opened:
            self.log.warn(
                None,
                f"a negative upper bound without a lower bound makes the lower bound minus "
                f"infinity: {_some(opened)}",
                "write the lower bound to be sure",
            )
        given = {column for column, _ in self._given}
        unit = sorted(self.marked - given)
        for column in unit:
            self.upper[column] = 1.0
        if unit:
            self.log.warn(
                None,
                f"integer columns without bounds are read as 0 or 1: {_some(unit)}",
                "write their bounds to be sure",
            )
        for column in self.integer:
            low, up = self.lower.setdefault(column, 0.0), self.upper.setdefault(column, INF)
            if low > up:
                self.log.error(
                    None,
                    f"column {column!r} has a lower bound above its upper bound",
                    "change one of them",
                    value=f"{low:g} > {up:g}",
                )


def _some(names: list[str]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")
