"""Demand: met from deliveries and stock, or short in tiers of rising value of lost output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.network import Network


def add_demand(
    block: Any,
    network: Network,
    *,
    moved: Callable[[str, int], Any],
    drawn: Callable[[str, str, int], Any],
    surge: Callable[[str, str, int], Any],
    replaced: Callable[[str, str, int], Any],
    nothing: Any,
) -> None:
    r"""Add the balance of each buyer, with shortage in tiers.

    .. math:: \textstyle\sum_{l \in in(b,c)} moved_{l,t} + drawn_{b,c,t} + \sum_k short_{b,c,k,t}
        + \sum_o replaced_{b,c,o,t} \ge surge\, demand_{b,c,t}, \quad
        short_{b,c,k,t} \le share_k\, surge\, demand_{b,c,t}

    Lost output stays lost: nothing is carried over. Firm demand has no shortage at all.

    Parameters
    ----------
    block : pyomo.environ.Block
        ``plan`` or ``ops``; receives ``short``, ``meet`` and, where demand is uncertain,
        ``short_most``.
    network : Network
        The network of the case.
    moved, drawn, surge, replaced : callable
        Tonnes on a lane, net draw from stock, multiplier of demand and what substitutes replace in
        a period.
    nothing : pyomo.environ.Var
        A variable that is zero: it keeps the row of a demand that nobody can serve, so that a
        conflict can name it.
    """
    pairs = sorted({(b, c) for b, c, _ in network.demand})
    places = [(b, c, t) for b, c in pairs for t in network.periods]
    places += [
        (b, c, t)
        for b, c in network.stocks.index
        if (b, c) not in set(pairs)
        for t in network.periods
    ]
    size = {(b, c, t): network.demand.get((b, c, t), 0.0) for b, c, t in places}
    tiers = {
        (b, c): [] if network.firm.get((b, c), True) else network.tiers[b, c] for b, c, _ in places
    }
    index = [(b, c, k, t) for b, c, t in places for k, _, _ in tiers[b, c]]
    share = {(b, c, k): s for (b, c), rows in tiers.items() for k, s, _ in rows}
    uncertain = {(b, c) for (b, c), hazards in network.demand_hazards.items() if hazards}

    def most(_: Any, b: str, c: str, k: int, t: int) -> tuple[float, float | None]:
        return (0, None) if (b, c) in uncertain else (0, share[b, c, k] * size[b, c, t])

    block.short = pyo.Var(index, bounds=most)
    block.short_most = pyo.Constraint(
        [i for i in index if (i[0], i[1]) in uncertain],
        rule=lambda _, b, c, k, t: (
            block.short[b, c, k, t] <= share[b, c, k] * size[b, c, t] * surge(b, c, t)
        ),
    )

    def meet(_: Any, b: str, c: str, t: int) -> Any:
        arriving = network.lanes_to.get((b, c), [])
        needed = size[b, c, t] * (surge(b, c, t) if (b, c) in uncertain else 1.0)
        return (
            sum(moved(lane, t) for lane in arriving)
            + nothing
            + drawn(b, c, t)
            + replaced(b, c, t)
            + sum(block.short[b, c, k, t] for k, _, _ in tiers[b, c])
            >= needed
        )

    block.meet = pyo.Constraint(places, rule=meet)
