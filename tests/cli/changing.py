"""Files of a case, changed in one place."""

from __future__ import annotations

from pathlib import Path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
