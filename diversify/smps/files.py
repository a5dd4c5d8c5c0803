"""Which three files a path stands for."""

from __future__ import annotations

from pathlib import Path

from diversify.errors import Finding, InputError
from diversify.smps.cards import Table

ENDINGS: dict[Table, tuple[str, ...]] = {
    "core": (".cor", ".core", ".mps"),
    "time": (".tim", ".time"),
    "stoch": (".sto", ".stoch"),
}


def find_files(path: Path) -> dict[Table, Path]:
    """Return the core, time and stoch file that a path stands for.

    One core often serves several stoch files: where a stem has no core or time file of its own,
    that with the longest stem with which it begins is taken, as ``fxm`` for ``fxm-2-6``.

    Parameters
    ----------
    path : Path
        One of the three files, their common path without the ending, or a folder that holds them;
        endings may be long or short, in small or capital letters.

    Returns
    -------
    dict
        The three files.

    Raises
    ------
    InputError
        If one of them is missing, or more than one would do.
    """
    known = {ending for endings in ENDINGS.values() for ending in endings}
    folder, stem = (path, None) if path.is_dir() else (path.parent, path.name)
    if stem is not None and Path(stem).suffix.lower() in known:
        stem = Path(stem).stem
    listed = sorted(folder.iterdir()) if folder.is_dir() else []
    inside = [file for file in listed if file.is_file() and file.suffix.lower() in known]
    found: dict[Table, Path] = {}
    findings = []
    for table, endings in ENDINGS.items():
        mine = [file for file in inside if file.suffix.lower() in endings]
        if stem is not None:
            mine = _of_stem(mine, stem, shared=table != "stoch")
        # A plain MPS file beside a core may be another form of the same program.
        mine = [file for file in mine if file.suffix.lower() != ".mps"] or mine
        if len(mine) == 1:
            found[table] = mine[0]
            continue
        what = f"there is no {table} file" if not mine else f"there are {len(mine)} {table} files"
        findings.append(
            Finding.error(
                table=table,
                file=str(path),
                value=", ".join(file.name for file in mine[:4]) or None,
                message=f"{what} ({' or '.join(endings)})",
                remedy="give the common path of the three files without their endings",
            )
        )
    if findings:
        raise InputError(findings)
    return found


def _of_stem(files: list[Path], stem: str, *, shared: bool) -> list[Path]:
    """Return the files of a stem, else those that differ in case only, else of a shorter stem."""
    exact = [file for file in files if file.stem == stem]
    if exact:
        return exact
    small = stem.casefold()
    alike = [file for file in files if file.stem.casefold() == small]
    if alike or not shared:
        return alike
    begun = [file for file in files if small.startswith(file.stem.casefold())]
    longest = max((len(file.stem) for file in begun), default=0)
    return [file for file in begun if len(file.stem) == longest]
