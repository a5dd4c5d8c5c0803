"""Before news, a scenario is the plan: which plan variable each scenario variable equals then."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from diversify.formulation.pools import pool_twins

# Rows of these families hold for the plan itself, so they need no copy before news.
PERIOD_ROWS = (
    "deliver_most",
    "deliver_least",
    "spot_most",
    "cover",
    "capacity",
    "feed",
    "supply",
    "stock_most",
    "stock_least",
    "refill",
    "short_most",
    "meet",
    "replaced_ability",
    "replaced_share",
    "recovered_now",
    "recovered_most",
    "byproduct",
    "dearer_now",
    "rebate_tier",
    "rebate_all",
    "trade",
    "pool_balance",
    "pool_most",
    "pool_least",
    "pool_there",
    "pool_refill",
    "pool_entitled",
    "pool_draw_joined",
    "pool_put_joined",
    "pool_missing",
)


def twins(m: pyo.ConcreteModel) -> dict[int, tuple[int, Any]]:
    """Map each scenario variable to its period and to the plan variable that it equals before news.

    A twin of ``None`` means that the variable is zero before news (spot).

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template.

    Returns
    -------
    dict
        ``id(variable) -> (period, plan variable or None)``; variables over the whole horizon are
        not in it.
    """
    plan, ops = m.plan, m.ops
    found: dict[int, tuple[int, Any]] = {}
    for (lane, t), var in ops.flow.items():
        found[id(var)] = t, plan.book[lane, t]
    for (_, t), var in ops.spot.items():
        found[id(var)] = t, None
    for (_, t), var in ops.dearer.items():
        found[id(var)] = t, None
    for (s, r, t), var in ops.run.items():
        found[id(var)] = t, plan.run[s, r, t]
    for (b, c, t), var in ops.stock.items():
        found[id(var)] = t, plan.target[b, c]
    for (b, c, k, t), var in ops.short.items():
        found[id(var)] = t, plan.short[b, c, k, t]
    for name, twin in (("replaced", "replaced"), ("recovered", "recovered"), ("rebated", "tiered")):
        for index, var in getattr(ops, name).items():
            found[id(var)] = index[-1], getattr(plan, twin)[index]
    for var, t, same in pool_twins(m):
        found[id(var)] = t, same
    return found


def period_rows(m: pyo.ConcreteModel) -> dict[int, int]:
    """Map each scenario row that the plan already keeps before news to its period."""
    return {
        id(row): index[-1] for name in PERIOD_ROWS for index, row in getattr(m.ops, name).items()
    }
