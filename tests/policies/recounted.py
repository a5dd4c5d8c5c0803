"""What rules limit, counted again from the tables of a plan with numpy and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.interfaces import PlanView
from diversify.policies import Policy

Spans = dict[str, list[int]]
CONTENT = {"ore": 0.5, "metal": 1.0}
NEXT = {"mine": "ore", "refine": "metal", "recycle": "metal"}


def values(case: Case, rule: Policy, view: PlanView) -> list[float] | None:
    """The numbers that a rule limits, of the worlds of :mod:`worlds`; None for other kinds."""
    count = {
        "share_cap": _shares,
        "share_floor": _floors,
        "hhi_cap": _indices,
        "min_sources": _sources,
        "max_sources": _sources,
        "exclude": _excluded,
        "stock_floor": _stocks,
        "emissions_cap": _amounts,
        "radioactive_cap": _amounts,
        "shortage_budget": _shortages,
        "cost_budget": _costs,
    }.get(rule.kind)
    if count is None or getattr(rule, "look_through", False):
        return None
    return list(count(case, rule, view))


def _spans(case: Case, period: str) -> Spans:
    labels = case.period_labels
    every = list(range(case.periods))
    if period == "horizon":
        return {period: every}
    if period in ("each", "year"):  # the worlds have periods of a year
        return {label: [t] for t, label in enumerate(labels)}
    return {period: [labels.index(period)]}


def _belongs(case: Case, rule: Any, site: str, name: str, t: int) -> bool:
    rows = {row["site"]: row for row in case.table("sites").to_dict("records")}
    if rule.by == "site":
        return site == name
    if rule.by != "bloc":
        return bool(rows[site][rule.by] == name)
    country, now = rows[site]["country"], date(2029 + t, 1, 1).isoformat()
    return any(
        (m["bloc"], m["country"]) == (name, country) and f"{m['since']}-01-01"[:10] <= now
        for m in case.raw("blocs").to_dict("records")
    )


def _leaving(case: Case, rule: Any, view: PlanView, t: int) -> Iterator[tuple[str, str, float]]:
    """Site, destination and contained tonnes of what leaves a stage in a period."""
    stage = {row["site"]: row["stage"] for row in case.table("sites").to_dict("records")}
    buyer = getattr(rule, "buyer", None)
    for (lane, now), tonnes in view.booked.items():
        site, rest = lane.split(">")
        destination, commodity = rest.split(":")
        if now == t and stage[site] == rule.stage and buyer in (None, destination):
            yield site, destination, CONTENT[commodity] * tonnes


def _parts(
    case: Case, rule: Any, view: PlanView, name: str, span: list[int]
) -> tuple[float, float]:
    home = {row["buyer"]: row["country"] for row in case.raw("buyers").to_dict("records")}
    country = {row["site"]: row["country"] for row in case.table("sites").to_dict("records")}
    part = whole = 0.0
    for t in span:
        for site, destination, tonnes in _leaving(case, rule, view, t):
            own = {home[destination]} if destination in home else set(home.values())
            spared = getattr(rule, "foreign_only", False) and country[site] in own
            whole += tonnes
            part += tonnes * (_belongs(case, rule, site, name, t) and not spared)
    return part, whole


def _names(case: Case, rule: Any) -> list[str]:
    sites = case.table("sites")
    return list(rule.names) or sorted(set(sites["site" if rule.by == "site" else rule.by]))


def _shares(case: Case, rule: Any, view: PlanView) -> Iterator[float]:
    for span in _spans(case, rule.period).values():
        for name in _names(case, rule):
            part, whole = _parts(case, rule, view, name, span)
            if whole > 1e-9:
                yield part / whole


def _floors(case: Case, rule: Any, view: PlanView) -> Iterator[float]:
    for span in _spans(case, rule.period).values():
        found = [_parts(case, rule, view, name, span) for name in rule.names]
        if found[0][1] > 1e-9:
            yield sum(part for part, _ in found) / found[0][1]


def _indices(case: Case, rule: Any, view: PlanView) -> Iterator[float]:
    for span in _spans(case, rule.period).values():
        found = [_parts(case, rule, view, name, span) for name in _names(case, rule)]
        if found[0][1] > 1e-6:
            yield sum((part / whole) ** 2 for part, whole in found)


def _sources(case: Case, rule: Any, view: PlanView) -> Iterator[float]:
    sign = 1 if rule.kind == "max_sources" else -1
    for span in _spans(case, rule.period).values():
        found = [_parts(case, rule, view, name, span) for name in _names(case, rule)]
        if found[0][1] > 1e-3:
            yield sum(part / whole > rule.share + sign * 1e-5 for part, whole in found)


def _excluded(case: Case, rule: Any, view: PlanView) -> Iterator[float]:
    path = {int(year): share for year, share in (rule.phase_out or {}).items()}
    since = int(rule.from_period or (min(path) if path else 2029)) - 2029
    for t in range(since, case.periods):
        share = path[max(year for year in path if year <= 2029 + t)] if path else 0.0
        for name in rule.names:
            part, whole = _parts(case, rule, view, name, [t])
            # Without a path, tonnes of lane volume count.
            scale = 1.0 if path else 1.0 / CONTENT[NEXT[rule.stage]]
            yield scale * part - share * whole


def _stocks(case: Case, rule: Any, view: PlanView) -> Iterator[float]:
    demand = case.table("demand").groupby("buyer")["quantity"].sum() / case.periods
    for (buyer, _), tonnes in view.targets.items():
        if rule.buyer in (None, buyer):
            yield 365 * tonnes / float(demand[buyer])


def _amounts(case: Case, rule: Any, view: PlanView) -> Iterator[float]:
    what = "emissions" if rule.kind == "emissions_cap" else "radioactive"
    each = {row["site"]: row for row in case.table("sites").to_dict("records")}
    lanes = {row["lane"]: row.get(what, 0.0) for row in case.table("lanes").to_dict("records")}
    bloc = type("Bloc", (), {"by": "bloc"})()
    for span in _spans(case, rule.period).values():
        total = 0.0
        for t in span:
            chosen = {
                s for s in each
                if not rule.names or any(_belongs(case, bloc, s, n, t) for n in rule.names)
            }  # fmt: skip
            for (site, _, now), tonnes in view.activity.items():
                total += (now == t and site in chosen) * each[site][what] * tonnes
            for (lane, now), tonnes in view.booked.items():
                total += (now == t and lane.split(">")[0] in chosen) * lanes[lane] * tonnes
        yield total


def _risk(rule: Any, outcome: NDArray[np.float64], mass: NDArray[np.float64]) -> float:
    """The measure of a budget; CVaR is the mean of the worst part of the probability."""
    if rule.measure_of == "expectation":
        return float(mass @ outcome)
    if rule.measure_of == "worst":
        return float(outcome[mass > 0].max())
    order = np.argsort(-outcome)
    if rule.measure_of == "chance":
        met = np.cumsum(mass[np.argsort(outcome)]) >= rule.level - 1e-9
        return float(np.sort(outcome)[met][0])
    left, total = 1 - rule.level, 0.0
    for s in order:
        taken = min(left, float(mass[s]))
        total, left = total + taken * float(outcome[s]), left - taken
    return float(total / (1 - rule.level))


def _shortages(case: Case, rule: Any, view: Any) -> Iterator[float]:
    demand = case.table("demand").groupby("buyer")["quantity"].sum()
    chosen = [rule.buyer] if rule.buyer else sorted(demand.index)
    lost = sum(x for (b, _), x in view.outcomes.short.items() if b in chosen)
    yield _risk(rule, np.asarray(lost) / demand[chosen].sum(), view.outcomes.probability)


def _costs(case: Case, rule: Any, view: Any) -> Iterator[float]:
    del case
    yield _risk(rule, view.outcomes.total, view.outcomes.probability)


def keeps(rule: Policy, numbers: list[float]) -> bool:
    """Whether numbers keep the level of a rule, but for what a solver is allowed to miss."""
    room = 1e-5 * max(1.0, abs(rule.level_value))
    return all(
        x <= rule.level_value + room if rule.upper else x >= rule.level_value - room
        for x in numbers
        if not math.isnan(x)
    )
