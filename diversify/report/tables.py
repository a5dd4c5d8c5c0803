"""Tables of a page: a few rows to look at, all of them to take away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from diversify.case.write import escape
from diversify.report.numbers import figure

SHOWN = 12
TITLES = {
    "portfolio": "What is booked on each lane in each period [t]",
    "shares": "Shares over the horizon, with caps",
    "stocks": "Stocks to hold",
    "decisions": "Decisions",
    "costs": "Expected costs [USD, present value]",
    "risk": "Risk figures, with 95 % intervals from fresh scenarios",
    "loss_curves": "Chance of at least each loss",
    "prices": "Price of each rule and of its rows",
    "marginal_costs": "What one more tonne of demand would cost [USD, present value]",
    "value_added": "Value added by country and stage [USD]",
    "common_goods": "Emissions and residues by country [t]",
    "suppliers": "Why each supplier is used or not",
    "first_stage": "Every decision of the plan, as it was solved",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the page.

    Attributes
    ----------
    name, title : str
        Of the file, and for the reader.
    columns : list of str
        Headings.
    right : list of bool
        Which columns hold numbers.
    rows : list of list of str
        The first rows, as text.
    count : int
        How many rows there are in all.
    csv : str
        All of it, safe to open in a spreadsheet.
    """

    name: str
    title: str
    columns: list[str]
    right: list[bool]
    rows: list[list[str]]
    count: int
    csv: str


def sheet(name: str, frame: pd.DataFrame, title: str = "", shown: int = SHOWN) -> Sheet:
    """Return a frame as a table of the page.

    Parameters
    ----------
    name : str
        Of the file.
    frame : pandas.DataFrame
        Any tidy table.
    title : str
        For the reader; omitted: the one of the plan's table of this name.
    shown : int
        How many rows the page shows.
    """
    right = [bool(pd.api.types.is_numeric_dtype(kind)) for kind in frame.dtypes]
    head = frame.head(shown)
    rows = [[_cell(value) for value in row] for row in head.itertuples(index=False, name=None)]
    return Sheet(
        name=name,
        title=title or TITLES.get(name, name.replace("_", " ")),
        columns=[str(c) for c in frame.columns],
        right=right,
        rows=rows,
        count=len(frame),
        csv=as_csv(frame),
    )


def as_csv(frame: pd.DataFrame) -> str:
    r"""Return a table as CSV in which no text is taken for a formula.

    Examples
    --------
    >>> as_csv(pd.DataFrame({"name": ["=1+1", "Mine A"], "t": [-1.0, 2.5]}))
    "name,t\n'=1+1,-1.0\nMine A,2.5\n"
    """
    safe = frame.map(lambda v: escape(v) if isinstance(v, str) else v)
    safe.columns = pd.Index([escape(str(c)) for c in frame.columns])
    return str(safe.to_csv(index=False, lineterminator="\n"))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return figure(value, 5)
    return "" if value is None or value != value else str(value)
