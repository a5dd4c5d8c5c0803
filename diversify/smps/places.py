"""What in the core a line of the stoch file makes random."""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple

from diversify.smps.cards import Card, Log
from diversify.smps.core import Core
from diversify.smps.periods import Periods

Kind = Literal["matrix", "cost", "right", "constant", "lower", "upper", "fixed"]
BOUNDS: dict[str, Kind] = {
    "UP": "upper",
    "UI": "upper",
    "LO": "lower",
    "LI": "lower",
    "FX": "fixed",
}
# A stoch file often calls the right side otherwise than its core does.
RIGHT = re.compile(r"(RHS(IDE)?|RIGHT(-?HAND)?(-?SIDES?)?)[_-]?\d*", re.IGNORECASE)
PLAIN = ("FR", "MI", "PL", "BV")


class Place(NamedTuple):
    """A number of the core that is random.

    Parameters
    ----------
    kind
        What it is; ``constant`` is the right side of the objective row.
    row, column
        Positions in the core, -1 where there is none.
    """

    kind: Kind
    row: int
    column: int


class Places:
    """Finds the numbers of the core that lines of the stoch file speak of.

    Parameters
    ----------
    core : Core
        The program.
    periods : Periods
        Its periods.
    log : Log
        Takes what is wrong.
    """

    def __init__(self, core: Core, periods: Periods, log: Log) -> None:
        self.core, self.periods, self.log = core, periods, log
        self.row_at, self.column_at = core.row_at, core.column_at
        self.known = {*core.order, *core.columns}
        matrix = core.matrix
        self._entries = dict(
            zip(
                zip(matrix.row.tolist(), matrix.col.tolist(), strict=True),
                matrix.data.tolist(),
                strict=True,
            )
        )

    def value(self, place: Place) -> float:
        """Return what stands at the place in the core; zero where nothing does."""
        core = self.core
        match place.kind:
            case "matrix":
                return float(self._entries.get((place.row, place.column), 0.0))
            case "cost":
                return float(core.cost[place.column])
            case "right":
                return float(core.right[place.row])
            case "constant":
                return core.objective_right
            case "upper":
                return float(core.upper[place.column])
            case _:
                return float(core.lower[place.column])

    def label(self, place: Place) -> str:
        """Return the place in words, such as ``x, demand`` or ``RHS, demand``."""
        core = self.core
        row = core.rows[place.row] if place.row >= 0 else core.objective
        match place.kind:
            case "matrix" | "cost":
                return f"{core.columns[place.column]}, {row}"
            case "right" | "constant":
                return f"RHS, {row}"
            case _:
                return f"{place.kind} bound, {core.columns[place.column]}"

    def period(self, place: Place) -> int:
        """Return the period in which the number takes effect; the objective has none of its own."""
        row = self.periods.row[place.row] if place.row >= 0 else -1
        column = self.periods.column[place.column] if place.column >= 0 else -1
        if place.kind == "constant":
            return 1
        return int(max(row, column))

    def bound(self, card: Card, kind: str, column: str) -> Place | None:
        """Return the bound of a column that a line names."""
        if kind not in BOUNDS:
            self.log.error(card, f"a bound of type {kind} cannot be random", "use UP, LO or FX")
            return None
        at = self.column_at.get(column)
        if at is None:
            self.log.error(card, f"there is no column {column!r} in the core", "name one of them")
            return None
        if self.periods.column[at] == 0:
            self.log.error(
                card,
                f"the bound of column {column!r} of the first period is random, but the column "
                "is decided before it is known",
                "make it a row of the second period",
            )
            return None
        return Place(BOUNDS[kind], -1, at)

    def entry(self, card: Card, column: str, row: str) -> Place | None:
        """Return the coefficient, cost or right side that a line names."""
        if row in self.core.free:
            self.log.error(card, f"row {row!r} limits nothing", "take the line out")
            return None
        objective = row == self.core.objective
        i = -1 if objective else self.row_at.get(row)
        if i is None:
            self.log.error(card, f"there is no row {row!r} in the core", "name one of its rows")
            return None
        j = self.column_at.get(column)
        if j is None:
            return self._right(card, column, i, row)
        if objective and self.periods.column[j] == 0:
            self.log.error(
                card,
                f"the cost of column {column!r} of the first period is random",
                "add a column of the second period that equals it, and give that one the cost",
            )
            return None
        if not objective and self._first(card, i, row):
            return None
        return Place("cost", -1, j) if objective else Place("matrix", i, j)

    def _right(self, card: Card, column: str, i: int, row: str) -> Place | None:
        name = self.core.right_name
        if column != name and not RIGHT.fullmatch(column):
            known = "" if name is None else f", and the right side is called {name!r}"
            self.log.error(
                card, f"there is no column {column!r} in the core{known}", "name one of these"
            )
            return None
        if i < 0:
            return Place("constant", -1, -1)
        return None if self._first(card, i, row) else Place("right", i, -1)

    def _first(self, card: Card, i: int, row: str) -> bool:
        if self.periods.row[i] > 0:
            return False
        self.log.error(
            card,
            f"row {row!r} of the first period is random, but it is to hold before that is known",
            "move the row to the second period",
        )
        return True


def combined(core: float, value: float, mode: str) -> float:
    """Return what a realisation makes of the core's number.

    Examples
    --------
    >>> [combined(2.0, 3.0, mode) for mode in ("REPLACE", "ADD", "MULTIPLY")]
    [3.0, 5.0, 6.0]
    """
    if mode == "REPLACE":
        return value
    return core + value if mode == "ADD" else core * value


def refuse_hollow(places: Places, card: Card, place: Place, mode: str) -> bool:
    """Refuse to add to, or multiply, what is not there; say whether that was so."""
    core, upper = places.value(place), places.core.upper
    if mode == "REPLACE":
        return False
    if mode == "MULTIPLY" and core == 0.0:
        what = "the core has 0 here, so that a factor changes nothing"
    elif not math.isfinite(core):
        what = "the core has no bound here to change"
    elif place.kind == "fixed" and core != upper[place.column]:
        what = "the core does not fix this column"
    else:
        return False
    places.log.error(card, what, "use REPLACE, or give the core a number here")
    return True
