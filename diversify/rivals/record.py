"""What buyers of the same capacity do to each other, as a frozen record."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from diversify.policies import Policy
from diversify.result.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Rivalry:
    """What buyers of the same capacity do to each other.

    Attributes
    ----------
    buyers : tuple of str
        Who competes.
    policies : dict
        The policies of each.
    plans : dict
        The plans by mode, order, whose policies are left out, and buyer (``""`` for all together).
    seconds : float
        Time in total.
    """

    buyers: tuple[str, ...]
    policies: dict[str, tuple[Policy, ...]]
    plans: dict[tuple[str, str, str, str], Plan]
    seconds: float
    _tables: dict[str, pd.DataFrame] = field(repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """One row a buyer and setting.

        Columns mode (``joint``, ``alone``, ``in turn``), order (of the turns), without (whose
        policies are left out), buyer, status (``optimal``, ``stopped``, ``infeasible``), cost
        [USD, expected present value], unit_cost [USD per tonne delivered, without lost output],
        lost_output [USD], shortage [part of demand].
        """
        return self._tables["table"].copy()

    @property
    def shares(self) -> pd.DataFrame:
        """From which countries each buyer is delivered: mode to buyer, country, tonnes, share."""
        return self._tables["shares"].copy()

    @property
    def value_added(self) -> pd.DataFrame:
        """Value added by country: mode, order, without, country, usd; all buyers together."""
        return self._tables["value_added"].copy()

    @property
    def effects(self) -> pd.DataFrame:
        """What the policies of one buyer do to each: mode, order, of, buyer, cost, shortage.

        Cost [USD] and shortage with the policies of ``of`` less those without them.
        """
        return _effects(self._tables["table"])

    def __repr__(self) -> str:
        return f"<Rivalry of {', '.join(self.buyers)}: {len(self.plans)} plans>"


def _effects(table: pd.DataFrame) -> pd.DataFrame:
    key = ["mode", "order", "buyer"]
    base = table[table["without"] == ""].set_index(key)[["cost", "shortage"]]
    rows = []
    for row in table[table["without"] != ""].to_dict("records"):
        place = tuple(row[name] for name in key)
        rows.append(
            {
                "mode": row["mode"],
                "order": row["order"],
                "of": row["without"],
                "buyer": row["buyer"],
                "cost": base.loc[place, "cost"] - row["cost"],
                "shortage": base.loc[place, "shortage"] - row["shortage"],
            }
        )
    return pd.DataFrame(rows, columns=["mode", "order", "of", "buyer", "cost", "shortage"])
