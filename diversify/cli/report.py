"""``diversify report``: a saved plan, or two side by side, as one page that works offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from diversify.cli.blocks import Line
from diversify.cli.options import AsJson, Debug, Quiet
from diversify.cli.outcome import Outcome, conclude, progress

BLANK: dict[str, Any] = {
    "status": None,
    "case": None,
    "plans": [],
    "saved": None,
    "bytes": None,
    "warnings": [],
    "errors": [],
}


def report(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="What `diversify solve --out DIR` wrote.", show_default=False
        ),
    ],
    other: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR2]", help="A second plan of the same case.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The page to write.")
    ] = Path("report.html"),
    stress: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Add what `diversify stress --out DIR` wrote.", show_default=False
        ),
    ] = None,
    frontier: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Add what `diversify frontier --out DIR` wrote.", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier page.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a plan as one page for people: answer, figures, tables, sources.

    The page is a single HTML file that needs no network. With two plans of the same case it shows
    them side by side.

    Exit codes: 0 written, 2 bad input.
    """
    said = progress(quiet)

    def work() -> Outcome:
        from diversify.report.page import refuse_taken, write_page
        from diversify.report.reading import read_frontier, read_stress
        from diversify.result import read_plan

        refuse_taken(out, force=force)
        said("read")
        given = [folder] if other is None else [folder, other]
        plans = tuple(read_plan(each) for each in given)
        swept = None if frontier is None else read_frontier(frontier)
        said("write the page")
        names = None if other is None else _names(folder, other)
        played = None if stress is None else read_stress(stress)
        saved = write_page(plans, out, names, frontier=swept, stress=played, force=force)
        data = BLANK | {
            "status": "written",
            "case": plans[0].case.name,
            "plans": [str(each) for each in given],
            "saved": str(saved),
            "bytes": saved.stat().st_size,
        }
        lines = (
            Line(f"Saved to {out}", "good"),
            Line("Next: open it in a browser; it needs no network"),
        )
        return Outcome(data, lines)

    conclude(work, as_json=as_json, debug=debug, blank=BLANK)


def _names(first: Path, second: Path) -> tuple[str, str]:
    """Return what two plans are called: their folders, told apart."""
    a, b = first.resolve().name, second.resolve().name
    return (a, b) if a != b else (f"{a} (A)", f"{b} (B)")
