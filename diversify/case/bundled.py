"""Where the data and the example cases are that travel with the library."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from diversify.case.findings import did_you_mean
from diversify.errors import Finding, InputError

_PACKAGE = Path(__file__).resolve().parents[1]


def data_path(*parts: str) -> Path:
    """Return the path of a bundled file: in the installed wheel, else in the checkout.

    Examples
    --------
    >>> data_path("countries.csv").name
    'countries.csv'
    """
    return _root().joinpath(*parts)


@cache
def _root() -> Path:
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "data"


def examples() -> list[tuple[str, str]]:
    """Return the bundled cases as (name, title), sorted by name."""
    folder = data_path("cases")
    if not folder.is_dir():
        return []
    found: list[tuple[str, str]] = []
    for settings in sorted(folder.glob("*/case.toml")):
        table = tomllib.loads(settings.read_text(encoding="utf-8-sig"))
        found.append((settings.parent.name, str(table.get("title", settings.parent.name))))
    return found


def example_path(name: str) -> Path:
    """Return the folder of the bundled case ``name``; an unknown name is an InputError."""
    names = [known for known, _ in examples()]
    if name in names:
        return data_path("cases", name)
    listed = ", ".join(names) or "none in this installation"
    raise InputError(
        [
            Finding(
                severity="error",
                table="case",
                row=None,
                column=None,
                value=name,
                message="there is no case folder at this path and no bundled case of this name",
                remedy=f"{did_you_mean(name, names)}bundled cases: {listed}; "
                "`diversify init` starts a folder of your own",
                code="A1",
            )
        ]
    )
