"""Caps that look through and cannot add up to one are refused before anything is solved."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.errors import InputError
from diversify.formulation import build_network
from diversify.policies.arithmetic import refuse_impossible
from diversify.testing import small_case, trial

MINES = ("AUS", "CHN", "USA")
PLANTS = ("DEU", "MYS")


def chain(*, late: dict[str, int] | None = None, scrap: bool = False) -> Case:
    """Three mines feed two refineries; perhaps scrap, and mines that begin later."""
    late = late or {}
    sites: list[dict[str, Any]] = [
        {"site": f"mine {c}", "country": c, "stage": "mine", "cost": 1,
         "lead_time_months": 12 * late.get(c, 0)}
        for c in MINES
    ]  # fmt: skip
    sites += [{"site": f"plant {c}", "country": c, "cost": 1} for c in PLANTS]
    recipes: list[dict[str, Any]] = [{"site": f"mine {c}", "commodity": "ore"} for c in MINES]
    for c in PLANTS:
        recipes += [
            {"site": f"plant {c}", "direction": "input", "commodity": "ore"},
            {"site": f"plant {c}", "commodity": "metal"},
        ]
    lanes = [
        {"origin": f"mine {a}", "destination": f"plant {b}", "commodity": "ore"}
        for a in MINES
        for b in PLANTS
    ]
    lanes += [{"origin": f"plant {b}", "destination": "W", "commodity": "metal"} for b in PLANTS]
    if scrap:
        sites.append({"site": "scrap", "country": "DEU", "stage": "recycle", "cost": 9})
        recipes.append({"site": "scrap", "commodity": "metal"})
        lanes += [
            {"origin": "scrap", "destination": place, "commodity": "metal"} for place in ("W",)
        ]
    return small_case(
        periods=2,
        sites=sites,
        recipes=recipes,
        lanes=lanes,
        commodities=[{"commodity": c, "material": "Nd"} for c in ("ore", "metal")],
        contents=[{"commodity": c, "material": "Nd", "content": 1.0} for c in ("ore", "metal")],
        demand=[{"buyer": "W", "commodity": "metal", "period": t, "quantity": 9} for t in (1, 2)],
        shortages=[{"buyer": "W", "commodity": "metal", "cost": 60}],
    )


def cap(share: float, through: Any = True, **fields: Any) -> dv.ShareCap:
    return dv.ShareCap(by="country", share=share, look_through=through, **fields)


def refused(case: Case, *policies: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        refuse_impossible(build_network(case), policies)
    assert {finding.code for finding in caught.value.findings} <= {"C48", "C49"}
    return [finding.message for finding in caught.value.findings]


@pytest.mark.parametrize("stage", ["mine", "refine"])
def test_caps_on_origins_that_add_up_to_less_than_one(stage: str) -> None:
    (said,) = refused(chain(), cap(0.2, stage=stage))
    assert "0.2 (AUS) + 0.2 (CHN) + 0.2 (USA) = 0.6, below 1" in said
    assert f"Nd at the {stage} stage, looked through to the mine in 2026 to 2027" in said
    refuse_impossible(build_network(chain()), [cap(1 / 3, stage=stage)])
    plan = trial(chain(), [cap(1 / 3, stage=stage)])
    # 18 t, each mined and refined at 1 USD a tonne: nothing is short.
    assert plan.objective == pytest.approx(36)


def test_origins_of_several_policies_add_up_together() -> None:
    caps = [cap(0.3, names=[c], stage="refine") for c in MINES]
    (said,) = refused(chain(), *caps)
    assert all(repr(policy.name) in said for policy in caps)
    refuse_impossible(build_network(chain()), caps[:2])


def test_a_cap_at_the_stage_counts_the_same_tonnes() -> None:
    # Half of each plant, and 0.3 of two origins: the third can bring the rest.
    plants = dv.ShareCap(by="country", share=0.5, stage="refine")
    two = cap(0.3, names=["AUS", "CHN"], stage="refine")
    refuse_impossible(build_network(chain()), [two, plants])
    said = refused(chain(), two, plants.with_level(0.4))
    assert len(said) == 1
    assert "0.4 (DEU) + 0.4 (MYS) = 0.8, below 1" in said[0]


def test_scrap_was_mined_nowhere_and_can_be_the_rest() -> None:
    case = chain(scrap=True)
    refuse_impossible(build_network(case), [cap(0.4, stage="refine")])
    (said,) = refused(case, cap(0.2, "touched", stage="recycle"))
    assert "0.2 (DEU), below 1" in said
    assert "recycle stage" in said


def test_a_tonne_that_counts_twice_needs_room_twice() -> None:
    # Each tonne counts for a miner and a refiner: two refiners of 0.45 leave a tenth for nobody.
    (said,) = refused(chain(), cap(0.45, "touched", stage="refine"))
    assert "0.45 (DEU) + 0.45 (MYS) = 0.9, below 1" in said
    case = chain()
    refuse_impossible(build_network(case), [cap(0.5, "touched", stage="refine")])
    # Mines and refineries in the same three countries, none of which may do both.
    three = small_case(
        sites=[{"site": f"m {c}", "country": c, "stage": "mine"} for c in MINES]
        + [{"site": f"r {c}", "country": c} for c in MINES],
        recipes=[{"site": f"m {c}", "commodity": "ore"} for c in MINES]
        + [
            {"site": f"r {c}", "direction": d, "commodity": x}
            for c in MINES
            for d, x in (("input", "ore"), ("output", "metal"))
        ],
        lanes=[
            {"origin": f"m {a}", "destination": f"r {b}", "commodity": "ore"}
            for a in MINES
            for b in MINES
            if a != b
        ]
        + [{"origin": f"r {c}", "destination": "W", "commodity": "metal"} for c in MINES],
        commodities=[{"commodity": c, "material": "Nd"} for c in ("ore", "metal")],
        contents=[{"commodity": c, "material": "Nd", "content": 1.0} for c in ("ore", "metal")],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 9}],
    )
    # Every tonne counts for two of three countries: their shares add up to 2.
    (said,) = refused(three, cap(0.6, "touched", stage="refine"))
    assert "= 1.8, and what is delivered counts for several of them" in said
    refuse_impossible(build_network(three), [cap(0.67, "touched", stage="refine")])


def test_a_mine_that_begins_later_does_not_count_before() -> None:
    # In 2026 only AUS mines: a cap of half cannot be kept; over the horizon it can.
    case = chain(late={"CHN": 1, "USA": 1})
    (said,) = refused(case, cap(0.5, stage="refine"))
    assert "in 2026: " in said
    assert "0.5 (AUS), below 1" in said
    refuse_impossible(build_network(case), [cap(0.5, stage="refine", period="horizon")])


def test_a_floor_above_caps_on_the_same_origins() -> None:
    floor = dv.ShareFloor(
        by="country", names=["CHN", "USA"], share=0.7, stage="refine", look_through=True
    )
    (said,) = refused(chain(), floor, cap(0.34, stage="refine"))
    assert "its floors ask for 0.7 (CHN, USA), and its caps allow 0.34 (CHN) + 0.34 (USA)" in said
    refuse_impossible(build_network(chain()), [floor, cap(0.36, stage="refine")])
