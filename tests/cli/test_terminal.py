"""What people see on a terminal: 80 columns, colour or not, the last line, progress, completion."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from diversify.cli import main, progress
from diversify.cli.blocks import Line, show, table
from diversify.cli.progress import Progress
from diversify.solver.state import State

LANDS = Path(__file__).resolve().parents[2] / "examples" / "lands" / "lands"
QUICK = ["--scenarios", "3", "--seed", "1", "--out-of-sample", "0", "--quiet"]
COMMANDS = {
    "examples": ["examples"],
    "example": ["examples", "rare-earths"],
    "check": ["check", "rare-earths"],
    "solve": ["solve", "quartz", *QUICK],
    "clash": ["solve", "first-steps", "--quiet", "--policies", "clash.toml"],
    "frontier": ["frontier", "first-steps", "--policy", "share_cap", "--levels", "1:0.5:3", "-q"],
    "explain": ["explain", "first-steps", "--quiet", "--tightest"],
    "stress": ["stress", "--list"],
    "data": ["data"],
    "production": ["data", "production", "--material", "gallium"],
    "disruptions": ["data", "disruptions", "--country", "CHN"],
    "schema": ["schema", "--table", "lanes"],
    "settings": ["schema", "--table", "case.toml"],
    "policies": ["schema", "--table", "policy"],
    "smps": ["smps", str(LANDS), "--quiet"],
    "compete": ["compete", "quartz", "--buyers", "CHN,JPN", "--no-effects", *QUICK[:4], "-q"],
}


class Terminal(io.StringIO):
    """Stands for a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def plainly(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_command_fits_80_columns(name: str, clash: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    code = main([str(clash) if word == "clash.toml" else word for word in COMMANDS[name]])
    lines = plainly(terminal.getvalue())
    assert code in (0, 3), lines
    assert [line for line in lines if cell_len(line) > 80] == []
    assert len(lines) > 3
    assert "\x1b[1m" in terminal.getvalue() or name == "clash"


@pytest.mark.usefixtures("narrow")
def test_numbers_are_never_broken_and_no_text_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    long = "a name of many words that needs more room than there is in a narrow column of a table"
    rows = [(long, long, "-1234567.89", "0.65"), ("b", "c", "2", "0.1")]
    show([table("Wide", ["one", "two", ">number", ">share"], rows)])
    text = sys.stdout.getvalue()  # type: ignore[attr-defined]
    lines = plainly(text)
    assert max(cell_len(line) for line in lines) <= 80
    assert "-1234567.89" in text
    seen = " ".join(" ".join(lines).split())
    assert all(word in seen for word in long.split())


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("width", [30, 45, 60, 75, 79, 80, 81, 82, 83, 100])
def test_nothing_is_cut_at_any_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for count in (1, 3, 5, 8):
        monkeypatch.setattr(sys, "stdout", Terminal())
        rows = [[f"{row}{i}.25 million USD" for i in range(count)] for row in (1, 2)]
        show([table("Any", [f">first name{i}" for i in range(count)], rows)])
        text = sys.stdout.getvalue()  # type: ignore[attr-defined]
        assert max(cell_len(line) for line in plainly(text)) <= width
        assert all(f"{row}{i}.25" in text for row in (1, 2) for i in range(count))
        assert text.count("USD") == 2 * count


@pytest.mark.usefixtures("narrow")
def test_too_many_columns_become_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    names = [f"column_{i:02d}" for i in range(12)]
    rows = [[f"value-{i}-{row}" for i in range(12)] for row in range(2)]
    show([table("Many", names, rows)])
    lines = plainly(sys.stdout.getvalue())  # type: ignore[attr-defined]
    assert max(cell_len(line) for line in lines) <= 80
    assert [line.split() for line in lines if "column_11" in line] == [
        ["column_11", "value-11-0"],
        ["column_11", "value-11-1"],
    ]


@pytest.mark.usefixtures("narrow")
def test_what_is_the_same_in_all_rows_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    names = [f"column_{i:02d}" for i in range(12)]
    rows = [["same" if i > 2 else f"v{i}{row}" for i in range(12)] for row in range(3)]
    show([table("Alike", names, rows)])
    text = " ".join(sys.stdout.getvalue().split())  # type: ignore[attr-defined]
    assert text.count("same") == 9
    assert "in all rows: column_03 same" in text
    assert "v22" in text


@pytest.mark.usefixtures("narrow")
def test_no_color_keeps_the_layout_and_drops_every_style(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [Line("good", "good"), table("T", ["a", ">b"], [("x" * 60, "1"), ("y z " * 30, "2")])]
    texts = []
    for setting in ("", "1"):
        monkeypatch.setenv("NO_COLOR", setting)
        monkeypatch.setattr(sys, "stdout", Terminal())
        show(blocks)
        texts.append(sys.stdout.getvalue())  # type: ignore[attr-defined]
    assert "\x1b" in texts[0]
    assert "\x1b" not in texts[1]
    assert plainly(texts[0]) == plainly(texts[1])


def test_a_pipe_without_a_width_gets_whole_lines(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    out = run("data").out
    assert "\x1b" not in out
    assert any(len(line) > 80 for line in run("schema", "--table", "lanes").out.splitlines())


@pytest.mark.parametrize("name", ["examples", "check", "solve", "frontier", "smps"])
def test_the_end_says_where_it_is_and_what_comes_next(name: str, run: Any) -> None:
    lines = [line for line in run(*COMMANDS[name]).out.splitlines() if line]
    if name in ("solve", "frontier", "smps"):
        assert any(line.startswith("Not saved: --out DIR") for line in lines[-2:])
    if name != "frontier":
        assert lines[-1].startswith("Next: diversify")


def test_quiet_says_nothing_on_stderr(run: Any) -> None:
    for name in ("solve", "frontier", "explain", "smps"):
        assert run(*COMMANDS[name]).err == "", name
    assert run("solve", "first-steps").err != ""


STATES = [State(i, 100.0, 100.0 - 10.0 ** (2 - i), 10 * i, 5 * i, 20, 20) for i in range(1, 5)]


def test_time_left_follows_the_pace_at_which_the_gap_closes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(progress, "EVERY", 0.0)
    report = Progress(quiet=False)
    report.aim(1e-6)
    report("solve")
    for state in STATES:
        now[0] += 10.0
        report.watch(state)
    lines = capsys.readouterr().err.splitlines()
    assert "left" not in lines[1]  # one point has no pace
    # A tenth of the gap is left after each 10 s; from 1e-4 (over 101) to 1e-6 is 2 - log10(1.01).
    assert lines[-1].endswith("about 20 s left")


def test_expected_phases_are_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    report = Progress(quiet=False)
    report.expect(4, "level ")
    report("build")
    for level in (1, 2, 3):
        report(f"level {level}")
        now[0] += 30.0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].endswith("build")
    assert lines[1].endswith("level 1 (1 of 4)")
    assert lines[3].endswith("level 3 (3 of 4, about 1 min 0 s left)")


@pytest.mark.parametrize(
    "shell", ["bash", *(pytest.param(s, marks=pytest.mark.slow) for s in ("zsh", "fish"))]
)
def test_a_shell_completes_commands_and_options(shell: str) -> None:
    def ask(typed: str) -> str:
        settings = {
            "_DIVERSIFY_COMPLETE": f"complete_{shell}",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split()) - 1),
            "_TYPER_COMPLETE_ARGS": typed,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        }
        program = "import sys; from diversify.cli import main; sys.exit(main([]))"
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    assert "solve" in ask("diversify sol")
    assert "frontier" not in ask("diversify sol")
    assert "--time-limit" in ask("diversify solve --time")


def test_completion_can_be_installed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert "--install-completion" in text
    assert "--show-completion" in text
