"""Tables of stocks that several buyers hold together.

A case without them is as if they did not exist.
"""

from __future__ import annotations

from typing import Any

from diversify.case.columns import TableSpec, flag, integer, name, quantity, share, unit

POOL_TABLES: tuple[TableSpec, ...] = (
    TableSpec(
        "pools",
        "One commodity in a stock that several buyers hold together.",
        ("pool", "commodity"),
        (
            name("pool", "Name of the pool."),
            name("commodity", "The commodity.", "commodities.commodity"),
            quantity("capacity", "The most that can be stored; inf = no limit.", "mass",
                     unit="unit", required=True, infinite=True),
            unit("unit", "Unit of capacity, such as t.", "mass"),
            quantity("holding_cost", "Cost of storing a tonne for a year, without capital.",
                     "money per mass and year", unit="holding_cost_unit", required=True),
            unit("holding_cost_unit", "Unit of the holding cost, as USD/t, always per year.",
                 "money per mass and year"),
            share("loss_rate", "Share of the stock that is lost in a year; members replace it.",
                  default=0.0),
            share("end_discount", "What is left at the end is worth the price less this share.",
                  required=True),
            share("refill_rate", "Most that is put into store in a year, as a share of the target; "
                  "empty = no limit.", may_exceed_one=True),
            quantity("draw_fee", "Paid per tonne that a member takes.", "money per mass",
                     unit="draw_fee_unit", default=0.0),
            unit("draw_fee_unit", "Unit of draw_fee, such as USD/t.", "money per mass",
                 required=False),
            flag("only_missing", "Whether a member may take no more than what its own bookings "
                 "fail to deliver."),
            integer("price_year", "The year of the prices of holding_cost and draw_fee, if it is "
                    "not the case's price year.", low=1900, high=2200),
        ),
    ),
    TableSpec(
        "pool_members",
        "One buyer that may draw on a pool.",
        ("pool", "buyer"),
        (
            name("pool", "The pool.", "pools.pool"),
            name("buyer", "The buyer.", "buyers.buyer"),
            share("entitlement", "The most of the target that it may have taken at any time, less "
                  "what it has put back.", default=1.0),
            quantity("access_fee", "Paid for each year of membership; above 0 joining becomes a "
                     "yes-or-no decision.", "money", unit="access_fee_unit", default=0.0),
            unit("access_fee_unit", "Unit of access_fee, such as USD, always per year.", "money",
                 required=False),
            integer("price_year", "The year of the prices of access_fee, if it is not the case's "
                    "price year.", low=1900, high=2200),
        ),
    ),
)  # fmt: skip
"""Their columns."""

NORMAL_POOLS: dict[str, dict[str, str]] = {
    "pools": {
        "pool": "str",
        "commodity": "str",
        "capacity": "float",
        "holding_cost": "float",
        "loss_rate": "float",
        "end_discount": "float",
        "refill_rate": "float",
        "draw_fee": "float",
        "only_missing": "bool",
    },
    "pool_members": {
        "pool": "str",
        "buyer": "str",
        "entitlement": "float",
        "access_fee": "float",
    },
}
"""Their normalised columns, with types."""


def complete_pools(normal: dict[str, dict[str, list[Any]]], years: float) -> None:
    """Bring rates and fees from a year to a period.

    Parameters
    ----------
    normal : dict
        The normalised tables; ``pools`` and ``pool_members`` are changed.
    years : float
        Length of a period.
    """
    pools, members = normal["pools"], normal["pool_members"]
    pools["loss_rate"] = [1 - (1 - rate) ** years for rate in pools["loss_rate"]]
    pools["refill_rate"] = [rate * years for rate in pools["refill_rate"]]
    members["access_fee"] = [fee * years for fee in members["access_fee"]]
