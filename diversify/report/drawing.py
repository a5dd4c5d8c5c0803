"""A figure as plain data: what to draw, what it says in words, and the numbers behind it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diversify.report.palette import GRID, INK, PAGE, settled

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
Cell = str | float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure that plotly can draw.

    Attributes
    ----------
    data : list of dict
        Traces, in plotly's words; colours are names of the palette.
    layout : dict
        Axes, sizes, notes.
    words : str
        What the figure shows, for those who cannot see it.
    columns : tuple of str
        Headings of the numbers behind the figure.
    rows : list of tuple
        These numbers.
    """

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    words: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]

    def figure(self) -> Figure:
        """Return the figure as plotly's own object, in the light colours."""
        from plotly.graph_objects import Figure

        layout = {"template": "none", "paper_bgcolor": PAGE, "plot_bgcolor": PAGE, **self.layout}
        found = Figure(settled({"data": self.data, "layout": layout}))
        return found.update_layout(meta={"description": self.words})

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.data


def nothing(words: str) -> Drawing:
    """Return a drawing that says why there is nothing to see."""
    layout = base(height=90) | {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "annotations": [
            {
                "text": label(words),
                "showarrow": False,
                "xref": "paper",
                "yref": "paper",
                "x": 0.5,
                "y": 0.5,
            }
        ],
    }
    return Drawing([], layout, words, (), [])


def base(height: int, **more: Any) -> dict[str, Any]:
    """Return what all layouts share."""
    return {
        "height": height,
        "autosize": True,
        "margin": {"l": 10, "r": 16, "t": 26, "b": 40},
        "font": {"family": FONT, "size": 13, "color": INK},
        "hoverlabel": {
            "bgcolor": PAGE,
            "bordercolor": INK,
            "font": {"color": INK, "family": FONT},
            "align": "left",
            "namelength": -1,
        },
        "showlegend": False,
        "separators": ". ",
        **more,
    }


def axis(**more: Any) -> dict[str, Any]:
    """Return what all axes share."""
    return {
        "gridcolor": GRID,
        "linecolor": GRID,
        "zerolinecolor": GRID,
        "automargin": True,
        "fixedrange": True,
        **more,
    }


def label(text: str) -> str:
    """Return a name as plotly shows it letter by letter, whatever it holds.

    Plotly reads some HTML in its texts, so a name that looks like a tag is written with entities.

    Examples
    --------
    >>> label("<b>Mine</b> & Co")
    '&lt;b&gt;Mine&lt;/b&gt; &amp; Co'
    """
    return html.escape("".join(c if c.isprintable() else " " for c in text), quote=False)


def lines(*parts: str) -> str:
    """Return escaped parts under each other."""
    return "<br>".join(part for part in parts if part)


def shortened(text: str, most: int = 34) -> str:
    """Return a long name cut in the middle, so that both ends tell it from its neighbours.

    Examples
    --------
    >>> shortened("a" * 20 + "b" * 20, 11)
    'aaaaa…bbbbb'
    """
    if len(text) <= most:
        return text
    half = (most - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def listed(pairs: Sequence[tuple[str, str]], most: int = 4) -> str:
    """Return the first of some (name, figure) pairs as text."""
    shown = ", ".join(f"{name} {value}" for name, value in pairs[:most])
    more = len(pairs) - most
    return f"{shown} and {more} more" if more > 0 else shown
