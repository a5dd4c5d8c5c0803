"""``diversify stress``: what it plays, what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diversify.cli.stress_answer import BLANK
from diversify.stressing.events import bundled_events

OWN = """
[[event]]
id = "OWN"
title = "Half of the metal from China"
since = "2030"
[[event.effect]]
by = "country"
name = "CHN"
severity = 0.5
months = 6
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_events_are_listed(run: Any) -> None:
    ended = run("stress", "--list", "--json")
    assert ended.code == 0
    assert {row["id"] for row in ended.json["events"]} == {e.id for e in bundled_events()}
    assert all(row["touches"] is None for row in ended.json["events"])
    assert "CHN-REE-2010" in run("stress", "--list").out


def test_the_list_for_a_case_says_what_touches_it(run: Any) -> None:
    found = run("stress", "quartz", "--list", "--json").json["events"]
    assert [row["id"] for row in found if row["touches"]] == ["USA-HPQ-2024"]


def test_a_shock_is_played_against_the_usual_set(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = run("stress", "rare-earths-2010", "--compare", "--json", "--out", out)
    found = ended.json
    assert (ended.code, found["status"], found["point"]) == (0, "optimal", "certified")
    assert set(BLANK) == set(found)
    names = ["no rule", "65 % cap", "N-1", "CVaR budget", "stock only"]
    assert [row["plan"] for row in found["plans"]] == names
    assert [row["plan"] for row in found["table"]] == [*names, "clairvoyant"]
    assert found["events"][0] | {"title": ""} == {
        "id": "CHN-REE-2010",
        "title": "",
        "since": "2010-07",
        "at_months": 6,
    }
    scores = {row["plan"]: row["score"] for row in found["table"]}
    assert (scores["no rule"], scores["clairvoyant"]) == (0, 1)
    assert all(score <= 1 for score in scores.values())
    assert json.loads((out / "stress.json").read_text("utf-8"))["table"] == found["table"]
    assert sorted(path.name for path in out.iterdir()) == [
        "costs.csv",
        "shortage.csv",
        "stress.json",
        "table.csv",
        "yearly.csv",
    ]


def test_an_event_of_ones_own_is_played_alone(run: Any, file: Path) -> None:
    found = run("stress", "rare-earths-2010", "--events", file, "--json").json
    assert [event["id"] for event in found["events"]] == ["OWN"]
    assert [row["plan"] for row in found["table"]] == ["no rule", "clairvoyant"]
    # Half of nine tenths of the need, for six months, less what is in store.
    (stock,) = found["stocks"]
    short = 0.5 * 0.9 * 31_000 / 2 - stock["tonnes"]
    (row,) = (row for row in found["shortage"] if row["plan"] == "no rule")
    assert row["tonnes"] == pytest.approx(short)


def test_demand_that_must_be_met_leaves_no_way_out(run: Any, file: Path) -> None:
    ended = run("stress", "first-steps", "--events", file, "--no-policies", "--json")
    assert ended.code == 2
    assert "in OWN the plan leaves nothing" in ended.json["errors"][0]["message"]


def test_a_saved_plan_is_played_as_it_is(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    assert run("solve", "rare-earths-2010", "--out", folder).code == 0
    alone = run("stress", "--plan", folder, "--event", "CHN-REE-2010", "--json").json
    again = run("stress", "rare-earths-2010", "--event", "CHN-REE-2010", "--json").json
    assert [row["cost"] for row in alone["table"]] == [row["cost"] for row in again["table"]]
    other = run("stress", "first-steps", "--plan", folder, "--json")
    assert other.code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stress"], "name a case"),
        (["stress", "quartz", "--event", "CHN-REE-2010"], "touches nothing of the case"),
        (["stress", "quartz", "--event", "USA-HPQ-2042"], "there is no such event"),
        (["stress", "quartz", "--at", "99", "--scenarios", "2"], "outside the horizon"),
        (["stress", "quartz", "--events", "missing.toml"], "cannot be read"),
        (["stress", "quartz", "--plan", "somewhere", "--compare"], "played as it is"),
        (["stress", "--plan", "somewhere"], "holds no plan.json"),
        (["stress", "quartz", "--compare", "--policies", "x.toml"], "has its own policies"),
    ],
)
def test_what_cannot_be_played_is_refused(run: Any, arguments: list[str], said: str) -> None:
    ended = run(*arguments, "--json")
    assert (ended.code, ended.json["status"]) == (2, "refused")
    assert said in " ".join(error["message"] for error in ended.json["errors"])
    assert said in run(*arguments).err.replace("\n", " ")
