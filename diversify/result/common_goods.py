"""What a plan costs everyone: greenhouse gases and radioactive residues, by country."""

from __future__ import annotations

import pandas as pd

from diversify.formulation.emissions import emission_form, residue_form
from diversify.result.view import View

COLUMNS = ["what", "country", "stage", "tonnes"]


def common_goods(view: View) -> pd.DataFrame:
    """Return the emissions and radioactive residues of the undisturbed plan over the horizon.

    Parameters
    ----------
    view : View
        A solved plan.

    Returns
    -------
    pandas.DataFrame
        Columns what (``emissions`` [t CO2e] or ``radioactive`` [t]), country, stage, tonnes;
        transport is a stage of its own, in the country that it leaves. Nothing is listed where
        the case gives no figures.
    """
    network = view.network
    sites = network.sites
    total: dict[tuple[str, str, str], float] = {}

    def add(what: str, country: str, stage: str, amount: float) -> None:
        key = what, country, stage
        total[key] = total.get(key, 0.0) + amount

    for what, form in (
        ("emissions", emission_form(network)),
        ("radioactive", residue_form(network)),
    ):
        for (site, _, _), tonnes in view.activity.items():
            if site in form.sites:
                country, stage = sites.at[site, "country"], sites.at[site, "stage"]
                add(what, str(country), str(stage), form.sites[site] * tonnes)
        for (lane, _), tonnes in view.booked.items():
            if lane in form.lanes:
                country = str(network.lane(lane, "country"))
                add(what, country, "transport", form.lanes[lane] * tonnes)
    rows = [
        (*key, amount)
        for key, amount in sorted(total.items(), key=lambda item: (item[0][::2], item[0]))
        if amount > 1e-9
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"tonnes": float})
