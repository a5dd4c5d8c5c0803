"""What lies on disk is a whole state, whatever happens; what is not is refused and left alone."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interrupting import close, solver

from diversify.errors import InputError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver import checkpoint, keeping
from diversify.solver.checkpoint import MANIFEST, STATE
from diversify.solver.cuts import Cut
from diversify.solver.flat_cuts import cuts_from, flattened


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a checkpoint after each plan."""
    monkeypatch.setattr(keeping, "PAUSE", 0.0)
    monkeypatch.setattr(keeping, "RARELY", 0.0)


def test_a_failure_at_any_moment_of_writing_leaves_a_whole_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "state"
    solve = solver("plain", checkpoint=folder, scenarios=10)
    optimum = solve().objective
    # A solve that goes on from the end writes twice: three calls of fsync, two of replace each.
    for broken, calls in (("fsync", 6), ("replace", 4)):
        for at in range(1, calls + 1):
            left, real = [at], getattr(os, broken)

            def failing(*given: Any, left: list[int] = left, real: Any = real) -> Any:
                left[0] -= 1
                if left[0] <= 0:
                    raise KeyboardInterrupt
                return real(*given)

            with monkeypatch.context() as patch:
                patch.setattr(os, broken, failing)
                with pytest.raises(KeyboardInterrupt):
                    solve()
            assert close(solve().objective, optimum)
            (state,) = (path.name for path in folder.iterdir() if path.name != MANIFEST)
            assert state.startswith(STATE)


def test_a_disk_that_fills_up_does_not_end_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [0]
    real = checkpoint.Checkpoint.write

    def write(self: checkpoint.Checkpoint, saved: checkpoint.Saved) -> None:
        written[0] += 1
        if written[0] > 2:
            raise OSError(28, "No space left on device")
        real(self, saved)

    monkeypatch.setattr(checkpoint.Checkpoint, "write", write)
    plan = solver("budget", checkpoint=tmp_path / "state")()
    assert plan.point == "certified"
    assert any("No space left" in text for text in plan.record.warnings)
    assert written[0] == 3


def _truncate(folder: Path) -> str:
    path = next(folder.glob(f"{STATE}*"))
    path.write_bytes(path.read_bytes()[:-100])
    return path.name


def _flip(folder: Path) -> str:
    path = next(folder.glob(f"{STATE}*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    return path.name


def _lose(folder: Path) -> str:
    path = next(folder.glob(f"{STATE}*"))
    path.unlink()
    return path.name


def _half(folder: Path) -> str:
    path = folder / MANIFEST
    path.write_text(path.read_text("utf-8")[:50], "utf-8")
    return MANIFEST


def _newer(folder: Path) -> str:
    path = folder / MANIFEST
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, "format": 2}), "utf-8")
    return MANIFEST


def _grouped(folder: Path) -> str:
    path = folder / MANIFEST
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, "mark": "0" * 64}), "utf-8")
    return MANIFEST


@pytest.mark.parametrize("harm", [_truncate, _flip, _lose, _half, _newer, _grouped])
def test_a_damaged_checkpoint_is_refused_and_left_as_it_is(
    harm: Callable[[Path], str], tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    solve = solver("plain", checkpoint=folder)
    solve()
    named = harm(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputError) as caught:
        solve()
    (finding,) = caught.value.findings
    assert finding.file == str(folder / named)
    assert "delete the folder" in finding.remedy
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 4},
        {"scenarios": 61},
        {"objective": MeanCvar(0.9, 0.5, 0.5)},
        {"information": "clairvoyant"},
    ],
)
def test_a_checkpoint_of_another_problem_is_refused(other: dict[str, Any], tmp_path: Path) -> None:
    solve = solver("plain", checkpoint=tmp_path / "state")
    solve()
    with pytest.raises(InputError, match="of another problem"):
        solve(**other)


def test_a_folder_with_something_else_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(InputError, match=r"thesis\.txt"):
        solver("plain")(checkpoint=tmp_path)
    with pytest.raises(InputError, match="a file is there"):
        solver("plain")(checkpoint=tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_extensive_form_says_that_it_keeps_no_checkpoint(tmp_path: Path) -> None:
    plan = solver("plain")(method="extensive", checkpoint=tmp_path / "state")
    assert any("no checkpoint was kept" in text for text in plan.record.warnings)
    assert not (tmp_path / "state").exists()


def test_cuts_come_back_from_arrays_as_they_were() -> None:
    rng = np.random.default_rng(5)

    def cut(k: int, columns: int, rows: int) -> Cut:
        return Cut(
            k,
            float(k % 2),
            float(k % 3 == 0),
            rng.random(),
            rng.random(2),
            rng.normal(),
            np.arange(columns, dtype=np.int64),
            rng.normal(size=columns),
            np.arange(rows, dtype=np.int64),
            rng.normal(size=rows),
            rng.random(2),
        )

    # Empty ones at the beginning, within and at the end.
    for sizes in ([], [(0, 0)], [(0, 3), (4, 0), (0, 0), (2, 5), (0, 0)]):
        cuts = [cut(k, *size) for k, size in enumerate(sizes)]
        back = cuts_from(flattened(cuts, 2), 4, 5)
        assert len(back) == len(cuts)
        for one, other in zip(cuts, back, strict=True):
            for field in dataclasses.fields(Cut):
                assert np.array_equal(getattr(one, field.name), getattr(other, field.name))
    arrays = flattened(cuts, 2)
    for name, wrong in (("columns", 4), ("rows", 5), ("columns_start", 99), ("slope", np.nan)):
        harmed = {**arrays, name: arrays[name].copy()}
        harmed[name][-1] = wrong
        with pytest.raises(ValueError, match="of the cuts"):
            cuts_from(harmed, 4, 5)
