"""Folders that commands write to: refused early, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from diversify.errors import Finding, InputError


def refuse_taken(folder: Path | None, *, force: bool = False, mark: str = "") -> None:
    """Refuse a folder of ``--out`` that may not be written to, before any work is done.

    Parameters
    ----------
    folder
        What was given; None is fine.
    force
        Allow a folder that holds an earlier result.
    mark
        The file by which an earlier result is known.
    """
    if folder is None:
        return
    if folder.exists() and not folder.is_dir():
        _refuse(folder, "a file is there already", "name another folder")
    if folder.exists() and any(folder.iterdir()):
        if not force:
            again = f", or replace the {mark} in it with --force" if mark else ""
            _refuse(folder, "a folder that is not empty is there already", f"name another{again}")
        if not (folder / mark).is_file():
            _refuse(
                folder,
                f"--force replaces an earlier result, and the folder has no {mark}",
                "name another folder",
            )
    above = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
        _refuse(folder, f"{above} cannot be written to", "name another folder")


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write text files to a folder, all or none of them, and return the folder.

    Files that are there already are replaced; others are left alone.

    Parameters
    ----------
    folder
        Where to.
    files
        Text by path within the folder.
    """
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        fresh = Path(scratch, "new")
        for name, text in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        move_into(fresh, folder)
    return folder


def copy_files(source: Path, folder: Path) -> Path:
    """Copy the files of a folder to a new one, all or none of them, and return the new one."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        fresh = Path(scratch, "new")
        # Contents only: what is installed may be read-only, and a copy is made to be changed.
        shutil.copytree(source, fresh, copy_function=shutil.copyfile)
        for path in [fresh, *(p for p in fresh.rglob("*") if p.is_dir())]:
            path.chmod(path.stat().st_mode | 0o700)
        move_into(fresh, folder)
    return folder


def move_into(fresh: Path, folder: Path) -> None:
    """Put the files of a folder that is complete where they belong."""
    if not folder.exists():
        fresh.rename(folder)
        return
    for path in sorted(p for p in fresh.rglob("*") if p.is_file()):
        target = folder / path.relative_to(fresh)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _refuse(folder: Path, message: str, remedy: str) -> None:
    raise InputError(
        [Finding.error(table="out", value=str(folder), message=message, remedy=remedy)]
    )
