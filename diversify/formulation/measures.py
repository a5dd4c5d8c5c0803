"""Trade measures as numbers of lanes and periods: duties, price floors and joint limits."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import pandas as pd

from diversify.case import Case
from diversify.case.measures import measured_lanes, spans_in_force

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
    spans : dict
        Where in each period it begins to be in force, and the part of the period in which it is.
    """

    measure: str
    lanes: tuple[str, ...]
    quantity: float
    spans: dict[int, tuple[float, float]]

    def part(self, t: int) -> float:
        """Return the part of a period in which it is in force."""
        return self.spans.get(t, (0.0, 0.0))[1]

    def span(self, t: int) -> tuple[float, float]:
        """Return beginning and end in a period, rounded so that what follows it touches it."""
        begin, part = self.spans[t]
        return round(begin, 9), round(begin + part, 9)


def most_passing(
    lanes: Collection[str], limits: Iterable[Limit], t: int, otherwise: Mapping[str, float]
) -> float:
    r"""Return the tonnes that some lanes can carry together in a period under some limits.

    .. math:: \max \textstyle\sum_i x_i: \quad \sum_{i \in span(g)} x_i \le f_g\, quantity_g
        \;\; \forall g, \quad 0 \le x_i \le d_i \sum_l M_l

    with :math:`i` the parts :math:`d_i` into which the beginnings and ends of limits cut the
    period: for one limit :math:`f\, quantity + (1 - f) \sum_l M_l`. So a quota that follows
    another in mid-period does not leave the other's days free.

    Parameters
    ----------
    lanes : collection of str
        The lanes.
    limits : iterable of Limit
        Those that cover all of these lanes count.
    t : int
        The period.
    otherwise : mapping
        The most that each lane carries in a whole period without measures [t].

    Returns
    -------
    float
        Infinite where a part of the period has no limit and lanes have none.

    Examples
    --------
    >>> ban = Limit("ban", ("a",), 0.0, {0: (0.0, 0.5)})
    >>> quota = Limit("quota", ("a", "b"), 8.0, {0: (0.5, 0.5)})
    >>> [most_passing(["a"], limits, 0, {"a": 100.0}) for limits in ([ban], [quota, ban])]
    [50.0, 4.0]
    """
    mine = [g for g in limits if g.part(t) > 0 and set(lanes) <= set(g.lanes)]
    if any(g.part(t) >= 1 for g in mine) and len(mine) == 1:
        return mine[0].quantity
    free = sum(otherwise[lane] for lane in lanes)
    if len(mine) == 1:
        part = mine[0].part(t)
        return part * mine[0].quantity + (1 - part) * free
    edges = sorted({0.0, 1.0, *(edge for g in mine for edge in g.span(t))})
    pieces = list(pairwise(edges))
    spans = [g.span(t) for g in mine]
    within = [[begin <= a and b <= end for a, b in pieces] for begin, end in spans]
    if not math.isfinite(free) and not all(map(any, zip(*within, strict=True))):
        return math.inf
    from scipy.optimize import linprog

    found = linprog(
        [-1.0] * len(pieces),
        [[float(x) for x in row] for row in within],
        [g.part(t) * g.quantity for g in mine],
        bounds=[(0.0, (b - a) * free) for a, b in pieces],
        method="highs",
    )
    return -float(found.fun or 0.0)


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
        spans = spans_in_force(case.settings, row["since"], row["until"], months)
        lanes = covered[name]
        times = {t: span for t, span in enumerate(spans) if span[1] > 0}
        if kind in LIMITS:
            quantity = row["quantity"] if kind.endswith("quota") else 0.0
            if lanes and times:
                limits.append(Limit(name, lanes, quantity, times))
            continue
        for lane in lanes:
            for t, (_, part) in times.items():
                if kind == "tariff":
                    added = part * row["tariff"] * worth[lane]
                    duty[lane, t] = duty.get((lane, t), 0.0) + added
                elif row["price"] > worth[lane]:
                    more = part * (row["price"] - worth[lane])
                    floor[lane, t] = max(floor.get((lane, t), 0.0), more)
    return Measures(duty, floor, tuple(limits))
