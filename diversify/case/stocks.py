"""Stocks in base units: per period, with what it costs to keep them fresh."""

from __future__ import annotations

from typing import Any

Columns = dict[str, list[Any]]


def complete_stocks(normal: dict[str, Columns], years: float) -> None:
    r"""Bring rates of stocks from a year to a period, and add rotation to the cost of holding.

    .. math:: h_{b,c} = holding_{b,c} + rotation_{b,c}\, share_{b,c}\, p_c

    per year, with :math:`share` the cost of replacing a tonne as a share of its price.

    Parameters
    ----------
    normal : dict
        The normalised tables; ``stocks`` is changed.
    years : float
        Length of a period.
    """
    stocks = normal["stocks"]
    price = dict(
        zip(normal["commodities"]["commodity"], normal["commodities"]["price"], strict=True)
    )
    stocks["loss_rate"] = [1 - (1 - rate) ** years for rate in stocks["loss_rate"]]
    stocks["refill_rate"] = [rate * years for rate in stocks["refill_rate"]]
    for i, (commodity, often, share) in enumerate(
        zip(stocks["commodity"], stocks["rotation"], stocks["rotation_cost"], strict=True)
    ):
        if often and share:
            stocks["holding_cost"][i] += often * share * price[commodity] * years
