"""``diversify init``: a case of your own from the reference tables."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.blocks import Block, Line, table
from diversify.cli.options import AsJson, Debug
from diversify.cli.outcome import Outcome, conclude

if TYPE_CHECKING:
    from diversify.builder import Built

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A new folder.", show_default=False)
    ],
    material: Annotated[
        list[str] | None,
        typer.Option(metavar="M", help="A material; may be repeated.", show_default=False),
    ] = None,
    buyer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="B",
            help="Who imports: a country (ISO3 or name) or a bloc; may be repeated.",
            show_default=False,
        ),
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
    force: Annotated[bool, typer.Option("--force", help="Replace a case in FOLDER.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write a case from the bundled tables: any material, any importer."""
    if not material:
        raise typer.BadParameter("name a material, as --material cobalt", param_hint="--material")
    if not buyer:
        raise typer.BadParameter("name who imports, as --buyer JPN", param_hint="--buyer")
    values = dict(_pair(text) for text in assumed or ())

    def work() -> Outcome:
        from diversify.builder import build, write_built
        from diversify.cli.folders import refuse_taken

        refuse_taken(folder, force=force, mark="case.toml")
        label = folder.resolve().name
        name = label if _NAME.fullmatch(label) else ""
        built = build(material, buyer, name=name, parameters=values)
        return _shown(built, write_built(built, folder, force=force), folder)

    conclude(work, as_json=as_json, debug=debug)


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
        "files": sorted(path.name for path in saved.iterdir()),
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
    blocks.append(Line(f"Every assumption is in {folder / 'README.md'}"))
    blocks.append(Line(f"Next: diversify check {where}; diversify solve {where}"))
    return Outcome(data, tuple(blocks))
