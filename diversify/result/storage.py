"""Plans on disk: JSON for the record, CSV for the tables, the case beside them."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from diversify.case import read
from diversify.case.whole import public
from diversify.errors import Finding, InputError
from diversify.policies import parse_policies, policy_toml
from diversify.result.plan import NUMBERS, TABLES, Plan, Record
from diversify.solver.certificate import Certificate

SCHEMA = 1
WRITTEN = frozenset({"plan.json", "plan.xlsx", "case", *(f"{name}.csv" for name in TABLES)})


def save_plan(plan: Plan, folder: Path, *, force: bool = False) -> Path:
    """Write a plan to a folder, all of it or nothing.

    Parameters
    ----------
    plan : Plan
        The plan.
    folder : pathlib.Path
        Must not exist, or be empty, unless ``force``.
    force : bool
        Replace a plan that is there. A folder that holds anything else is never replaced.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    InputError
        If the folder holds something that may not be replaced.
    """
    if folder.exists() and any(folder.iterdir()):
        if not force:
            raise InputError(
                [_refused(folder, "exists and is not empty", "choose another folder, or use force")]
            )
        others = sorted({path.name for path in folder.iterdir()} - WRITTEN)
        if others or not (folder / "plan.json").exists():
            what = f"holds something other than a plan: {', '.join(others) or 'no plan.json'}"
            raise InputError([_refused(folder, what, "choose another folder")])
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        public(new, 0o777)
        _write(plan, new)
        _put_in_place(new, folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return folder


def _put_in_place(new: Path, folder: Path) -> None:
    """Rename the new folder to its name; what was there is removed last, or stays."""
    if not folder.exists():
        new.replace(folder)
        return
    old = new.with_name(f"{new.name}-old")
    folder.replace(old)
    try:
        new.replace(folder)
    except BaseException:
        old.replace(folder)
        raise
    shutil.rmtree(old)


def _write(plan: Plan, folder: Path) -> None:
    record = asdict(plan.record)
    content = {
        "schema": SCHEMA,
        "record": record,
        "policies": [policy_toml(policy) for policy in plan.policies],
    }
    text = json.dumps(content, indent=1, sort_keys=True, allow_nan=True)
    (folder / "plan.json").write_text(text + "\n", encoding="utf-8")
    for name in TABLES:
        escaped = plan.table(name).map(_escape)
        escaped.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    plan.case.write(folder / "case")


def read_plan(folder: str | Path) -> Plan:
    """Return a plan that was saved.

    Parameters
    ----------
    folder : path-like
        What :meth:`Plan.save` wrote.

    Returns
    -------
    Plan
        Equal to the one that was saved.

    Raises
    ------
    InputError
        If the folder holds no plan, or one of a newer version.
    """
    folder = Path(folder)
    path = folder / "plan.json"
    if not path.is_file():
        raise InputError(
            [_refused(folder, "holds no plan.json", "give a folder that a plan was saved to")]
        )
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content["schema"] > SCHEMA:
        raise InputError(
            [_refused(path, f"has schema {content['schema']}", "install a newer diversify")]
        )
    record = content["record"]
    if record["certificate"] is not None:
        record["certificate"] = Certificate(**record["certificate"])
    record["warnings"] = tuple(record["warnings"])
    tables = {name: _table(folder / f"{name}.csv", NUMBERS[name]) for name in TABLES}
    tables["decisions"]["qualified"] = tables["decisions"]["qualified"] == "True"
    return Plan(
        read(folder / "case"), parse_policies(content["policies"]), Record(**record), tables
    )


def _table(path: Path, floats: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name in frame.columns:
        if name in floats:
            frame[name] = [float(v) if v else float("nan") for v in frame[name]]
        else:
            frame[name] = [_unescape(v) for v in frame[name]]
    return frame


def _escape(value: Any) -> Any:
    """Protect spreadsheet users from text that would run as a formula."""
    return (
        "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "'") else value
    )


def _unescape(value: str) -> str:
    return value[1:] if value[:1] == "'" else value


def _refused(path: Path, message: str, remedy: str) -> Finding:
    return Finding.error(table="plan", message=message, remedy=remedy, file=str(path))
