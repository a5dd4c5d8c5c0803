"""The price of each rule in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diversify.report.numbers import figure, spoken_money

if TYPE_CHECKING:
    from diversify.result import Plan

NOTHING = 1e-9
FRACTIONS = ("share", "fraction short")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the plan.

    Attributes
    ----------
    name, sentence : str
        What it is called and what it says.
    price : str
        What a small step of its level does to the expected cost.
    binds : bool
        Whether the step does anything.
    """

    name: str
    sentence: str
    price: str
    binds: bool


def rules(plan: Plan) -> list[Rule]:
    """Return the policies of a plan with their prices.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    """
    table = plan.prices
    whole = {row["policy"]: row for row in table[table["row"] == "all"].to_dict("records")}
    found = []
    for policy in plan.policies:
        binds, price = False, "No price is known"
        if policy.name in whole:
            usd, unit = float(whole[policy.name]["price"]), str(whole[policy.name]["unit"])
            binds = abs(usd) > NOTHING * max(1.0, abs(plan.objective))
            price = _price(usd, unit) if binds else "It does not bind: its price is 0"
        found.append(Rule(policy.name, policy.sentence(), price, binds))
    return found


def _price(usd: float, unit: str) -> str:
    """Say what a small rise of the level does to the cost.

    Examples
    --------
    >>> _price(-37_481_176.2, "USD per unit of share")
    'One percentage point more lowers the expected cost by 375 thousand USD'
    >>> _price(12.0, "USD per day")
    'Each day more raises the expected cost by 12 USD'
    """
    if not unit.startswith("USD per "):
        return f"{figure(usd, 4)} {unit}"
    what = unit.removeprefix("USD per ")
    step, words = 1.0, f"Each {what} more"
    if what.removeprefix("unit of ") in FRACTIONS:
        step, words = 0.01, "One percentage point more"
    verb = "lowers" if usd < 0 else "raises"
    return f"{words} {verb} the expected cost by {spoken_money(abs(usd) * step)}"
