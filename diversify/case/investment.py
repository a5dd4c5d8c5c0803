"""Tables of what can be invested in: capacity, substitutes, by-products; and discounts on volume.

A case without them is as if they did not exist.
"""

from __future__ import annotations

from math import inf
from typing import Any

from diversify.case.columns import (
    Column,
    TableSpec,
    choice,
    integer,
    name,
    number,
    quantity,
    share,
    text,
    unit,
)
from diversify.case.units import TIMES

_PERIODS = 600
_YEARLY = "given per tonne a year"


def _capital(what: str, *, required: bool) -> tuple[Column, ...]:
    """Return the columns on what an investment costs, how long it lasts and when it is there."""
    return (
        quantity("capital_cost", f"Cost of a tonne a year of {what}, paid over its life.",
                 "money per mass", unit="capital_cost_unit", required=required,
                 default=None if required else 0.0),
        unit("capital_cost_unit", f"Unit of capital_cost, such as USD/t, {_YEARLY}.",
             "money per mass", required=required),
        number("life_years", "Years over which the capital cost is spread; empty only without "
               "one.", "years", required=required, above_zero=True),
        number("lead_time_months", "Months from the decision until it can be used.", "months",
               default=0.0),
    )  # fmt: skip


def _price_year(what: str) -> Column:
    return integer("price_year",
                   f"The year of the prices of {what}, if it is not the case's price year.",
                   low=1900, high=2200)  # fmt: skip


INVESTMENT_TABLES: tuple[TableSpec, ...] = (
    TableSpec(
        "expansions",
        "One way to add capacity to a site, which may have none yet.",
        ("site", "option"),
        (
            name("site", "The site.", "sites.site"),
            text("option", "Name of the option, such as 'second line'.", required=True),
            *_capital("capacity", required=True),
            quantity("most", "The most that can be added, over the whole horizon.",
                     "mass per time", unit="unit", per="per", required=True),
            quantity("module", "Size of a module: only whole ones are built; empty or 0 = any "
                     "size.", "mass per time", unit="unit", per="per", default=0.0),
            unit("unit", "Unit of most and module, such as kt.", "mass"),
            choice("per", "The time that most and module are counted per.", *TIMES),
            Column("earliest", "integer", "First period in which it may be decided, from 1.",
                   default=1.0, low=1, high=_PERIODS),
            integer("latest", "Last period in which it may be decided; empty = the last one.",
                    low=1, high=_PERIODS),
            _price_year("capital_cost"),
        ),
    ),
    TableSpec(
        "discounts",
        "One tier of a discount on the volume that is booked from a site in a period.",
        ("site", "commodity", "destination", "threshold"),
        (
            name("site", "The site that grants it.", "sites.site"),
            name("commodity", "The commodity.", "commodities.commodity"),
            name("destination", "Only what goes there; empty = all destinations together.",
                 "sites.site", "buyers.buyer", required=False),
            choice("kind", "Whether the cut is on every tonne once the threshold is reached, or "
                   "on those above it.", "all_units", "incremental"),
            quantity("threshold", "Volume from which the cut is granted.", "mass per time",
                     unit="unit", per="per", required=True),
            unit("unit", "Unit of the threshold, such as t.", "mass"),
            choice("per", "The time that the threshold is counted per.", *TIMES),
            share("cut", "Cut per tonne as a share of the commodity's price; this or "
                  "cut_per_tonne.", above_zero=True),
            quantity("cut_per_tonne", "Cut per tonne in money; this or cut.", "money per mass",
                     unit="cut_unit"),
            unit("cut_unit", "Unit of cut_per_tonne, such as USD/t.", "money per mass",
                 required=False),
            _price_year("cut_per_tonne"),
        ),
    ),
    TableSpec(
        "substitutes",
        "One way for a buyer to do with less of a commodity, decided at the start.",
        ("buyer", "commodity", "substitute"),
        (
            name("buyer", "The buyer.", "buyers.buyer"),
            name("commodity", "The commodity that is replaced.", "commodities.commodity"),
            text("substitute", "What replaces it, such as 'ferrite magnets'.", required=True),
            share("share", "Largest share of the demand that it can replace.", required=True,
                  above_zero=True),
            quantity("cost", "Cost per tonne replaced.", "money per mass", unit="cost_unit",
                     required=True),
            unit("cost_unit", "Unit of the cost, such as USD/t.", "money per mass"),
            *_capital("the ability to replace it", required=False),
            _price_year("cost and capital_cost"),
        ),
    ),
    TableSpec(
        "byproducts",
        "A site whose activity is what it can recover from the activity of a host.",
        ("site", "host"),
        (
            name("site", "The site that recovers the by-product.", "sites.site"),
            text("host", "The site whose activity carries it, or any name with host_output.",
                 required=True),
            number("content", "Tonnes of activity of the site per tonne of activity of the host, "
                   "if all is recovered.", "t/t", required=True, above_zero=True),
            share("recovery", "Share that is recovered today.", required=True),
            share("most_recovery", "Share that can be recovered at most, with investment; empty "
                  "= no more than today."),
            *_capital("recovered by-product", required=False),
            quantity("host_output", "Activity of a host that is no site of the case.",
                     "mass per time", unit="unit", per="per"),
            unit("unit", "Unit of host_output, such as kt.", "mass", required=False),
            choice("per", "The time that host_output is counted per.", *TIMES, required=False),
            _price_year("capital_cost"),
        ),
    ),
)  # fmt: skip
"""Their columns."""

_CAPITAL = {"capital_cost": "float", "life_years": "float", "lead_time_months": "float"}

NORMAL_INVESTMENT: dict[str, dict[str, str]] = {
    "expansions": {
        "site": "str",
        "option": "str",
        **_CAPITAL,
        "most": "float",
        "module": "float",
        "earliest": "int",
        "latest": "int",
    },
    "discounts": {
        "site": "str",
        "commodity": "str",
        "destination": "str",
        "kind": "str",
        "threshold": "float",
        "cut": "float",
        "cut_per_tonne": "float",
    },
    "substitutes": {
        "buyer": "str",
        "commodity": "str",
        "substitute": "str",
        "share": "float",
        "cost": "float",
        **_CAPITAL,
    },
    "byproducts": {
        "site": "str",
        "host": "str",
        "content": "float",
        "recovery": "float",
        "most_recovery": "float",
        **_CAPITAL,
        "host_output": "float",
    },
}
"""Their normalised columns, with types."""


def complete_investment(normal: dict[str, dict[str, list[Any]]], periods: int) -> None:
    """Fill in what an empty cell stands for, where that depends on the rest of the case.

    Parameters
    ----------
    normal : dict
        The normalised tables; changed in place: ``latest`` is a period, ``life_years`` infinite
        and ``most_recovery`` today's where they were empty, ``cut_per_tonne`` the whole cut
        [USD/t].
    periods : int
        Number of periods.
    """
    expansions = normal["expansions"]
    expansions["earliest"] = [int(cell) for cell in expansions["earliest"]]
    expansions["latest"] = [periods if cell is None else cell for cell in expansions["latest"]]
    for table in (normal["substitutes"], normal["byproducts"]):
        table["life_years"] = [inf if x != x else x for x in table["life_years"]]
    found = normal["byproducts"]
    found["most_recovery"] = [
        today if most != most else most
        for today, most in zip(found["recovery"], found["most_recovery"], strict=True)
    ]
    price = dict(
        zip(normal["commodities"]["commodity"], normal["commodities"]["price"], strict=True)
    )
    rows = normal["discounts"]
    rows["cut_per_tonne"] = [
        cut * price[commodity] if cut == cut else each
        for commodity, cut, each in zip(
            rows["commodity"], rows["cut"], rows["cut_per_tonne"], strict=True
        )
    ]
