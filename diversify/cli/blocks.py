"""What a command says to a person: lines and tables, plain or on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from diversify.cli.figures import shown

Tone = Literal["", "title", "good", "bad", "dim"]
STYLES: dict[Tone, str] = {
    "": "",
    "title": "bold",
    "good": "bold green",
    "bad": "bold red",
    "dim": "dim",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or several, of running text."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text.

    Parameters
    ----------
    title
        What it shows.
    columns
        Headings; those that begin with ``>`` hold numbers and are aligned to the right.
    rows
        Cells, as text.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def headings(self) -> list[str]:
        """The headings without the mark of alignment."""
        return [name.removeprefix(">") for name in self.columns]

    @property
    def right(self) -> list[bool]:
        """Whether each column is aligned to the right."""
        return [name.startswith(">") for name in self.columns]


Block = Line | Table


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table from any rows of text."""
    return Table(title, tuple(columns), tuple(tuple(row) for row in rows))


def show(blocks: Iterable[Block]) -> None:
    """Print blocks on stdout: with rich on a terminal, plainly for a pipe or under NO_COLOR."""
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        _show_rich(blocks)
    else:
        sys.stdout.write(plain(blocks))


def plain(blocks: Iterable[Block]) -> str:
    """Return blocks as aligned text without any control sequence.

    Examples
    --------
    >>> print(plain([table("Sites", ["site", ">t"], [["Mine A", "5"], ["B", "120"]])]), end="")
    Sites
      site      t
      Mine A    5
      B       120
    """
    text, after_table = "", False
    for block in blocks:
        apart = isinstance(block, Table) or block.tone == "title"
        if text and (apart or after_table):
            text += "\n"
        text += f"{shown(block.text)}\n" if isinstance(block, Line) else _plain_table(block)
        after_table = isinstance(block, Table)
    return text


def _plain_table(block: Table) -> str:
    rows = [
        [shown(cell).replace("\n", " ") for cell in row] for row in (block.headings, *block.rows)
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(block.columns))]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, block.right, strict=True)
        ).rstrip()
        for row in rows
    ]
    return "".join(f"{line}\n" for line in (shown(block.title), *(f"  {line}" for line in lines)))


def _show_rich(blocks: Iterable[Block]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    # Text, never markup: a site called [red] is shown as such.
    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False)
    begun = after_table = False
    for block in blocks:
        if begun and (after_table or isinstance(block, Table) or block.tone == "title"):
            console.print()
        begun, after_table = True, isinstance(block, Table)
        if isinstance(block, Line):
            console.print(Text(shown(block.text), style=STYLES[block.tone]))
            continue
        console.print(Text(shown(block.title), style=STYLES["title"]))
        grid = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for name, right in zip(block.headings, block.right, strict=True):
            grid.add_column(Text(name), justify="right" if right else "left", overflow="fold")
        for row in block.rows:
            grid.add_row(*(Text(shown(cell)) for cell in row))
        console.print(grid)
