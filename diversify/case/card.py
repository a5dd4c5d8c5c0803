"""What a notebook shows of a record: a title and a few lines."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diversify.case.case import Case

COUNTED = ("commodities", "sites", "lanes", "hazards")


def card(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """Return a small HTML table; whatever it is given stays text.

    Parameters
    ----------
    title : str
        What it is.
    rows : iterable of tuple
        A name and a value each.

    Examples
    --------
    >>> card("<x>", [("a & b", 1)])
    '<table><caption>&lt;x&gt;</caption><tr><th>a &amp; b</th><td>1</td></tr></table>'
    """
    lines = "".join(
        f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(str(value))}</td></tr>"
        for name, value in rows
    )
    return f"<table><caption>{html.escape(title)}</caption>{lines}</table>"


def case_card(case: Case) -> str:
    """Return what a notebook shows of a case.

    Parameters
    ----------
    case : Case
        Any case.
    """
    when = " to ".join(dict.fromkeys((case.period_labels[0], case.period_labels[-1])))
    return card(
        f"Case {case.name}",
        [
            ("title", case.settings.title),
            ("buyers", ", ".join(case.buyers)),
            ("periods", f"{case.periods} ({case.settings.period}), {when}"),
            *((name, len(case.table(name))) for name in COUNTED),
            ("policies", len(case.settings.policy)),
            ("warnings", len(case.warnings)),
            ("digest", case.digest),
        ],
    )
