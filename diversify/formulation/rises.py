"""Prices that rise while a hazard lasts: which lanes pay more, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from diversify.case import Case
from diversify.case.striking import RISING_KINDS

if TYPE_CHECKING:
    import pandas as pd

    from diversify.formulation.network import Network

Term = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Rises:
    """What hazards do to prices.

    Attributes
    ----------
    sets : list of tuple of (str, float)
        Every combination of hazards that moves the price of some lane, each one data symbol: the
        name of each and how much the multiplier of the price changes with its value.
    lanes : dict
        Lanes of each combination, by its position.
    """

    sets: list[tuple[Term, ...]] = field(default_factory=list)
    lanes: dict[int, list[str]] = field(default_factory=dict)

    def at(self, values: NDArray[np.float64], hazards: tuple[str, ...]) -> NDArray[np.float64]:
        r"""Return by how much prices rise, as a share, shape (S, sets, T).

        .. math:: \textstyle\prod_h \max\bigl(0, 1 + \rho_h (value_h - 1)\bigr) - 1

        Several rises multiply, as those of demand do, and no price falls below zero.

        Parameters
        ----------
        values : numpy.ndarray
            What each hazard does, shape (S, H, T).
        hazards : tuple of str
            Their names.
        """
        place = {name: i for i, name in enumerate(hazards)}
        found = np.ones((len(values), len(self.sets), values.shape[2]))
        for p, terms in enumerate(self.sets):
            for name, slope in terms:
                found[:, p] *= np.maximum(0.0, 1.0 + slope * (values[:, place[name]] - 1.0))
        return found - 1.0


def read_rises(case: Case, lanes: pd.DataFrame) -> Rises:
    r"""Return which lanes pay more while which hazards last.

    A hazard of prices multiplies the price of the lanes that it strikes by its value. Any other
    with a ``price_rise`` raises the price of its commodities on all lanes: by all of it while the
    hazard takes its severity, and in proportion to what it takes otherwise. ``price_inside`` is
    the rise for lanes that leave the places that it strikes, ``price_outside`` for all others.

    Parameters
    ----------
    case : Case
        The case.
    lanes : pandas.DataFrame
        Its lanes by label, with origin, country and commodity.

    Returns
    -------
    Rises
        Empty for a case without such hazards.
    """
    table = case.table("hazards")
    moving = table["price_rise"].notna() | table["price_inside"].notna()
    moving |= table["price_outside"].notna() | (table["kind"] == "price")
    if not moving.any():
        return Rises()
    exposure = case.exposure()
    terms: dict[str, list[Term]] = {str(lane): [] for lane in lanes.index}
    for row in table[moving].sort_values("hazard").to_dict("records"):
        name, struck = str(row["hazard"]), exposure[row["hazard"]]
        if row["kind"] == "price":
            for lane in struck.lanes:
                terms[lane].append((name, 1.0))
            continue
        hit = lanes.index.isin(struck.lanes) | lanes["origin"].isin(struck.sites).to_numpy()
        goods = {c for _, c in struck.demand} | set(lanes["commodity"][hit])
        if row["by"] in ("country", "bloc"):
            inside = lanes["country"].isin(case.countries_of(row["name"])).to_numpy()
        else:
            inside = lanes["origin"].isin(lanes["origin"][hit]).to_numpy()
        full = row["severity"] if row["severity"] > 0 else 1.0
        sign = 1.0 if row["kind"] in RISING_KINDS else -1.0
        for lane, commodity, within in zip(lanes.index, lanes["commodity"], inside, strict=True):
            side = row["price_inside" if within else "price_outside"]
            rise = row["price_rise"] if row["price_rise"] == row["price_rise"] else side
            if commodity in goods and rise == rise and rise != 0:
                terms[str(lane)].append((name, sign * float(rise) / float(full)))
    sets = sorted({tuple(found) for found in terms.values() if found})
    place = {found: p for p, found in enumerate(sets)}
    members: dict[int, list[str]] = {p: [] for p in range(len(sets))}
    for lane, found in terms.items():
        if found:
            members[place[tuple(found)]].append(lane)
    return Rises(sets, members)


def add_dearer(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Add what a scenario pays more because prices have risen.

    .. math:: dearer_{p,t} =
        dear_{p,t} \textstyle\sum_{l \in L_p} p_{c(l)} (flow_{l,t} + spot_{l,t})

    One variable for all lanes whose prices move together, so that costs themselves are the same in
    every scenario. Before the news nothing is dearer.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template, with flows; receives ``ops.dearer`` [USD] and its rows.
    network : Network
        The network of the case.
    """
    ops, rises, price = m.ops, network.rises, network.lanes["value"].to_dict()
    active = set(network.active)
    moving = {
        (p, t): [lane for lane in lanes if (lane, t) in active]
        for p, lanes in rises.lanes.items()
        for t in network.periods
    }
    index = [key for key, lanes in moving.items() if lanes]
    ops.dearer = pyo.Var(index)

    def paid(_: Any, p: int, t: int) -> Any:
        worth = sum(
            price[lane] * (ops.flow[lane, t] + (ops.spot[lane, t] if (lane, t) in ops.spot else 0))
            for lane in moving[p, t]
        )
        return ops.dearer[p, t] == m.data.dear[p, t] * worth

    ops.dearer_now = pyo.Constraint(index, rule=paid)
