"""The benchmarks run, and the same work done in three ways has one optimum."""

from __future__ import annotations

from pathlib import Path

import pytest
from checkout import ROOT, python


def test_every_subject_has_a_module() -> None:
    from benchmarks.registry import SUBJECTS

    modules = {path.stem for path in (ROOT / "benchmarks" / "subjects").glob("[!_]*.py")}
    assert sorted(subject.name for subject in SUBJECTS) == sorted(modules)


@pytest.mark.slow
def test_a_quick_run_writes_a_page_and_finds_one_optimum(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    few = ("--repeats", "1", "--scenarios", "4", "--few", "4", "--out", str(page))
    done = python("-m", "benchmarks", "--quick", *few, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    text = page.read_text("utf-8")
    assert text.strip() == done.stdout.strip()
    assert "All optima are equal within 1e-9." in text
    for phase in ("read", "build", "compile", "stack", "hand-over", "solve", "certify"):
        assert f"| {phase} |" in text
