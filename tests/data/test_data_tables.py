"""What the shipped tables promise: sources, units, codes, totals, and no mixed bases."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from math import log
from statistics import stdev

import pytest

from diversify import data
from diversify.case.bundled import data_path
from diversify.case.codes import bundled_members, countries, members_on
from diversify.data.catalogue import AGGREGATES
from diversify.data.rows import Row, read_rows

LICENCES = {
    "public-domain",
    "CC-BY-4.0",
    "CC-BY-4.0 (as stated by re-users)",
    "CC0",
    "Etalab-2.0",
    "EU-reuse",
    "facts",
}
# Lists of names have no year, unit or basis of their own.
LISTS = ("blocs", "countries", "country_aliases", "sources")
FACTS = [name for name in data.tables() if name not in LISTS]
ROUNDED = 0.04
"""The source rounds world totals to two or three digits, and withholds some countries."""


def numbers(rows: tuple[Row, ...], column: str) -> list[float]:
    return [float(row[column]) for row in rows if row[column]]


def test_the_catalogue_names_exactly_the_files() -> None:
    files = sorted(path.stem for path in data_path().glob("*.csv"))
    assert sorted(data.tables()) == files


def test_the_tables_stay_small() -> None:
    assert sum(path.stat().st_size for path in data_path().glob("*.csv")) < 5_000_000


@pytest.mark.parametrize("name", FACTS)
def test_every_row_says_where_it_is_from_and_what_it_counts(name: str) -> None:
    sources = {row["source"] for row in read_rows("sources").rows}
    wanted = ("year", "unit", "basis", "source", "source_page", "licence", "verified")
    for row in read_rows(name).rows:
        assert [column for column in wanted if not row[column]] == [], row
        assert re.fullmatch(r"(19|20)\d\d", row["year"]), row
        assert row["source"] in sources, row
        assert row["licence"] in LICENCES, row
        assert row["verified"] in ("yes", "no"), row


@pytest.mark.parametrize("name", [name for name in LISTS if name != "sources"])
def test_every_row_of_a_list_says_where_it_is_from(name: str) -> None:
    sources = {row["source"] for row in read_rows("sources").rows}
    for row in read_rows(name).rows:
        assert row["source"] in sources, row
        assert row["source_page"], row
        assert row["licence"] in LICENCES, row
        assert row["verified"] in ("yes", "no"), row


def test_every_source_can_be_found_again() -> None:
    for row in read_rows("sources").rows:
        assert row["title"], row
        assert row["licence"], row
        assert row["reference"] or row["obtained_from"], row


@pytest.mark.parametrize("name", data.tables())
def test_what_rests_on_memory_or_one_interview_is_not_called_verified(name: str) -> None:
    for row in read_rows(name).rows:
        if row.get("source") in ("MEMORY", "MITTR-2023") and "verified" in row:
            assert row["verified"] == "no", row


def test_no_table_rests_on_sources_that_may_not_be_shared() -> None:
    """Their terms were not cleared; of World Mining Data only single figures are used."""
    barred = {"BGS-WMS", "FFP-FSI2020", "YALE-EPI2020", "TI-CPI2024", "OECD-EXR2025"}
    cited = [(name, row["source"]) for name in FACTS for row in read_rows(name).rows]
    assert [found for found in cited if found[1] in barred] == []
    assert 0 < sum(source == "WMD2026" for _, source in cited) <= 10


@pytest.mark.parametrize("name", [n for n in data.tables() if data.about(n).countries])
def test_every_country_is_known(name: str) -> None:
    blocs = {member.bloc for member in bundled_members()}
    known = {*countries(), *AGGREGATES, *blocs}
    found = {row[column] for row in read_rows(name).rows for column in data.about(name).countries}
    assert sorted(found - known) == []


# Norms are written for groups of materials, in the words of the norm.
OF_MATERIALS = [n for n in FACTS if "material" in read_rows(n).columns and n != "stockpile_norms"]


@pytest.mark.parametrize("name", OF_MATERIALS)
def test_every_material_is_known(name: str) -> None:
    allowed = {*data.materials(), *(["all"] if name == "tariffs" else [])}
    assert sorted({row["material"] for row in read_rows(name).rows} - allowed) == []


@pytest.mark.parametrize("name", [n for n in data.tables() if data.about(n).key])
def test_no_row_is_there_twice(name: str) -> None:
    key = data.about(name).key
    found = [tuple(row[column] for column in key) for row in read_rows(name).rows]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("name", [n for n in data.tables() if data.about(n).numbers])
def test_every_number_is_one_and_is_in_range(name: str) -> None:
    below_zero = {"governance": {"estimate"}, "capitals": {"latitude", "longitude"}}
    fractions = {"share", "share_exposed", "share_lost", "element_share", "rank", "hhi_imports"}
    for column in data.about(name).numbers:
        found = numbers(read_rows(name).rows, column)
        assert found, column
        if column not in below_zero.get(name, ()) and column != "price_change":
            assert min(found) >= 0, column
        if column in fractions or (name == "recycling"):
            assert max(found) <= 1, column


def test_bounds_enclose_values() -> None:
    for name in ("prices", "impacts", "lead_times", "recycling", "freight"):
        value = data.about(name).numbers[0]
        for row in read_rows(name).rows:
            if row["low"] and row["high"]:
                assert float(row["low"]) <= float(row["high"]), row
                if row[value]:
                    assert float(row["low"]) <= float(row[value]) <= float(row["high"]), row


@pytest.mark.parametrize("name", ["production", "capacity", "reserves"])
def test_a_material_has_one_basis_at_a_stage_in_a_year(name: str) -> None:
    bases: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
    for row in read_rows(name).rows:
        assert row["stage"] in ("mine", "refine"), row
        place = (row["material"], row["stage"], row["year"])
        bases.setdefault(place, set()).add((row["basis"], row["source"]))
    assert {place: found for place, found in bases.items() if len(found) > 1} == {}


def test_production_counts_one_thing_over_the_years() -> None:
    bases: dict[tuple[str, str], set[str]] = {}
    for row in read_rows("production").rows:
        bases.setdefault((row["material"], row["stage"]), set()).add(row["basis"])
    assert {place: found for place, found in bases.items() if len(found) > 1} == {}


def test_an_empty_amount_says_why() -> None:
    for name in ("production", "capacity", "reserves"):
        for row in read_rows(name).rows:
            assert row["tonnes"] or row["flag"], row
            assert (row["flag"] == "zero") <= (row["tonnes"] == "0"), row


def test_countries_sum_to_the_printed_world_total() -> None:
    """An invariant of the source itself: 119 totals are printed beside their countries."""
    rows = read_rows("production").rows
    sums: dict[tuple[str, str, str], float] = {}
    totals: dict[tuple[str, str, str], float] = {}
    for row in rows:
        place = (row["material"], row["stage"], row["year"])
        if not row["tonnes"]:
            continue
        if row["country"] == "WLD":
            totals[place] = float(row["tonnes"])
        else:
            sums[place] = sums.get(place, 0.0) + float(row["tonnes"])
    both = sorted(set(totals) & set(sums))
    assert len(both) >= 115
    off = {p: sums[p] / totals[p] - 1 for p in both if abs(sums[p] / totals[p] - 1) > ROUNDED}
    assert off == {}


def test_at_least_thirty_materials_are_mined_somewhere() -> None:
    rows = read_rows("production").rows
    mined = {
        row["material"]
        for row in rows
        if row["stage"] == "mine" and row["country"] not in AGGREGATES and row["tonnes"] > "0"
    }
    refined = {row["material"] for row in rows if row["stage"] == "refine"}
    assert len(mined) >= 30
    assert {"cobalt", "nickel", "lithium", "gallium", "germanium", "magnet_rare_earths"} <= refined
    assert len(data.materials()) >= 100


@pytest.mark.parametrize(
    ("material", "stage", "country", "tonnes"),
    [
        ("cobalt", "mine", "COD", 226_000),
        ("cobalt", "mine", "WLD", 302_000),
        ("gallium", "refine", "WLD", 848),
        ("tungsten", "mine", "CHN", 67_000),
        ("germanium", "refine", "WLD", 150),
    ],
)
def test_figures_of_2024_are_those_that_were_printed(
    material: str, stage: str, country: str, tonnes: float
) -> None:
    """USGS Mineral Commodity Summaries 2026; germanium: World Mining Data 2026."""
    found = data.table("production", material=material, stage=stage, country=country, year=2024)
    assert found["tonnes"].to_list() == [tonnes]


def test_shares_of_trade_are_of_the_total_of_the_importer() -> None:
    """Flows and totals are summed apart from each other; shares have four digits."""
    totals = {
        (row["hs92"], row["country"], row["year"]): float(row["imports_kusd"])
        for row in read_rows("trade_totals").rows
        if row["imports_kusd"]
    }
    summed: dict[tuple[str, str, str], float] = {}
    for row in read_rows("trade").rows:
        place = (row["hs92"], row["importer"], row["year"])
        share = float(row["share"])
        rounding = 0.11 / totals[place]  # values have one digit behind the point
        found = float(row["value_kusd"]) / totals[place]
        assert found == pytest.approx(share, rel=1e-3, abs=rounding)
        assert row["importer"] != row["exporter"]
        summed[place] = summed.get(place, 0.0) + share
    assert max(summed.values()) <= 1.001
    assert min(summed.values()) > 0.8  # only suppliers below one in a hundred are left out


def test_the_union_imports_from_outside_itself() -> None:
    members = members_on(bundled_members(), date(2024, 1, 1))["EU27"]
    exporters = {row["exporter"] for row in read_rows("trade").rows if row["importer"] == "EU27"}
    assert len(exporters) > 30
    assert not exporters & members


def test_the_world_exports_what_it_imports() -> None:
    for row in read_rows("trade_totals").rows:
        if row["country"] == "WLD":
            assert row["imports_kusd"] == row["exports_kusd"]
            assert row["imports_tonnes"] == row["exports_tonnes"]


def test_every_traded_code_is_listed_for_its_material() -> None:
    listed = {(row["hs92"], row["material"]) for row in read_rows("hs_codes").rows}
    marked = {row["hs92"] for row in read_rows("hs_codes").rows if row["in_trade"] == "yes"}
    traded = {(row["hs92"], row["material"]) for row in read_rows("trade").rows}
    assert traded <= listed
    assert {code for code, _ in traded} == marked
    assert all(re.fullmatch(r"\d{6}", code) for code, _ in listed)


def test_flows_reach_from_many_countries_to_many() -> None:
    rows = read_rows("trade").rows
    assert len({row["importer"] for row in rows}) >= 100
    assert {"EU27", "USA", "JPN", "KOR", "CHN", "IND", "GBR", "BRA"} <= {
        row["importer"] for row in rows
    }


@pytest.mark.parametrize(
    ("compound", "share"),
    [
        ("Li2CO3", 2 * 6.94 / (2 * 6.94 + 12.011 + 3 * 15.999)),
        ("Nd2O3", 2 * 144.24 / (2 * 144.24 + 3 * 15.999)),
        ("V2O5", 2 * 50.942 / (2 * 50.942 + 5 * 15.999)),
        ("WO3", 183.84 / (183.84 + 3 * 15.999)),
        ("CoSO4·7H2O", 58.933 / (58.933 + 32.06 + 11 * 15.999 + 14 * 1.008)),
        ("TiO2", 47.867 / (47.867 + 2 * 15.999)),
    ],
)
def test_shares_of_elements_follow_from_atomic_weights(compound: str, share: float) -> None:
    """Abridged standard atomic weights of IUPAC."""
    found = data.table("conversions", compound=compound)["element_share"]
    assert found.to_list() == pytest.approx([share] * len(found), rel=1e-4)


def test_a_material_has_one_price_of_reference_a_year() -> None:
    marked = [
        (row["material"], row["year"])
        for row in read_rows("prices").rows
        if row["reference"] == "yes"
    ]
    assert len(marked) == len(set(marked))
    assert {m for m, _ in marked} == {row["material"] for row in read_rows("prices").rows}


def test_volatility_of_recent_prices_follows_from_them() -> None:
    """The sample standard deviation of four changes, computed anew from ``prices``."""
    prices = data.table("prices", reference="yes")
    found = data.table("price_volatility", statistic="sd_log_return_yearly")
    assert len(found) > 50
    for material, value in zip(found["material"], found["value"], strict=True):
        yearly = prices[prices["material"] == material].sort_values("year")["price"].to_list()
        changes = [log(b / a) for a, b in pairwise(yearly)]
        assert stdev(changes) == pytest.approx(value, rel=1e-3)


def test_distances_follow_from_the_capitals() -> None:
    """The table was computed apart from the function and is rounded to kilometres."""
    for row in read_rows("distances").rows:
        found = data.distance(row["country_a"], row["country_b"])
        assert found == pytest.approx(float(row["km"]), abs=1.0)


@pytest.mark.parametrize(
    ("bloc", "members"),
    [
        ("EU27", 27),
        ("G7", 7),
        ("OECD", 38),
        ("NATO", 32),
        ("MSP", 14),
        ("US_FTA", 20),
        ("USMCA", 3),
        ("RCEP", 15),
        ("BRICS", 11),
        ("QUAD", 4),
        ("FEOC_COVERED_NATION", 4),
    ],
)
def test_blocs_have_as_many_members_as_they_say_of_themselves(bloc: str, members: int) -> None:
    """Counts that each organisation or law publishes; MSP without the EU, which is no country."""
    assert len(members_on(bundled_members(), date(2026, 1, 1))[bloc]) == members


def test_disruptions_carry_shares_only_with_a_status() -> None:
    statuses = {"reported", "derived", "assumed", "forecast", "not_estimated", "from_memory"}
    for row in read_rows("disruptions").rows:
        assert row["loss_status"] in statuses, row
        assert (row["loss_status"] == "not_estimated") == (row["share_lost"] == ""), row


def test_events_of_restrictions_are_disruptions() -> None:
    events = {row["event"] for row in read_rows("disruptions").rows}
    assert {row["event"] for row in read_rows("export_restrictions").rows} - {""} <= events


def test_baskets_are_whole() -> None:
    """Typed from a table that is rounded: the elements sum to one within two hundredths."""
    for _, group in data.table("ore_baskets").groupby("deposit"):
        assert group["share"].sum() == pytest.approx(1, abs=0.02)


def test_emissions_are_per_kilogram_and_follow_the_energy() -> None:
    """Nuss and Eckelman (2014): world averages of lithium and of platinum."""
    found = data.table("impacts", measure="emissions").set_index("material")["value"]
    assert found["lithium"] == 7.1
    assert found["platinum"] > 1000 * found["aluminium"]
