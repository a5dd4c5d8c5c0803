"""What a run is about: the case, and the policies that count."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from diversify.errors import Finding, InputError

if TYPE_CHECKING:
    from diversify.case import Case
    from diversify.policies import Policy


@dataclass(frozen=True, slots=True)
class Selection:
    """A case and its policies, as ``diversify.solve`` takes them."""

    case: Case
    policies: tuple[Policy, ...]
    case_policies: bool


def refuse_contradiction(replaced: Path | None, none: bool) -> None:
    """Refuse options that cannot both be meant."""
    if replaced is not None and none:
        raise typer.BadParameter(
            "give --policies or --no-policies, not both", param_hint="--no-policies"
        )


def select(
    name: str,
    replaced: Path | None,
    added: Path | None,
    none: bool,
    measures: Path | None = None,
) -> Selection:
    """Return the case and the policies that options ask for; refuse all faults at once.

    Parameters
    ----------
    name
        Folder or bundled name of the case.
    replaced, added
        Files with policies instead of the case's own, and beside them.
    none
        Leave the case's own out.
    measures
        File with trade measures beside those of the case.
    """
    from diversify.case import read
    from diversify.policies import read_policies

    findings: list[Finding] = []
    case = None
    policies: list[Policy] = []
    try:
        case = read(name)
        if measures is not None:
            from diversify.case.calendar import add_measures

            case = add_measures(case, measures)
    except InputError as error:
        findings += error.findings
    for path in (replaced, added):
        try:
            policies += read_policies(path) if path is not None else ()
        except InputError as error:
            findings += error.findings
    if case is None or findings:
        raise InputError(findings)
    return Selection(case, tuple(policies), replaced is None and not none)
