"""What is booked, as flows of a material between places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pandas as pd

from diversify.case import Case
from diversify.case.codes import countries
from diversify.errors import Finding, InputError

By = Literal["country", "owner", "site", "bloc"]
ORDER: Final = ("mine", "refine", "recycle", "make")
SMALL: Final = 1e-6
"""Flows below this part of the whole are dust of the solver."""


@dataclass(frozen=True)
class Flows:
    """The bookings of a plan with both ends of each lane.

    Attributes
    ----------
    rows : pandas.DataFrame
        Columns lane, stage, commodity, site, owner, country, destination, next_stage, next_owner,
        next_country, period, tonnes; ``next_stage`` is empty at a buyer.
    content : dict
        Tonnes of each material in a tonne of a commodity.
    periods : tuple of str
        Labels, in order.
    buyers : tuple of str
        Names.
    """

    rows: pd.DataFrame
    content: dict[str, dict[str, float]]
    periods: tuple[str, ...]
    buyers: tuple[str, ...]
    _kept: dict[tuple[str, str | None], pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def materials(self) -> list[str]:
        """Materials that are booked: the longest chains first, then what buyers get most of."""
        moved = list(dict.fromkeys(self.rows["commodity"].tolist()))
        known = {m for c in moved for m in self.content.get(c, {})}
        arriving = self.rows[self.rows["next_stage"] == ""].groupby("commodity")["tonnes"].sum()
        final: dict[str, float] = {}
        for commodity, tonnes in arriving.items():
            for material, share in self.content.get(str(commodity), {}).items():
                final[material] = final.get(material, 0.0) + share * float(tonnes)
        longest = {m: -len(self.stages(m)) for m in known}
        return sorted(known, key=lambda m: (longest[m], -final.get(m, 0.0), m))

    def of(self, material: str, period: str | None = None) -> pd.DataFrame:
        """Return the flows of a material, in one period or over the horizon.

        Parameters
        ----------
        material : str
            Which one.
        period : str, optional
            Label of a period.

        Returns
        -------
        pandas.DataFrame
            The columns of ``rows`` without period and tonnes, and ``mass`` [t of the material]; one
            row a lane.
        """
        if (material, period) not in self._kept:
            self._kept[material, period] = self._of(material, period)
        found: pd.DataFrame = self._kept[material, period].copy()
        return found

    def _of(self, material: str, period: str | None) -> pd.DataFrame:
        rows = self.rows if period is None else self.rows[self.rows["period"] == period]
        share = rows["commodity"].map({c: m.get(material, 0.0) for c, m in self.content.items()})
        found = rows.assign(mass=rows["tonnes"] * share.astype(float).fillna(0.0))
        if period is None:
            found["mass"] = found.groupby("lane", sort=False)["mass"].transform("sum")
            found = found.drop_duplicates("lane")
        found = found.drop(columns=["period", "tonnes"])
        kept = found["mass"] > SMALL * found["mass"].max()
        return pd.DataFrame(found[kept]).reset_index(drop=True)

    def leaving(self, material: str, period: str | None = None) -> pd.DataFrame:
        """Return the flows that leave their stage, so that nothing is counted twice."""
        found = self.of(material, period)
        return pd.DataFrame(found[found["stage"] != found["next_stage"]]).reset_index(drop=True)

    def stages(self, material: str) -> list[str]:
        """Return the stages that the material leaves, in their usual order."""
        return in_order(self.leaving(material)["stage"])


def flows(case: Case, portfolio: pd.DataFrame) -> Flows:
    """Return the bookings of a plan as flows.

    Parameters
    ----------
    case : Case
        The case of the plan.
    portfolio : pandas.DataFrame
        The plan's table of this name.
    """
    sites = case.table("sites").set_index("site")
    buyers = case.table("buyers").set_index("buyer")
    rows = portfolio.copy()
    place = rows["destination"]
    rows["next_stage"] = place.map(sites["stage"]).fillna("").astype(str)
    rows["next_owner"] = place.map(sites["owner"]).fillna(place).astype(str)
    home = place.map(sites["country"]).fillna(place.map(buyers["country"]))
    rows["next_country"] = home.fillna("").astype(str)
    content: dict[str, dict[str, float]] = {}
    table = case.table("contents")
    for commodity, material, share in zip(
        table["commodity"].tolist(),
        table["material"].tolist(),
        table["content"].tolist(),
        strict=True,
    ):
        content.setdefault(commodity, {})[material] = share
    return Flows(rows, content, case.period_labels, case.buyers)


def capacity(case: Case) -> pd.DataFrame:
    """Return what the sites of a case can deliver of each material.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    pandas.DataFrame
        Columns site, stage, country, owner, material, tonnes [a year, by the recipe that yields
        most]; sites without a limit are left out.
    """
    recipes = case.table("recipes")
    contents = case.table("contents")
    made = recipes[recipes["direction"] == "output"].merge(contents, on="commodity")
    made["mass"] = made["amount"] * made["yield"] * made["content"]
    each = made.groupby(["site", "recipe", "material"], as_index=False)["mass"].sum()
    best = each.groupby(["site", "material"], as_index=False)["mass"].max()
    sites = case.table("sites")[["site", "stage", "country", "owner", "capacity"]]
    found = best.merge(sites, on="site")
    found = found[found["capacity"] < float("inf")]
    found["tonnes"] = found["mass"] * found["capacity"]
    columns = ["site", "stage", "country", "owner", "material", "tonnes"]
    return pd.DataFrame(found[columns])


def in_order(stages: Sequence[str] | pd.Series) -> list[str]:
    """Return stages once each, in their usual order.

    Examples
    --------
    >>> in_order(["refine", "mine", "refine"])
    ['mine', 'refine']
    """
    known = set(stages)
    return [*(s for s in ORDER if s in known), *sorted(known - set(ORDER) - {""})]


def named(code: str) -> str:
    """Return the everyday name of a country code, or the code where there is none.

    Examples
    --------
    >>> named("NAM"), named("EU27")
    ('Namibia', 'EU27')
    """
    return countries().get(code, code)


def chosen(what: str, name: str | None, known: Sequence[str]) -> str:
    """Return a name that is known, or the first one where none is given.

    Raises
    ------
    InputError
        If the name is unknown, with those that are known.
    """
    if name is None:
        return known[0] if known else ""
    if name in known:
        return name
    raise InputError(
        [
            Finding.error(
                table="plan",
                column=what,
                value=name,
                message=f"the plan has no such {what}",
                remedy=f"known: {', '.join(known[:30]) or 'none'}",
            )
        ]
    )
