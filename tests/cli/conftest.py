"""Runs the program in this process, and makes cases that it solves in no time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from diversify.case.bundled import example_path
from diversify.cli import main

CLASH = """
[[policy]]
kind = "exclude"
by = "country"
names = ["CHN"]

[[policy]]
kind = "share_floor"
by = "country"
names = ["CHN"]
share = 0.5
"""


@dataclass(frozen=True)
class Run:
    """What a run of the program left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout; strict about NaN."""
        assert self.out.count("\n") == 1
        assert self.out.endswith("}\n")

        def refuse(text: str) -> None:
            raise AssertionError(f"{text} is no JSON")

        found = json.loads(self.out, parse_constant=refuse)
        assert isinstance(found, dict)
        return found


Runner = Callable[..., Run]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    def call(*arguments: str | Path) -> Run:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Run(code, out, err)

    return call


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of the smallest case."""
    return Path(shutil.copytree(example_path("first-steps"), tmp_path / "own"))


@pytest.fixture
def clash(tmp_path: Path) -> Path:
    """Policies that cannot hold together."""
    path = tmp_path / "clash.toml"
    path.write_text(CLASH, encoding="utf-8")
    return path
