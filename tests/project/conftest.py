"""What the tests of the project share: its settings, its program, and its wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from checkout import ROOT, Run, python, quietly


@pytest.fixture(scope="session")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="session")
def diversify() -> Run:
    """The program: the installed entry point, or the module where nothing is installed."""
    script = shutil.which("diversify", path=str(Path(sys.executable).parent))

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        if script is None:
            return python("-m", "diversify.cli", *arguments, cwd=cwd, check=False)
        return quietly([script, *arguments], cwd)

    return run


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built
