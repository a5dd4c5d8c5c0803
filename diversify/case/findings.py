"""Collects everything that is wrong in a case, so that it is refused once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from diversify.errors import Finding, InputError


def nearest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return the known words that look like ``word``, the nearest first.

    Examples
    --------
    >>> nearest("capcity", ["capacity", "cost"])
    ['capacity']
    """
    by_fold: dict[str, str] = {}
    for name in sorted(known):
        by_fold.setdefault(name.casefold(), name)
    matches = difflib.get_close_matches(word.casefold(), list(by_fold), n=count, cutoff=0.6)
    return [by_fold[match] for match in matches]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"did you mean 'x'? "``, or nothing if no known word is near."""
    matches = nearest(word, known)
    if not matches:
        return ""
    return f"did you mean {' or '.join(repr(match) for match in matches)}? "


def listing(names: Sequence[str], limit: int = 12) -> str:
    """Return the names with commas, cut after ``limit`` of them.

    Examples
    --------
    >>> listing(["a", "b", "c"], limit=2)
    'a, b, … (3 in all)'
    """
    if len(names) <= limit:
        return ", ".join(names)
    return ", ".join(names[:limit]) + f", … ({len(names)} in all)"


@dataclass(slots=True)
class Findings:
    """Errors, warnings and notes, in the order in which they were found."""

    items: dict[Finding, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(
        self,
        code: str,
        message: str,
        remedy: str,
        *,
        table: str = "case",
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        """Add one finding."""
        finding = Finding(
            severity=severity,
            table=table,
            row=row,
            column=column,
            value=value,
            message=message,
            remedy=remedy,
            file=file,
            code=code,
        )
        self.items.setdefault(finding)

    def note(self, text: str) -> None:
        """Add a line for the report of ``diversify check``."""
        self.notes.append(text)

    @property
    def errors(self) -> list[Finding]:
        """The findings that refuse the case."""
        return [finding for finding in self.items if finding.severity == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """The findings with which a run goes on."""
        return [finding for finding in self.items if finding.severity == "warning"]

    def refuse(self) -> None:
        """Raise one InputError with all findings, if there is an error among them."""
        if self.errors:
            raise InputError(self.items)
