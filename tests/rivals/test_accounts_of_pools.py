"""Who pays for a stock that is held together: every number is worked out by hand."""

from __future__ import annotations

import pytest

import diversify as dv
from diversify.accounts import accounts
from diversify.testing import small_case

BUYERS = ("W1", "W2")


def pooled() -> dv.Case:
    """Two buyers of a tonne a year, each with a source that may stop in the second of two years.

    W1 may have all of the pool and W2 half of it, so 2 t are held for the tonne that either lacks.
    """
    return small_case(
        commodities=[{"commodity": "metal", "material": "metal", "price": 10.0}],
        sites=[{"site": s, "capacity": 1.0} for s in "AB"],
        lanes=[
            {"origin": s, "destination": b, "commodity": "metal"}
            for s, b in zip("AB", BUYERS, strict=True)
        ],
        demand=[{"buyer": b, "commodity": "metal", "quantity": 1.0} for b in BUYERS],
        shortages=[{"buyer": b, "commodity": "metal", "cost": 1000.0} for b in BUYERS],
        pools=[
            {
                "pool": "P",
                "commodity": "metal",
                "capacity": 4.0,
                "holding_cost": 2.0,
                "end_discount": 0.5,
                "draw_fee": 7.0,
            }
        ],
        pool_members=[
            {"pool": "P", "buyer": b, "entitlement": share, "access_fee": 3.0}
            for b, share in zip(BUYERS, (1.0, 0.5), strict=True)
        ],
        hazards=[{"hazard": f"stop {s}", "by": "site", "name": s} for s in "AB"],
        scenarios={
            "calm": (0.8, {}),
            "a": (0.1, {"stop A": [1, 0]}),
            "b": (0.1, {"stop B": [1, 0]}),
        },
        periods=2,
    )


def test_members_pay_for_the_pool_by_entitlement_and_for_themselves_what_they_take() -> None:
    plan = dv.solve(pooled())
    assert plan.pools["tonnes"].tolist() == pytest.approx([2.0, 2.0])
    # 20 at the start, less 5 for each of the 2 t that are left in eight cases of ten and of the
    # one in the others; 2 for each tonne in store at the end of both years.
    held = 20 - (0.8 * 10 + 0.2 * 5) + 2 * (2 + 0.8 * 2 + 0.2 * 1)
    # Two years of access, and a tonne taken in a tenth of cases.
    own = 2 * 3 + 0.1 * 7
    found = {buyer: account.cost for buyer, account in accounts(plan).items()}
    assert found == {
        "W1": pytest.approx(held * 2 / 3 + own),
        "W2": pytest.approx(held * 1 / 3 + own),
    }
    assert sum(found.values()) == pytest.approx(plan.objective)


def test_a_pool_that_nobody_joins_costs_nobody_anything() -> None:
    case = pooled()
    dear = case.with_table("pool_members", case.raw("pool_members").assign(access_fee=1e6))
    plan = dv.solve(dear)
    # Each goes without a tonne in a tenth of cases.
    assert [account.cost for account in accounts(plan).values()] == pytest.approx([100.0, 100.0])
