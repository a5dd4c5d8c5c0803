"""Several plans cost the same: the order of rows does not choose, and the tie is told."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

import diversify as dv
from diversify.case import Case
from diversify.testing.cases import small_case

SITES = ("Anna", "Bert", "Carl")


def alike(order: tuple[str, ...]) -> Case:
    """Three mines with the same cost and capacity; two of them are enough."""
    return small_case(
        sites=[{"site": s, "country": "AUS", "capacity": 4, "cost": 10} for s in order],
        lanes=[
            {"origin": s, "destination": "Works", "commodity": "metal"} for s in reversed(order)
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 6}],
    )


@pytest.mark.parametrize("method", ["extensive", "decomposed"])
def test_among_equally_cheap_plans_the_order_of_rows_does_not_choose(method: str) -> None:
    plans = [
        dv.solve(alike(order), method=method, out_of_sample=0)
        for order in itertools.permutations(SITES)
    ]
    for plan in plans[1:]:
        for name in ("portfolio", "shares", "costs"):
            pd.testing.assert_frame_equal(plan.table(name), plans[0].table(name), check_exact=True)


def test_who_could_have_been_used_at_the_same_cost_is_told() -> None:
    plan = dv.solve(alike(SITES), out_of_sample=0)
    said = plan.suppliers.set_index("site")
    (unused,) = said.index[said["tonnes"] == 0.0]
    assert "would cost no more than what is used" in said.loc[unused, "sentence"]
    # One that costs a dollar more is not a tie.
    dearer = small_case(
        sites=[
            {"site": s, "country": "AUS", "capacity": 4, "cost": 10 + (s == "Carl")} for s in SITES
        ],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in SITES],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 6}],
    )
    clear = dv.solve(dearer, out_of_sample=0).suppliers.set_index("site").loc["Carl"]
    assert clear["tonnes"] == 0.0
    assert clear["cheaper"] == pytest.approx(1.0, abs=1e-6)
