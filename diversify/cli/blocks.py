"""What a command says to a person: lines and tables, plain or on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from diversify.cli.figures import shown

GAP = 3
LONGEST = 16
"""Of a table on a terminal: the room between columns, and the longest word that is kept whole."""
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
    """Print blocks on stdout, as wide as the terminal; colour only where it is wanted.

    A pipe gets lines of any length and no control sequence. Under NO_COLOR, or on a terminal that
    knows no styles, the layout stays and the styles go.
    """
    # COLUMNS says nothing about a pipe: readline sets it for whatever its program starts.
    if not sys.stdout.isatty():
        sys.stdout.write(plain(blocks))
        return
    styled = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    _show_rich(blocks, styled=styled)


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


def _show_rich(blocks: Iterable[Block], *, styled: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    # Text, never markup: a site called [red] is shown as such.
    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False)
    if not styled:
        console = Console(
            file=sys.stdout,
            markup=False,
            highlight=False,
            emoji=False,
            color_system=None,
            force_terminal=False,
            width=console.width,
        )
    begun = after_table = False
    for block in blocks:
        if begun and (after_table or isinstance(block, Table) or block.tone == "title"):
            console.print()
        begun, after_table = True, isinstance(block, Table)
        if isinstance(block, Line):
            console.print(Text(shown(block.text), style=STYLES[block.tone] if styled else ""))
            continue
        console.print(Text(shown(block.title), style=STYLES["title"] if styled else ""))
        grid = _grid(block, console.width)
        if grid is None:
            same, rest = _parted(block)
            grid = _grid(rest, console.width)
            if grid is not None and same:
                console.print(Text(f"in all rows: {shown(same)}"))
        console.print(grid or _records(block, styled=styled))


def _parted(block: Table) -> tuple[str, Table]:
    """Return what is the same in all rows, as text, and the table without these columns."""
    columns = list(zip(*block.rows, strict=True))
    same = [i for i, column in enumerate(columns) if len(set(column)) == 1 and len(column) > 1]
    words = [f"{block.headings[i]} {columns[i][0]}" for i in same if columns[i][0]]
    kept = [i for i in range(len(block.columns)) if i not in same]
    rest = Table(
        block.title,
        tuple(block.columns[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in block.rows),
    )
    return ", ".join(words), rest


def _grid(block: Table, width: int) -> Any:
    """Return a table of rich, or None where its columns are too many for the width."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    cells = [[shown(cell) for cell in row] for row in block.rows]
    least = [
        max([_least(name, number=False), *(_least(row[i], number=right) for row in cells)])
        for i, (name, right) in enumerate(zip(block.headings, block.right, strict=True))
    ]
    # Rich cuts what does not fit, so it is not asked to try.
    if sum(least) + GAP * len(least) - 1 > width:
        return None
    grid = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, right, narrow in zip(block.headings, block.right, least, strict=True):
        grid.add_column(
            Text(shown(name)),
            justify="right" if right else "left",
            overflow="fold",
            min_width=narrow,
        )
    for row in cells:
        grid.add_row(*(Text(cell) for cell in row))
    return grid


def _least(text: str, *, number: bool) -> int:
    """Return how narrow a column may be for a cell: numbers whole, text at the ends of words."""
    longest = max((len(word) for word in text.split()), default=0)
    return len(text) if number and len(text) <= LONGEST else min(longest, LONGEST)


def _records(block: Table, *, styled: bool) -> Any:
    """Return the rows one below the other, each cell behind its heading."""
    from rich.padding import Padding
    from rich.table import Table as RichTable
    from rich.text import Text

    grid = RichTable.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for number, row in enumerate(block.rows):
        if number:
            grid.add_row("", "")
        for name, cell in zip(block.headings, row, strict=True):
            if cell:
                grid.add_row(Text(name, style="dim" if styled else ""), Text(shown(cell)))
    return Padding(grid, (0, 0, 0, 2))
