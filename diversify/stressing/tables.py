"""From plans in events to tidy tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from diversify.stressing.ground import Ground
from diversify.stressing.playing import DAYS_PER_MONTH, NOTHING, InEvents, Played

CLAIRVOYANT = "clairvoyant"
# Of the naive cost: with less to win than this, a score would be rounding.
WORTH = 1e-9
TABLE = (
    "event",
    "plan",
    "shortage",
    "shortage_days",
    "days_survived",
    "lasts_days",
    "cost",
    "extra_cost",
    "lost_output",
    "price_effect",
    "score",
)
Row = dict[str, Any]


def stress_tables(
    ground: Ground,
    played: Mapping[str, InEvents],
    survive: Mapping[str, list[float]],
    best: Sequence[Played],
) -> dict[str, pd.DataFrame]:
    """Return the tables of a stress.

    Parameters
    ----------
    ground : Ground
        The case and the events.
    played : mapping of str to InEvents
        Each plan, the one without any rule first.
    survive : mapping of str to list of float
        How long each plan survives each event [months].
    best : sequence of Played
        The cheapest plan of each event.

    Returns
    -------
    dict
        The frames table, yearly, shortage, costs.
    """
    rows: list[Row] = []
    shortage: list[Row] = []
    costs: list[Row] = []
    naive = next(iter(played.values()))
    for e, m in enumerate(ground.mapped):
        costly, known = float(naive.struck.cost[e]), float(best[e].cost[0])
        for plan, found in played.items():
            lost = _shortage(ground, found.struck, found.spared, e)
            row = _row(found.struck, lost, e)
            row["extra_cost"] = row["cost"] - float(found.spared.cost[e])
            row["days_survived"] = survive[plan][e] * DAYS_PER_MONTH
            place = {"event": m.event.id, "plan": plan}
            rows.append({**place, **row, "lasts_days": ground.lasts[e] * DAYS_PER_MONTH})
            rows[-1]["score"] = _score(costly, row["cost"], known)
            shortage += [{**place, **line} for line in lost]
            costs += [{**place, **line} for line in _kinds(found.struck, e)]
        lost = _shortage(ground, best[e], naive.spared, e, 0)
        place = {"event": m.event.id, "plan": CLAIRVOYANT}
        rows.append({**place, **_row(best[e], lost, 0), "score": _score(costly, known, known)})
        rows[-1] |= {"lasts_days": ground.lasts[e] * DAYS_PER_MONTH}
        shortage += [{**place, **line} for line in lost]
        costs += [{**place, **line} for line in _kinds(best[e], 0)]
    for plan, found in played.items():
        costs += [{"event": "", "plan": plan, **line} for line in _kinds(found.calm, 0)]
    return {
        "table": pd.DataFrame(rows, columns=list(TABLE)),
        "yearly": _yearly(ground, played),
        "shortage": pd.DataFrame(shortage),
        "costs": pd.DataFrame(costs),
    }


def _row(found: Played, lost: Sequence[Row], s: int) -> Row:
    rise = found.kinds.get("price_rise")
    return {
        "shortage": max((line["shortage"] for line in lost), default=0.0),
        "shortage_days": max((line["shortage_days"] for line in lost), default=0.0),
        "cost": float(found.cost[s]),
        "lost_output": float(found.kinds["shortage"][s]),
        "price_effect": 0.0 if rise is None else float(rise[s]),
    }


def _shortage(
    ground: Ground, found: Played, spared: Played, e: int, s: int | None = None
) -> list[Row]:
    """Return what an event leaves short of each material."""
    case = ground.job.network.case
    days = 365 * case.periods * case.period_years
    rows = []
    for material, tonnes in found.short.items():
        more = float(tonnes[e if s is None else s] - spared.short[material][e])
        share = more / found.demand[material]
        share = share if share > NOTHING else 0.0
        row = {"material": material, "tonnes": share * found.demand[material]}
        rows.append({**row, "shortage": share, "shortage_days": share * days})
    return rows


def _kinds(found: Played, s: int) -> list[Row]:
    return [{"kind": kind, "usd": float(usd[s])} for kind, usd in found.kinds.items()]


def _yearly(ground: Ground, played: Mapping[str, InEvents]) -> pd.DataFrame:
    network = ground.job.network
    weight = sum(network.discount[t] for t in network.periods) * network.case.period_years
    costs = {plan: float(found.calm.cost[0]) for plan, found in played.items()}
    least = next(iter(costs.values()))
    rows = [
        {
            "plan": plan,
            "cost": cost,
            "cost_per_year": cost / weight,
            "premium_per_year": (cost - least) / weight,
            "planned_shortage": _planned(played[plan].calm),
        }
        for plan, cost in costs.items()
    ]
    return pd.DataFrame(rows)


def _planned(found: Played) -> float:
    shares = [float(found.short[m][0]) / found.demand[m] for m in found.short]
    worst = max(shares, default=0.0)
    return worst if worst > NOTHING else 0.0


def _score(naive: float, cost: float, known: float) -> float:
    """Return how much of what foreknowledge would save a plan saves."""
    room = naive - known
    return (naive - cost) / room if room > WORTH * abs(naive) else math.nan
