"""Whole processes: how long until the program answers."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.registry import Options, Repetition


def run(options: Options) -> Repetition:
    """Start each program once."""
    cli = ["-m", "diversify.cli"]
    commands = {
        "python": ["-c", "pass"],
        "import diversify": ["-c", "import diversify"],
        "diversify --help": [*cli, "--help"],
        "diversify check": [*cli, "check", options.case],
    }
    return Repetition({name: _seconds(command) for name, command in commands.items()})


def _seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return time.perf_counter() - begin
