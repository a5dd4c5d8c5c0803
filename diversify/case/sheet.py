"""A table before and after its cells have been read: Sheet (as found) and Table (typed)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from diversify.case.columns import Column, TableSpec
from diversify.case.dictionary import TABLES
from diversify.case.findings import Findings


class _Bad:
    """A cell that was refused, so that later checks leave it alone."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "BAD"

    def __bool__(self) -> bool:
        return False


BAD: Final = _Bad()
"""Stands for a cell about which a finding has been reported."""


@dataclass(slots=True)
class Sheet:
    """A table as it was found: a header and rows of raw cells, each with its place.

    A row without any cells is one that was refused whole.
    """

    table: str
    file: str | None
    header: list[str]
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A typed table: one list of cells for each column that the user gave.

    A missing cell is None and a refused one is ``BAD``.
    """

    spec: TableSpec
    file: str | None
    rows: list[int]
    cells: dict[str, list[Any]]
    shown: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.spec.name

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[Any]:
        """Return the cells of a column; those of an absent one are None, or BAD if required."""
        if name in self.cells:
            return self.cells[name]
        absent = BAD if self.spec.column(name).required else None
        return [absent] * len(self.rows)

    def filled(self, column: Column) -> list[Any]:
        """Return the cells of a column with its default in place of None."""
        cells = self.column(column.name)
        if column.default is None:
            return cells
        return [column.default if cell is None else cell for cell in cells]

    def sound(self, *names: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yield (position, cells) of each row where none of these cells was refused."""
        columns = [self.filled(self.spec.column(name)) for name in names]
        for position, cells in enumerate(zip(*columns, strict=True)):
            if not any(cell is BAD for cell in cells):
                yield position, cells

    def names(self, column: str) -> set[str] | None:
        """Return the distinct names in a column, or None if some of them were refused."""
        cells = self.column(column)
        return None if any(cell is BAD for cell in cells) else {c for c in cells if c is not None}

    def report(
        self,
        findings: Findings,
        code: str,
        position: int | None,
        column: str | None,
        message: str,
        remedy: str,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        """Add a finding about one cell, one row (no column) or the table (no position)."""
        value = None
        if position is not None and column is not None:
            cells = self.shown[column] if column in self.shown else self.column(column)
            value = show(cells[position])
        findings.add(
            code,
            message,
            remedy,
            table=self.name,
            file=self.file,
            row=None if position is None else self.rows[position],
            column=column,
            value=value,
            severity=severity,
        )

    def take(self, positions: list[int]) -> Table:
        """Return a table of these rows only."""
        return Table(
            self.spec,
            self.file,
            [self.rows[i] for i in positions],
            {name: [cells[i] for i in positions] for name, cells in self.cells.items()},
            {name: [cells[i] for i in positions] for name, cells in self.shown.items()},
        )

    def place(self, position: int) -> str:
        """Return where a row is, in words."""
        return f"row {self.rows[position]}"


def show(raw: object) -> str | None:
    """Return a raw cell as text, or None if nothing is there."""
    if raw is None or raw is BAD or raw == "":
        return None
    return raw if isinstance(raw, str) else str(raw)


def empty_table(name: str) -> Table:
    """Return a table without rows, which stands for a table that was not given."""
    return Table(TABLES[name], None, [], {})
