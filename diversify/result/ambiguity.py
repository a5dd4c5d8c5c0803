"""What a plan costs and lacks if the distribution is another one nearby."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from diversify.result.view import View
from diversify.risk.worst_means import WORST_MEANS

COLUMNS = ["loss", "set", "radius", "mean", "worst"]


def ambiguity(view: View, radii: Mapping[str, float]) -> pd.DataFrame:
    """Return the worst mean of cost and of each shortage near the distribution of a view.

    Parameters
    ----------
    view : View
        A plan in scenarios.
    radii : mapping
        Radius by the name of the set: ``tv``, ``chi2``, ``kl`` or ``wasserstein``.

    Returns
    -------
    pandas.DataFrame
        Columns loss, set, radius, mean, worst: cost in USD, shortage as a part of planned demand.
    """
    losses = {"cost": view.cost}
    for material in view.asked:
        losses[f"shortage: {material}"] = view.shortage(material, None)
    rows: list[dict[str, Any]] = [
        {
            "loss": name,
            "set": kind,
            "radius": radius,
            "mean": float(view.probability @ values),
            "worst": WORST_MEANS[kind](values, view.probability, radius),
        }
        for name, values in losses.items()
        for kind, radius in radii.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
