"""Value added by country: what a plan leaves to those who mine, refine, make and recycle."""

from __future__ import annotations

import pandas as pd

from diversify.formulation.value import value_by_material
from diversify.result.view import View

COLUMNS = ["country", "stage", "material", "usd", "share"]


def value_added(view: View) -> pd.DataFrame:
    """Return what each country's sites make less what they take in, at reference prices.

    Counted is the undisturbed plan over the horizon, undiscounted, in money of the case's price
    year, by the main materials of what is made. Joint outputs count as made, also where this
    case's buyers leave them to others; a stage whose inputs are worth more than its outputs is
    below zero.

    Parameters
    ----------
    view : View
        A solved plan.

    Returns
    -------
    pandas.DataFrame
        Columns country, stage, material, usd, share (of the sum of all).
    """
    sites = view.network.sites
    added = value_by_material(view.network)
    total: dict[tuple[str, str, str], float] = {}
    for (site, recipe, _), tonnes in view.activity.items():
        if tonnes > 1e-9:
            place = str(sites.at[site, "country"]), str(sites.at[site, "stage"])
            for material, value in added.get((site, recipe), {}).items():
                key = (*place, material)
                total[key] = total.get(key, 0.0) + value * tonnes
    whole = sum(total.values())
    rows = [
        (*key, usd, usd / whole if whole > 0 else None)
        for key, usd in sorted(total.items(), key=lambda item: (item[0][1:], item[0]))
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"usd": float, "share": float})
