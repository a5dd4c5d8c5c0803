"""A search that is interrupted, killed or short of time keeps what it has, and goes on from it."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from interrupting import GAP, KINDS, Stop, close, solver

import diversify as dv
from diversify import api
from diversify.errors import StoppedError
from diversify.solver import decomposed, evaluator, keeping
from diversify.solver.checkpoint import MANIFEST
from diversify.solver.state import State


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a checkpoint after each plan."""
    monkeypatch.setattr(keeping, "PAUSE", 0.0)
    monkeypatch.setattr(keeping, "RARELY", 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_after_an_interruption_the_same_call_reaches_the_optimum(kind: str, tmp_path: Path) -> None:
    # The optimum is that of the extensive form.
    solve = solver(kind)
    optimum = solve(method="extensive").objective
    stops = 0
    for at in range(1, 40, 7):
        folder = tmp_path / str(at)
        try:
            plan = solve(checkpoint=folder, watch=Stop(at))
        except KeyboardInterrupt:
            plan = None
        if plan is not None and plan.status == "optimal":
            break
        stops += 1
        if plan is not None:
            # The plan is feasible and the bound holds, whenever it stopped.
            assert (plan.status, plan.point, plan.record.reason) == (
                "stopped",
                "feasible",
                "interrupted",
            )
            assert plan.certificate is None
            assert plan.objective >= optimum - GAP * (1 + abs(optimum))
            assert plan.record.bound <= optimum + GAP * (1 + abs(optimum))
        again = solve(checkpoint=folder)
        assert again.point == "certified"
        assert close(again.objective, optimum)
        assert any("went on from the checkpoint" in text for text in again.record.warnings)
    assert stops >= 1


def test_an_interruption_in_a_sample_of_the_scenarios_is_gone_on_from_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decomposed, "ALONE", 15)
    monkeypatch.setattr(decomposed, "SIZES", (10, 25))
    monkeypatch.setattr(decomposed, "CLUSTERS", 12)
    monkeypatch.setattr(evaluator, "LEAST", 2)
    solve = solver("plain", scenarios=200, gap=1e-4)
    seen: list[tuple[int, int]] = []
    whole = solve(watch=lambda state: seen.append((state.scenarios, state.iteration)))
    sizes = list(dict.fromkeys(scenarios for scenarios, _ in seen))
    assert len(sizes) == 3
    for size in sizes:
        at = 1 + next(i for i, (scenarios, _) in enumerate(seen) if scenarios == size)
        folder = tmp_path / str(size)
        stop = Stop(at)
        with contextlib.suppress(KeyboardInterrupt):
            solve(checkpoint=folder, watch=stop)
        assert stop.left == 0
        looked: list[int] = []
        again = solve(
            checkpoint=folder, watch=lambda state, log=looked: log.append(state.scenarios)
        )
        assert looked[0] == size
        assert again.point == "certified"
        assert again.objective == pytest.approx(whole.objective, rel=2e-4)


def test_an_interruption_of_the_check_on_fresh_scenarios_keeps_the_certified_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "fresh_view", interrupt)
    plan = solver("plain")(out_of_sample=100)
    assert (plan.status, plan.point, plan.record.reason) == ("optimal", "certified", "interrupted")
    assert plan.record.out_of_sample == 0
    assert any("fresh scenarios" in text for text in plan.record.warnings)


def test_a_finished_solve_ends_at_once_and_is_certified_anew(tmp_path: Path) -> None:
    solve = solver("budget", checkpoint=tmp_path / "state")
    first, second = solve(), solve()
    assert json.loads((tmp_path / "state" / MANIFEST).read_text("utf-8"))["done"]
    assert first.record.size["iterations"] > 2
    assert second.record.size["iterations"] <= 2
    assert second.certificate is not None
    assert second.certificate.ok
    assert close(second.objective, first.objective)


def test_a_smaller_gap_goes_on_from_the_same_checkpoint(tmp_path: Path) -> None:
    solve = solver("budget", checkpoint=tmp_path / "state")
    rough = solve(gap=1e-2)
    exact = solve(gap=1e-7)
    assert exact.record.gap <= 1e-7
    assert exact.objective <= rough.objective * (1 + 1e-9)


def test_a_time_limit_keeps_the_best_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solve = solver("plain", checkpoint=tmp_path / "state")
    optimum = solve(method="extensive", checkpoint=None).objective
    # Each plan takes an hour by this clock.
    now = [0.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: now[0])

    def hour(_: State) -> None:
        now[0] += 3600.0

    plan = solve(time_limit=1.5 * 3600.0, watch=hour)
    assert (plan.status, plan.point, plan.record.reason) == ("stopped", "feasible", "time limit")
    assert plan.record.bound <= optimum * (1 + GAP)
    assert plan.objective >= optimum * (1 - GAP)
    monkeypatch.undo()
    assert solve(time_limit=600.0).point == "certified"


def test_no_time_at_all_is_an_error_without_a_plan() -> None:
    with pytest.raises(StoppedError, match="before a plan was found"):
        solver("plain")(time_limit=1e-9)


KILLED = """
import sys
import diversify as dv
from diversify.solver import keeping
keeping.PAUSE = keeping.RARELY = 0.0
dv.solve(dv.example("rare-earths"), scenarios=40, seed=1, method="decomposed", out_of_sample=0,
         checkpoint=sys.argv[1])
"""


@pytest.mark.slow
def test_after_a_kill_the_same_call_reaches_the_same_answer_sooner(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    manifest = folder / MANIFEST
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)])
    try:
        end = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < end:
            if manifest.exists() and json.loads(manifest.read_text("utf-8"))["iterations"] >= 21:
                break
            time.sleep(0.01)
        assert process.poll() is None, "it ended before it could be killed"
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    given: dict[str, Any] = {
        "scenarios": 40,
        "seed": 1,
        "method": "decomposed",
        "out_of_sample": 0,
    }
    rare = dv.example("rare-earths")
    whole = dv.solve(rare, **given)
    again = dv.solve(rare, **given, checkpoint=folder)
    assert again.point == "certified"
    assert close(again.objective, whole.objective)
    assert again.record.size["iterations"] < whole.record.size["iterations"]
