"""``diversify init``: a case of your own from the reference tables."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.blocks import Block, Line, table
from diversify.cli.options import AsJson, Debug, several
from diversify.cli.outcome import Outcome, conclude

if TYPE_CHECKING:
    from diversify.builder import Built

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def init(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]", help="A new folder; not with --excel.", show_default=False
        ),
    ] = None,
    material: Annotated[list[str] | None, several("M", "A material")] = None,
    buyer: Annotated[
        list[str] | None, several("B", "Who imports: a country (ISO3 or name) or a bloc")
    ] = None,
    assumed: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="An assumption to change; the README of the case lists all.",
            show_default=False,
        ),
    ] = None,
    excel: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.xlsx",
            help="Write one workbook instead: the case, or without --material an empty template.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a case in FOLDER, or the workbook.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write a case from the bundled tables: any material, any importer.

    With --excel as one workbook, which every command takes as CASE.
    """
    if (folder is None) == (excel is None):
        raise typer.BadParameter("name a new folder, or --excel FILE.xlsx", param_hint="FOLDER")
    if excel is not None and not (material or buyer or assumed):
        conclude(lambda: _template(excel, force), as_json=as_json, debug=debug)
    if not material:
        raise typer.BadParameter("name a material, as --material cobalt", param_hint="--material")
    if not buyer:
        raise typer.BadParameter("name who imports, as --buyer JPN", param_hint="--buyer")
    values = dict(_pair(text) for text in assumed or ())

    def work() -> Outcome:
        from diversify.builder import build, write_built
        from diversify.cli.folders import refuse_taken

        if excel is None:
            refuse_taken(folder, force=force, mark="case.toml")
        target = Path(folder or excel or "")
        label = target.resolve().stem if folder is None else target.resolve().name
        name = label if _NAME.fullmatch(label) else ""
        built = build(material, buyer, name=name, parameters=values)
        if folder is not None:
            return _shown(built, write_built(built, folder, force=force), folder)
        from diversify.case.book import write_book

        return _shown(built, write_book(built.case, target, force=force), target)

    conclude(work, as_json=as_json, debug=debug)


def _template(path: Path, force: bool) -> Outcome:
    from diversify.case.book import write_book

    saved = write_book(None, path, force=force)
    data = {"status": "ok", "case": None, "saved": str(saved), "files": [saved.name], "errors": []}
    where = shlex.quote(str(path))
    lines = (
        Line(f"Saved to {path}: a sheet for each table, with notes on the headings", "good"),
        Line("Leave sheets and columns empty that you do not need; the sheet help explains all"),
        Line(f"Next: fill it in, then diversify check {where}; diversify solve {where}"),
    )
    return Outcome(data, lines)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
    return name.strip(), value.strip()


def _shown(built: Built, saved: Path, folder: Path) -> Outcome:
    case = built.case
    needs = [(chain.facts.material, need) for chain in built.chains for need in chain.needs]
    fit = built.fit.to_dict("records")
    data: dict[str, Any] = {
        "status": "ok",
        "case": case.name,
        "saved": str(saved),
        "files": sorted(p.name for p in (saved.iterdir() if saved.is_dir() else (saved,))),
        "materials": [chain.facts.material for chain in built.chains],
        "buyers": list(case.buyers),
        "demand": [
            {"buyer": n.importer.name, "material": m, "tonnes_a_year": n.total} for m, n in needs
        ],
        "calibration": fit,
        "missing": list(built.missing),
        "warnings": [str(finding) for finding in case.warnings],
    }
    blocks: list[Block] = [
        Line(f"Wrote {case.settings.title} to {folder}", "good"),
        table(
            "What is needed",
            ["buyer", "material", ">t a year"],
            [(n.importer.name, m, f"{n.total:,.4g}") for m, n in needs],
        ),
        table(
            "Distance of the undisturbed plan from observed shares, 0 to 1",
            ["material", "stage", ">here", ">cheapest first"],
            [
                (r["material"], r["stage"], f"{r['distance']:.3f}", f"{r['cheapest']:.3f}")
                for r in fit
            ],
        ),
    ]
    if built.missing:
        blocks.append(Line("What the tables do not have", "title"))
        blocks += [Line(f"- {text}") for text in built.missing]
    where = shlex.quote(str(folder))
    if saved.is_dir():
        blocks.append(Line(f"Every assumption is in {folder / 'README.md'}"))
    else:
        blocks.append(Line("A folder instead of --excel also gets a README with every assumption"))
    blocks.append(Line(f"Next: diversify check {where}; diversify solve {where}"))
    return Outcome(data, tuple(blocks))
