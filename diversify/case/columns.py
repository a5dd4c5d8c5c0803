"""What a column and a table are: the form of the entries of the table dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal, TypedDict, Unpack

ColumnType = Literal[
    "name",
    "text",
    "country",
    "place",
    "number",
    "integer",
    "flag",
    "choice",
    "date",
    "unit",
    "note",
]
Measure = Literal["", "mass", "mass per time", "money", "money per mass", "money per mass and year"]

BASE_UNITS: dict[Measure, str] = {
    "": "",
    "mass": "t",
    "mass per time": "t per period",
    "money": "USD",
    "money per mass": "USD/t",
    "money per mass and year": "USD/t per period",
}
"""The unit that each measure has in the normalised tables."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, range, unit and default, and one sentence on what it means.

    Parameters
    ----------
    name
        The heading in the table.
    type
        ``name`` (others refer to it), ``text``, ``country`` (ISO3), ``place`` (ISO3 or a bloc),
        ``number``, ``integer``, ``flag`` (yes or no), ``choice``, ``date``, ``unit``, ``note``.
    meaning
        One sentence.
    required
        Whether an empty cell is refused.
    default
        What an empty cell of an optional column stands for; None if it stays missing.
    measure
        The physical kind of a number that has a unit; empty for plain numbers and fractions.
    unit_column, per_column
        Where the unit of each row and the time it is counted per are written.
    base
        What a plain number counts, such as ``fraction`` or ``months``.
    low, high, low_open
        The allowed range; ``low_open`` leaves ``low`` itself out.
    infinite
        Whether ``inf`` is allowed and means "no limit".
    choices
        The allowed words of a choice.
    refers
        The columns, as ``table.column``, one of which must hold the name.
    """

    name: str
    type: ColumnType
    meaning: str
    required: bool = False
    default: str | float | bool | None = None
    measure: Measure = ""
    unit_column: str = ""
    per_column: str = ""
    base: str = ""
    low: float = -inf
    high: float = inf
    low_open: bool = False
    infinite: bool = False
    choices: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The unit of the column in the normalised tables."""
        return BASE_UNITS[self.measure] or self.base

    @property
    def is_share(self) -> bool:
        """Whether the column is a fraction of a whole, from 0 to 1."""
        return self.base == "fraction" and self.high == 1.0

    @property
    def range(self) -> str:
        """The allowed range in words.

        Examples
        --------
        >>> Column("yield", "number", "A yield.", low=0, low_open=True, high=1).range
        'above 0, at most 1'
        """
        if self.type == "flag":
            return "yes or no"
        if self.choices:
            return " | ".join(self.choices)
        if self.type not in ("number", "integer"):
            return ""
        parts = []
        if self.low > -inf:
            parts.append(f"{'above' if self.low_open else 'at least'} {self.low:g}")
        if self.high < inf:
            parts.append(f"at most {self.high:g}")
        parts.extend(["inf allowed"] if self.infinite else [])
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: its key, its columns, and one sentence on what a row is."""

    name: str
    meaning: str
    key: tuple[str, ...]
    own_columns: tuple[Column, ...]
    required: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the table with those on where a row comes from."""
        taken = {column.name for column in self.own_columns}
        return self.own_columns + tuple(c for c in PROVENANCE if c.name not in taken)

    def column(self, name: str) -> Column:
        """Return the column of this name."""
        return next(column for column in self.columns if column.name == name)


PROVENANCE: tuple[Column, ...] = (
    Column("source", "note", "Where the row comes from: a key of sources.csv, or words."),
    Column("source_page", "note", "The page, table or address within the source."),
    Column("year", "note", "The year that the figures describe."),
    Column("licence", "note", "The licence under which the figures may be passed on."),
    Column("verified", "choice", "Whether the figures were read in the source.",
           choices=("yes", "no")),
    Column("note", "note", "Anything else a reader should know."),
)  # fmt: skip
"""The columns on where a row comes from, which every table may have."""


def name(name: str, meaning: str, *refers: str, required: bool = True) -> Column:
    """Return a column of names, which refers to the columns in ``refers``."""
    return Column(name, "name", meaning, required=required, refers=refers)


def text(name: str, meaning: str, *, required: bool = False) -> Column:
    """Return a column of free words."""
    return Column(name, "text", meaning, required=required, default=None if required else "")


def quantity(
    name: str,
    meaning: str,
    measure: Measure,
    *,
    unit: str,
    per: str = "",
    required: bool = False,
    default: float | None = None,
    infinite: bool = False,
) -> Column:
    """Return a column of numbers at or above 0 whose unit is in another column."""
    return Column(
        name,
        "number",
        meaning,
        required=required,
        default=default,
        measure=measure,
        unit_column=unit,
        per_column=per,
        low=0.0,
        infinite=infinite,
    )


class Plain(TypedDict, total=False):
    """What may be said of a column of plain numbers: as in :func:`number`."""

    required: bool
    default: float | None
    above_zero: bool


def share(
    name: str, meaning: str, *, may_exceed_one: bool = False, **plain: Unpack[Plain]
) -> Column:
    """Return a column of fractions."""
    return number(name, meaning, "fraction", high=inf if may_exceed_one else 1.0, **plain)


def number(
    name: str,
    meaning: str,
    base: str,
    *,
    required: bool = False,
    default: float | None = None,
    above_zero: bool = False,
    high: float = inf,
) -> Column:
    """Return a column of plain numbers at or above 0."""
    return Column(
        name,
        "number",
        meaning,
        required=required,
        default=default,
        base=base,
        low=0.0,
        low_open=above_zero,
        high=high,
    )


def integer(name: str, meaning: str, *, low: int, high: int, required: bool = False) -> Column:
    """Return a column of whole numbers."""
    return Column(name, "integer", meaning, required=required, low=low, high=high)


def flag(name: str, meaning: str) -> Column:
    """Return a column of yes or no, where an empty cell is no."""
    return Column(name, "flag", meaning, default=False)


def choice(name: str, meaning: str, *choices: str, required: bool = True) -> Column:
    """Return a column of one of the given words."""
    return Column(name, "choice", meaning, required=required, choices=choices)


def unit(name: str, meaning: str, measure: Measure, *, required: bool = True) -> Column:
    """Return a column of units of the given measure."""
    return Column(name, "unit", meaning, required=required, measure=measure)
