"""A frontier that was saved, read back for the page."""

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


def _refused(folder: Path, message: str) -> InputError:
    remedy = "give a folder that `diversify frontier --out` wrote"
    return InputError(
        [Finding.error(table="frontier", message=message, remedy=remedy, file=str(folder))]
    )
