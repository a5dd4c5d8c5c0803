"""``diversify stockpile``: answers, JSON, files and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import diversify as dv
from diversify.cli.stockpile import BLANK

COMMON = {
    "status", "point", "objective", "bound", "gap", "certificate", "scenarios",
    "distinct_scenarios", "method", "seconds", "seed", "shares", "stocks", "risk", "costs",
    "prices", "conflict",
}  # fmt: skip
OWN = {
    "survival", "foresight_gap", "value_of_stochastic_solution", "value_of_perfect_information",
}  # fmt: skip
STOCK = {
    "buyer", "commodity", "tonnes", "days", "cost_per_year", "cost_of_one_more_day",
    "loss_avoided_per_day",
}  # fmt: skip
QUICK = ("--scenarios", "40", "--sample", "10", "--seed", "1", "--quiet")


@pytest.fixture
def found(run: Any, tmp_path: Path) -> Any:
    return run("stockpile", "quartz", *QUICK, "--json", "--out", tmp_path / "out")


def test_json_has_the_fixed_keys(found: Any, tmp_path: Path) -> None:
    data = found.json
    assert found.code == 0
    assert set(BLANK) >= COMMON | OWN
    assert set(data) == set(BLANK)
    assert (data["status"], data["point"]) == ("optimal", "certified")
    assert all(set(row) == STOCK for row in data["stocks"])
    assert {"node", "time_to_survive_days", "time_to_recover_days", "loss"} <= set(
        data["survival"][0]
    )
    assert (data["scenarios"], data["played"]["scenarios"]) == (10, 40)
    assert data["foresight_gap"] >= 0
    assert data["value_of_perfect_information"] >= 0
    written = (tmp_path / "out" / "stockpile.json").read_text(encoding="utf-8")
    assert json.loads(written) == data


@pytest.mark.slow
def test_it_says_what_python_says(found: Any) -> None:
    mine = dv.stockpile(dv.example("quartz"), scenarios=40, sample=10, seed=1)
    data = found.json
    assert data["stocks"][0]["tonnes"] == mine.stocks["tonnes"].iloc[0]
    assert data["foresight_gap"] == mine.foresight_gap
    assert data["objective"] == mine.plan.objective


def test_people_read_tables_that_fit_a_terminal(run: Any) -> None:
    ended = run("stockpile", "quartz", *QUICK)
    assert ended.code == 0
    assert "quartz_sand" in ended.out
    assert "Days survived without each" in ended.out
    assert "10 draws" in " ".join(ended.out.split())
    tables = [line for line in ended.out.splitlines() if line.startswith("  ")]
    assert tables
    assert max(len(line.rstrip()) for line in tables) <= 80


def test_a_case_without_stocks_still_has_days(run: Any) -> None:
    data = run("stockpile", "first-steps", "--json").json
    assert data["stocks"] == []
    assert {row["node"] for row in data["survival"]} == {
        "site A1", "site B", "country CHN", "country AUS",
    }  # fmt: skip


def test_what_fails_has_the_same_keys(run: Any, clash: Path) -> None:
    ended = run("stockpile", "first-steps", "--policies", clash, "--json")
    assert ended.code == 3
    assert ended.json["status"] == "infeasible"
    assert ended.json["conflict"]
    assert set(BLANK) <= set(ended.json)
    refused = run("stockpile", "first-step", "--json")
    assert (refused.code, refused.json["status"]) == (2, "refused")


def test_stock_is_rationed_where_that_is_asked_for(run: Any) -> None:
    assert (
        run("stockpile", "first-steps", "--rolling", "--json").json["played"]["rule"] == "rolling"
    )
