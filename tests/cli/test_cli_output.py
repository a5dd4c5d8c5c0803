"""What is printed where: pure JSON, plain pipes, literal names, and a program that starts fast."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from changing import change

from diversify.cli.blocks import Line, plain, show, table
from diversify.cli.outcome import print_json

ESCAPE = "\x1b"
NASTY = "[red]<script"


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Terminal]:
    """Make stdout a terminal; called within the test, since capturing begins after fixtures."""

    def begin() -> Terminal:
        stream = Terminal()
        monkeypatch.setattr(sys, "stdout", stream)
        return stream

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return begin


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "diversify.cli", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        check=False,
    )


def test_the_program_keeps_json_and_progress_apart() -> None:
    ended = program("solve", "first-steps", "--json")
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["status"] == "optimal"
    assert "s  build" in ended.stderr


def test_piped_text_has_no_control_sequence_even_if_colour_is_forced() -> None:
    ended = program("solve", "first-steps", FORCE_COLOR="1", GITHUB_ACTIONS="true")
    assert ended.returncode == 0
    assert "optimal, certified" in ended.stdout
    assert ESCAPE not in ended.stdout + ended.stderr
    assert ESCAPE not in program("--help", FORCE_COLOR="1", GITHUB_ACTIONS="true").stdout


def test_what_a_library_prints_does_not_reach_the_json(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diversify import api

    solve = api.solve

    def talkative(*arguments: Any, **options: Any) -> Any:
        sys.stdout.write("HiGHS says hello\n")
        return solve(*arguments, **options)

    monkeypatch.setattr(api, "solve", talkative)
    ended = run("solve", "first-steps", "--json")
    assert ended.json["status"] == "optimal"
    assert "HiGHS says hello" in ended.err


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["examples"], ["data"]])
def test_light_commands_load_nothing_heavy(command: list[str]) -> None:
    heavy = "numpy pandas scipy pyomo highspy rich plotly"
    assert loaded(command, heavy) == []


def test_check_needs_neither_pandas_nor_the_solver() -> None:
    assert loaded(["check", "rare-earths"], "pandas scipy pyomo highspy rich plotly") == []


def loaded(command: list[str], names: str) -> list[str]:
    code = (
        "import sys\nfrom diversify.cli import main\n"
        f"assert main({command!r}) == 0\n"
        f"print([name for name in {names.split()!r} if name in sys.modules], file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    found: list[str] = json.loads(ended.stderr.splitlines()[-1].replace("'", '"'))
    return found


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    code = "import sys; sys.stdin.readline()"
    with subprocess.Popen(
        [sys.executable, "-m", "diversify.cli", "data", "countries"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as writer:
        subprocess.run([sys.executable, "-c", code], stdin=writer.stdout, check=True)
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.close()
        assert writer.stderr.read() == ""


def test_names_are_shown_literally(run: Any, own: Path, terminal: Callable[[], Terminal]) -> None:
    for name in ("buyers.csv", "demand.csv"):
        change(own / name, "\nEU27,", f"\n{NASTY},")
    change(own / "lanes.csv", ",EU27,", f",{NASTY},")
    change(own / "case.toml", "at most 65 % from one country", f"cap {NASTY}></script>")
    stream = terminal()
    ended = run("solve", own, "--quiet")
    assert (ended.code, ended.err) == (0, "")
    told = stream.getvalue()
    assert f"first-steps for {NASTY}: optimal" in told
    assert f"cap {NASTY}></script>: No country" in told
    assert ESCAPE in told


def test_a_terminal_gets_tables_within_its_width(
    run: Any, terminal: Callable[[], Terminal]
) -> None:
    stream = terminal()
    assert run("solve", "first-steps", "-q").code == 0
    assert ESCAPE in stream.getvalue()
    assert "at the cap" in stream.getvalue()
    assert run("schema", "--table", "sites").code == 0
    bare = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert max(len(line) for line in bare.splitlines()) <= 80


def test_no_color_makes_a_terminal_plain(
    run: Any, terminal: Callable[[], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = terminal()
    assert run("check", "first-steps").code == 0
    assert "The case is in order" in stream.getvalue()
    assert ESCAPE not in stream.getvalue()


def test_hidden_characters_are_shown_by_their_codes(
    terminal: Callable[[], Terminal],
) -> None:
    blocks = [Line("a\u202eb"), table("t\x1b[2J", ["c"], [["x\ny\x07"]])]
    text = plain(blocks)
    assert text == "a\\u202eb\n\nt\\x1b[2J\n  c\n  x y\\x07\n"
    stream = terminal()
    show(blocks)
    assert "a\\u202eb" in stream.getvalue()
    assert "\u202e" not in stream.getvalue()
    assert f"{ESCAPE}[2J" not in stream.getvalue()


def test_json_is_ascii_and_refuses_nan(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Yttrium – 钇"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"name": "Yttrium – 钇"}
    with pytest.raises(ValueError, match="Out of range"):
        print_json({"value": float("nan")})
    with pytest.raises(TypeError, match="no JSON"):
        print_json({"value": object()})


def test_the_program_without_a_command_shows_its_help(run: Any) -> None:
    ended = run()
    assert ended.code == 2
    assert "Usage: diversify" in ended.err + ended.out
    assert run("--version").out.strip()


def test_an_interruption_before_a_command_begins_is_told(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("diversify.cli.app.app", interrupted)
    ended = run("examples")
    assert (ended.code, ended.out, ended.err) == (130, "", "interrupted\n")


def test_a_fault_of_the_program_itself_is_told_without_a_traceback(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("diversify.cli.app.app", broken)
    ended = run("examples", "--json")
    assert (ended.code, ended.json["status"]) == (1, "failed")
    assert ended.err == "unexpected RuntimeError: a fault\n"
    with pytest.raises(RuntimeError, match="a fault"):
        run("examples", "--debug")
