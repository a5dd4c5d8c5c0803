"""What the limits of trade measures cost: the price of one more tonne of a quota."""

from __future__ import annotations

import pandas as pd

from diversify.compile.blocks import split_label
from diversify.formulation import Network
from diversify.solver.solution import Solution

UNIT = "USD per t"


def with_trade_prices(prices: pd.DataFrame, solution: Solution, network: Network) -> pd.DataFrame:
    """Return the prices of policies, followed by those of quotas, bans and delays of licences.

    Parameters
    ----------
    prices : pandas.DataFrame
        With columns policy, row, price and unit, and perhaps more.
    solution : Solution
        A solved problem.
    network : Network
        Its network.

    Returns
    -------
    pandas.DataFrame
        The same columns. For each limit a row ``all``: how expected cost changes where each period
        lets one more tonne pass [USD per t, present value], and a row for each period that has a
        part in it. The table itself for a case without such limits.
    """
    labels = network.case.period_labels
    found: dict[str, dict[str, float]] = {}
    for row, multiplier in zip(solution.blocks.rows, solution.row_multiplier.tolist(), strict=True):
        family, index = split_label(row)
        if family in ("plan.trade", "ops.trade"):
            periods = found.setdefault(index[0], {})
            label = labels[int(index[1])]
            periods[label] = periods.get(label, 0.0) + multiplier
    rows = []
    for name, periods in sorted(found.items()):
        parts = {label: price for label, price in periods.items() if price != 0.0}
        for label, price in {"all": sum(periods.values()), **parts}.items():
            rows.append({"policy": f"measure {name}", "row": label, "price": price, "unit": UNIT})
    if not rows:
        return prices
    return pd.DataFrame([*prices.to_dict("records"), *rows], columns=list(prices.columns))
