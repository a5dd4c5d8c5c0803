"""How hazards strike: kinds, distributions, prices, common shocks and correlations."""

from __future__ import annotations

from math import isnan
from typing import Any

from diversify.case.columns import Column, TableSpec, choice, name, number, share

HAZARD_KINDS = ("outage", "demand", "price", "export_ban", "quota", "licence_delay")
"""What a hazard does."""

EXPORT_KINDS = ("export_ban", "quota", "licence_delay")
"""Hazards that strike only what leaves the country."""

EXPORTERS = ("country", "bloc", "owner", "site")
"""What they may strike."""

RISING_KINDS = ("demand", "price")
"""Hazards whose value is a multiplier, not an availability."""

HAZARD_GROUPS = ("site", "owner", "country", "bloc", "lane", "corridor", "buyer", "commodity")
"""What a hazard may strike."""

DISTRIBUTIONS = ("geometric", "fixed", "exponential", "lognormal", "weibull")
"""Distributions of how long a hazard lasts."""

SPREAD = ("lognormal", "weibull")
"""Distributions that need a standard deviation."""

HAZARD_COLUMNS: tuple[Column, ...] = (
    choice("duration_distribution", "How its length varies; empty = geometric, for a licence "
           "delay fixed.", *DISTRIBUTIONS, required=False),
    number("duration_sd_months", "Standard deviation of its length, for lognormal and weibull.",
           "months", above_zero=True),
    share("severity_low", "Least severity; with severity_high it is uniform between the two.",
          may_exceed_one=True),
    share("severity_high", "Largest severity; with severity_low it is uniform between the two.",
          above_zero=True, may_exceed_one=True),
    share("severity_sd", "Standard deviation of the severity, which then has a beta distribution.",
          above_zero=True),
    name("shock", "Common shock that it belongs to, besides its own rate.", "shocks.shock",
         required=False),
    share("price_rise", "By which share all lanes of the commodities that it strikes pay more, "
          "while it takes its severity.", may_exceed_one=True),
    Column("price_inside", "number", "The same for lanes that leave the places that it strikes, "
           "where prices there are others.", base="fraction", low=-1.0),
    Column("price_outside", "number", "The same for all other lanes of these commodities.",
           base="fraction", low=-1.0),
    number("announced_months", "How long before it begins it is announced.", "months"),
)  # fmt: skip
"""Columns of the table hazards that say how it strikes; all of them may be left out."""

HAZARD_TABLES: tuple[TableSpec, ...] = (
    TableSpec(
        "shocks",
        "One common shock: an event that may strike several hazards at once.",
        ("shock",),
        (
            name("shock", "Name of the shock, which hazards refer to."),
            number("rate_per_year", "How often it comes in a year.", "1/year", required=True,
                   above_zero=True),
            share("probability", "Chance that it strikes each hazard of the shock, each on its "
                  "own.", default=1.0, above_zero=True),
        ),
    ),
    TableSpec(
        "correlations",
        "How the beginnings of two hazards go together; pairs that are not listed have 0.",
        ("hazard_a", "hazard_b"),
        (
            name("hazard_a", "One hazard.", "hazards.hazard"),
            name("hazard_b", "The other hazard.", "hazards.hazard"),
            Column("rho", "number", "Correlation of the copula.", required=True, base="1",
                   low=-1.0, high=1.0),
        ),
    ),
)  # fmt: skip
"""Tables that say how hazards go together."""

NORMAL_HAZARDS: dict[str, dict[str, str]] = {
    "shocks": {"shock": "str", "rate_per_year": "float", "probability": "float"},
    "correlations": {"hazard_a": "str", "hazard_b": "str", "rho": "float"},
}
"""The columns of these tables once normalised."""

NORMAL_COLUMNS = {
    "duration_distribution": "str",
    "duration_sd_months": "float",
    "severity_low": "float",
    "severity_high": "float",
    "severity_sd": "float",
    "shock": "str",
    "price_rise": "float",
    "price_inside": "float",
    "price_outside": "float",
    "announced_months": "float",
}
"""The same of the columns of the table hazards."""


def complete_hazards(hazards: dict[str, list[Any]]) -> None:
    """Fill in what the kind of a hazard says: its severity and how its length varies.

    Parameters
    ----------
    hazards : dict
        The columns of the normalised table, which are changed: the severity of a range is its
        middle, that of an export ban or a licence delay is 1 unless it is given.
    """
    low, high = hazards["severity_low"], hazards["severity_high"]
    for row, (kind, severity) in enumerate(zip(hazards["kind"], hazards["severity"], strict=True)):
        if isnan(severity) and not isnan(low[row]) and not isnan(high[row]):
            hazards["severity"][row] = (low[row] + high[row]) / 2
        elif isnan(severity) and kind in ("export_ban", "licence_delay"):
            hazards["severity"][row] = 1.0
        if not hazards["duration_distribution"][row]:
            usual = "fixed" if kind == "licence_delay" else "geometric"
            hazards["duration_distribution"][row] = usual
