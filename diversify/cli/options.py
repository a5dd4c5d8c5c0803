"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

CaseName = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        help="A folder with case.toml, or the name of a bundled example.",
        show_default=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object, and nothing else, on stdout.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write the result to this folder.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace an earlier result in the folder of --out.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress on stderr.")]


def several(metavar: str, what: str, *names: str, default: str = "") -> Any:
    """Return an option that may be repeated, and says what happens without it."""
    text = f"{what}; may be repeated." + (f" Default: {default}." if default else "")
    return typer.Option(*names, metavar=metavar, help=text, show_default=False)


Buyers = Annotated[
    list[str] | None,
    several("NAME", "Whom to plan for", "--buyer", default="what the case says, else all"),
]


def count_option(default: str) -> Any:
    """Return the option for the number of draws, which says what happens without it."""
    text = f"How many scenarios to draw. Default: {default}."
    return typer.Option("--scenarios", metavar="N", min=1, help=text, show_default=False)


def seed_option(default: str) -> Any:
    """Return the option for the seed, which says what happens without it."""
    text = f"Seed of the draws. Default: {default}."
    return typer.Option("--seed", metavar="K", min=0, help=text, show_default=False)


Count = Annotated[int | None, count_option("what the case says")]
Seed = Annotated[int | None, seed_option("what the case says, else a new one")]
Policies = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="TOML file with policies that replace those of the case."),
]
AddPolicies = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="TOML file with policies that are added."),
]
Measures = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV or TOML file with trade measures that are added."),
]
NoPolicies = Annotated[
    bool, typer.Option("--no-policies", help="Leave the policies of the case out.")
]


def positive(value: float | None) -> float | None:
    """Return a number of seconds, refusing what is no number above 0."""
    if value is not None and not (math.isfinite(value) and value > 0):
        raise typer.BadParameter("a number of seconds above 0 is needed")
    return value


def fraction(value: float) -> float:
    """Return a fraction, refusing what is not from 0 to 1."""
    if not 0 <= value <= 1:
        raise typer.BadParameter("a fraction from 0 to 1 is needed")
    return value


def relative_gap(value: float | None) -> float | None:
    """Return a gap, refusing what is not above 0 and at most 1."""
    if value is not None and not 0 < value <= 1:
        raise typer.BadParameter("a fraction above 0 and at most 1 is needed")
    return value


CvarLevel = Annotated[
    float,
    typer.Option(metavar="A", callback=fraction, help="Confidence of the value at risk."),
]
MeanWeight = Annotated[
    float, typer.Option(metavar="W", help="Weight of the mean in the objective.")
]
CvarWeight = Annotated[
    float,
    typer.Option(metavar="V", help="Weight of the conditional value at risk of the cost."),
]
