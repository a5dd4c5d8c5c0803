"""Ctrl-C, progress and checkpoints of ``diversify solve``, as a shell sees them."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diversify.cli import progress
from diversify.cli.progress import Progress, described
from diversify.result import read_plan
from diversify.solver.state import State

# The program, with a checkpoint after each plan so that a test can wait for one.
PROGRAM = """
import sys
from diversify.cli import main
from diversify.solver import keeping
keeping.PAUSE = keeping.RARELY = 0.0
sys.exit(main(sys.argv[1:]))
"""


def interrupted(arguments: list[str], ready: Callable[[str], bool], err: Path) -> tuple[int, str]:
    """Run the program, interrupt it once as soon as it is ready, and return code and stdout."""
    command = [sys.executable, "-c", PROGRAM, "solve", *arguments]
    with err.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True)
        try:
            end = time.monotonic() + 120
            while process.poll() is None and time.monotonic() < end:
                if ready(err.read_text(encoding="utf-8")):
                    break
                time.sleep(0.01)
            assert process.poll() is None, "it ended before it could be interrupted"
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=120)
        finally:
            process.kill()
            process.wait()
    return process.returncode, out


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_plan_and_the_same_command_goes_on(run: Any, tmp_path: Path) -> None:
    folder, out = tmp_path / "state", tmp_path / "plan"
    options = ["rare-earths", "--scenarios", "40", "--seed", "1", "--method", "decomposed"]
    options += ["--out-of-sample", "0", "--json", "--checkpoint", str(folder)]

    def ready(_: str) -> bool:
        manifest = folder / "checkpoint.json"
        # With a bound, the plan of this case keeps its budgets.
        return manifest.exists() and json.loads(manifest.read_text("utf-8"))["bound"] is not None

    code, text = interrupted([*options, "--out", str(out)], ready, tmp_path / "err")
    found = json.loads(text)
    assert code == 130
    assert (found["status"], found["point"], found["reason"]) == (
        "stopped",
        "feasible",
        "interrupted",
    )
    assert found["certificate"] is None
    assert read_plan(out).objective == found["objective"]
    assert "Traceback" not in (tmp_path / "err").read_text("utf-8")
    again = run("solve", *options)
    assert again.code == 0
    # The optimum lies between the stopped plan's cost and its bound.
    best = again.json["objective"]
    assert best <= found["objective"] * (1 + 1e-6)
    assert found["bound"] is None or found["bound"] <= best * (1 + 1e-6)


@pytest.mark.slow
def test_ctrl_c_ends_the_extensive_form_within_seconds(tmp_path: Path) -> None:
    # Simplex needs minutes for so many scenarios.
    options = ["rare-earths", "--scenarios", "200", "--seed", "1", "--method", "extensive"]
    began: list[float] = []

    def ready(text: str) -> bool:
        if "s  solve" in text and not began:
            began.append(time.monotonic() + 1.0)
        return bool(began) and time.monotonic() > began[0]

    code, text = interrupted([*options, "--json"], ready, tmp_path / "err")
    found = json.loads(text)
    assert time.monotonic() - began[0] < 20
    assert (code, found["status"], found["point"]) == (130, "stopped", "none")
    assert "interrupted before a plan was found" in (tmp_path / "err").read_text("utf-8")


STATE = State(12, 230_196_426.0, 230_100_000.0, 4_512, 300, 150, 5_000)


def test_how_far_a_search_is_fits_on_one_line() -> None:
    assert described(STATE) == (
        "150 of 5,000 scenarios, plan 12, cost 230.1964 million USD, bound 230.1 million USD, "
        "gap 0.00042, 4,512 linear problems"
    )
    early = State(1, float("inf"), float("-inf"), 7, 0, 40, 40)
    assert described(early) == "all 40 scenarios, plan 1, 7 linear problems"


def test_lines_come_now_and_then_where_stderr_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    report = Progress(quiet=False)
    report("solve")
    for _ in range(11):
        report.watch(STATE)
        now[0] += 1.0
    report("tables")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["0.0", "0.0", "5.0", "10.0", "11.0"]
    silent = Progress(quiet=True)
    silent("solve")
    silent.watch(STATE)
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    """Stands for a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_one_line_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "200")
    report = Progress(quiet=False)
    report("solve")
    for _ in range(3):
        report.watch(STATE)
    report("tables")
    report.end()
    text = terminal.getvalue()
    assert "150 of 5,000 scenarios" in text
    assert text.count("\n") <= 4
    assert text.rstrip().endswith("tables")
