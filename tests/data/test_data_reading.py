"""Tables are read one at a time, typed, and unknown words are refused with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from diversify import data
from diversify.data import rows
from diversify.errors import InputError


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are opened."""
    names: list[str] = []
    path_of = rows.data_path

    def noted(*parts: str) -> Path:
        names.extend(parts)
        return path_of(*parts)

    monkeypatch.setattr(rows, "data_path", noted)
    return names


def test_loading_one_table_loads_no_other(opened: list[str]) -> None:
    data.table("reserves", material="cobalt", country="COD")
    assert opened == ["reserves.csv"]


@pytest.mark.parametrize("name", data.tables())
def test_every_table_is_a_typed_frame(name: str) -> None:
    frame = data.table(name)
    spec = data.about(name)
    assert not frame.empty
    assert all(frame[column].dtype == float for column in spec.numbers)
    assert set(spec.countries) <= set(frame.columns)
    if "year" in frame:
        assert frame["year"].dtype == int
    if "verified" in frame:
        assert frame["verified"].dtype == bool


def test_rows_are_chosen_by_material_country_and_more() -> None:
    """The figure is that of the USGS Mineral Commodity Summaries 2026."""
    frame = data.table("production", material="Tungsten", country="chn", year=2025)
    assert frame[["stage", "tonnes"]].to_numpy().tolist() == [["mine", 67000.0]]


def test_several_values_may_be_asked_for() -> None:
    frame = data.table("production", material=["cobalt", "nickel"], year=[2023, 2024], stage="mine")
    assert set(frame["material"]) == {"cobalt", "nickel"}
    assert set(frame["year"]) == {2023, 2024}


def test_a_country_is_found_in_either_column_of_trade() -> None:
    frame = data.table("trade", material="lithium", country="CHL", year=2024)
    assert ((frame["importer"] == "CHL") | (frame["exporter"] == "CHL")).all()
    assert len(frame[frame["exporter"] == "CHL"]) > 5


def test_a_host_counts_as_a_material_of_by_products() -> None:
    assert {"tellurium", "selenium"} <= set(data.table("byproducts", material="copper")["material"])


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("productoin", {}, "did you mean 'production'"),
        ("production", {"material": "gallum"}, "did you mean 'gallium'"),
        ("production", {"material": "Ga"}, "did you mean 'gallium'"),
        ("production", {"material": "Rare earths, total"}, "did you mean 'rare_earths_reo'"),
        ("production", {"country": "JPM"}, "did you mean 'JPN'"),
        ("production", {"country": "Congo"}, "write COD"),
        ("disruptions", {"country": "JPN"}, "it has: AUS"),
        ("prices", {"country": "JPN"}, "leave --country out"),
        ("production", {"stagge": "mine"}, "leave stagge out"),
        ("production", {"stage": "refinery"}, "did you mean 'refine'"),
        ("reserves", {"material": "gallium"}, "it has: antimony"),
        ("production", {"material": "cobalt", "country": "JPN", "stage": "mine"}, "ask for less"),
    ],
)
def test_what_is_not_there_is_refused_with_candidates(
    name: str, options: dict[str, str], expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        data.table(name, **options)  # type: ignore[arg-type]
    assert expected in caught.value.findings[0].remedy


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as caught:
        data.table("production", material="gallum", country="JPM", stagge="mine")
    assert [finding.value for finding in caught.value.findings] == ["gallum", "JPM", "mine"]


def test_an_empty_answer_may_be_allowed_but_no_unknown_word() -> None:
    assert data.table("reserves", material="gallium", allow_empty=True).empty
    assert data.table("reserves", material="cobalt", country="JPN", allow_empty=True).empty
    assert data.table("reserves", stage="make", country="EU27", allow_empty=True).empty
    assert data.table("reserves", year=1990, allow_empty=True).empty
    for word in ({"material": "gallum"}, {"country": "JPM"}, {"stage": "mien"}, {"basis": "oree"}):
        with pytest.raises(InputError):
            data.table("reserves", allow_empty=True, **word)  # type: ignore[arg-type]


def test_sources_are_those_that_rows_cite() -> None:
    frame = data.table("production", material="cobalt", stage="refine")
    assert data.sources(frame)["source"].to_list() == ["IEA-CMDE2025"]
    assert len(data.sources()) > 40


def test_materials_know_their_group_and_hosts() -> None:
    """Neodymium oxide is of neodymium, a light rare earth; gallium comes from bauxite."""
    known = data.materials()
    assert known["neodymium_oxide"].part_of == "neodymium"
    assert known["neodymium"].part_of == "rare_earths_light"
    assert "bauxite" in known["gallium"].hosts
    assert known["lithium"].hosts == ()


def test_units_are_those_of_the_rows() -> None:
    assert data.unit("production") == "t"
    assert data.unit("trade") == "kUSD; t"
    assert data.unit("sources") == ""


def test_a_distance_is_the_same_both_ways_and_none_to_oneself() -> None:
    assert data.distance("CHL", "DEU") == pytest.approx(data.distance("DEU", "CHL"))
    assert data.distance("CHL", "CHL") == 0
    with pytest.raises(InputError, match="did you mean"):
        data.distance("CHL", "DEUU")
