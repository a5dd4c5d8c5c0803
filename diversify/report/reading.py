"""A frontier or a stress that was saved, read back for the page."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from diversify.errors import Finding, InputError

NEEDED = ("level", "status", "objective")


def read_frontier(folder: Path) -> tuple[str, pd.DataFrame]:
    """Return the policy of a saved frontier and its points.

    Parameters
    ----------
    folder : pathlib.Path
        What ``diversify frontier --out`` wrote.

    Raises
    ------
    InputError
        If the folder holds no frontier of one policy.
    """
    try:
        content = json.loads((folder / "frontier.json").read_text(encoding="utf-8"))
        points = pd.read_csv(folder / "points.csv")
        policy = str(content["policy"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _refused(folder, "holds no frontier that can be read") from error
    if not set(NEEDED) <= set(points.columns):
        raise _refused(folder, "holds a frontier without levels and costs")
    numbers = {
        name: pd.to_numeric(points[name], errors="coerce") for name in ("level", "objective")
    }
    return policy, points.assign(**numbers)


def read_stress(folder: Path) -> pd.DataFrame:
    """Return the table of a saved stress.

    Parameters
    ----------
    folder : pathlib.Path
        What ``diversify stress --out`` wrote.

    Returns
    -------
    pandas.DataFrame
        One row for each event and plan.

    Raises
    ------
    InputError
        If the folder holds none.
    """
    try:
        found = pd.read_csv(folder / "table.csv")
    except (OSError, ValueError) as error:
        raise _refused(folder, "holds no stress that can be read", "stress") from error
    if not {"event", "plan", "score"} <= set(found.columns):
        raise _refused(folder, "holds a table without events and scores", "stress")
    return found


def _refused(folder: Path, message: str, command: str = "frontier") -> InputError:
    remedy = f"give a folder that `diversify {command} --out` wrote"
    return InputError(
        [Finding.error(table=command, message=message, remedy=remedy, file=str(folder))]
    )
