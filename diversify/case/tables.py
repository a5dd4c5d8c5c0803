"""The typed tables of a case, and which of them could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from diversify.case.dictionary import TABLES
from diversify.case.findings import Findings
from diversify.case.sheet import Table, empty_table


@dataclass(slots=True)
class Tables:
    """The typed tables of a case by name; a table that was not given has no rows.

    ``unread`` names tables that were given but could not be read, so that no check takes them
    for empty.
    """

    given: dict[str, Table]
    unread: frozenset[str] = frozenset()
    _empty: dict[str, Table] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Table:
        if name in self.given:
            return self.given[name]
        return self._empty.setdefault(name, empty_table(name))

    def __iter__(self) -> Iterator[Table]:
        """Yield the tables that were given, in the order of the dictionary."""
        return (self.given[name] for name in TABLES if name in self.given)

    def has(self, name: str) -> bool:
        """Whether the table is there and has rows."""
        return name in self.given and len(self.given[name]) > 0

    def known(self, *names: str) -> bool:
        """Whether each table is either read or rightly absent, so that checks may rely on it."""
        return not any(
            name in self.unread or (TABLES[name].required and not self.has(name)) for name in names
        )

    def names(self, *columns: str) -> set[str] | None:
        """Return all names in ``table.column`` columns, or None if some could not be read."""
        found: set[str] = set()
        for reference in columns:
            table, _, column = reference.partition(".")
            if not self.known(table):
                return None
            names = self[table].names(column)
            if names is None:
                return None
            found |= names
        return found

    def report_missing(self, findings: Findings, folder: str | None) -> None:
        """Report each table that must be there and is not."""
        for spec in TABLES.values():
            if spec.required and spec.name not in self.given and spec.name not in self.unread:
                findings.add(
                    "A1",
                    f"the table {spec.name} is missing"
                    + (f"; {spec.name}.csv is expected in {folder}" if folder else ""),
                    "add it with the columns "
                    + ", ".join(column.name for column in spec.columns if column.required)
                    + "; `diversify init` starts a folder that has every table",
                    table=spec.name,
                    file=f"{spec.name}.csv" if folder else None,
                )
