"""The checkout: its folder, its texts, and Python run in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SITE = ("tutorial", "howto", "explanation", "reference")
"""Folders of pages that are run as a whole, from top to bottom."""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def documents() -> list[Path]:
    """Return the texts that are written for people."""
    return sorted(
        path
        for pattern in ("*.md", "docs/**/*.md", "data/**/*.md", "examples/*.md", "benchmarks/*.md")
        for path in ROOT.glob(pattern)
    )


def on_site(path: Path) -> bool:
    """Whether a text is a page that is run as a whole."""
    return path.parent.name in SITE and path.parent.parent == ROOT / "docs"


def named(path: Path) -> str:
    """Return a path as it is called in this project."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    """Return the fenced blocks of a text in one language."""
    return [body for kind, body in FENCE.findall(path.read_text("utf-8")) if kind == language]


def quietly(
    command: Sequence[str], cwd: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with nothing to read, and keep all that it says."""
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", **(settings or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def python(*arguments: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with the checkout importable where it is not installed."""
    path = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)
    done = quietly([sys.executable, *arguments], cwd, {"PYTHONPATH": path})
    if check:
        done.check_returncode()
    return done
