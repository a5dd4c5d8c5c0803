"""Run every check of the project, in order, and stop at the first that fails.

``python -m tests`` takes the fast tests, ``python -m tests --slow`` all of them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# One worker a core; who has finished takes tests from the others. More than four would wait for the
# longest test.
BESIDE = ["-n", "logical", "--maxprocesses", "4", "--dist", "worksteal"]


def checks(*, slow: bool) -> list[tuple[str, list[str]]]:
    """Return the name and the arguments of Python of each check."""
    # The last -m counts: an empty one undoes the "not slow" of pyproject.toml.
    return [
        ("ruff check", ["-m", "ruff", "check", "."]),
        ("ruff format", ["-m", "ruff", "format", "--check", "."]),
        ("mypy", ["-m", "mypy"]),
        ("import-linter", ["-c", LINT_IMPORTS]),
        ("pytest", ["-m", "pytest", *BESIDE, *(["-m", ""] if slow else [])]),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks and return the exit code of the first that fails, or 0."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("--slow", action="store_true", help="also run the slow tests")
    options = parser.parse_args(arguments)
    for name, command in checks(slow=options.slow):
        say(f"== {name}")
        begin = time.perf_counter()
        code = subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode
        if code:
            say(f"== {name} failed (exit code {code}); the checks after it were not run")
            return code
        say(f"== {name} passed in {time.perf_counter() - begin:.0f} s")
    return 0


def say(line: str) -> None:
    """Print a line at once, so that it stands before the output of the check."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
