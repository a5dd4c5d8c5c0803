"""Friend-shoring: the example file on a case, counted by hand from the shares of countries."""

from __future__ import annotations

from pathlib import Path

import pytest

import diversify as dv

EXAMPLE = Path(__file__).parents[2] / "examples" / "friends.toml"


def test_friends_refine_what_the_example_asks_for() -> None:
    case = dv.example("rare-earths")
    policies = dv.read_policies(EXAMPLE)
    plan = dv.solve(case, *policies, scenarios=5, seed=1, out_of_sample=0)
    free = dv.solve(case, scenarios=5, seed=1, out_of_sample=0, case_policies=False)
    blocs = ("EU27", "G7", "CPTPP", "EU_RAW_MATERIALS_PARTNER")
    friends = frozenset().union(*(case.countries_of(bloc) for bloc in blocs))
    rows = plan.shares("country")
    rows = rows[rows["stage"] == "refine"]
    for material in ("NdPr", "DyTb"):
        mine = rows[rows["material"] == material]
        theirs = mine[mine["name"].isin(case.countries_of("BRICS"))]
        assert mine[mine["name"].isin(friends)]["share"].sum() >= 0.7 - 1e-6
        assert theirs["share"].sum() <= 0.3 + 1e-6
    assert "MYS" in friends  # a member of CPTPP
    assert "CHN" not in friends
    assert plan.objective > free.objective


def test_a_member_counts_from_the_day_it_joined() -> None:
    # The United Kingdom joined CPTPP on 15 December 2024.
    case = dv.example("first-steps")
    assert case.settings.start == "2026-01"
    assert "GBR" in case.countries_of("CPTPP")
    before = case.settings.model_copy(update={"start": "2024-01"})
    tables = {name: case.raw(name) for name in case.tables}
    assert "GBR" not in dv.Case.from_frames(before, tables).countries_of("CPTPP")


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_full_friend_shoring_costs_more_than_half(share: float) -> None:
    case = dv.example("rare-earths")
    floors = [
        dv.ShareFloor(
            by="bloc", names=["EU27", "G7"], share=level, stage="refine", period="horizon"
        )
        for level in (share / 2, share)
    ]
    low, high = (
        dv.solve(case, floor, scenarios=3, seed=1, out_of_sample=0).objective for floor in floors
    )
    assert low < high
