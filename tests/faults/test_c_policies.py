"""FAULTS C: policies that count who delivers. One test or more for each row, named after it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.errors import Finding, InputError
from diversify.formulation import build_network
from diversify.policies import Policy, parse_policies
from diversify.policies.arithmetic import refuse_impossible
from diversify.policies.remarks import remarks, without_repeats
from diversify.testing import policy_rows, small_case, tiny_case, trial

LANDS = ("AUS", "CHN", "DEU", "USA")


def four_countries(**settings: Any) -> Case:
    """A tonne from any of four countries, at 1, 2, 3 or 4 USD."""
    return small_case(
        sites=[
            {"site": c, "country": c, "cost": i + 1, "capacity": 5} for i, c in enumerate(LANDS)
        ],
        lanes=[{"origin": c, "destination": "W", "commodity": "metal"} for c in LANDS],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1}],
        **settings,
    )


def refused(case: Case, *policies: Policy) -> list[Finding]:
    """What is said before anything is solved."""
    with pytest.raises(InputError) as caught:
        refuse_impossible(build_network(case), policies)
    assert all(finding.remedy for finding in caught.value.findings)
    return list(caught.value.findings)


def read(**table: Any) -> str:
    """What is said to a table of one policy."""
    with pytest.raises(InputError) as caught:
        parse_policies([table])
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "meant"),
    [("hhi_caps", "hhi_cap"), ("min_source", "min_sources"), ("exclud", "exclude")],
)
def test_c43_a_kind_that_is_misspelt_is_refused(kind: str, meant: str) -> None:
    assert f"did you mean {meant}" in read(kind=kind, by="country")


@pytest.mark.parametrize(
    "policy",
    [
        dv.ShareCap(by="country", names=["CN"], share=0.5, look_through=True),
        dv.ShareFloor(by="country", names=["CN"], share=0.5, look_through="touched"),
        dv.Exclude(by="country", names=["CN"], phase_out={"2026": 0.5}),
        dv.MinSources(by="country", names=["CN"], count=1),
        dv.MaxSources(by="country", names=["CN"], count=1),
    ],
    ids=lambda policy: policy.kind,
)
def test_c44_a_member_that_is_misspelt_is_refused(policy: Policy) -> None:
    with pytest.raises(InputError, match=r"names 'CN' is not in the case.*did you mean 'CHN'"):
        policy_rows(tiny_case(), policy)


def test_c44_a_date_that_is_not_in_the_case_is_refused() -> None:
    path = dv.Exclude(by="country", names=["CHN"], phase_out={"2026": 0.5, "2207": 0})
    with pytest.raises(InputError, match=r"phase_out '2207' is not in the case.*'2027'"):
        policy_rows(tiny_case(), path)


@pytest.mark.parametrize(
    "policy",
    [
        dv.ShareCap(by="country", names=["DEU"], share=0.5, stage="refine", look_through=True),
        dv.Exclude(by="country", names=["CHN"], stage="recycle", look_through="touched"),
        dv.HhiCap(by="site", limit=0.5, stage="refine", material="La"),
        dv.MinSources(by="country", names=["CHN"], count=1, stage="recycle"),
    ],
    ids=lambda policy: policy.kind,
)
def test_c45_a_policy_that_matches_nothing_is_refused_unless_allowed(policy: Policy) -> None:
    with pytest.raises(InputError, match="allow_empty"):
        policy_rows(tiny_case(), policy)
    assert policy_rows(tiny_case(), policy.model_copy(update={"allow_empty": True})) == []


def test_c46_an_unknown_field_is_refused() -> None:
    said = read(kind="share_cap", by="country", share=0.5, look_trough=True)
    assert "unknown field 'look_trough'" in said
    assert "did you mean 'look_through'?" in said
    assert "True or 'touched'" in read(kind="share_cap", by="site", share=0.5, look_through="all")


@pytest.mark.parametrize("kind", ["share_cap", "share_floor"])
@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "above 0 and at most 1"),
        (-0.2, "from 0 to 1"),
        (1.2, "from 0 to 1"),
        (float("nan"), "from 0 to 1"),
        (65, "did you mean 0.65?"),
    ],
)
def test_c47_a_share_out_of_range_is_refused_with_the_range(
    kind: str, share: float, said: str
) -> None:
    assert said in read(kind=kind, by="country", names=["CHN"], share=share)


def test_c47_a_step_of_a_path_out_of_range_is_refused() -> None:
    said = read(kind="exclude", by="country", names=["CHN"], phase_out={"2027": 40})
    assert "did you mean 0.4?" in said


def test_c48_caps_that_add_up_to_less_than_one_are_refused_with_the_sum() -> None:
    cap = dv.ShareCap(by="country", share=0.2)
    (found,) = refused(four_countries(), cap)
    assert found.code == "C48"
    assert "0.2 (AUS) + 0.2 (CHN) + 0.2 (DEU) + 0.2 (USA) = 0.8, below 1" in found.message
    assert "'share_cap country': metal at the refine stage in 2026" in found.message
    refuse_impossible(build_network(four_countries()), [cap.with_level(0.25)])
    assert trial(four_countries(), [cap.with_level(0.25)]).objective == pytest.approx(2.5)


def test_c48_caps_of_several_policies_add_up() -> None:
    caps = [dv.ShareCap(by="country", names=[c], share=0.2) for c in LANDS]
    (found,) = refused(four_countries(), *caps)
    assert all(repr(cap.name) in found.message for cap in caps)
    refuse_impossible(build_network(four_countries()), caps[1:])


def test_c48_what_a_cap_spares_may_deliver_the_rest() -> None:
    # The buyer is in Germany, which is not capped.
    cap = dv.ShareCap(by="country", share=0.2, foreign_only=True)
    network = build_network(four_countries())
    refuse_impossible(network, [cap])
    with pytest.raises(InputError):
        refuse_impossible(network, [cap.model_copy(update={"foreign_only": False})])


def test_c48_a_cap_in_each_period_is_one_over_the_horizon() -> None:
    case = tiny_case()
    each = dv.ShareCap(by="country", names=["CHN"], share=0.4, stage="refine")
    over = dv.ShareCap(by="country", names=["DEU"], share=0.5, stage="refine", period="horizon")
    (found,) = refused(case, each, over)
    assert "0.4 (CHN) + 0.5 (DEU) = 0.9" in found.message
    refuse_impossible(build_network(case), [each.model_copy(update={"period": "2026"}), over])


def test_c49_a_floor_above_a_cap_of_the_same_group_is_refused() -> None:
    cap = dv.ShareCap(by="country", names=["CHN"], share=0.4, name="cap")
    floor = dv.ShareFloor(by="country", names=["CHN"], share=0.5, name="floor")
    (found,) = refused(four_countries(), cap, floor)
    assert found.code == "C49"
    assert "policy 'cap' and policy 'floor'" in found.message
    assert "floors ask for 0.5 (CHN), and its caps allow 0.4 (CHN)" in found.message
    refuse_impossible(build_network(four_countries()), [cap, floor.with_level(0.4)])


def test_c49_a_floor_of_a_bloc_above_the_caps_of_its_members_is_refused() -> None:
    caps = dv.ShareCap(by="country", share=0.3)
    floor = dv.ShareFloor(by="country", names=["AUS", "USA"], share=0.7)
    (found,) = refused(four_countries(), caps, floor)
    assert "0.7 (AUS, USA), and its caps allow 0.3 (AUS) + 0.3 (USA) = 0.6" in found.message


def test_c49_floors_that_add_up_to_more_than_one_are_refused() -> None:
    floors = [dv.ShareFloor(by="country", names=[c], share=0.6) for c in LANDS[:2]]
    (found,) = refused(four_countries(), *floors)
    assert "0.6 (AUS) + 0.6 (CHN) = 1.2, above 1" in found.message


@pytest.mark.parametrize("shares", [*itertools.product([0.2, 0.5, 0.8], repeat=3)])
def test_c48_c49_what_is_refused_is_what_has_no_plan(shares: tuple[float, ...]) -> None:
    a, b, c = shares
    rules = [
        dv.ShareCap(by="country", names=["AUS"], share=a),
        dv.ShareCap(by="country", names=["CHN", "DEU"], share=b),
        dv.ShareFloor(by="country", names=["CHN", "AUS"], share=c),
    ]
    # USA may deliver anything: only the floor can be too high.
    possible = a + b >= c - 1e-12
    assert (trial(four_countries(), rules).objective < float("inf")) == possible
    network = build_network(four_countries())
    if possible:
        refuse_impossible(network, rules)
    else:
        with pytest.raises(InputError):
            refuse_impossible(network, rules)


def test_c51_an_index_below_the_least_is_refused_with_it() -> None:
    with pytest.raises(InputError, match=r"4 suppliers of metal .* below 0\.25; found '0\.2'"):
        policy_rows(four_countries(), dv.HhiCap(by="country", limit=0.2))
    assert len(policy_rows(four_countries(), dv.HhiCap(by="country", limit=0.25))) == 11


def test_c52_more_sources_than_there_are_are_refused() -> None:
    with pytest.raises(InputError, match=r"has 4 countries \(AUS, CHN, DEU, USA\); found '5'"):
        policy_rows(four_countries(), dv.MinSources(by="country", count=5))
    with pytest.raises(InputError, match=r"4 sources of 0\.3 each are 1\.2 in all"):
        policy_rows(four_countries(), dv.MinSources(by="country", count=4, share=0.3))


def test_c53_a_policy_that_is_there_twice_is_named_and_left_out() -> None:
    caps = [dv.ShareCap(by="country", share=s) for s in (0.5, 0.6, 0.5)]
    kept, (found,) = without_repeats(caps)
    assert kept == caps[:2]
    assert found.severity == "warning"
    assert found.message == "policy 3 'share_cap country': same as policy 1, so it is left out"


@pytest.mark.parametrize(
    ("policy", "never"),
    [
        (dv.ShareCap(by="country", share=1), True),
        (dv.ShareCap(by="country", share=0.99), False),
        (dv.HhiCap(by="country", limit=1), True),
        (dv.HhiCap(by="country", limit=1, weights="governance"), False),
        (dv.HhiCap(by="country", limit=10, weights="governance"), True),
        (dv.MaxSources(by="country", count=4), True),
        (dv.MaxSources(by="country", count=3), False),
        (dv.ShareFloor(by="country", names=["CHN"], share=1), False),
    ],
)
def test_c54_a_policy_that_cannot_bind_is_said_to(policy: Policy, never: bool) -> None:
    found = remarks(build_network(four_countries()), [policy])
    assert [("never binding" in remark.message) for remark in found] == [True] * never
    if never:
        assert trial(four_countries(), [policy]).objective == pytest.approx(1, rel=1e-6)


def test_c54_looking_through_to_no_mine_is_said() -> None:
    cap = dv.ShareCap(by="country", names=["CHN"], share=0.5, look_through=True)
    (found,) = remarks(build_network(four_countries()), [cap])
    assert "AUS, CHN, DEU, USA, where the material begins in this case" in found.message
    assert remarks(build_network(tiny_case()), [cap]) == []


def reversed_case(case: Case) -> Case:
    """The same case with the rows of all tables the other way round."""
    tables = {name: case.raw(name).iloc[::-1].reset_index(drop=True) for name in case.tables}
    return Case.from_frames(case.settings, tables)


@pytest.mark.parametrize(
    "policy",
    [
        dv.ShareCap(by="country", share=0.6, stage="refine", look_through=True),
        dv.Exclude(by="country", names=["CHN"], phase_out={"2027": 0.2}, look_through="touched"),
        dv.HhiCap(by="country", limit=0.6, stage="refine"),
        dv.MinSources(by="country", count=2, share=0.2, stage="refine"),
    ],
    ids=lambda policy: policy.kind,
)
def test_c62_the_order_of_rows_changes_nothing(policy: Policy) -> None:
    case = tiny_case()
    assert policy_rows(reversed_case(case), policy) == policy_rows(case, policy)
    assert trial(reversed_case(case), [policy]).objective == trial(case, [policy]).objective


def test_c62_the_order_of_steps_changes_nothing() -> None:
    steps = {"2026": 0.5, "2027": 0.25}
    first, second = (
        dv.Exclude(by="country", names=["CHN"], stage="refine", phase_out=dict(given))
        for given in (steps.items(), reversed(steps.items()))
    )
    assert policy_rows(tiny_case(), first) == policy_rows(tiny_case(), second)
