"""Pools: stocks that several buyers hold together, and draw on once news has come."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from diversify.formulation.network import Network
from diversify.formulation.symbols import Symbols


@dataclass(frozen=True, slots=True)
class Pool:
    """One commodity in a stock that several buyers hold together.

    Attributes
    ----------
    name, commodity : str
        Which one it is.
    capacity : float
        The most that can be stored [t]; infinite where there is no limit.
    holding_cost : float
        Of a tonne for a period [USD/t].
    loss_rate, refill_rate : float
        Share of the stock lost in a period; most put into store, as a share of the target, NaN
        where there is no limit.
    end_discount : float
        Share of its price that a tonne left at the end is not worth.
    draw_fee : float
        Paid per tonne that a member takes [USD/t].
    only_missing : bool
        Whether a member takes no more than its own bookings fail to deliver.
    members : dict
        By buyer that needs the commodity: its entitlement, as a share of the target.
    """

    name: str
    commodity: str
    capacity: float
    holding_cost: float
    loss_rate: float
    refill_rate: float
    end_discount: float
    draw_fee: float
    only_missing: bool
    members: dict[str, float]

    @property
    def key(self) -> tuple[str, str]:
        """Name and commodity."""
        return self.name, self.commodity


def pools(network: Network) -> list[Pool]:
    """Return the pools of a case with the members that need what they store.

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    list of Pool
        In the order of the table; one that no member needs is left out.
    """
    entitled: dict[str, dict[str, float]] = {}
    for row in network.case.table("pool_members").to_dict("records"):
        entitled.setdefault(row["pool"], {})[row["buyer"]] = float(row["entitlement"])
    needed = {(b, c) for b, c, _ in network.demand}
    found = []
    for row in network.case.table("pools").to_dict("records"):
        name, commodity = row["pool"], row["commodity"]
        members = {b: e for b, e in entitled.get(name, {}).items() if (b, commodity) in needed}
        if members:
            numbers = {
                column: float(row[column])
                for column in ("capacity", "holding_cost", "loss_rate", "refill_rate")
            }
            found.append(
                Pool(
                    name,
                    commodity,
                    end_discount=float(row["end_discount"]),
                    draw_fee=float(row["draw_fee"]),
                    only_missing=bool(row["only_missing"]),
                    members=members,
                    **numbers,
                )
            )
    return found


def access_fees(network: Network) -> dict[tuple[str, str], float]:
    """Return what a membership costs a period [USD], by pool and buyer, where it costs anything."""
    live = {(pool.name, buyer) for pool in pools(network) for buyer in pool.members}
    return {
        (row["pool"], row["buyer"]): float(row["access_fee"])
        for row in network.case.table("pool_members").to_dict("records")
        if row["access_fee"] > 0 and (row["pool"], row["buyer"]) in live
    }


def add_pool_targets(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Add what each pool holds, who joins it, and what replaces its losses while all is well.

    .. math:: 0 \le target_{p,c} \le capacity_{p,c}, \quad
        \textstyle\sum_b put_{p,c,b,t} = loss_{p,c}\, target_{p,c}, \quad
        put_{p,c,b,t} \le capacity_{p,c}\, join_{p,b}

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives ``plan.pool_target`` [t], ``plan.pool_put`` [t] and, where there is
        an access fee, ``plan.join`` (yes or no).
    network : Network
        The network of the case.
    """
    plan, every = m.plan, {pool.key: pool for pool in pools(network)}
    fees = access_fees(network)

    def most(_: Any, name: str, commodity: str) -> tuple[float, float | None]:
        size = every[name, commodity].capacity
        return 0.0, size if math.isfinite(size) else None

    plan.pool_target = pyo.Var(list(every), bounds=most)
    plan.join = pyo.Var(list(fees), domain=pyo.Binary)
    replaced = [(*key, t) for key, pool in every.items() if pool.loss_rate > 0
                for t in network.periods]  # fmt: skip
    index = [(p, c, b, t) for p, c, t in replaced for b in every[p, c].members]
    plan.pool_put = pyo.Var(index, bounds=(0, None))
    plan.pool_kept = pyo.Constraint(
        replaced,
        rule=lambda _, p, c, t: (
            sum(plan.pool_put[p, c, b, t] for b in every[p, c].members)
            == every[p, c].loss_rate * plan.pool_target[p, c]
        ),
    )
    plan.pool_put_joined = pyo.Constraint(
        [i for i in index if (i[0], i[2]) in fees],
        rule=lambda _, p, c, b, t: (
            plan.pool_put[p, c, b, t] <= every[p, c].capacity * plan.join[p, b]
        ),
    )


def add_pools(m: pyo.ConcreteModel, network: Network, symbols: Symbols) -> None:
    r"""Add what members take from pools and put back in a scenario.

    .. math:: level_{p,c,t} = (1 - loss)\, level_{p,c,t-1}
        + \textstyle\sum_b (put_{p,c,b,t} - draw_{p,c,b,t}), \quad
        pre_t\, target \le level_t \le target, \quad
        \textstyle\sum_b draw_{b,t} \le (1 - loss)\, level_{t-1}

    .. math:: \textstyle\sum_{u \le t} (draw_{b,u} - put_{b,u}) \le entitlement_b\, target, \quad
        draw_{b,t} \le capacity\, join_b, \quad
        draw_{b,t} \le \textstyle\sum_{l \in in(b,c)} (book_{l,t} - flow_{l,t})

    the last where only what is missing may be taken. Nothing is drawn before news (R10).

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives ``ops.pool_level``, ``ops.pool_draw``, ``ops.pool_put`` [t] and rows.
    network : Network
        The network of the case.
    symbols : Symbols
        The data symbols of the template.
    """
    ops, plan = m.ops, m.plan
    every, fees = {pool.key: pool for pool in pools(network)}, access_fees(network)
    held = [(*key, t) for key in every for t in network.periods]
    index = [(p, c, b, t) for p, c, t in held for b in every[p, c].members]
    ops.pool_level = pyo.Var(held, bounds=(0, None))
    ops.pool_draw = pyo.Var(index, bounds=(0, None))
    ops.pool_put = pyo.Var(index, bounds=(0, None))

    def kept(p: str, c: str, t: int) -> Any:
        before = plan.pool_target[p, c] if t == 0 else ops.pool_level[p, c, t - 1]
        return (1.0 - every[p, c].loss_rate) * before

    def net(p: str, c: str, t: int) -> Any:
        return sum(
            ops.pool_put[p, c, b, t] - ops.pool_draw[p, c, b, t] for b in every[p, c].members
        )

    def missing(p: str, c: str, b: str, t: int) -> Any:
        lanes = [i for i in network.lanes_to.get((b, c), []) if (i, t) in ops.flow]
        lacking = sum(plan.book[i, t] - ops.flow[i, t] for i in lanes)
        # With flexible volumes of one lane for another less is missing.
        return ops.pool_draw[p, c, b, t] <= lacking + plan.nothing

    ops.pool_balance = pyo.Constraint(
        held, rule=lambda _, p, c, t: ops.pool_level[p, c, t] == kept(p, c, t) + net(p, c, t)
    )
    ops.pool_most = pyo.Constraint(
        held, rule=lambda _, p, c, t: ops.pool_level[p, c, t] <= plan.pool_target[p, c]
    )
    ops.pool_least = pyo.Constraint(
        held,
        rule=lambda _, p, c, t: ops.pool_level[p, c, t] >= symbols.pre(t) * plan.pool_target[p, c],
    )
    ops.pool_there = pyo.Constraint(
        held,
        rule=lambda _, p, c, t: (
            sum(ops.pool_draw[p, c, b, t] for b in every[p, c].members) <= kept(p, c, t)
        ),
    )
    ops.pool_refill = pyo.Constraint(
        [i for i in held if math.isfinite(every[i[0], i[1]].refill_rate)],
        rule=lambda _, p, c, t: net(p, c, t) <= every[p, c].refill_rate * plan.pool_target[p, c],
    )
    ops.pool_entitled = pyo.Constraint(
        [i for i in index if every[i[0], i[1]].members[i[2]] < 1.0],
        rule=lambda _, p, c, b, t: (
            sum(ops.pool_draw[p, c, b, u] - ops.pool_put[p, c, b, u] for u in range(t + 1))
            <= every[p, c].members[b] * plan.pool_target[p, c]
        ),
    )
    paying = [i for i in index if (i[0], i[2]) in fees]
    ops.pool_draw_joined = pyo.Constraint(
        paying,
        rule=lambda _, p, c, b, t: (
            ops.pool_draw[p, c, b, t] <= every[p, c].capacity * plan.join[p, b]
        ),
    )
    ops.pool_put_joined = pyo.Constraint(
        paying,
        rule=lambda _, p, c, b, t: (
            ops.pool_put[p, c, b, t] <= every[p, c].capacity * plan.join[p, b]
        ),
    )
    ops.pool_missing = pyo.Constraint(
        [i for i in index if every[i[0], i[1]].only_missing],
        rule=lambda _, p, c, b, t: missing(p, c, b, t),
    )


def pooled_in_plan(m: pyo.ConcreteModel, buyer: str, commodity: str, t: int) -> Any:
    """Net draw of a buyer from its pools while all is well [t]: minus the losses it replaces."""
    puts = m.plan.pool_put
    return -sum(x for (_, c, b, u), x in puts.items() if (b, c, u) == (buyer, commodity, t))


def pooled_in_scenario(m: pyo.ConcreteModel, buyer: str, commodity: str, t: int) -> Any:
    """Net draw of a buyer from its pools in a period of a scenario [t]."""
    return sum(
        x - m.ops.pool_put[i]
        for i, x in m.ops.pool_draw.items()
        if (i[2], i[1], i[3]) == (buyer, commodity, t)
    )


def pool_twins(m: pyo.ConcreteModel) -> Iterator[tuple[Any, int, Any]]:
    """Yield each scenario variable of pools with its period and what it equals before news."""
    for (p, c, t), var in m.ops.pool_level.items():
        yield var, t, m.plan.pool_target[p, c]
    for i, var in m.ops.pool_draw.items():
        yield var, i[-1], None
    for i, var in m.ops.pool_put.items():
        yield var, i[-1], m.plan.pool_put[i] if i in m.plan.pool_put else None
