"""What pools hold, and what each member may have of them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from diversify.compile.blocks import make_label
from diversify.formulation import Network
from diversify.formulation.pools import access_fees, pools

COLUMNS = [
    "pool",
    "commodity",
    "tonnes",
    "buyer",
    "member",
    "entitlement",
    "most",
    "days",
    "cost_share",
    "fee_per_year",
]


def pool_table(network: Network, plan: Mapping[str, float]) -> pd.DataFrame:
    """Return what each pool holds, and for each buyer that may join what it may have of it.

    Parameters
    ----------
    network : Network
        The network of the case.
    plan : mapping
        Value of each first-stage variable, by label.

    Returns
    -------
    pandas.DataFrame
        Columns pool, commodity, tonnes, buyer, member (who has an access fee to pay joins or not),
        entitlement (share of the pool), most [t], days (the most in days of its mean demand),
        cost_share (part of buying and holding the pool, in proportion to entitlements) and
        fee_per_year [USD].
    """
    fees, years = access_fees(network), network.case.period_years
    rows = []
    for pool in pools(network):
        tonnes = max(0.0, plan[make_label("plan.pool_target", *pool.key)])
        joined = {
            b: (pool.name, b) not in fees or plan[make_label("plan.join", pool.name, b)] > 0.5
            for b in pool.members
        }
        whole = sum(share for b, share in pool.members.items() if joined[b])
        for buyer, share in pool.members.items():
            daily = network.annual_demand.get((buyer, pool.commodity), 0.0) / 365.0
            member = joined[buyer]
            most = share * tonnes if member else 0.0
            rows.append(
                {
                    "pool": pool.name,
                    "commodity": pool.commodity,
                    "tonnes": tonnes,
                    "buyer": buyer,
                    "member": member,
                    "entitlement": share,
                    "most": most,
                    "days": most / daily if daily > 0 else float("nan"),
                    "cost_share": share / whole if member and whole > 0 else 0.0,
                    "fee_per_year": fees.get((pool.name, buyer), 0.0) / years,
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)
