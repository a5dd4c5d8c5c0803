"""Pools that nobody can use, or that cannot be kept."""

from __future__ import annotations

from math import isinf
from typing import Any

from diversify.case.checks_stocks import check_refill
from diversify.case.findings import Findings
from diversify.case.sheet import BAD, Table
from diversify.case.tables import Tables


def check_pools(tables: Tables, findings: Findings) -> None:
    """Report pools without members, members without demand, and limits that contradict."""
    pools, members = tables["pools"], tables["pool_members"]
    demand = tables["demand"]
    needed = set(zip(demand.column("buyer"), demand.column("commodity"), strict=True))
    stored: dict[Any, list[Any]] = {}
    for pool, commodity in zip(pools.column("pool"), pools.column("commodity"), strict=True):
        stored.setdefault(pool, []).append(commodity)
    joined = dict.fromkeys(members.column("pool"))
    paying = {
        pool
        for pool, fee in zip(members.column("pool"), members.column("access_fee"), strict=True)
        if fee is not BAD and fee
    }
    said = set()
    for position, pool in enumerate(pools.column("pool")):
        if pool not in joined and pool is not BAD and pool not in said:
            said.add(pool)
            pools.report(
                findings,
                "",
                position,
                "pool",
                "nobody is a member of this pool",
                "give its members in pool_members, or leave the pool out",
            )
        if pool in paying and _endless(pools, position):
            pools.report(
                findings,
                "",
                position,
                "capacity",
                "a pool with an access fee must have a finite capacity: joining is a yes or no",
                "give the most that can be stored",
            )
    check_refill(pools, findings)
    for position, (pool, buyer) in enumerate(
        zip(members.column("pool"), members.column("buyer"), strict=True)
    ):
        if BAD in (pool, buyer) or pool not in stored:
            continue
        if not any((buyer, commodity) in needed for commodity in stored[pool]):
            members.report(
                findings,
                "",
                position,
                "buyer",
                "the member needs nothing that the pool stores",
                "correct the name, add its demand, or leave the row out",
            )


def _endless(pools: Table, position: int) -> bool:
    cell = pools.column("capacity")[position]
    return cell is not BAD and cell is not None and isinf(cell)
