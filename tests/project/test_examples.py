"""Every example runs, and quickly."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from checkout import ROOT, python

SCRIPTS = sorted(path.name for path in (ROOT / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_runs(script: str, tmp_path: Path) -> None:
    begin = time.perf_counter()
    done = python("-W", "error", str(ROOT / "examples" / script), cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    # 20 s on a quiet machine; more on one that does other things as well.
    assert time.perf_counter() - begin < 60


def test_there_are_examples() -> None:
    assert len(SCRIPTS) >= 3
