"""FAULTS B39 to B42: names, lanes and recipes. One test or more for each row, named after it."""

from __future__ import annotations

import pytest
from drafting import Draft, place

from diversify.errors import InputError


@pytest.mark.parametrize(
    ("old", "new", "column", "value", "guess"),
    [
        ("Mine A,Refinery", "Mine a,Refinery", "origin", "Mine a", "'Mine A'"),
        ("Mine A,Refinery", "Mine A,Refinry", "destination", "Refinry", "'Refinery'"),
    ],
)
def test_b39_a_lane_of_an_unknown_site_is_refused_with_the_right_one(
    draft: Draft, old: str, new: str, column: str, value: str, guess: str
) -> None:
    draft.remove("scenarios.csv").remove("hazards.csv")
    finding = draft.change("lanes.csv", old, new).error("B39")
    assert place(finding) == ("lanes.csv", 2, column, value)
    assert finding.remedy.startswith(f"did you mean {guess}")
    assert "nothing is added by itself" in finding.remedy


def test_b39_an_unknown_buyer_or_commodity_is_refused(draft: Draft) -> None:
    draft.change("stocks.csv", "Japan,metal", "Jpan,metall")
    found = [(place(f)[2:], f.remedy[:22]) for f in draft.findings() if f.severity == "error"]
    assert found == [
        (("buyer", "Jpan"), "did you mean 'Japan'? "),
        (("commodity", "metall"), "did you mean 'metal'? "),
    ]


def test_b39_an_unknown_default_buyer_is_refused(draft: Draft) -> None:
    finding = draft.append("case.toml", 'buyer = "Eurpe"').error("B39")
    assert (finding.file, finding.column, finding.value) == ("case.toml", "buyer", "Eurpe")
    assert finding.remedy.startswith("did you mean 'Europe'")


def test_b39_a_period_after_the_last_is_refused(draft: Draft) -> None:
    finding = draft.append("demand.csv", "Europe,metal,5,1,t,year,,").error("B39")
    assert place(finding) == ("demand.csv", 7, "period", "5")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("site,Refinery", "site,Refinry", "there is no such site"),
        ("site,Refinery", "owner,Bolder", "there is no such owner"),
        ("site,Refinery", "lane,Mine A>Refinery:metal", "there is no such lane"),
        ("site,Refinery", "bloc,EU28", "there is no such bloc"),
        ("site,Refinery", "country,CHN", "strikes no site, lane or demand"),
        ("site,Refinery,,", "site,Refinery,mine,", "strikes no site, lane or demand (with stage"),
    ],
)
def test_b39_a_hazard_that_strikes_nothing_is_refused(
    draft: Draft, old: str, new: str, message: str
) -> None:
    finding = draft.change("hazards.csv", old, new).error("B39")
    assert (finding.file, finding.row, finding.column) == ("hazards.csv", 3, "name")
    assert message in finding.message


def test_b40_a_site_without_a_lane_is_warned_of(draft: Draft) -> None:
    draft.append("sites.csv", "Idle,AUS,Boulder,mine,1,kt,year,2000,USD/t,,,,,")
    finding = draft.warning("B40")
    assert place(finding) == ("sites.csv", 5, "site", "Idle")


def test_b40_demand_without_a_supplier_is_refused(draft: Draft) -> None:
    draft.change("lanes.csv", "Refinery,Europe,metal,20,USD/t,,,,\n", "")
    finding = draft.error("B40")
    assert place(finding) == ("demand.csv", 3, "commodity", "metal")
    assert "no lane brings it to 'Europe'" in finding.message


def test_b40_a_lane_of_what_its_origin_does_not_make_is_refused(draft: Draft) -> None:
    finding = draft.append("lanes.csv", "Mine A,Japan,metal,1,USD/t,,,,").error("B40")
    assert place(finding) == ("lanes.csv", 6, "commodity", "metal")
    assert "no recipe of 'Mine A' makes; it makes ore" in finding.message


def test_b40_a_lane_of_what_its_destination_does_not_use_is_warned_of(draft: Draft) -> None:
    finding = draft.append("lanes.csv", "Mine A,Japan,ore,1,USD/t,,,,").warning("B40")
    assert place(finding) == ("lanes.csv", 6, "destination", "Japan")


def test_b41_a_recipe_that_makes_metal_from_nothing_is_refused(draft: Draft) -> None:
    finding = draft.change("recipes.csv", "metal,1,0.9", "metal,1.2,0.9").error("B41")
    assert place(finding) == ("recipes.csv", 5, "amount", "1.2")
    assert "would create metal from nothing" in finding.message
    assert "takes in 1 t of cobalt and gives out 1.08 t" in finding.message


def test_b41_a_cycle_that_gains_is_refused(draft: Draft) -> None:
    draft.append("recipes.csv", "Refinery,undo,input,metal,1,", "Refinery,undo,output,ore,1.2,")
    finding = draft.error("B41")
    assert place(finding) == ("recipes.csv", 7, "amount", "1.2")
    assert "a cycle of such recipes would earn without limit" in finding.remedy


def test_b41_a_material_that_no_input_holds_is_refused(draft: Draft) -> None:
    draft.write(
        "contents.csv",
        "commodity,material,content\nore,cobalt,0.9\nore,nickel,0.1\n"
        "metal,cobalt,0.8\nmetal,copper,0.1\n",
    )
    finding = draft.error("B41")
    assert "takes in 0 t of copper and gives out 0.09 t" in finding.message


def test_b41_a_mine_that_takes_inputs_is_refused(draft: Draft) -> None:
    draft.append("recipes.csv", "Mine A,dig,input,metal,1,")
    finding = draft.error("B41")
    assert place(finding) == ("recipes.csv", 6, "direction", "input")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [("90", "did you mean 0.9?"), ("1.1", "write a number that is above 0, at most 1")],
)
def test_b42_a_yield_above_one_is_refused_with_what_a_co_product_is(
    draft: Draft, text: str, remedy: str
) -> None:
    finding = draft.change("recipes.csv", "metal,1,0.9", f"metal,1,{text}").error("B42")
    assert place(finding) == ("recipes.csv", 5, "yield", text)
    assert "a co-product is an output of its own" in finding.message
    assert finding.remedy == remedy


@pytest.mark.parametrize("text", ["0", "-0.5"])
def test_b42_a_yield_of_zero_or_less_is_refused(draft: Draft, text: str) -> None:
    finding = draft.change("recipes.csv", "metal,1,0.9", f"metal,1,{text}").error("B42")
    assert place(finding) == ("recipes.csv", 5, "yield", text)
    assert "above 0, at most 1" in finding.remedy


def test_all_findings_of_all_tables_are_given_at_once(draft: Draft) -> None:
    draft.change("case.toml", "discount_rate = 0.07", "discount_rate = 7.0")
    draft.change("sites.csv", "AUS", "CN").change("lanes.csv", ",50,", ",x,")
    draft.change("recipes.csv", "metal,1,0.9", "metal,1,2").remove("buyers.csv")
    with pytest.raises(InputError) as caught:
        draft.case()
    found = {(finding.file, finding.column) for finding in caught.value.findings}
    assert found == {
        ("case.toml", "discount_rate"),
        ("sites.csv", "country"),
        ("lanes.csv", "freight"),
        ("recipes.csv", "yield"),
        ("buyers.csv", None),
    }
    assert str(caught.value).startswith("5 errors in the input:\n- ")
