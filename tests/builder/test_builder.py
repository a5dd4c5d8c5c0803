"""The builder: what it makes of the tables, and what it refuses."""

from __future__ import annotations

import csv
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import diversify as dv
from diversify import data
from diversify.builder import (
    Parameters,
    build,
    build_case,
    distance,
    undisturbed_shares,
    write_built,
)
from diversify.builder.chain import cost_curve
from diversify.builder.facts import read_facts
from diversify.builder.names import covered_materials, find_importer, find_materials
from diversify.builder.needs import read_need
from diversify.builder.origins import balanced, ore_flows
from diversify.errors import InputError

DAY = date(2026, 1, 1)


def _messages(error: InputError) -> str:
    return "\n".join(str(finding) for finding in error.findings)


def test_an_unknown_material_importer_and_parameter_are_refused_at_once_with_candidates() -> None:
    with pytest.raises(InputError) as caught:
        build("gallum", "Germny", parameters={"hedroom": 1, "recovery": 2})
    text = _messages(caught.value)
    assert len(caught.value.findings) == 4
    for word in ("gallium", "Germany", "headroom", "from 0.01 to 1"):
        assert word in text


@pytest.mark.parametrize(
    ("word", "name"),
    [("Germany", "DEU"), ("deu", "DEU"), ("eu27", "EU27"), ("Japan", "JPN"), ("USMCA", "USMCA")],
)
def test_importers_go_by_code_name_or_bloc(word: str, name: str) -> None:
    assert find_importer(word, DAY).name == name


def test_an_ambiguous_country_is_refused_with_both_readings() -> None:
    with pytest.raises(InputError, match=r"(?s)COD.*COG"):
        find_importer("Congo", DAY)


def test_an_importer_of_which_nothing_is_known_is_refused_with_what_to_give() -> None:
    with pytest.raises(InputError, match="neither the position nor the trade"):
        find_importer("Antarctica", DAY)
    with pytest.raises(InputError, match="demand=TONNES") as caught:
        build(["copper", "cobalt"], "GRL")  # no imports of any covered material on record
    assert len(caught.value.findings) == 2
    case = build_case("copper", "GRL", parameters={"demand": 100})
    assert case.table("demand")["quantity"].sum() == pytest.approx(200)


def test_a_known_material_without_output_by_country_is_refused() -> None:
    with pytest.raises(InputError, match="no output of this material by country"):
        find_materials(("helium",))


def test_a_material_without_a_price_is_refused_and_not_proposed_again() -> None:
    # USGS MCS 2026 has the output of rare earths by country, but no price of all of them together.
    with pytest.raises(InputError, match="no reference price of this material") as caught:
        find_materials(("rare_earths",))
    assert "did you mean" not in caught.value.findings[0].remedy


@pytest.mark.parametrize("values", [{"quarters": 2.5}, {"seed": "x"}, {"demand": float("inf")}])
def test_parameters_that_cannot_be_used_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        Parameters.given(values)


def test_the_price_is_per_tonne_of_the_element() -> None:
    # Li2CO3 at 9.0 USD/kg in 2025 (USGS MCS 2026); Li is 2 * 6.94 / 73.89 of its mass (IUPAC).
    assert read_facts("lithium", 2024).price == pytest.approx(9000 / (2 * 6.94 / 73.89), rel=2e-3)


def test_output_is_that_of_the_table() -> None:
    # USGS MCS 2026, cobalt mine production of 2024.
    mine = read_facts("cobalt", 2024).mine
    assert mine is not None
    assert (mine.tonnes["COD"], mine.world) == (226000, 302000)
    assert "OTH" not in mine.tonnes


def test_materials_without_a_stage_say_so() -> None:
    tungsten, gallium = read_facts("tungsten", 2024), read_facts("gallium", 2024)
    assert tungsten.refine is None
    assert any("no refining" in text for text in tungsten.missing)
    assert gallium.mine is None
    assert set(gallium.hosts) == {"alumina", "zinc"}
    built = build("gallium", "DEU")
    assert any("stand-in" in text for text in built.missing)


def test_a_need_by_hand() -> None:
    """Manganese in Japan: no own output, so imports by value over the price, and old scrap."""
    rows = data.table("trade", hs92="260200", importer="JPN", year=2024)
    price = data.table("prices", material="manganese", reference="yes", year=2024)["price"].iloc[0]
    scrap = 0.09  # recycling, EU, 2023
    need = read_need(read_facts("manganese", 2024), find_importer("JPN", DAY), Parameters())
    assert need.total == pytest.approx(rows["value_kusd"].sum() / price / (1 - scrap))
    assert sum(need.shares.values()) == pytest.approx(1)
    known = rows.set_index("exporter")["share"]
    assert need.shares["ZAF"] == pytest.approx(known["ZAF"] / known.sum(), abs=5e-3)


def test_a_given_demand_replaces_the_need() -> None:
    case = build_case("gallium", "DEU", parameters={"demand": 40})
    assert case.table("demand")["quantity"].sum() == pytest.approx(40 * 2)  # eight quarters


@pytest.mark.parametrize("material", ["copper", "cobalt", "nickel", "lithium"])
def test_ore_flows_agree_with_both_outputs(material: str) -> None:
    facts = read_facts(material, 2024)
    assert facts.mine is not None
    assert facts.refine is not None
    mines, refineries, flows = ore_flows(facts, 2024)
    mined = np.array([facts.mine.tonnes[c] for c in mines])
    refined = np.array([facts.refine.tonnes[c] for c in refineries])
    assert flows.min() >= 0
    assert flows.sum(axis=1) == pytest.approx(mined, rel=1e-6)
    assert flows.sum(axis=0) == pytest.approx(refined * mined.sum() / refined.sum(), rel=1e-6)


def test_balancing_keeps_odds_ratios() -> None:
    # Scaling rows and columns cannot change (a d) / (b c): a property of the method.
    prior = np.array([[4.0, 1.0], [2.0, 3.0]])
    found = balanced(prior, np.array([6.0, 4.0]), np.array([5.0, 5.0]))
    assert found.sum(axis=1) == pytest.approx([6, 4])
    odds = found[0, 0] * found[1, 1] / (found[0, 1] * found[1, 0])
    assert odds == pytest.approx(4 * 3 / (1 * 2))


def test_the_mean_of_the_cost_curve_is_the_price() -> None:
    made = read_facts("nickel", 2024).mine
    assert made is not None
    curve = cost_curve(made, 0.4)
    assert sum(curve[c] * t for c, t in made.tonnes.items()) == pytest.approx(made.listed)
    assert min(curve, key=lambda c: curve[c]) == "IDN"


def test_distance_is_the_part_that_would_have_to_move() -> None:
    assert distance({"A": 1.0}, {"B": 1.0}) == 1
    assert distance({"A": 0.6, "B": 0.4}, {"A": 0.6, "B": 0.4}) == 0


@pytest.mark.parametrize(("material", "buyer"), [("lithium", "EU27"), ("tungsten", "JPN")])
def test_built_cases_begin_at_what_is_observed(material: str, buyer: str) -> None:
    fit = build(material, buyer).fit
    assert len(fit)
    assert (fit["distance"] < 0.01).all()
    assert (fit["distance"] < fit["cheapest"]).all()


def test_two_solvers_find_the_same_undisturbed_shares() -> None:
    """The program of the builder, by scipy, and the library's own plan without hazards."""
    case = build_case("cobalt", "JPN")
    tables = {name: case.raw(name) for name in case.tables if name != "hazards"}
    calm = dv.Case.from_frames(case.settings, tables)
    plan = dv.solve(calm)
    mine = undisturbed_shares(case).set_index(["material", "stage", "name"])["share"]
    theirs = plan.shares("country").set_index(["material", "stage", "name"])["share"]
    for stage in ("mine", "refine", "recycle"):
        ours = {n: s for (_, where, n), s in mine.items() if where == stage}
        found = {n: s for (_, where, n), s in theirs.items() if where == stage}
        assert distance(ours, found) < 2e-3


def test_a_by_product_is_bounded_by_its_host() -> None:
    case = build_case("gallium", "DEU")
    recipes, lanes = case.table("recipes"), case.table("lanes")
    feed = recipes[(recipes["site"] == "gallium_CHN_refine") & (recipes["direction"] == "input")]
    assert feed["commodity"].tolist() == ["gallium_feed"]
    into = lanes[lanes["destination"] == "gallium_CHN_refine"]
    assert into["origin"].tolist() == ["gallium_alumina_CHN_host"]


def test_hazards_follow_the_record() -> None:
    """Rates by hand: events of 25 years, and the prior times the governance weight over ten."""
    hazards = build_case("gallium", "USA").table("hazards").set_index("hazard")
    weight = data.governance_weights()["CHN"]
    assert hazards.at["stop_CHN", "rate_per_year"] == pytest.approx((1 + 0.05 * weight) / 25, 1e-3)
    # The ban of December 2024 was aimed at the United States alone.
    assert hazards.at["stop_CHN_to_USA", "rate_per_year"] == pytest.approx(1 / 25)
    assert "stop_CHN_to_USA" not in set(build_case("gallium", "DEU").table("hazards")["hazard"])


def test_tariffs_in_force_are_on_the_lanes() -> None:
    lanes = build_case("tungsten", "USA").table("lanes").set_index("origin")
    assert lanes.at["tungsten_CHN_mine", "tariff"] == 0.25  # Section 301, from September 2024
    assert lanes.at["tungsten_BOL_mine", "tariff"] == 0


def test_several_materials_and_importers_make_one_case() -> None:
    case = build_case(["gallium", "Ge"], ["EU27", "JPN"])
    assert set(case.table("commodities")["material"]) == {"gallium", "germanium"}
    assert case.buyers == ("EU27", "JPN")
    hazards = case.table("hazards")
    assert hazards["hazard"].is_unique


def test_every_row_says_where_it_comes_from(tmp_path: Path) -> None:
    folder = write_built(build("nickel", "Korea, Rep.", name="x"), tmp_path / "x")
    known = {row["source"] for row in _rows(folder / "sources.csv")}
    for path in folder.glob("*.csv"):
        for row in _rows(path):
            assert row["source"] in known, path.name
            if path.name != "sources.csv":
                assert row["licence"], path.name
                assert row["verified"] in ("yes", "no"), path.name
                assert row["note"], path.name


def test_the_readme_lists_every_assumption_and_gap(tmp_path: Path) -> None:
    built = build("germanium", "JPN")
    text = Path(write_built(built, tmp_path / "x"), "README.md").read_text("utf-8")
    for name, value, unit, why in built.parameters.rows():
        assert f"| {name} | {value} | {unit} | {why} |" in text
    for gap in built.missing:
        assert gap in text
    assert "Howitt" in text
    again = dv.read(tmp_path / "x")
    assert again.digest == built.case.digest


def test_the_same_words_make_the_same_case() -> None:
    assert build_case("cobalt", "EU27").digest == build_case("cobalt", "EU27").digest


def test_a_case_takes_less_than_five_seconds() -> None:
    since = time.perf_counter()
    build(["copper", "nickel"], ["EU27", "USA", "JPN", "CHN"])
    assert time.perf_counter() - since < 5


@pytest.mark.slow
@pytest.mark.parametrize("material", covered_materials())
def test_every_covered_material_can_be_built_and_solved(material: str) -> None:
    for buyer in ("EU27", "USA", "CHN", "BRA"):
        built = build(material, buyer)
        assert (built.fit["distance"] <= built.fit["cheapest"] + 2e-3).all()
        plan = dv.solve(built.case, scenarios=5, seed=1, out_of_sample=0)
        assert plan.point == "certified"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
