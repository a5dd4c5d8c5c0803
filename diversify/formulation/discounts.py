"""Discounts on volume: tiers that are chosen with the booking, and what they take off the cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from diversify.errors import Finding, InputError
from diversify.formulation.linking import ROOM, reach
from diversify.formulation.network import Hazards, Network
from diversify.formulation.symbols import Symbols

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Discount:
    """The tiers of what a site grants on one commodity.

    Attributes
    ----------
    key : tuple of str
        Site, commodity and destination, which is empty for all of them together.
    incremental : bool
        Whether a cut is on the tonnes above its threshold only.
    lanes : tuple of str
        Lanes whose bookings count.
    hazards : tuple of str
        What a delivery of each tier depends on.
    thresholds : tuple of float
        Volume from which each tier begins [t a period]; the last entry is more than can be booked.
    cuts : tuple of float
        Cut per tonne of each tier [USD/t].
    """

    key: Key
    incremental: bool
    lanes: tuple[str, ...]
    hazards: Hazards
    thresholds: tuple[float, ...]
    cuts: tuple[float, ...]

    @property
    def tiers(self) -> range:
        """Numbers of the tiers, from 1; what comes before the first is tier 0."""
        return range(1, len(self.cuts) + 1)

    def least(self, tier: int) -> float:
        """Return the volume from which a tier is granted [t a period]."""
        return self.thresholds[tier - 1] if tier else 0.0

    def width(self, tier: int) -> float:
        """Return the volume from the threshold of a tier to the next [t a period]."""
        return self.thresholds[tier] - self.least(tier)


def discounts(network: Network) -> list[Discount]:
    """Return the discounts of a case.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    list of Discount
        By site, commodity and destination; tiers that no booking can reach are left out.

    Raises
    ------
    InputError
        If nothing limits what can be booked (a tier would need an arbitrary big number).
    """
    groups: dict[Key, list[Any]] = {}
    for row in network.investments["discounts"]:
        groups.setdefault((row["site"], row["commodity"], row["destination"]), []).append(row)
    if not groups:
        return []
    most = reach(network, {str(lane): float(q) for lane, q in network.lanes["quota"].items()})
    found, unlimited = [], []
    for key, rows in groups.items():
        site, commodity, end = key
        lanes = tuple(
            lane
            for lane in network.lanes_from.get((site, commodity), ())
            if end in ("", network.lane(lane, "destination"))
        )
        # With room, so that the end of the last tier shares no multiplier with a capacity.
        top = ROOM * sum(most[lane] for lane in lanes)
        if not math.isfinite(top):
            unlimited.append(key)
            continue
        tiers = sorted((r["threshold"], r["cut_per_tonne"]) for r in rows if r["threshold"] < top)
        alone = len(lanes) == 1
        found.append(
            Discount(
                key=key,
                incremental=rows[0]["kind"] == "incremental",
                lanes=lanes,
                hazards=network.lane_hazards[lanes[0]] if alone else network.site_hazards[site],
                thresholds=(*(size for size, _ in tiers), top),
                cuts=tuple(cut for _, cut in tiers),
            )
        )
    if unlimited:
        raise InputError([_unlimited(key) for key in unlimited])
    return found


def _unlimited(key: Key) -> Finding:
    return Finding.error(
        table="discounts",
        column="site",
        value=key[0],
        message=f"nothing limits how much {key[1]!r} can be booked from {key[0]!r}, so its last "
        "tier has no end",
        remedy="give the site a finite capacity, or its lanes a quota",
    )


def add_discounts(m: pyo.ConcreteModel, network: Network, symbols: Symbols) -> None:
    r"""Add the tiers of each discount: which is reached in a period, and what it is granted on.

    All units, with :math:`z` the tier and :math:`w_k` the volume at which tier :math:`k` begins:

    .. math:: \textstyle\sum_k z_{k,t} \le 1, \quad w_k z_{k,t} \le v_{k,t} \le w_{k+1} z_{k,t},
        \quad \sum_k v_{k,t} \le \sum_l book_{l,t}

    Incremental, where a tier is open once the one before it is full:

    .. math:: (w_{k+1} - w_k)\, z_{k+1,t} \le v_{k,t} \le (w_{k+1} - w_k)\, z_{k,t}, \quad
        \textstyle\sum_{k \ge 0} v_{k,t} \le \sum_l book_{l,t}

    In a scenario a cut is granted on what is delivered:

    .. math:: rebated_{k,t} \le avail_t\, v_{k,t}, \quad
        \textstyle\sum_k rebated_{k,t} \le \sum_l flow_{l,t}

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template, with bookings and flows; receives ``plan.tier``, ``plan.tiered`` [t],
        ``ops.rebated`` [t] and their rows.
    network : Network
        The network of the case.
    symbols : Symbols
        The data symbols of the template.
    """
    plan, ops = m.plan, m.ops
    found = {discount.key: discount for discount in discounts(network)}
    places = [
        (*key, t)
        for key, discount in found.items()
        for t in network.periods
        if any((lane, t) in plan.book for lane in discount.lanes)
    ]
    tiers = [(*p[:3], k, p[3]) for p in places for k in found[p[:3]].tiers]
    steps = [i for i in tiers if found[i[:3]].incremental]
    whole = [i for i in tiers if not found[i[:3]].incremental]
    bases = [(*p[:3], 0, p[3]) for p in places if found[p[:3]].incremental and found[p[:3]].cuts]

    def widest(_: Any, s: str, c: str, d: str, k: int, t: int) -> tuple[float, float]:
        own = found[s, c, d]
        return 0.0, own.width(k) if own.incremental else own.thresholds[k]

    plan.tier = pyo.Var(tiers, domain=pyo.Binary)
    plan.tiered = pyo.Var([*tiers, *bases], bounds=widest)

    def one(_: Any, s: str, c: str, d: str, t: int) -> Any:
        return sum(plan.tier[s, c, d, k, t] for k in found[s, c, d].tiers) <= 1

    def most(_: Any, *i: Any) -> Any:
        return plan.tiered[i] <= widest(_, *i)[1] * plan.tier[i]

    def least(_: Any, *i: Any) -> Any:
        return plan.tiered[i] >= found[i[:3]].least(i[3]) * plan.tier[i]

    def full(_: Any, s: str, c: str, d: str, k: int, t: int) -> Any:
        width = found[s, c, d].width(k - 1)
        return plan.tiered[s, c, d, k - 1, t] >= width * plan.tier[s, c, d, k, t]

    def booked(_: Any, s: str, c: str, d: str, t: int) -> Any:
        own = found[s, c, d]
        used = [k for k in (0, *own.tiers) if (s, c, d, k, t) in plan.tiered]
        return sum(plan.tiered[s, c, d, k, t] for k in used) <= _carried(plan.book, own, t)

    kept = [p for p in places if found[p[:3]].cuts]
    plan.tier_one = pyo.Constraint([p for p in kept if not found[p[:3]].incremental], rule=one)
    plan.tier_most = pyo.Constraint(tiers, rule=most)
    plan.tier_least = pyo.Constraint(whole, rule=least)
    plan.tier_full = pyo.Constraint(steps, rule=full)
    plan.tier_booked = pyo.Constraint(kept, rule=booked)

    def by_tier(_: Any, *i: Any) -> Any:
        return ops.rebated[i] <= symbols.available(found[i[:3]].hazards, i[4]) * plan.tiered[i]

    def in_all(_: Any, s: str, c: str, d: str, t: int) -> Any:
        own = found[s, c, d]
        return sum(ops.rebated[s, c, d, k, t] for k in own.tiers) <= _carried(ops.flow, own, t)

    ops.rebated = pyo.Var(tiers, bounds=(0, None))
    ops.rebate_tier = pyo.Constraint(tiers, rule=by_tier)
    ops.rebate_all = pyo.Constraint(kept, rule=in_all)


def _carried(moved: Any, discount: Discount, t: int) -> Any:
    return sum(moved[lane, t] for lane in discount.lanes if (lane, t) in moved)


def rebate(granted: Any, network: Network) -> Any:
    """Return what discounts take off the cost, as an expression [USD, present value].

    Parameters
    ----------
    granted : pyomo.environ.Var
        ``plan.tiered`` or ``ops.rebated``.
    network : Network
        The network of the case.

    Returns
    -------
    pyomo expression
        At most 0.
    """
    cut = {discount.key: discount.cuts for discount in discounts(network)}
    return sum(
        -network.discount[t] * cut[s, c, d][k - 1] * amount
        for (s, c, d, k, t), amount in granted.items()
        if k > 0
    )
