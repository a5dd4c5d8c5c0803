"""The time file: which rows and columns belong to which period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.smps.cards import Card, Log
from diversify.smps.core import Core

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of the core's rows and columns.

    Attributes
    ----------
    names : tuple of str
        Of the periods, in order of time.
    row, column : numpy.ndarray
        Position of the period of each row and column of the core.
    """

    names: tuple[str, ...]
    row: Index
    column: Index


def parse_periods(cards: list[Card], log: Log, core: Core) -> Periods | None:
    """Return the periods of the time file, in its implicit or its explicit form.

    Parameters
    ----------
    cards : list of Card
        Its lines.
    log : Log
        Takes what is wrong.
    core : Core
        What the periods divide.

    Returns
    -------
    Periods or None
        None where something is wrong.
    """
    sections: dict[str, list[Card]] = {}
    section, explicit = "", False
    for card in cards:
        if not card.head:
            if section:
                sections[section].append(card)
            elif not log.errors:
                log.error(card, "this line stands in no section", "put it below PERIODS")
            continue
        section = card.words[0].upper()
        if section == "NAME" and not sections:
            section = "TIME"
        if section not in ("TIME", "PERIODS", "ROWS", "COLUMNS"):
            log.error(card, f"there is no section {section}", "use TIME, PERIODS, ROWS, COLUMNS")
            section = ""
            continue
        if section in sections:
            log.error(card, f"the section {section} stands here twice", "put them together")
        sections.setdefault(section, [])
        if section == "TIME":
            section = ""
        elif section == "PERIODS":
            explicit = len(card.words) > 1 and card.words[1].upper() == "EXPLICIT"
    if "PERIODS" not in sections:
        log.error(None, "there is no section PERIODS", "list the periods there")
        return None
    explicit = explicit or "ROWS" in sections or "COLUMNS" in sections
    found = (
        _explicit(sections, log, core) if explicit else _implicit(sections["PERIODS"], log, core)
    )
    if log.errors or found is None:
        return None
    if len(found.names) < 2:
        log.error(None, "there is one period only", "name the first row and column of the second")
        return None
    _refuse_foresight(found, core, log)
    return None if log.errors else found


def _implicit(cards: list[Card], log: Log, core: Core) -> Periods | None:
    """Read where each period begins: a column, a row, and the name of the period."""
    order = {name: i for i, name in enumerate(core.order)}
    column_at = core.column_at
    names: list[str] = []
    begin_row, begin_column = [], []
    for card in cards:
        if len(card.words) != 3:
            log.error(
                card, "a period has its first column, its first row and a name", "give these three"
            )
            continue
        column, row, name = card.words
        if column not in column_at:
            log.error(card, f"there is no column {column!r} in the core", "name one of its columns")
        if row not in order:
            log.error(card, f"there is no row {row!r} in the core", "name one of its rows")
        if name in names:
            log.error(card, f"there is a period {name!r} already", "name each period once")
        names.append(name)
        begin_column.append(column_at.get(column, 0))
        begin_row.append(order.get(row, 0))
    if not names and not log.errors:
        log.error(None, "there is no period", "list at least two under PERIODS")
    if log.errors:
        return None
    limiting = np.array([order[name] for name in core.rows], dtype=np.int64)
    # The first period may begin at the objective or at any row before its own first one.
    if begin_column[0] != 0 or (limiting < begin_row[0]).any():
        log.error(cards[0], "rows or columns lie before the first period", "begin it at the first")
    if (np.diff(begin_column) <= 0).any() or (np.diff(begin_row) < 0).any():
        log.error(
            None,
            "the periods are not in the order of the core's rows and columns",
            "sort them, or list rows and columns by period under PERIODS EXPLICIT",
        )
    columns = np.arange(len(core.columns))
    return Periods(
        tuple(names),
        np.searchsorted(np.array(begin_row), limiting, side="right") - 1,
        np.searchsorted(np.array(begin_column), columns, side="right") - 1,
    )


def _explicit(sections: dict[str, list[Card]], log: Log, core: Core) -> Periods | None:
    """Read the period of each row and each column."""
    names: dict[str, int] = {}
    for card in sections["PERIODS"]:
        if len(card.words) != 1 or card.words[0] in names:
            log.error(card, "each period is named once, and alone on its line", "list the names")
        names.setdefault(card.words[-1], len(names))
    ignored = core.free | {core.objective}
    row = _assigned(sections.get("ROWS", []), "row", core.rows, ignored, names, log)
    column = _assigned(sections.get("COLUMNS", []), "column", core.columns, frozenset(), names, log)
    return Periods(tuple(names), row, column)


def _assigned(
    cards: list[Card],
    what: str,
    known: tuple[str, ...],
    ignored: frozenset[str],
    names: dict[str, int],
    log: Log,
) -> Index:
    place = {name: i for i, name in enumerate(known)}
    period = np.full(len(known), -1, dtype=np.int64)
    for card in cards:
        if len(card.words) != 2:
            log.error(card, f"a {what} and its period are wanted", "give these two names")
            continue
        name, when = card.words
        if when not in names:
            log.error(card, f"there is no period {when!r}", "name one of PERIODS")
        elif name in ignored:
            continue
        elif name not in place:
            log.error(card, f"there is no {what} {name!r} in the core", f"name one of its {what}s")
        elif period[place[name]] >= 0:
            log.error(card, f"{what} {name!r} has a period already", "give it once")
        else:
            period[place[name]] = names[when]
    missing = [known[i] for i in np.flatnonzero(period < 0)] if not log.errors else []
    if missing:
        log.error(None, f"{len(missing)} {what}s have no period", "list them too", value=missing[0])
    return period


def _refuse_foresight(found: Periods, core: Core, log: Log) -> None:
    """Refuse rows that use columns which are decided later."""
    matrix = core.matrix
    later = found.column[matrix.col] > found.row[matrix.row]
    # In a program of many periods only the border between the first and the rest counts here.
    for at in np.flatnonzero(later & (found.row[matrix.row] == 0)).tolist():
        row, column = core.rows[matrix.row[at]], core.columns[matrix.col[at]]
        log.error(
            None,
            f"row {row!r} of the first period contains column {column!r} of a later one",
            "move the row to that period, or the column to the first",
            value=f"{row}, {column}",
        )
