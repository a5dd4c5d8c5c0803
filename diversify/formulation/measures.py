"""Trade measures as numbers of lanes and periods: duties, price floors and joint limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from diversify.case import Case
from diversify.case.measures import in_force, measured_lanes

LIMITS = ("import_quota", "export_quota", "export_ban", "licence_delay")


@dataclass(frozen=True, slots=True)
class Limit:
    """A joint limit on what some lanes carry.

    Attributes
    ----------
    measure : str
        Name of the measure.
    lanes : tuple of str
        The lanes that it covers.
    quantity : float
        Tonnes a period while it is in force: 0 for a ban, and while licences are waited for.
    parts : dict
        Part of each period in which it is in force, where that is not zero.
    """

    measure: str
    lanes: tuple[str, ...]
    quantity: float
    parts: dict[int, float]

    def most(self, t: int, otherwise: Mapping[str, float]) -> float:
        r"""Return the tonnes that pass in a period, in force for a part :math:`f` of it.

        .. math:: f\, quantity + (1 - f) \textstyle\sum_l most_l

        Parameters
        ----------
        t : int
            The period.
        otherwise : mapping
            The most that each lane carries in a whole period without the measure [t].
        """
        part = self.parts[t]
        if part >= 1:
            return self.quantity
        return part * self.quantity + (1 - part) * sum(otherwise[lane] for lane in self.lanes)


@dataclass(frozen=True, slots=True)
class Measures:
    """The trade measures of a case.

    Attributes
    ----------
    duty : dict
        Added duty by lane and period [USD/t].
    floor : dict
        What a price floor adds to the price, by lane and period [USD/t].
    limits : tuple of Limit
        Quotas, bans and delays, by name.
    """

    duty: dict[tuple[str, int], float] = field(default_factory=dict)
    floor: dict[tuple[str, int], float] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()

    def charge(self, lane: str, t: int) -> float:
        """Return duty and price floor together [USD/t]."""
        return self.duty.get((lane, t), 0.0) + self.floor.get((lane, t), 0.0)


def read_measures(case: Case, value: pd.Series[float]) -> Measures:
    r"""Return the trade measures of a case as numbers of its lanes and periods.

    .. math:: duty_{l,t} = f_t\, tariff\, p_{c(l)}, \quad
        floor_{l,t} = f_t \max(0, price - p_{c(l)})

    with :math:`f_t` the part of the period in which the measure is in force. Tariffs add up; of
    several price floors on one lane the highest counts.

    Parameters
    ----------
    case : Case
        The case.
    value : pandas.Series
        Reference price of the commodity of each lane [USD/t], by lane.

    Returns
    -------
    Measures
        Empty for a case without measures.
    """
    table = case.table("measures")
    if table.empty:
        return Measures()
    covered = measured_lanes(case)
    worth = {str(lane): float(price) for lane, price in value.items()}
    duty: dict[tuple[str, int], float] = {}
    floor: dict[tuple[str, int], float] = {}
    limits = []
    for row in table.to_dict("records"):
        kind, name = row["kind"], row["measure"]
        months = row["months"] if kind == "licence_delay" else float("inf")
        parts = in_force(case.settings, row["since"], row["until"], months)
        lanes = covered[name]
        times = {t: part for t, part in enumerate(parts) if part > 0}
        if kind in LIMITS:
            quantity = row["quantity"] if kind.endswith("quota") else 0.0
            if lanes and times:
                limits.append(Limit(name, lanes, quantity, times))
            continue
        for lane in lanes:
            for t, part in times.items():
                if kind == "tariff":
                    added = part * row["tariff"] * worth[lane]
                    duty[lane, t] = duty.get((lane, t), 0.0) + added
                elif row["price"] > worth[lane]:
                    more = part * (row["price"] - worth[lane])
                    floor[lane, t] = max(floor.get((lane, t), 0.0), more)
    return Measures(duty, floor, tuple(limits))
