"""Options that several commands share are declared once and mean the same everywhere."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from diversify.cli.asked import ANSWER, PROOF, Asked, Goal
from diversify.cli.command import Run, grouped
from diversify.cli.explain import explain
from diversify.cli.smps import smps
from diversify.cli.solve import BLANK, solve


@dataclass(frozen=True, slots=True)
class Pair:
    first: Annotated[int, typer.Option()] = 1
    second: Annotated[str, typer.Option(metavar="S")] = "b"


def names(group: type) -> list[str]:
    return [part.name for part in fields(group)]


def test_a_group_is_shown_option_by_option_and_handed_over_as_one_record() -> None:
    seen: list[Any] = []

    @grouped
    def command(before: int, *, pair: Pair, after: bool = False) -> None:
        """What it does."""
        seen.append((before, pair, after))

    shown = inspect.signature(command).parameters
    assert list(shown) == ["before", "first", "second", "after"]
    assert shown["second"].default == "b"
    assert shown["second"].annotation.__metadata__[0].metavar == "S"
    assert command.__doc__ == "What it does."
    command(before=7, first=2, second="c", after=True)
    assert seen == [(7, Pair(2, "c"), True)]


@pytest.mark.parametrize(
    ("command", "groups"),
    [(solve, (Asked, Goal, Run)), (explain, (Asked, Run)), (smps, (Goal, Run))],
    ids=["solve", "explain", "smps"],
)
def test_commands_take_every_option_of_their_groups(command: Any, groups: tuple[type, ...]) -> None:
    shown = list(inspect.signature(command).parameters)
    for group in groups:
        part = names(group)
        begin = shown.index(part[0])
        assert shown[begin : begin + len(part)] == part


def test_policies_and_no_policies_together_are_refused(run: Any, tmp_path: Path) -> None:
    given = tmp_path / "limits.toml"
    given.write_text("policy = []\n", encoding="utf-8")
    ended = run("explain", "first-steps", "--policies", given, "--no-policies", "--json")
    assert ended.code == 2
    assert "not both" in ended.json["errors"][0]["message"]


def test_the_blank_answer_of_solve_holds_the_common_keys() -> None:
    # These keys are fixed for every command that solves.
    proof = "status point objective bound gap certificate scenarios distinct_scenarios method"
    assert list(PROOF) == [*proof.split(), "seconds", "seed"]
    rest = {"shares", "stocks", "risk", "costs", "prices", "conflict"}
    assert set(ANSWER) - set(PROOF) == rest
    assert set(ANSWER) <= set(BLANK)


def test_quiet_silences_progress_and_nothing_else(run: Any) -> None:
    loud, quiet = run("explain", "first-steps"), run("explain", "first-steps", "--quiet")
    assert " s  explain" in loud.err
    assert quiet.err == ""
    assert (quiet.code, quiet.out) == (loud.code, loud.out)
