"""From the figures of a work to its table."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks.figures import Figure
from benchmarks.registry import SUBJECTS
from benchmarks.works import Entry, Work

HEAD = (
    "contender", "draws", "distinct", "median s", "least to most s", "times ours", "optimum",
    "difference", "gap", "residual", "LPs solved", "cuts", "MiB",
)  # fmt: skip
TITLES = {subject.name: subject.title for subject in SUBJECTS}


def chapter(works: list[Work], found: Mapping[str, Mapping[str, Figure]], suite: str) -> str:
    """Return the page of a suite."""
    lines = [
        f"# Results of `python -m benchmarks {suite}`",
        "",
        "Every contender gets the same draws; drawing is not counted, except in bundled cases. "
        "Difference: of the optimum from ours at the same draws, relative. LPs solved and cuts are "
        "given where they are known. Memory is the most that the process has held after the first "
        "repetition, drawing included.",
        "",
    ]
    for work in works:
        if found.get(work.name):
            lines += section(work, found[work.name])
    return "\n".join(lines).rstrip() + "\n"


def section(work: Work, figures: Mapping[str, Figure]) -> list[str]:
    """Return the Markdown of one work."""
    rows = _ordered(work, figures)
    ours = {f["draws"]: f for f in rows if f["subject"] == work.entries[0].subject}
    lines = [f"## {work.title} (`{work.name}`)", ""]
    about = [_one_scenario(rows), work.text, f"Gap asked for: {work.gap:g}."]
    lines += [" ".join(part for part in about if part), ""]
    cells = []
    for figure in rows:
        cells.append(_cells(work, figure, ours.get(figure["draws"])))
        cells += _published(work, figure)
    shown = [i for i in range(len(HEAD)) if i < 2 or any(row[i] for row in cells)]
    lines += [_line([HEAD[i] for i in shown]), "|---|" + "--:|" * (len(shown) - 1)]
    lines += [_line([row[i] for i in shown]) for row in cells]
    notes = [f"{_name(work, f)}, {f['draws']:,} draws: {f['note']}." for f in rows if f["note"]]
    facts = "; ".join(f"{name} {value}" for name, value in rows[-1]["facts"].items())
    others = sorted({str(f["values"]["versions"]) for f in rows if "versions" in f["values"]})
    lines += ["", *notes, *([""] if notes else [])]
    lines += [f"Measured with: {'; '.join([facts, *others])}.", ""]
    return lines


def differences(work: Work, figures: Mapping[str, Figure]) -> list[str]:
    """Return what is wrong: optima that differ by more than they may, and our own failures."""
    rows = _ordered(work, figures)
    first = work.entries[0].subject
    ours = {f["draws"]: f for f in rows if f["subject"] == first}
    wrong = [f"{work.name}: ours {f['note']}" for f in ours.values() if f["note"]]
    wrong += [
        f"{work.name}, {f['draws']:,} draws: ours needs more than {f['limit']:g} s"
        for f in ours.values()
        if f["stopped"]
    ]
    for figure in rows:
        mine, theirs = _optimum(ours.get(figure["draws"])), _optimum(figure)
        if mine is None or theirs is None or figure["stopped"]:
            continue  # a point that a limit left behind is no optimum
        if _entry(work, figure).exact and _apart(mine, theirs) > work.agree:
            wrong.append(f"{work.name}, {figure['draws']:,} draws: {mine} and {theirs}")
        if figure["subject"] == first and figure["draws"] in work.published:
            value, source = work.published[figure["draws"]]
            if _apart(mine, value) > work.agree:
                wrong.append(f"{work.name}: {mine}, but {source}: {value}")
    return wrong


def _ordered(work: Work, figures: Mapping[str, Figure]) -> list[Figure]:
    """Return the figures by draws, the largest first, and then as the work names them."""
    place = {(e.subject, e.variant): i for i, e in reversed(list(enumerate(work.entries)))}
    known = [f for f in figures.values() if (f["subject"], f["variant"]) in place]
    return sorted(known, key=lambda f: (-f["draws"], place[f["subject"], f["variant"]]))


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(work: Work, figure: Figure, ours: Figure | None) -> list[str]:
    seconds, sizes, values = figure["seconds"], figure["sizes"], figure["values"]
    optimum, mine = _optimum(figure), _optimum(ours)
    apart = optimum is not None and mine is not None and figure is not ours
    return [
        _name(work, figure) + (f" ({values['method']})" if "method" in values else ""),
        f"{figure['draws']:,}",
        _whole(sizes.get("distinct")),
        _seconds(figure),
        f"{min(seconds):.3f} to {max(seconds):.3f}" if len(seconds) > 1 else "",
        _ratio(figure, ours),
        "" if optimum is None else f"{optimum:,.6f}",
        f"{_apart(float(mine), float(optimum)):.1e}" if apart else "",  # type: ignore[arg-type]
        f"{values['gap']:.1e}" if isinstance(values.get("gap"), float) else "",
        f"{values['residual']:.1e}" if isinstance(values.get("residual"), float) else "",
        _whole(sizes.get("recourse_problems")),
        _whole(sizes.get("cuts")),
        "" if figure["peak"] is None else f"{figure['peak']:,.0f}",
    ]


def _published(work: Work, figure: Figure) -> list[list[str]]:
    """Return the line of the published optimum, below our own."""
    if figure["subject"] != work.entries[0].subject or figure["draws"] not in work.published:
        return []
    value, source = work.published[figure["draws"]]
    mine = _optimum(figure)
    apart = "" if mine is None else f"{_apart(mine, value):.1e}"
    known = {"draws": f"{figure['draws']:,}", "optimum": f"{value:,.6f}", "difference": apart}
    return [[source, *(known.get(name, "") for name in HEAD[1:])]]


def _entry(work: Work, figure: Figure) -> Entry:
    key = (figure["subject"], figure["variant"])
    return next(e for e in work.entries if (e.subject, e.variant) == key)


def _name(work: Work, figure: Figure) -> str:
    entry = _entry(work, figure)
    return ", ".join(part for part in (TITLES[entry.subject], entry.title) if part)


def _one_scenario(rows: list[Figure]) -> str:
    for figure in rows:
        sizes = figure["sizes"]
        if {"rows", "columns", "nonzeros"} <= sizes.keys():
            return (
                f"One scenario: {sizes['rows']:,} rows, {sizes['columns']:,} columns (those of the "
                f"first stage included), {sizes['nonzeros']:,} non-zeros."
            )
    return ""


def _seconds(figure: Figure) -> str:
    if figure["stopped"]:
        return f"> {figure['limit']:g}"
    return f"{statistics.median(figure['seconds']):.3f}" if figure["seconds"] else "none"


def _ratio(figure: Figure, ours: Figure | None) -> str:
    if ours is None or figure is ours or not ours["seconds"] or ours["stopped"]:
        return ""
    least = statistics.median(ours["seconds"])
    if figure["stopped"]:
        return f"> {figure['limit'] / least:,.1f}"
    return f"{statistics.median(figure['seconds']) / least:,.1f}" if figure["seconds"] else ""


def _optimum(figure: Figure | None) -> float | None:
    value = None if figure is None else figure["values"].get("optimum")
    return None if value is None else float(value)


def _apart(one: float, other: float) -> float:
    return abs(one - other) / (1.0 + abs(one))


def _whole(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else ""
