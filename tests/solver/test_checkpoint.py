"""A search that is interrupted, killed or short of time keeps what it has, and goes on from it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import diversify as dv
from diversify import api
from diversify.errors import InputError, StoppedError
from diversify.policies import ShortageBudget
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver import checkpoint, decomposed, evaluator, keeping
from diversify.solver.checkpoint import MANIFEST, STATE
from diversify.solver.cuts import Cut
from diversify.solver.flat_cuts import cuts_from, flattened
from diversify.solver.search import State
from diversify.testing import small_case

GAP = 1e-6


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a checkpoint after each plan."""
    monkeypatch.setattr(keeping, "PAUSE", 0.0)
    monkeypatch.setattr(keeping, "RARELY", 0.0)


def case(*, decided: bool = False) -> dv.Case:
    """A site that often fails, a dear one that never does, and one between."""
    fixed = {"fixed_cost": 2.0, "capacity": 12.0} if decided else {}
    return small_case(
        sites=[{"site": s, "cost": c, **fixed} for s, c in (("A", 1), ("B", 2), ("C", 3))],
        lanes=[
            {"origin": s, "destination": "Works", "commodity": "metal"} for s in ("A", "B", "C")
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 40}],
        periods=4,
        hazards=[
            {
                "hazard": f"stop {site}",
                "by": "site",
                "name": site,
                "rate_per_year": rate,
                "duration_months": 12,
                "severity": severity,
            }
            for site, rate, severity in (("A", 0.3, 1.0), ("B", 0.15, 0.7))
        ],
    )


Solve = Callable[..., dv.Plan]
KINDS: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "plain": ({}, ()),
    "budget": ({}, (ShortageBudget(measure="cvar", level=0.9, limit=0.05),)),
    "tail": ({"objective": MeanCvar(0.9, 0.5, 0.5)}, ()),
    "decided": ({"decided": True}, ()),
}


def solver(kind: str, **common: Any) -> Solve:
    options, policies = KINDS[kind]
    chosen = case(decided=bool(options.get("decided")))
    given = {name: value for name, value in options.items() if name != "decided"}

    def solve(**more: Any) -> dv.Plan:
        return dv.solve(
            chosen,
            *policies,
            **{
                "scenarios": 60,
                "seed": 3,
                "method": "decomposed",
                "out_of_sample": 0,
                "gap": GAP,
                **given,
                **common,
                **more,
            },
        )

    return solve


class Stop:
    """Interrupts at the n-th plan that is looked at."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, _: State) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def close(value: float, other: float) -> bool:
    return abs(value - other) <= 2 * GAP * (1 + abs(other))


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


def test_a_failure_at_any_moment_of_writing_leaves_a_whole_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "state"
    solve = solver("plain", checkpoint=folder, scenarios=10)
    optimum = solve().objective
    # A solve that goes on from the end writes twice: three calls of fsync, two of replace each.
    for broken, calls in (("fsync", 6), ("replace", 4)):
        for at in range(1, calls + 1):
            left, real = [at], getattr(os, broken)

            def failing(*given: Any, left: list[int] = left, real: Any = real) -> Any:
                left[0] -= 1
                if left[0] <= 0:
                    raise KeyboardInterrupt
                return real(*given)

            with monkeypatch.context() as patch:
                patch.setattr(os, broken, failing)
                with pytest.raises(KeyboardInterrupt):
                    solve()
            assert close(solve().objective, optimum)
            (state,) = (path.name for path in folder.iterdir() if path.name != MANIFEST)
            assert state.startswith(STATE)


def test_a_disk_that_fills_up_does_not_end_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [0]
    real = checkpoint.Checkpoint.write

    def write(self: checkpoint.Checkpoint, saved: checkpoint.Saved) -> None:
        written[0] += 1
        if written[0] > 2:
            raise OSError(28, "No space left on device")
        real(self, saved)

    monkeypatch.setattr(checkpoint.Checkpoint, "write", write)
    plan = solver("budget", checkpoint=tmp_path / "state")()
    assert plan.point == "certified"
    assert any("No space left" in text for text in plan.record.warnings)
    assert written[0] == 3


def _truncate(folder: Path) -> str:
    path = next(folder.glob(f"{STATE}*"))
    path.write_bytes(path.read_bytes()[:-100])
    return path.name


def _flip(folder: Path) -> str:
    path = next(folder.glob(f"{STATE}*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    return path.name


def _lose(folder: Path) -> str:
    path = next(folder.glob(f"{STATE}*"))
    path.unlink()
    return path.name


def _half(folder: Path) -> str:
    path = folder / MANIFEST
    path.write_text(path.read_text("utf-8")[:50], "utf-8")
    return MANIFEST


def _newer(folder: Path) -> str:
    path = folder / MANIFEST
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, "format": 2}), "utf-8")
    return MANIFEST


def _grouped(folder: Path) -> str:
    path = folder / MANIFEST
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, "mark": "0" * 64}), "utf-8")
    return MANIFEST


@pytest.mark.parametrize("harm", [_truncate, _flip, _lose, _half, _newer, _grouped])
def test_a_damaged_checkpoint_is_refused_and_left_as_it_is(
    harm: Callable[[Path], str], tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    solve = solver("plain", checkpoint=folder)
    solve()
    named = harm(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputError) as caught:
        solve()
    (finding,) = caught.value.findings
    assert finding.file == str(folder / named)
    assert "delete the folder" in finding.remedy
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 4},
        {"scenarios": 61},
        {"objective": MeanCvar(0.9, 0.5, 0.5)},
        {"information": "clairvoyant"},
    ],
)
def test_a_checkpoint_of_another_problem_is_refused(other: dict[str, Any], tmp_path: Path) -> None:
    solve = solver("plain", checkpoint=tmp_path / "state")
    solve()
    with pytest.raises(InputError, match="of another problem"):
        solve(**other)


def test_a_folder_with_something_else_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(InputError, match=r"thesis\.txt"):
        solver("plain")(checkpoint=tmp_path)
    with pytest.raises(InputError, match="a file is there"):
        solver("plain")(checkpoint=tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_extensive_form_says_that_it_keeps_no_checkpoint(tmp_path: Path) -> None:
    plan = solver("plain")(method="extensive", checkpoint=tmp_path / "state")
    assert any("no checkpoint was kept" in text for text in plan.record.warnings)
    assert not (tmp_path / "state").exists()


def test_cuts_come_back_from_arrays_as_they_were() -> None:
    rng = np.random.default_rng(5)

    def cut(k: int, columns: int, rows: int) -> Cut:
        return Cut(
            k,
            float(k % 2),
            float(k % 3 == 0),
            rng.random(),
            rng.random(2),
            rng.normal(),
            np.arange(columns, dtype=np.int64),
            rng.normal(size=columns),
            np.arange(rows, dtype=np.int64),
            rng.normal(size=rows),
            rng.random(2),
        )

    # Empty ones at the beginning, within and at the end.
    for sizes in ([], [(0, 0)], [(0, 3), (4, 0), (0, 0), (2, 5), (0, 0)]):
        cuts = [cut(k, *size) for k, size in enumerate(sizes)]
        back = cuts_from(flattened(cuts, 2), 4, 5)
        assert len(back) == len(cuts)
        for one, other in zip(cuts, back, strict=True):
            for field in dataclasses.fields(Cut):
                assert np.array_equal(getattr(one, field.name), getattr(other, field.name))
    arrays = flattened(cuts, 2)
    for name, wrong in (("columns", 4), ("rows", 5), ("columns_start", 99), ("slope", np.nan)):
        harmed = {**arrays, name: arrays[name].copy()}
        harmed[name][-1] = wrong
        with pytest.raises(ValueError, match="of the cuts"):
            cuts_from(harmed, 4, 5)


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
