"""``diversify examples``: the bundled cases, and a copy of one to change."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from diversify.cli.blocks import Block, Line, table
from diversify.cli.options import AsJson, Debug
from diversify.cli.outcome import Outcome, conclude


def examples(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One of them.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Copy the case NAME to this new folder."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the bundled cases, or copy one to change."""
    if out is not None and name is None:
        raise typer.BadParameter("name the case that is to be copied", param_hint="--out")

    def work() -> Outcome:
        return _listed() if name is None else _one(name, out)

    conclude(work, as_json=as_json, debug=debug)


def _listed() -> Outcome:
    from diversify.case.bundled import examples as bundled

    found = bundled()
    data = {"status": "ok", "examples": [{"name": n, "title": t} for n, t in found]}
    blocks: tuple[Block, ...] = (
        table("Bundled cases", ["name", "title"], found),
        Line("Next: diversify solve NAME, or diversify examples NAME --out DIR for your own copy"),
    )
    return Outcome(data, blocks)


def _one(name: str, out: Path | None) -> Outcome:
    from diversify.case.bundled import example_path
    from diversify.cli.folders import copy_files, refuse_taken

    folder = example_path(name)
    settings = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8-sig"))
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    title, description = settings.get("title", name), settings.get("description", "")
    data = {
        "status": "ok",
        "name": name,
        "title": title,
        "description": description,
        "files": files,
        "saved": None,
    }
    blocks: list[Block] = [Line(f"{name}: {title}", "title")]
    if out is None:
        blocks += [Line(description)] if description else []
        blocks.append(Line(f"Files: {', '.join(files)}"))
        blocks.append(Line(f"Next: diversify examples {name} --out DIR copies it", "dim"))
        return Outcome(data, tuple(blocks))
    refuse_taken(out)
    saved = copy_files(folder, out)
    where = shlex.quote(str(out))
    blocks.append(Line(f"Copied {len(files)} files to {out}", "good"))
    blocks.append(Line(f"Next: change a number in it, then diversify solve {where}"))
    return Outcome({**data, "saved": str(saved)}, tuple(blocks))
