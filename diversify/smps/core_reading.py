"""Read the core file: MPS, by position or by blanks, with every fault of it at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from diversify.smps.bounds import Bounds
from diversify.smps.cards import Card, Log, pairs
from diversify.smps.core import Core

KINDS = {"L": -1, "E": 0, "G": 1}
SENSES = {
    **dict.fromkeys(("MIN", "MINIMIZE", "MINIMISE"), False),
    **dict.fromkeys(("MAX", "MAXIMIZE", "MAXIMISE"), True),
}
SECTIONS = ("NAME", "OBJSENSE", "ROWS", "COLUMNS", "RHS", "RANGES", "BOUNDS")


def parse_core(cards: list[Card], log: Log) -> Core | None:
    """Return the program of the core file.

    Parameters
    ----------
    cards : list of Card
        Its lines.
    log : Log
        Takes what is wrong.

    Returns
    -------
    Core or None
        None where something is wrong.
    """
    reader = _Reader(log)
    for card in cards:
        reader.take(card)
    return reader.finish()


class _Reader:
    def __init__(self, log: Log) -> None:
        self.log = log
        self.name = ""
        self.maximise = False
        self.order: dict[str, str] = {}
        self.objective: str | None = None
        self.columns: dict[str, int] = {}
        self.entries: dict[tuple[str, str], float] = {}
        self.right: dict[str, float] = {}
        self.ranges: dict[str, float] = {}
        self.right_name: str | None = None
        self.range_name: str | None = None
        self.bounds = Bounds(log)
        self._section = ""
        self._seen: set[str] = set()
        self._column = ""
        self._integer = False
        self._takes: dict[str, Callable[[Card], None]] = {
            "NAME": self._stray,
            "OBJSENSE": lambda card: self._sense(card, card.words[0]),
            "ROWS": self._row,
            "COLUMNS": self._entry,
            "RHS": self._right,
            "RANGES": self._range,
            "BOUNDS": self.bounds.read,
        }

    def take(self, card: Card) -> None:
        if card.head:
            self._begin(card)
        elif self._section:
            self._takes[self._section](card)
        elif not self.log.errors:
            self._stray(card)

    def _begin(self, card: Card) -> None:
        section = card.words[0].upper()
        self._section = ""
        if section not in SECTIONS:
            self.log.error(
                card,
                f"there is no section {section} of a linear program",
                f"use {', '.join(SECTIONS)}; begin other lines with a blank",
            )
        elif section in self._seen:
            self.log.error(card, f"the section {section} stands here twice", "put them together")
        else:
            self._section = section
        self._seen.add(section)
        if section == "NAME":
            self.name = " ".join(card.words[1:])
        if section == "OBJSENSE" and len(card.words) > 1:
            self._sense(card, card.words[-1])

    def _stray(self, card: Card) -> None:
        self.log.error(card, "this line stands in no section", "put it below ROWS, COLUMNS, …")

    def _sense(self, card: Card, word: str) -> None:
        found = SENSES.get(word.upper())
        if found is None:
            self.log.error(card, f"{word!r} is no sense of an objective", "write MIN or MAX")
        else:
            self.maximise = found

    def _row(self, card: Card) -> None:
        if len(card.words) != 2 or card.words[0].upper() not in {*KINDS, "N"}:
            self.log.error(card, "a row has a type and a name", "write N, L, G or E and a name")
            return
        kind, name = card.words[0].upper(), card.words[1]
        if name in self.order:
            self.log.error(card, f"there is a row {name!r} already", "name each row once")
            return
        self.order[name] = kind
        if kind == "N" and self.objective is None:
            self.objective = name

    def _entry(self, card: Card) -> None:
        words = card.words
        if len(words) >= 3 and words[1].strip("'\"").upper() == "MARKER":
            self._marker(card, words[2].strip("'\"").upper())
            return
        name = words[0]
        found = pairs(card, words[1:], self.log)
        if not found:
            return
        if name != self._column:
            if name in self.columns:
                self.log.error(
                    card, f"column {name!r} stands in two places", "put its lines together"
                )
            else:
                self.columns[name] = len(self.columns)
                self.bounds.add_column(name, integer=self._integer)
            self._column = name
        for row, value in found:
            if row not in self.order:
                self._no_row(card, row)
            elif (row, name) in self.entries:
                self.log.error(
                    card, f"row {row!r} and column {name!r} meet twice", "give one number"
                )
            else:
                self.entries[row, name] = value

    def _marker(self, card: Card, word: str) -> None:
        if word not in ("INTORG", "INTEND"):
            self.log.error(card, f"there is no marker {word!r}", "use 'INTORG' and 'INTEND'")
        elif (word == "INTORG") == self._integer:
            self.log.error(card, "the marker has no partner", "pair 'INTORG' with 'INTEND'")
        else:
            self._integer = word == "INTORG"

    def _right(self, card: Card) -> None:
        self.right_name = self._vector(card, self.right, self.right_name, "right side")

    def _range(self, card: Card) -> None:
        self.range_name = self._vector(card, self.ranges, self.range_name, "range")

    def _vector(
        self, card: Card, into: dict[str, float], name: str | None, what: str
    ) -> str | None:
        """Take a line of names and numbers, with the name of their set before them or not."""
        words = card.words
        if len(words) % 2:
            if name is not None and words[0] != name:
                self.log.error(card, f"there is a second set of {what}s", f"keep the set {name!r}")
                return name
            name, words = words[0], words[1:]
        for row, value in pairs(card, words, self.log):
            if row not in self.order:
                self._no_row(card, row)
            elif row in into:
                self.log.error(card, f"row {row!r} has a {what} already", "give it once")
            elif what == "range" and self.order[row] == "N":
                self.log.error(card, f"row {row!r} limits nothing", "take its range out")
            else:
                into[row] = value
        return name

    def _no_row(self, card: Card, row: str) -> None:
        self.log.error(card, f"there is no row {row!r}", "name one of ROWS")

    def finish(self) -> Core | None:
        for section in ("ROWS", "COLUMNS"):
            if section not in self._seen:
                self.log.error(None, f"there is no section {section}", "write it")
        if self._integer:
            self.log.error(None, "a marker 'INTORG' has no 'INTEND'", "pair them")
        if self.objective is None and "ROWS" in self._seen:
            self.log.error(None, "no row has type N, so there is no objective", "add one")
        if not self.columns and "COLUMNS" in self._seen:
            self.log.error(None, "there is no column", "list at least one")
        self.bounds.finish()
        if self.log.errors or self.objective is None:
            return None
        free = frozenset(n for n, k in self.order.items() if k == "N") - {self.objective}
        if free:
            self.log.warn(
                None,
                f"the first row of type N, {self.objective!r}, is the objective; "
                f"{len(free)} more limit nothing and are left out",
            )
        return self._core(self.objective, free)

    def _core(self, objective: str, free: frozenset[str]) -> Core:
        rows = tuple(name for name, kind in self.order.items() if kind != "N")
        columns = tuple(self.columns)
        row_at = {name: i for i, name in enumerate(rows)}
        cost = np.zeros(len(columns))
        triplets = []
        for (row, column), value in self.entries.items():
            if row == objective:
                cost[self.columns[column]] = value
            elif row not in free:
                triplets.append((row_at[row], self.columns[column], value))
        triplets.sort()
        at = np.array([t[:2] for t in triplets], dtype=np.int64).reshape(-1, 2)
        values = np.array([t[2] for t in triplets], dtype=np.float64)
        kind = np.array([KINDS[self.order[name]] for name in rows], dtype=np.int8)
        below, above = np.where(kind < 0, np.inf, 0.0), np.where(kind > 0, np.inf, 0.0)
        for row, size in self.ranges.items():
            i = row_at[row]
            # On an equality the sign of the range says on which side it lies.
            if kind[i] < 0 or (kind[i] == 0 and size < 0):
                below[i] = abs(size)
            else:
                above[i] = abs(size)
        bounds = self.bounds
        return Core(
            name=self.name,
            maximise=self.maximise,
            objective=objective,
            free=free,
            rows=rows,
            kind=kind,
            columns=columns,
            matrix=sp.coo_array((values, (at[:, 0], at[:, 1])), shape=(len(rows), len(columns))),
            cost=cost,
            objective_right=self.right.get(objective, 0.0),
            right=np.array([self.right.get(name, 0.0) for name in rows]),
            below=below,
            above=above,
            lower=np.array([bounds.lower[name] for name in columns]),
            upper=np.array([bounds.upper[name] for name in columns]),
            integer=np.array([bounds.integer[name] for name in columns], dtype=np.bool_),
            right_name=self.right_name,
            bound_name=bounds.name,
            order=tuple(self.order),
        )
