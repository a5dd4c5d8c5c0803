"""``diversify smps``: answers, JSON and exit codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from diversify.cli.smps import BLANK

LANDS = Path(__file__).parents[2] / "examples" / "lands"
FIXED = {
    "status", "point", "objective", "bound", "gap", "certificate", "scenarios",
    "distinct_scenarios", "method", "seconds", "seed", "support", "first_stage", "low", "high",
    "recourse", "warnings",
}  # fmt: skip
# Louveaux and Smeers (1988).
COST = 381.8533333333333


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of the example, to be spoilt."""
    for path in LANDS.glob("lands.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def spoil(own: Path, ending: str, old: str, new: str) -> None:
    path = own / f"lands.{ending}"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("stem", ["", "lands", "lands.cor", "lands.sto"])
def test_the_example_prints_one_json_object(run: Any, stem: str) -> None:
    ended = run("smps", LANDS / stem, "--json")
    found = ended.json
    assert ended.code == 0
    assert set(found) == set(BLANK) >= FIXED
    assert (found["status"], found["point"], found["errors"]) == ("optimal", "certified", [])
    assert found["objective"] == pytest.approx(COST, rel=1e-9)
    assert max(found["certificate"].values()) < 1e-6
    assert (found["scenarios"], found["distinct_scenarios"], found["support"]) == (3, 3, 3)
    assert (found["low"], found["high"], found["seed"]) == (None, None, None)
    assert (found["recourse"], found["warnings"], found["sense"]) == ("fixed", [], "min")
    assert [row["name"] for row in found["first_stage"]] == ["X1", "X2", "X3", "X4"]


def test_the_answer_for_people(run: Any) -> None:
    ended = run("smps", LANDS, "--quiet")
    told = lines(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert told[0] == "LandS: optimal, certified"
    assert "Expected cost: 381.8533333" in told
    assert "X3 3.333333" in told
    assert any(line.startswith("Certificate: primal ") for line in told)


def test_a_sample_has_a_seed_and_an_interval(run: Any) -> None:
    arguments = ("smps", LANDS, "--scenarios", "200", "--seed", "1")
    found = run(*arguments, "--json").json
    assert (found["scenarios"], found["distinct_scenarios"], found["seed"]) == (200, 3, 1)
    assert found["low"] <= COST <= found["high"]
    again = run(*arguments, "--json").json
    assert {**again, "seconds": 0} == {**found, "seconds": 0}
    told = lines(run(*arguments, "--quiet").out)
    assert any(line.startswith("True optimum, 95 % interval: ") for line in told)
    assert any(line.startswith("Scenarios: 200 drawn of 3 (3 differ), seed 1;") for line in told)


def test_the_result_can_be_kept(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    assert run("smps", LANDS, "--json", "--out", folder).json["saved"] == str(folder)
    kept = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    assert kept["objective"] == pytest.approx(COST)
    with (folder / "first_stage.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["name"]: float(row["value"]) for row in csv.DictReader(file)}
    assert rows["X2"] == pytest.approx(4.0)
    assert run("smps", LANDS, "--out", folder).code == 2
    assert run("smps", LANDS, "--out", folder, "--force").code == 0


def test_faults_are_told_with_file_line_and_remedy(run: Any, own: Path) -> None:
    spoil(own, "sto", "DEMAND1          5.0", "DEMAND9          5.0")
    spoil(own, "sto", "RUN              0.3\nENDATA", "RAN              0.3\nENDATA")
    ended = run("smps", own, "--json")
    found = ended.json
    assert (ended.code, found["status"], found["point"]) == (2, "refused", "none")
    assert set(found) == set(BLANK)
    assert [error["row"] for error in found["errors"]] == [4, 5]
    assert found["errors"][0]["file"] == str(own / "lands.sto")
    assert found["errors"][0]["value"] == "RHS       DEMAND9          5.0     RUN              0.4"
    assert "lands.sto:4: there is no row 'DEMAND9' in the core" in ended.err


def test_a_path_that_leads_nowhere_is_refused(run: Any, tmp_path: Path) -> None:
    ended = run("smps", tmp_path / "none", "--json")
    assert (ended.code, len(ended.json["errors"])) == (2, 3)


def test_no_plan_is_exit_code_3(run: Any, own: Path) -> None:
    spoil(own, "cor", "BUDGET         120.0", "BUDGET          12.0")
    ended = run("smps", own, "--json")
    assert (ended.code, ended.json["status"], ended.json["support"]) == (3, "infeasible", 3)


def test_too_many_scenarios_are_refused_with_the_remedy(run: Any, own: Path) -> None:
    lines = "".join(
        f"    RHS       DEMAND{d}  {k / 100} RUN 0.001\n" for d in (1, 2, 3) for k in range(1000)
    )
    (own / "lands.sto").write_text(f"STOCH LandS\nINDEP DISCRETE\n{lines}ENDATA\n")
    ended = run("smps", own, "--json")
    assert (ended.code, ended.json["support"]) == (2, 10**9)
    assert ended.json["errors"][0]["remedy"] == "draw a sample with --scenarios N"


MANY = {
    "cor": "NAME many\nOBJSENSE MAX\nROWS\n N profit\n L room\n L sold\nCOLUMNS\n"
    + "".join(f" x{i} profit -1 room 1\n x{i} sold -1\n" for i in range(40))
    + " y profit 3 sold 1\nRHS\n RHS room 40\nBOUNDS\n"
    + "".join(f" FX B x{i} 1\n" for i in range(40))
    + " UP B y 60\nENDATA\n",
    "tim": "TIME\nPERIODS\n x0 room now\n y sold later\nENDATA\n",
    "sto": "STOCH\nINDEP NORMAL\n UP B y 30 later 4\nENDATA\n",
}


def test_a_maximum_with_a_continuous_number_and_many_columns(run: Any, tmp_path: Path) -> None:
    for ending, text in MANY.items():
        (tmp_path / f"many.{ending}").write_text(text, encoding="utf-8")
    refused = run("smps", tmp_path, "--json")
    assert (refused.code, refused.json["support"]) == (2, None)
    drawn = ("smps", tmp_path, "--scenarios", "100", "--seed", "5")
    found = run(*drawn, "--json").json
    # 40 cost 40, and 3 a piece come from 30 of them on average (at most 40 = 30 + 5 sigma).
    assert found["objective"] == pytest.approx(50.0, abs=3 * 4 * 2 / 10)
    assert found["low"] <= 50.0 <= found["high"]
    assert (found["sense"], found["support"], len(found["first_stage"])) == ("max", None, 40)
    told = lines(run(*drawn, "--quiet").out)
    assert any(line.startswith("Expected profit: ") for line in told)
    assert any(line.startswith("Scenarios: 100 drawn of infinitely many (100") for line in told)
    assert "and 10 more: --json or --out shows all" in told


def test_warnings_of_the_files_are_told(run: Any, own: Path) -> None:
    spoil(own, "sto", "0.3\nENDATA", "0.30001\nENDATA")
    told = lines(run("smps", own, "--quiet", "--out", own / "kept").out)
    assert "Warnings" in told
    assert any("'RHS, DEMAND1' is off by 1.0e-05" in line for line in told)
    assert f"Saved to {own / 'kept'}" in told


def test_risk_in_the_objective(run: Any, own: Path) -> None:
    # All weight on the worst 1 %: more demand costs more, so only the largest one, 7, counts.
    risk = ("--cvar-level", "0.99", "--mean-weight", "0", "--cvar-weight", "1")
    ended = run("smps", LANDS, *risk, "--json")
    (own / "lands.sto").write_text("STOCH L\nINDEP\n RHS DEMAND1 7 RUN 1\nENDATA\n", "utf-8")
    assert ended.code == 0
    assert ended.json["objective"] == pytest.approx(run("smps", own, "--json").json["objective"])
    told = lines(run("smps", LANDS, *risk, "--quiet").out)
    assert told[1].startswith("0 expected cost + 1 CVaR 0.99 of the cost: ")
    wrong = run("smps", LANDS, "--mean-weight", "0", "--json")
    assert (wrong.code, wrong.json["errors"][0]["message"]) == (2, "both weights are 0")
