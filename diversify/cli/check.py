"""``diversify check``: whether a case is in order, and what it says."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.blocks import Block, Line, table
from diversify.cli.command import Ending, grouped, indented
from diversify.cli.options import CaseName
from diversify.cli.outcome import Outcome

if TYPE_CHECKING:
    from diversify.case import Case
    from diversify.policies import Policy


@grouped
def check(
    case: CaseName,
    *,
    full: Annotated[
        bool,
        typer.Option("--full", help="Match the policies with the case too, as solving would."),
    ] = False,
    ending: Ending,
) -> None:
    """Check a case and say what is in it.

    All that is wrong is listed at once.
    """

    def work() -> Outcome:
        found, policies = _checked(case, full)
        data = _data(found, policies)
        ending.write({"check.json": indented(data)})
        return Outcome(data, _blocks(case, found, policies))

    ending.conclude(work, mark="check.json", blank=dict(BLANK))


BLANK: dict[str, Any] = {
    "status": None,
    "case": None,
    "title": None,
    "digest": None,
    "buyers": [],
    "periods": [],
    "tables": {},
    "policies": [],
    "notes": [],
    "warnings": [],
    "errors": [],
}


def _checked(name: str, full: bool) -> tuple[Case, tuple[Policy, ...]]:
    from diversify.case import read
    from diversify.policies import parse_policies

    case = read(name)
    policies = parse_policies(case.policies, "case.toml")
    if full:
        from diversify.jobs import prepare

        prepare(case, ())
    return case, policies


def _counts(case: Case) -> dict[str, int]:
    # Counted where they are: as frames they would cost half a second for pandas.
    return {found.name: len(found) for found in case._tables}


def _data(case: Case, policies: tuple[Policy, ...]) -> dict[str, Any]:
    return {
        "status": "ok",
        "case": case.name,
        "title": case.settings.title,
        "digest": case.digest,
        "buyers": list(case.buyers),
        "periods": list(case.period_labels),
        "tables": _counts(case),
        "policies": [{"name": p.name, "sentence": p.sentence()} for p in policies],
        "notes": list(case.notes),
        "warnings": [asdict(warning) for warning in case.warnings],
        "errors": [],
    }


def _blocks(given: str, case: Case, policies: tuple[Policy, ...]) -> tuple[Block, ...]:
    labels = case.period_labels
    when = labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
    default = f" (planned for: {', '.join(case.settings.buyer)})" if case.settings.buyer else ""
    blocks: list[Block] = [
        Line(f"{case.name}: {case.settings.title}".rstrip(": "), "title"),
        Line(f"{case.periods} {case.settings.period}{'s' * (case.periods > 1)}, {when}"),
        Line(f"Buyers: {', '.join(case.buyers)}{default}"),
        Line(f"Digest: {case.digest}"),
        table("Tables", ["table", ">rows"], [(n, str(c)) for n, c in _counts(case).items()]),
    ]
    for title, lines in (
        ("Policies", [f"{p.name}: {p.sentence()}" for p in policies]),
        ("After conversion", case.notes),
        ("Warnings", [str(warning) for warning in case.warnings]),
    ):
        if lines:
            blocks.append(Line(title, "title"))
            blocks += [Line(f"- {text}") for text in lines]
    count = len(case.warnings)
    much = f", with {count} warning{'' if count == 1 else 's'}" if count else ""
    blocks.append(Line(f"The case is in order{much}.", "good"))
    blocks.append(Line(f"Next: diversify solve {shlex.quote(given)}", "dim"))
    return tuple(blocks)
