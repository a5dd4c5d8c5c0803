"""How near the undisturbed plan of a case comes to what is observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from diversify.case import Case
from diversify.errors import StoppedError

SHORT = 1e3
"""Cost of going without, in the dearest price of the case: nothing is left unmet that can be."""


def distance(found: Mapping[str, float], observed: Mapping[str, float]) -> float:
    r"""Return half the sum of the differences between two sets of shares.

    .. math:: \tfrac12 \sum_c |a_c - b_c|

    Parameters
    ----------
    found, observed : mapping
        Shares by country, each with a sum of 1.

    Returns
    -------
    float
        From 0 (the same) to 1 (nothing in common): the part that would have to move.

    Notes
    -----
    The total variation distance; in ecology and trade the index of dissimilarity, Duncan and
    Duncan (1955).

    Examples
    --------
    >>> round(distance({"CHN": 0.9, "AUS": 0.1}, {"CHN": 0.7, "USA": 0.3}), 6)
    0.3
    """
    names = sorted({*found, *observed})
    return sum(abs(found.get(n, 0.0) - observed.get(n, 0.0)) for n in names) / 2


def undisturbed_shares(case: Case) -> pd.DataFrame:
    r"""Return the shares by country of the cheapest plan of an average year without hazards.

    .. math:: \min \sum_l c_l x_l + \sum_s k_s run_s + M\,short \quad \text{with balances,
        capacities and quotas}

    A small linear program of its own, without stocks and policies, solved by scipy: a second
    opinion on what :func:`diversify.solve` does with the same case.

    Parameters
    ----------
    case : Case
        A case of some buyers.

    Returns
    -------
    pandas.DataFrame
        Columns material, stage, name, share, tonnes; what leaves a stage for another.

    Examples
    --------
    >>> from diversify.builder import build_case
    >>> rows = undisturbed_shares(build_case("manganese", "JPN"))
    >>> rows[rows["stage"] == "mine"].set_index("name")["share"].round(2).to_dict()
    {'AUS': 0.05, 'GAB': 0.32, 'ZAF': 0.63}
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    flows = _Flows(case)
    entries = (flows.values, (flows.rows, flows.columns))
    # scipy takes sparse matrices here; its stubs do not know.
    matrix: Any = csr_array(entries, (len(flows.most), flows.size))
    bounds: Any = np.column_stack([np.zeros(flows.size), flows.upper])
    solution = linprog(flows.cost, A_ub=matrix, b_ub=np.array(flows.most), bounds=bounds)
    if solution.x is None:
        raise StoppedError(f"the undisturbed plan was not found: {solution.message}")
    return flows.shares(solution.x)


def cheapest_distance(case: Case, plain: Case, observed: pd.DataFrame) -> pd.DataFrame:
    """Return the distance to what is observed of a case, and of one without calibration.

    Parameters
    ----------
    case, plain : Case
        The calibrated case, and the same with each country at its plain cost.
    observed : pandas.DataFrame
        Columns material, stage, name, share.

    Returns
    -------
    pandas.DataFrame
        Columns material, stage, distance, cheapest: of the case, and of the plain one.
    """
    ours, theirs = undisturbed_shares(case), undisturbed_shares(plain)
    rows = []
    for (material, stage), group in observed.groupby(["material", "stage"], sort=False):
        wanted = dict(zip(group["name"], group["share"], strict=True))
        row: dict[str, Any] = {"material": material, "stage": stage}
        for name, table in (("distance", ours), ("cheapest", theirs)):
            part = table[(table["material"] == material) & (table["stage"] == stage)]
            row[name] = distance(dict(zip(part["name"], part["share"], strict=True)), wanted)
        rows.append(row)
    return pd.DataFrame(rows, columns=["material", "stage", "distance", "cheapest"])


class _Flows:
    """The linear program: lanes, recipes and shortage in the first period."""

    def __init__(self, case: Case) -> None:
        self.lanes, self.sites = case.table("lanes"), case.table("sites").set_index("site")
        self.goods = case.table("commodities").set_index("commodity")
        recipes, demand = case.table("recipes"), case.table("demand")
        demand = demand[demand["period"] == 1]
        runs = sorted(
            {(str(s), str(r)) for s, r in zip(recipes["site"], recipes["recipe"], strict=True)}
        )
        costs = {str(site): float(cost) for site, cost in self.sites["cost"].items()}
        sizes = {str(site): float(size) for site, size in self.sites["capacity"].items()}
        first_run = len(self.lanes)
        first_short = first_run + len(runs)
        self.size = first_short + len(demand)
        price = self.lanes["commodity"].map(self.goods["price"])
        way = self.lanes["freight"] + self.lanes["booking_cost"] + self.lanes["tariff"] * price
        run_cost = [costs[site] for site, _ in runs]
        without = SHORT * float(self.goods["price"].max())
        self.cost = np.array([*way, *run_cost, *([without] * len(demand))])
        self.upper = np.concatenate([self.lanes["quota"], np.full(self.size - first_run, np.inf)])
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.values: list[float] = []
        self.most: list[float] = []
        at = {run: first_run + i for i, run in enumerate(runs)}
        for (site, good), group in recipes.groupby(["site", "commodity"]):
            self._balance(str(site), str(good), group, at)
        for name, size in sizes.items():
            self._row([(at[run], 1.0) for run in runs if run[0] == name], size)
        for position, row in enumerate(demand.to_dict("records")):
            into = self._ways("destination", row["buyer"], row["commodity"])
            entries = [(i, -1.0) for i in into] + [(first_short + position, -1.0)]
            self._row(entries, -float(row["quantity"]))

    def _balance(self, site: str, good: str, group: pd.DataFrame, at: dict[Any, int]) -> None:
        """Add: what leaves is made, and what is used arrives."""
        made, used = (group[group["direction"] == side] for side in ("output", "input"))
        if len(made):
            out = [(i, 1.0) for i in self._ways("origin", site, good)]
            amounts = made["amount"] * made["yield"]
            runs = [at[site, r] for r in made["recipe"]]
            out += [(i, -float(a)) for i, a in zip(runs, amounts, strict=True)]
            self._row(out, 0.0)
        if len(used):
            into = [(i, -1.0) for i in self._ways("destination", site, good)]
            runs = [at[site, r] for r in used["recipe"]]
            into += [(i, float(a)) for i, a in zip(runs, used["amount"], strict=True)]
            self._row(into, 0.0)

    def _ways(self, end: str, name: str, good: str) -> list[int]:
        kept = (self.lanes[end] == name) & (self.lanes["commodity"] == good)
        return [int(i) for i in np.flatnonzero(kept)]

    def _row(self, entries: list[tuple[int, float]], most: float) -> None:
        if not np.isfinite(most):
            return
        for column, value in entries:
            self.rows.append(len(self.most))
            self.columns.append(column)
            self.values.append(value)
        self.most.append(most)

    def shares(self, x: np.ndarray[Any, np.dtype[np.float64]]) -> pd.DataFrame:
        lanes = self.lanes.assign(tonnes=x[: len(self.lanes)])
        lanes["stage"] = lanes["origin"].map(self.sites["stage"])
        lanes["name"] = lanes["origin"].map(self.sites["country"])
        lanes["material"] = lanes["commodity"].map(self.goods["material"])
        lanes = lanes[lanes["stage"] != lanes["destination"].map(self.sites["stage"])]
        keys = ["material", "stage", "name"]
        found = lanes.groupby(keys, as_index=False)["tonnes"].sum()
        whole = found.groupby(["material", "stage"])["tonnes"].transform("sum")
        found["share"] = found["tonnes"] / whole.where(whole > 0, 1.0)
        kept = found[found["tonnes"] > 1e-9 * whole].reset_index(drop=True)
        return pd.DataFrame(kept, columns=[*keys, "share", "tonnes"])
