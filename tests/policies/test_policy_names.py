"""Names of policies, and what a list of policies refuses."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.errors import InputError
from diversify.policies import parse_policies, policies_schema, policy_toml
from diversify.policies.reading import KINDS, named_apart
from diversify.testing import policy_rows, small_case, tiny_case, trial

CAP = dv.ShareCap(by="country", share=0.6, stage="refine")


@pytest.mark.parametrize(
    ("names", "apart"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a #2", "a #3"]),
        (["a", "a", "a #2"], ["a", "a #3", "a #2"]),
        (["a", "a #2", "a", "a #2"], ["a", "a #2", "a #3", "a #2 #2"]),
    ],
)
def test_policies_of_one_name_are_told_apart(names: list[str], apart: list[str]) -> None:
    found = named_apart([CAP.model_copy(update={"name": name}) for name in names])
    assert [policy.name for policy in found] == apart


@pytest.mark.parametrize(
    "name",
    # Names of variables of the model, of attributes of its blocks, and of odd characters.
    ["book", "cost", "nothing", "name", "active", "a.b", "a[b]", "a, b", "don't", 'a "b"', "é鉱\\"],
)
def test_a_policy_may_have_any_name(name: str) -> None:
    case = tiny_case()
    budget = dv.ShortageBudget(measure="cvar", level=0.9, limit=0.05, name=f"{name} ")
    plan = dv.solve(case, CAP.model_copy(update={"name": name}), budget)
    usual = dv.solve(case, CAP, dv.ShortageBudget(measure="cvar", level=0.9, limit=0.05))
    assert plan.objective == pytest.approx(usual.objective, rel=1e-9)
    assert set(plan.prices["policy"]) == {name, f"{name} "}
    assert plan.prices["row"].tolist() == usual.prices["row"].tolist()


def test_a_site_may_have_an_apostrophe_a_comma_or_a_bracket_in_its_name() -> None:
    names = ["Côte d'Ivoire, north [1]", "a\\b"]
    case = small_case(
        sites=[
            {"site": n, "country": c, "cost": 1} for n, c in zip(names, ("CIV", "AUS"), strict=True)
        ],
        lanes=[{"origin": n, "destination": "W, east", "commodity": "c'd"} for n in names],
        demand=[{"buyer": "W, east", "commodity": "c'd", "quantity": 1}],
    )
    plan = dv.solve(case, dv.ShareCap(by="country", share=0.5, name="cap"))
    assert sorted(plan.portfolio["site"]) == sorted(names)
    # The same words name the rows of a conflict.
    low = dv.ShareCap(by="country", share=0.4, name="cap")
    found = dv.explain(case, low)
    assert found is not None
    assert [item.row for item in found.items if not item.policy] == ["demand of W, east for c'd"]


def test_a_floor_that_a_material_cannot_meet_is_refused_and_not_dropped() -> None:
    # Nothing domestic is mined, and the sentence says every material at every stage.
    floor = dv.ShareFloor(by="domestic", share=0.3)
    with pytest.raises(InputError) as caught:
        policy_rows(tiny_case(), floor)
    assert {finding.message for finding in caught.value.findings} == {
        "policy 'share_floor domestic': it matches no La at the mine stage",
        "policy 'share_floor domestic': it matches no Nd at the mine stage",
    }
    allowed = floor.model_copy(update={"allow_empty": True})
    assert len(policy_rows(tiny_case(), allowed)) == 4


def test_each_name_of_a_floor_has_to_match_something() -> None:
    floor = dv.ShareFloor(by="country", names=["DEU", "AUS"], share=0.3, stage="refine")
    with pytest.raises(InputError, match="'AUS' delivers no such volume"):
        policy_rows(tiny_case(), floor)
    alone = dv.ShareFloor(by="country", names=["DEU"], share=0.3, stage="refine")
    both = floor.model_copy(update={"allow_empty": True})
    assert trial(tiny_case(), [both]).objective == trial(tiny_case(), [alone]).objective


def test_a_domestic_floor_takes_no_names() -> None:
    with pytest.raises(InputError, match="takes no names"):
        policy_rows(tiny_case(), dv.ShareFloor(by="domestic", names=["DEU"], share=0.3))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"kind": "share_caps"}, "did you mean share_cap"),
        ({"by": "country"}, "has no kind"),
        ({"kind": "share_cap", "by": "country", "share": 65}, "did you mean 0.65?"),
        ({"kind": "share_cap", "by": "country", "share": -0.1}, "fractions from 0 to 1"),
        ({"kind": "share_cap", "by": "country", "share": float("nan")}, "finite"),
        ({"kind": "share_cap", "by": "land", "share": 0.5}, "'site', 'owner', 'country' or 'bloc'"),
        ({"kind": "share_cap", "by": "country"}, "Field required"),
        (
            {"kind": "share_cap", "by": "country", "share": 0.5, "stages": "x"},
            "did you mean 'stage'",
        ),
        ({"kind": "exclude", "by": "country", "names": []}, "at least 1 item"),
        ({"kind": "stock_floor", "days": -1}, "greater than or equal to 0"),
        ({"kind": "cost_budget", "measure": "cvar", "limit": 1}, "needs a level"),
        ({"kind": "cost_budget", "measure": "worst", "level": 0.9, "limit": 1}, "takes no level"),
        (
            {"kind": "cost_budget", "measure": "cvar", "level": 0.05, "limit": 1},
            "did you mean 0.95",
        ),
        ({"kind": "cost_budget", "measure": "cvar", "level": 1, "limit": 1}, 'measure = "worst"'),
        (
            {"kind": "cost_budget", "measure": "var", "limit": 1},
            "'cvar', 'worst', 'chance' or 'entropic'",
        ),
        ({"kind": "spend_cap", "limit": float("inf")}, "finite"),
        ({"kind": "spend_cap", "limit": 1, "priority": 0}, "greater than 0"),
    ],
)
def test_a_policy_that_is_unclear_is_refused(table: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_policies([{"kind": "spend_cap", "limit": 1}, table])
    assert said in str(caught.value)
    assert "policy 2" in str(caught.value)


def test_the_schema_describes_every_kind() -> None:
    schema = policies_schema()
    described = [d["properties"] for d in schema["$defs"].values()]
    kinds = {d["kind"]["const"] for d in described if "kind" in d}
    assert kinds == set(KINDS)


def test_a_table_leaves_out_what_has_its_default() -> None:
    table = policy_toml(CAP)
    assert set(table) == {"kind", "name", "by", "share", "stage"}
