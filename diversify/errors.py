"""What diversify raises: one family of errors, each with what was found and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal


class DiversifyError(Exception):
    """The base of every error that diversify raises on purpose."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or doubtful, in what the user gave.

    Parameters
    ----------
    severity
        ``"error"`` (nothing is solved) or ``"warning"`` (the run goes on).
    table
        Name of the table (``"sites"``), or ``"case"`` for ``case.toml`` and the folder.
    row
        Line of the file, counted from 1 with the header; for a frame the position, counted from 0.
    column
        Name of the column, or of the key in ``case.toml``.
    value
        What was found there, as the user wrote it.
    message
        What is wrong, and why it matters.
    remedy
        What to do about it.
    file
        The file, or None for a table that was given in memory.
    code
        The row of the catalogue of faults, such as ``"A5"``.

    Examples
    --------
    >>> print(Finding("error", "sites", 4, "capacity", "-5", "a capacity below 0",
    ...               "give 0 or more", file="sites.csv", code="A11"))
    sites.csv:4:capacity: a capacity below 0; found '-5'; give 0 or more [A11]
    """

    severity: Literal["error", "warning"]
    table: str
    row: int | None
    column: str | None
    value: str | None
    message: str
    remedy: str
    file: str | None = None
    code: str = ""

    @classmethod
    def error(
        cls,
        *,
        table: str,
        message: str,
        remedy: str,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        file: str | None = None,
        code: str = "",
    ) -> Finding:
        """Return a finding that refuses the input; the fields are those of the class."""
        return cls("error", table, row, column, value, message, remedy, file, code)

    @property
    def where(self) -> str:
        """The place, as ``file:line:column`` or ``table[position].column``."""
        if self.file is not None:
            parts = [self.file, self.row, self.column]
            return ":".join(str(part) for part in parts if part is not None)
        place = self.table if self.row is None else f"{self.table}[{self.row}]"
        return place if self.column is None else f"{place}.{self.column}"

    def __str__(self) -> str:
        found = None if self.value is None else f"found {_shorten(self.value)!r}"
        text = "; ".join(part for part in (self.message, found, self.remedy) if part)
        return f"{self.where}: {text}" + (f" [{self.code}]" if self.code else "")


class InputError(DiversifyError):
    """The input is refused; ``findings`` holds everything that is wrong with it.

    Examples
    --------
    >>> finding = Finding("error", "sites", None, None, None, "the table is empty", "add a row")
    >>> print(InputError([finding]))
    1 error in the input:
    - sites: the table is empty; add a row
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        errors = [finding for finding in self.findings if finding.severity == "error"]
        count = f"{len(errors)} error{'' if len(errors) == 1 else 's'} in the input:"
        super().__init__("\n".join([count, *(f"- {finding}" for finding in errors)]))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Finding, ...]]]:
        return (type(self), (self.findings,))


def refuse_values(table: str, asked: Iterable[tuple[str, object, bool, str]]) -> None:
    """Refuse values that mean nothing, all at once.

    Parameters
    ----------
    table : str
        What was asked for, such as ``"stockpile"``.
    asked : iterable of tuple
        Name of each value, the value, whether it is wrong, and what to do then.

    Raises
    ------
    InputError
        If any is wrong.
    """
    findings = [
        Finding.error(
            table=table,
            column=column,
            value=str(value),
            message=f"{column} cannot be {value}",
            remedy=remedy,
        )
        for column, value, wrong, remedy in asked
        if wrong
    ]
    if findings:
        raise InputError(findings)


class NotSolvedError(DiversifyError):
    """There is no plan to return; the subclasses say why."""


class InfeasibleError(NotSolvedError):
    """No plan keeps all limits; ``conflict`` says which ones clash and the smallest change.

    Parameters
    ----------
    message : str
        What clashes, in words.
    conflict : object
        The :class:`~diversify.solver.conflict.Conflict`, or None where none was asked for.
    """

    def __init__(self, message: str, conflict: Any = None) -> None:
        super().__init__(message)
        self.conflict = conflict


class UnboundedError(NotSolvedError):
    """The cost has no lower limit: something earns money without end."""


class StoppedError(NotSolvedError):
    """A limit on time was reached before any plan was found."""


class NotCertifiedError(NotSolvedError):
    """The solver called a point optimal that does not pass the certificate (R3)."""


class SolverError(DiversifyError):
    """The solver refused the problem or failed."""


def _shorten(text: str, limit: int = 120) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
