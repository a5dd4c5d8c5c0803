"""The tightest level holds in all scenarios, not only in the likeliest ones."""

from __future__ import annotations

import math

import pytest

import diversify as dv
from diversify.policies import ShareCap
from diversify.solver.tightest import _settled
from diversify.testing import small_case


def many(count: int) -> dv.Case:
    """Two sources of 1 t; in scenario k of many, the first is down to a part that falls with k.

    Half a tonne of demand is firm, so that the capped second source has to bring the rest.
    """
    parts = {f"s{k:02d}": 1 - 0.9 * k / (count - 1) for k in range(count)}
    whole = count * (count + 1) / 2
    return small_case(
        sites=[
            {"site": "A", "country": "AUS", "cost": 1, "capacity": 1},
            {"site": "B", "country": "CHN", "cost": 2, "capacity": 1},
        ],
        lanes=[{"origin": s, "destination": "W", "commodity": "metal"} for s in "AB"],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "W", "commodity": "metal", "cost": 50}],
        hazards=[{"hazard": "strike", "by": "site", "name": "A"}],
        # The worst scenarios are the least likely.
        scenarios={
            label: ((count - k) / whole, {"strike": [part]})
            for k, (label, part) in enumerate(parts.items())
        },
    )


@pytest.mark.parametrize("count", [30, 60])
def test_the_level_is_that_of_all_scenarios(count: int) -> None:
    cap = ShareCap(by="country", names=["CHN"], share=0.9, stage="refine", name="cap")
    worst = dv.ShortageBudget(measure="worst", limit=0.25, name="worst")
    found = dv.tightest(many(count), cap, worst, case_policies=False).set_index("policy")
    level = float(found.loc["cap", "tightest"])
    # At worst A delivers a tenth of the 1 t that it can, so that 0.65 t have to be of China. The
    # share is least where all of A is booked besides.
    assert level == pytest.approx(0.65 / 1.65, rel=2e-5)
    dv.solve(many(count), cap.with_level(level), worst, case_policies=False)
    with pytest.raises(dv.InfeasibleError):
        dv.solve(many(count), cap.with_level(level * (1 - 1e-4)), worst, case_policies=False)


@pytest.mark.parametrize("upper", [True, False])
@pytest.mark.parametrize("true", [0.2, 0.2999, 0.3, 0.3001, 0.7])
def test_a_level_of_few_moves_to_that_of_many(true: float, upper: bool) -> None:
    policy = ShareCap(by="country", share=0.9) if upper else dv.ShareFloor(by="domestic", share=0.1)

    def possible(level: float) -> bool:
        return level >= true if upper else level <= true

    found = _settled(possible, policy, 0.3, 0.0 if upper else 1.0)
    assert found == pytest.approx(true, rel=2e-5)
    assert _settled(lambda level: False, policy, 0.3, 0.0 if upper else 1.0) is None
    free = _settled(lambda level: True, policy, 0.3, 0.0 if upper else 1.0)
    assert free == pytest.approx(0.0 if upper else 1.0)
    assert not math.isnan(free)
