"""Lines of MPS files as words, cut by position or by blanks, and what is wrong in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from diversify.errors import Finding

Table = Literal["core", "time", "stoch"]
T = TypeVar("T")
# First and last column of the six fields of fixed MPS, counted from 0.
FIELDS = ((1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61))
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?", re.ASCII)
INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
HUGE = 1e20
SHOWN = 100
"""So many errors of one file are listed; a wrong file could have millions."""


@dataclass(frozen=True, slots=True)
class Card:
    """One line of a file that says something.

    Attributes
    ----------
    number : int
        Line of the file, counted from 1.
    text : str
        The line as it stands there.
    head : bool
        Whether it begins a section.
    words : tuple of str
        What stands in its fields, without the empty ones.
    """

    number: int
    text: str
    head: bool
    words: tuple[str, ...]


@dataclass(slots=True)
class Log:
    """What is wrong, or doubtful, in one file.

    Attributes
    ----------
    table : {"core", "time", "stoch"}
        Which of the three files it is.
    file : str
        Its name.
    errors, warnings : list of Finding
        In the order of the file.
    """

    table: Table
    file: str
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def error(
        self, card: Card | None, message: str, remedy: str, *, value: str | None = None
    ) -> None:
        """Note something that is wrong in a line, or in the whole file."""
        row = None if card is None else card.number
        found = card.text.strip() if card is not None and value is None else value
        self.errors.append(
            Finding("error", self.table, row, None, found, message, remedy, self.file)
        )

    def warn(self, card: Card | None, message: str, remedy: str = "") -> None:
        """Note something that is doubtful, or was decided for the user."""
        row, found = (None, None) if card is None else (card.number, card.text.strip())
        self.warnings.append(
            Finding("warning", self.table, row, None, found, message, remedy, self.file)
        )

    @property
    def shown(self) -> list[Finding]:
        """The errors, and where there are too many the first of them with their number."""
        if len(self.errors) <= SHOWN:
            return self.errors
        rest = f"{len(self.errors) - SHOWN} more errors in this file"
        last = Finding.error(
            table=self.table, message=rest, remedy="mend the first ones", file=self.file
        )
        return [*self.errors[:SHOWN], last]


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text file; what is not UTF-8 is read as Latin-1, as old files are."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return re.split(r"\r\n|\r|\n", text)


def read_cards(lines: list[str], log: Log, *, fixed: bool) -> list[Card]:
    """Return the lines that say something, without comments and blank lines.

    Parameters
    ----------
    lines : list of str
        The file.
    log : Log
        Takes lines that do not fit the fields.
    fixed : bool
        Cut each line by position; else by blanks.

    Returns
    -------
    list of Card
        Up to ENDATA, which is not one of them.
    """
    cards: list[Card] = []
    for number, line in enumerate(lines, start=1):
        text = line.rstrip()
        if not text.strip() or text.startswith("*"):
            continue
        head = not text[0].isspace()
        by_blanks = head or not fixed
        words = tuple(text.split()) if by_blanks else tuple(_cut(text))
        card = Card(number, text, head, words)
        if head and words[0].upper() == "ENDATA":
            return cards
        if not by_blanks and not _fits(text):
            log.error(card, "this line does not fit the fields of fixed MPS", "align the fields")
            continue
        cards.append(card)
    log.error(None, "the file ends without ENDATA", "add the line ENDATA, or what is missing")
    return cards


def parse_either(
    lines: list[str], table: Table, file: str, parse: Callable[[list[Card], Log], T]
) -> tuple[T, Log]:
    """Parse a file in free format and, where that fails, in fixed format; keep the better one.

    Parameters
    ----------
    lines : list of str
        The file.
    table, file : str
        Which file it is, and its name.
    parse : callable
        Takes the cards and a log.

    Returns
    -------
    object
        What ``parse`` returned.
    Log
        What it found.
    """
    free = Log(table, file)
    result = parse(read_cards(lines, free, fixed=False), free)
    if not free.errors:
        return result, free
    fixed = Log(table, file)
    other = parse(read_cards(lines, fixed, fixed=True), fixed)
    return (other, fixed) if len(fixed.errors) < len(free.errors) else (result, free)


def is_number(word: str) -> bool:
    """Say whether a word is a number, infinity included.

    Examples
    --------
    >>> [is_number(word) for word in ("1.5", "-3D2", "1e30", "-inf", "nan", "1_0", "PERIOD2")]
    [True, True, True, True, False, False, False]
    """
    return bool(NUMBER.fullmatch(word) or INFINITE.fullmatch(word))


def number(word: str) -> float:
    """Return the number that a word stands for; 1e20 and beyond is infinite.

    Examples
    --------
    >>> number("1.5D2"), number("-1e30")
    (150.0, -inf)
    """
    value = float(re.sub("[dD]", "e", word)) if NUMBER.fullmatch(word) else float(word)
    return value if abs(value) < HUGE else (float("inf") if value > 0 else float("-inf"))


def finite(card: Card, word: str, log: Log) -> float | None:
    """Return a finite number, or note that the word is none."""
    if not is_number(word):
        log.error(card, f"{word!r} is not a number", "write a number, such as 1.5 or -2e3")
        return None
    value = number(word)
    if abs(value) >= HUGE:
        log.error(card, "a number of 1e20 or more counts as infinite", "give a smaller number")
        return None
    return value


def pairs(card: Card, words: tuple[str, ...], log: Log) -> list[tuple[str, float]]:
    """Return names with their numbers from alternating words."""
    found = []
    if len(words) % 2 or not words:
        log.error(
            card, "names and numbers do not alternate", "give a name and a number, once or twice"
        )
        return []
    for name, word in zip(words[::2], words[1::2], strict=True):
        value = finite(card, word, log)
        if value is not None:
            found.append((name, value))
    return found


def _cut(text: str) -> list[str]:
    return [word for a, b in FIELDS if (word := text[a:b].strip())]


def _fits(text: str) -> bool:
    if "\t" in text:
        return False
    outside, last = "", 0
    for begin, end in FIELDS:
        outside += text[last:begin]
        last = end
    return not (outside + text[last:]).strip()
