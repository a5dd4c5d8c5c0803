"""Why not: the limits that clash, in the user's words, and the smallest change that would do.

A change is right if the changed levels have a plan and slightly less change has none; both are
solved again here. Where a number is given, it is calculated by hand beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.policies import Policy
from diversify.solver.conflict import Conflict
from diversify.testing import small_case, tiny_case


def changed(policies: Sequence[Policy], changes: dict[str, float], part: float) -> list[Policy]:
    """The policies with a part of the changes of their levels."""
    return [p.with_level(p.level_value + part * changes.get(p.name, 0.0)) for p in policies]


def conflict_of(case: Case, policies: Sequence[Policy]) -> Conflict:
    """The conflict, after showing that the changes it names do, and that less does not."""
    # Caps that cannot add up to one are refused before anything is solved.
    with pytest.raises((dv.InfeasibleError, dv.InputError)):
        dv.solve(case, *policies, case_policies=False)
    conflict = dv.explain(case, *policies, case_policies=False)
    assert conflict is not None
    alone = [{item.policy: item.change} for item in conflict.items if item.policy and item.change]
    for changes in [conflict.smallest, *alone]:
        if changes:
            # A little more than the change: the solver's tolerance is 1e-7.
            assert dv.explain(case, *changed(policies, changes, 1 + 1e-5)) is None
            assert dv.explain(case, *changed(policies, changes, 0.99)) is not None
    # Any one of the policies left out resolves the clash, as these cases have one clash each.
    for item in conflict.items:
        if item.policy:
            rest = [p for p in policies if p.name != item.policy]
            assert dv.explain(case, *rest, case_policies=False) is None
    return conflict


def rows(conflict: Conflict) -> list[str]:
    return [item.row for item in conflict.items if not item.policy]


def policies_of(conflict: Conflict) -> dict[str, float | None]:
    return {item.policy: item.change for item in conflict.items if item.policy}


def two_sites(**fields: Any) -> Case:
    return small_case(
        sites=[{"site": s, "cost": 1, "capacity": 10, **fields} for s in ("A", "B")],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in ("A", "B")],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 8}],
    )


def test_a_cap_below_an_even_split_clashes_with_demand_alone() -> None:
    found = conflict_of(two_sites(), [dv.ShareCap(by="site", share=0.4, name="cap")])
    # Two sites with at most 0.4 each leave a fifth of the demand unmet.
    assert policies_of(found) == {"cap": pytest.approx(0.1, abs=1e-9)}
    assert rows(found) == ["demand of Works for metal"]
    assert found.smallest == {"cap": pytest.approx(0.1, abs=1e-9)}


def test_a_floor_is_lowered_by_what_capacity_lacks() -> None:
    floor = dv.ShareFloor(by="domestic", share=0.5, stage="refine", name="floor")
    case = small_case(
        sites=[
            {"site": "Near", "country": "DEU", "capacity": 3},
            {"site": "Far", "country": "AUS"},
        ],
        lanes=[
            {"origin": s, "destination": "Works", "commodity": "metal"} for s in ("Near", "Far")
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 8}],
    )
    found = conflict_of(case, [floor])
    # 3 of 8 t is 0.375.
    assert policies_of(found) == {"floor": pytest.approx(-0.125, abs=1e-9)}
    assert rows(found) == ["capacity of Near", "demand of Works for metal"]


def test_a_stock_floor_beyond_the_store_names_the_store() -> None:
    found = conflict_of(tiny_case(), [dv.StockFloor(days=1000, name="floor")])
    # The store holds 5 t and a day needs 4/365 t: 456.25 days.
    assert policies_of(found) == {"floor": pytest.approx(456.25 - 1000, rel=1e-9)}
    assert rows(found) == ["stock capacity of Works for oxide"]


def test_a_cost_budget_below_the_optimum_is_raised_to_it() -> None:
    budget = dv.CostBudget(measure="expectation", limit=60, name="budget")
    found = conflict_of(tiny_case(), [budget])
    # The optimum is 69.52, by hand in the tests of the battery.
    assert policies_of(found) == {"budget": pytest.approx(9.52, rel=1e-7)}


def test_a_cvar_budget_and_an_exclusion_clash_as_the_closed_form_says() -> None:
    case = small_case(
        sites=[{"site": "A", "cost": 1}, {"site": "B", "cost": 2}],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in ("A", "B")],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 1.5}],
        hazards=[{"hazard": "stop", "by": "site", "name": "A"}],
        scenarios={"calm": (0.9, {}), "stop": (0.1, {"stop": [0]})},
    )
    budget = dv.ShortageBudget(measure="cvar", level=0.95, limit=0.3, name="budget")
    out = dv.Exclude(by="site", names=["B"], name="out", priority=10)
    found = conflict_of(case, [budget, out])
    # With x from B, the worst twentieth lacks 1 - x: either limit 1, or x = 0.7.
    assert policies_of(found) == {
        "budget": pytest.approx(0.7, abs=1e-7),
        "out": pytest.approx(0.7, abs=1e-7),
    }
    # Weighted: 10 / 0.001 a tonne of the exclusion, 1 / 0.3 a unit of the budget.
    assert found.smallest == {"budget": pytest.approx(0.7, abs=1e-7)}


def test_a_higher_priority_is_kept_longer() -> None:
    case = small_case(
        sites=[
            {"site": "A", "country": "CHN"},
            {"site": "B", "country": "AUS"},
            {"site": "C", "country": "DEU", "capacity": 1},
        ],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "ABC"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
    )
    # 0.4 + 0.4 + 0.1 leaves a tenth.
    for kept, given in (("a", "b"), ("b", "a")):
        caps = [
            dv.ShareCap(by="site", names=[s], share=0.4, name=n, priority=5 if n == kept else 1)
            for s, n in (("A", "a"), ("B", "b"))
        ]
        found = conflict_of(case, caps)
        assert found.smallest == {given: pytest.approx(0.1, abs=1e-9)}
        assert policies_of(found) == {
            "a": pytest.approx(0.1, abs=1e-9),
            "b": pytest.approx(0.1, abs=1e-9),
        }


def test_a_clash_of_data_alone_says_that_no_policy_helps() -> None:
    case = small_case(
        sites=[{"site": "A", "capacity": 3}, {"site": "B", "capacity": 4}],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "AB"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 8}],
    )
    found = conflict_of(case, [dv.ShareCap(by="site", share=0.9)])
    assert policies_of(found) == {}
    assert rows(found) == ["capacity of A", "capacity of B", "demand of Works for metal"]
    assert found.smallest == {}
    assert "No change of policy levels alone would do." in found.sentence()


def test_a_quota_that_clashes_is_named() -> None:
    case = small_case(
        sites=[{"site": "A"}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal", "quota": 5}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 8}],
    )
    assert rows(conflict_of(case, [])) == [
        "demand of Works for metal",
        "quota of A>Works:metal",
    ]


def test_yes_or_no_decisions_can_be_the_clash() -> None:
    # Each site delivers nothing or 6 to 10 t. One alone has all of the volume, two cost 12. Sold
    # by the tonne, 4 and 4 t would keep both limits: only the decisions clash.
    case = two_sites(minimum_offtake=6)
    cap, spend = dv.ShareCap(by="site", share=0.6, name="cap"), dv.SpendCap(limit=10, name="spend")
    found = conflict_of(case, [cap, spend])
    assert found.integer
    assert policies_of(found) == {
        "cap": pytest.approx(0.4, abs=1e-6),
        "spend": pytest.approx(2.0, abs=1e-6),
    }
    assert rows(found) == [
        "demand of Works for metal",
        "minimum offtake of A",
        "minimum offtake of B",
    ]
    # 2 of 10 is less than 0.4 of 0.6.
    assert found.smallest == {"spend": pytest.approx(2.0, abs=1e-6)}
    assert "could be taken in part" in found.sentence()


def test_the_smallest_change_does_for_every_clash_and_not_only_the_one_shown() -> None:
    # The cap clashes with the demand in the plan alone; the budget clashes with what 10 t cost.
    case = small_case(
        sites=[{"site": s, "cost": 1} for s in "AB"],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "AB"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
    )
    cap = dv.ShareCap(by="site", share=0.4, name="cap")
    budget = dv.CostBudget(measure="worst", limit=5, name="budget")
    found = dv.explain(case, cap, budget)
    assert found is not None
    assert found.smallest == {
        "cap": pytest.approx(0.1, abs=1e-9),
        "budget": pytest.approx(5, abs=1e-9),
    }
    assert dv.explain(case, *changed([cap, budget], found.smallest, 1 + 1e-5)) is None


def test_records_have_the_keys_of_the_command_line() -> None:
    found = conflict_of(two_sites(), [dv.ShareCap(by="site", share=0.4, name="cap")])
    assert found.records() == [
        {
            "policy": "cap",
            "row": "No site delivers more than 40 % of any material at any stage in any period.",
            "change": pytest.approx(0.1, abs=1e-9),
            "unit": "USD per unit of share",
            "tightest": pytest.approx(0.5, abs=1e-9),
        },
        {
            "policy": None,
            "row": "demand of Works for metal",
            "change": None,
            "unit": "",
            "tightest": None,
        },
    ]


def test_a_case_with_a_plan_has_no_conflict() -> None:
    assert dv.explain(tiny_case(), dv.ShareCap(by="country", share=0.6, stage="refine")) is None
