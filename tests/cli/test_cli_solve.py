"""``diversify solve`` and ``diversify explain``: answers, JSON and exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import diversify as dv
from diversify import api
from diversify.cli.explain import BLANK as BLANK_EXPLAIN
from diversify.cli.solve import BLANK
from diversify.errors import (
    DiversifyError,
    NotCertifiedError,
    SolverError,
    StoppedError,
    UnboundedError,
)
from diversify.result import Plan, read_plan, summary
from diversify.result.plan import TABLES
from diversify.risk.mean_cvar import MeanCvar

FIXED = {
    "status", "point", "objective", "bound", "gap", "certificate", "scenarios",
    "distinct_scenarios", "method", "seconds", "seed", "shares", "stocks", "risk", "costs",
    "prices", "conflict",
}  # fmt: skip


@pytest.fixture
def solving(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Replace what solves by something that raises or returns."""

    def instead(result: Any) -> None:
        def solve(*_: Any, **__: Any) -> Any:
            if isinstance(result, BaseException):
                raise result
            return result

        monkeypatch.setattr(api, "solve", solve)

    return instead


def test_solve_prints_one_json_object_with_the_fixed_keys(run: Any) -> None:
    ended = run("solve", "first-steps", "--json")
    found = ended.json
    assert ended.code == 0
    assert set(found) >= FIXED
    assert (found["status"], found["point"]) == ("optimal", "certified")
    assert found["objective"] == pytest.approx(11.75, rel=1e-9)
    assert max(found["certificate"].values()) < 1e-6
    caps = {row["name"]: row["share"] for row in found["shares"] if row["by"] == "country"}
    assert caps == pytest.approx({"CHN": 0.65, "AUS": 0.35})


def test_progress_goes_to_stderr_and_quiet_silences_it(run: Any) -> None:
    assert "s  build" in run("solve", "first-steps", "--json").err
    assert run("solve", "first-steps", "--quiet").err == ""


def test_a_failure_has_the_same_keys_as_a_plan() -> None:
    assert set(summary(dv.solve(dv.example("first-steps")))) <= set(BLANK)
    assert set(BLANK) >= FIXED


def test_the_answer_names_the_cap_the_price_and_the_certificate(run: Any) -> None:
    ended = run("solve", "first-steps", "--quiet")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert lines[0] == "first-steps for EU27: optimal, certified"
    assert "Expected cost: 11.75 USD, present value, 2026" in lines
    assert "refine metal CHN 0.65 0.650 0.65 at the cap" in lines
    assert "refine metal AUS 0.35 0.350 0.65" in lines
    assert "total 11.75" in lines
    assert "price: -5 USD per unit of share" in lines
    assert any(line.startswith("Certificate: primal ") for line in lines)


def test_policies_can_be_replaced_added_and_left_out(run: Any, tmp_path: Path) -> None:
    half = tmp_path / "half.toml"
    half.write_text(
        '[[policy]]\nkind = "share_cap"\nby = "country"\nshare = 0.5\nnames = ["AUS"]\n',
        encoding="utf-8",
    )
    solve = ("solve", "first-steps", "--json")
    assert run(*solve, "--no-policies").json["objective"] == pytest.approx(10)
    assert run(*solve, "--policies", half).json["objective"] == pytest.approx(10)
    assert run(*solve, "--add-policies", half).json["objective"] == pytest.approx(11.75)
    assert len(run(*solve, "--add-policies", half).json["policies"]) == 2
    refused = run(*solve, "--policies", half, "--no-policies")
    assert (refused.code, refused.json["status"]) == (2, "refused")


def test_options_reach_the_library(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def solve(case: Any, *policies: Any, **options: Any) -> Any:
        given.update(options)
        raise DiversifyError("seen")

    monkeypatch.setattr(api, "solve", solve)
    ended = run(
        "solve", "first-steps", "--buyer", "EU27", "--buyer", "JPN", "--scenarios", "7", "--seed",
        "3", "--time-limit", "9", "--gap", "0.1", "--out-of-sample", "5", "--information",
        "clairvoyant", "--method", "decomposed", "--no-policies", "--cvar-level", "0.9",
        "--mean-weight", "0.5", "--cvar-weight", "2", "--workers", "2", "--checkpoint", "there",
    )  # fmt: skip
    assert ended.code == 1
    given.pop("progress")
    assert callable(given.pop("watch"))
    assert given == {
        "buyer": ["EU27", "JPN"],
        "scenarios": 7,
        "seed": 3,
        "case_policies": False,
        "out_of_sample": 5,
        "information": "clairvoyant",
        "time_limit": 9.0,
        "gap": 0.1,
        "method": "decomposed",
        "objective": MeanCvar(level=0.9, mean=0.5, cvar=2.0),
        "workers": 2,
        "checkpoint": Path("there"),
    }


def test_an_infeasible_case_prints_its_conflict_and_ends_with_3(
    run: Any, clash: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plan"
    ended = run("solve", "first-steps", "--policies", clash, "--json", "--out", out)
    found = ended.json
    assert ended.code == 3
    assert set(found) == set(BLANK)
    assert (found["status"], found["point"], found["objective"]) == ("infeasible", "none", None)
    assert [row["policy"] for row in found["conflict"][:2]] == [
        "exclude CHN",
        "share_floor country CHN",
    ]
    assert all({"policy", "row", "change"} <= set(row) for row in found["conflict"])
    assert not out.exists()
    told = run("solve", "first-steps", "--policies", clash, "-q")
    assert told.code == 3
    assert "These cannot hold together" in told.out
    assert "exclude CHN" in told.out
    assert told.err == ""


def test_explain_tells_a_clash_from_a_plan(run: Any, clash: Path) -> None:
    ended = run("explain", "first-steps", "--policies", clash, "--json")
    found = ended.json
    assert ended.code == 3
    assert set(found) == set(BLANK_EXPLAIN)
    assert (found["status"], found["smallest"]) == (
        "infeasible",
        {"share_floor country CHN": pytest.approx(-0.5)},
    )
    assert found["sentence"].startswith("No plan keeps all limits.")
    fine = run("explain", "first-steps", "--json")
    assert (fine.code, fine.json["status"], fine.json["conflict"]) == (0, "feasible", [])
    assert "A plan exists" in run("explain", "first-steps", "-q").out


@pytest.mark.parametrize(("reason", "code"), [("time limit", 4), ("interrupted", 130)])
def test_a_stopped_plan_has_its_code_and_says_that_it_is_not_proven(
    run: Any, solving: Any, reason: str, code: int
) -> None:
    plan = dv.solve(dv.example("first-steps"))
    record = replace(
        plan.record,
        status="stopped",
        point="feasible",
        reason=reason,
        certificate=None,
        bound=float("-inf"),
        gap=float("inf"),
    )
    tables = {name: plan.table(name) for name in TABLES}
    solving(Plan(plan.case, plan.policies, record, tables))
    ended = run("solve", "first-steps", "--json")
    found = ended.json
    assert ended.code == code
    assert (found["status"], found["point"], found["reason"]) == ("stopped", "feasible", reason)
    assert (found["bound"], found["gap"], found["certificate"]) == (None, None, None)
    told = run("solve", "first-steps")
    assert told.code == code
    assert "the lowest cost is not proven" in told.out
    assert {"time limit": "by the time limit", "interrupted": "by an interruption"}[
        reason
    ] in told.out


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (UnboundedError("the cost has no lower limit"), 2, "unbounded"),
        (StoppedError("the time limit was reached"), 5, "stopped"),
        (SolverError("HiGHS failed"), 5, "stopped"),
        (NotCertifiedError("the gap is 0.1"), 6, "stopped"),
        (KeyboardInterrupt(), 130, "stopped"),
        (KeyboardInterrupt("before a plan was found"), 130, "stopped"),
        (MemoryError(), 2, "refused"),
        (DiversifyError("something else"), 1, "failed"),
        (RuntimeError("a fault"), 1, "failed"),
        (RuntimeError(), 1, "failed"),
        (PermissionError(13, "Permission denied", "there"), 2, "refused"),
    ],
)
def test_each_way_to_end_without_a_plan_has_its_code(
    run: Any, solving: Any, tmp_path: Path, error: BaseException, code: int, status: str
) -> None:
    solving(error)
    ended = run("solve", "first-steps", "--json", "--out", tmp_path / "plan")
    found = ended.json
    assert ended.code == code
    assert set(found) == set(BLANK)
    assert (found["status"], found["point"], found["case"]) == (status, "none", "first-steps")
    assert len(found["errors"]) == 1
    assert found["errors"][0]["message"] in ended.err
    assert "Traceback" not in ended.err
    assert list(tmp_path.iterdir()) == []
    told = run("solve", "first-steps", "-q")
    assert (told.code, told.out) == (code, "")
    assert len(told.err.splitlines()) == 1


def test_debug_shows_the_traceback_of_a_fault_only(run: Any, solving: Any) -> None:
    solving(RuntimeError("a fault"))
    assert "Traceback" in run("solve", "first-steps", "--debug").err
    solving(StoppedError("no time"))
    assert "Traceback" not in run("solve", "first-steps", "--debug").err


def test_a_tiny_time_limit_ends_with_5(run: Any) -> None:
    ended = run("solve", "rare-earths", "--scenarios", "5", "--time-limit", "1e-6", "--json")
    assert (ended.code, ended.json["status"], ended.json["point"]) == (5, "stopped", "none")


def test_a_plan_is_saved_and_read_back(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "plan"
    ended = run("solve", "first-steps", "--out", out, "--json")
    assert (ended.code, ended.json["saved"]) == (0, str(out))
    assert read_plan(out).objective == pytest.approx(11.75)
    again = run("solve", "first-steps", "--out", out)
    assert again.code == 2
    assert "--force" in again.err
    assert "build" not in again.err  # refused before any work
    forced = run("solve", "first-steps", "--out", out, "--force", "-q", "--no-policies")
    assert forced.code == 0
    assert f"Saved to {out}" in forced.out
    assert read_plan(out).objective == pytest.approx(10)


def test_force_never_replaces_a_folder_that_is_no_plan(run: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", encoding="utf-8")
    ended = run("solve", "first-steps", "--out", mine, "--force", "--json")
    assert (ended.code, ended.json["status"]) == (2, "refused")
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]
    assert run("solve", "first-steps", "--out", mine / "thesis.txt").code == 2
    assert run("solve", "first-steps", "--out", mine / "thesis.txt" / "deeper").code == 2


def test_an_interruption_while_saving_leaves_nothing(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("diversify.result.storage._write", write)
    ended = run("solve", "first-steps", "--out", tmp_path / "plan", "-q")
    assert (ended.code, ended.err) == (130, "interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_faults_of_case_and_policy_files_are_told_at_once(run: Any) -> None:
    ended = run(
        "solve", "first-step", "--policies", "none.toml", "--add-policies", "nil.toml", "--json"
    )
    assert ended.code == 2
    errors = ended.json["errors"]
    assert len(errors) == 3
    assert "did you mean 'first-steps'?" in errors[0]["remedy"]
    assert ended.err.count("\n- ") == 3


@pytest.mark.parametrize(
    "option",
    [
        ("--scenarios", "0"),
        ("--seed", "-1"),
        ("--time-limit", "nan"),
        ("--time-limit", "0"),
        ("--gap", "1.5"),
        ("--gap", "0"),
        ("--gap", "nan"),
        ("--workers", "0"),
        ("--cvar-level", "1.5"),
        ("--out-of-sample", "-1"),
        ("--information", "none"),
        ("--method", "guess"),
        ("--nonsense",),
    ],
)
def test_misuse_ends_with_2_and_still_gives_json(run: Any, option: tuple[str, ...]) -> None:
    ended = run("solve", "first-steps", "--json", *option)
    assert (ended.code, ended.json["status"]) == (2, "refused")
    assert option[0] in ended.json["errors"][0]["message"]
    assert "Error" in ended.err


def test_the_answer_of_a_real_case_shows_stocks_risk_and_prices(run: Any) -> None:
    ended = run("solve", "rare-earths", "--scenarios", "5", "--out-of-sample", "20", "-q")
    assert ended.code == 0
    assert "Stocks to hold" in ended.out
    assert "days of demand" in ended.out
    assert "million USD" in ended.out
    assert "Risk (fresh: in 20 scenarios that the plan was not made for)" in ended.out


def test_decisions_are_shown_and_a_plan_without_policies_says_so(run: Any, own: Path) -> None:
    sites = own / "sites.csv"
    head, *rows = sites.read_text(encoding="utf-8").splitlines()
    costs = [f"{row},{1 if row.startswith('A1') else ''},USD" for row in rows]
    sites.write_text("\n".join([f"{head},fixed_cost,fixed_cost_unit", *costs, ""]), "utf-8")
    ended = run("solve", own, "--no-policies", "-q")
    assert ended.code == 0
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert "A1 yes" in lines
    assert "qualification 1" in lines
    assert any(line.startswith("No policies:") for line in lines)


def test_explain_writes_its_finding(run: Any, clash: Path, tmp_path: Path) -> None:
    out = tmp_path / "why"
    ended = run("explain", "first-steps", "--policies", clash, "--json", "--out", out)
    assert ended.code == 3
    assert json.loads((out / "explain.json").read_text(encoding="utf-8")) == ended.json
