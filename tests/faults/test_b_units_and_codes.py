"""FAULTS B26 to B38: units, countries and blocs. One test or more for each row, named after it."""

from __future__ import annotations

import pytest
from drafting import Draft, place


def test_b26_a_missing_unit_is_refused(draft: Draft) -> None:
    finding = draft.change("sites.csv", "4,kt,year", "4,,year").error("B26")
    assert place(finding) == ("sites.csv", 2, "unit", None)
    assert "No unit is assumed" in finding.remedy


def test_b26_a_missing_unit_of_money_is_refused(draft: Draft) -> None:
    finding = draft.change("commodities.csv", "30,USD/kg", "30,").error("B26")
    assert place(finding) == ("commodities.csv", 3, "price_unit", None)


def test_b26_a_missing_column_of_units_is_refused(draft: Draft) -> None:
    draft.write("conversions.csv", "commodity,from_basis,factor\nmetal,tonnes of Co3O4,0.7\n")
    text = (draft.folder / "stocks.csv").read_text()
    draft.write("stocks.csv", text.replace(",unit", "", 1).replace("inf,t", "inf"))
    finding = draft.error("B26")
    assert place(finding) == ("stocks.csv", 1, "unit", "unit")


def test_b26_a_unit_that_a_number_needs_is_refused_where_it_is_optional(draft: Draft) -> None:
    draft.change("lanes.csv", "1.2,kt,year", "1.2,,year")
    draft.change("sites.csv", "3,MUSD", "3,")
    found = [(f.code, *place(f)) for f in draft.findings()]
    assert found == [
        ("B26", "sites.csv", 3, "fixed_cost_unit", None),
        ("B26", "lanes.csv", 3, "unit", None),
    ]


def test_b26_an_unknown_unit_is_refused_with_the_right_one(draft: Draft) -> None:
    finding = draft.change("sites.csv", "4,kt,year", "4,KT,year").error("B26")
    assert place(finding) == ("sites.csv", 2, "unit", "KT")
    assert finding.remedy.startswith("did you mean 'kt'")


def test_b27_each_row_is_converted_from_its_own_unit(draft: Draft) -> None:
    case = draft.case()
    assert case.table("sites")["capacity"].tolist() == [1000, 450, 900]
    assert case.table("sites")["cost"].tolist() == [2000, 2500, 3000]
    assert "sites.capacity: 450 to 1000 t per period" in case.notes


def test_b28_another_basis_without_a_factor_is_refused(draft: Draft) -> None:
    finding = draft.change("demand.csv", "tonnes of Co3O4", "tonnes of CoSO4").error("B28")
    assert place(finding) == ("demand.csv", 6, "basis", "tonnes of CoSO4")
    assert "did you mean 'tonnes of Co3O4'" in finding.remedy


def test_b28_a_missing_basis_is_refused(draft: Draft) -> None:
    draft.change("commodities.csv", "metal,cobalt,contained Co", "metal,cobalt,")
    finding = draft.findings()[0]
    assert place(finding) == ("commodities.csv", 3, "basis", None)
    assert "contained Co" in finding.remedy


def test_b28_another_basis_is_converted(draft: Draft) -> None:
    demand = draft.case().table("demand").set_index(["buyer", "commodity", "period"])["quantity"]
    assert demand["Europe", "metal", 4] == pytest.approx(73.4)


def test_b28_a_factor_without_a_source_is_warned_of(draft: Draft) -> None:
    finding = draft.change("conversions.csv", "molar masses", "").warning("B28")
    assert place(finding) == ("conversions.csv", 2, "source", None)


def test_b29_a_capacity_a_thousand_times_the_median_is_warned_of(draft: Draft) -> None:
    draft.append("sites.csv", "Mine C,ZMB,Zed,mine,1,kt,year,2000,USD/t,,,,,")
    draft.append("recipes.csv", "Mine C,dig,output,ore,1,")
    draft.append("lanes.csv", "Mine C,Refinery,ore,50,USD/t,,,,")
    draft.change("sites.csv", "mine,4,kt", "mine,4,Mt")
    finding = draft.warning("B29")
    assert place(finding) == ("sites.csv", 2, "capacity", "4")
    assert "possible unit slip" in finding.message


@pytest.mark.parametrize(
    ("file", "old", "new", "row", "column", "value", "guess"),
    [
        ("shortages.csv", "1,0.25", "1,45", 2, "share", "45", "0.45"),
        ("stocks.csv", "0.04,0.2", "0.04,20", 2, "end_discount", "20", "0.2"),
        ("stocks.csv", "0.04,0.2", "4,0.2", 2, "loss_rate", "4", "0.04"),
        ("hazards.csv", "6,1\n", "6,80\n", 2, "severity", "80", "0.8"),
    ],
)
def test_b30_a_percentage_in_place_of_a_fraction_is_refused_with_the_fraction(
    draft: Draft, file: str, old: str, new: str, row: int, column: str, value: str, guess: str
) -> None:
    finding = draft.change(file, old, new).error("B30")
    assert place(finding) == (file, row, column, value)
    assert "shares are fractions" in finding.message
    assert finding.remedy == f"did you mean {guess}?"


def test_b30_a_tariff_above_one_is_warned_of(draft: Draft) -> None:
    finding = draft.change("lanes.csv", "USD/t,0.05", "USD/t,25").warning("B30")
    assert place(finding) == ("lanes.csv", 4, "tariff", "25")
    assert finding.remedy == "did you mean 0.25?"


def test_b30_tiers_that_do_not_add_up_to_one_are_refused(draft: Draft) -> None:
    finding = draft.change("shortages.csv", "2,0.75", "2,0.7").error("B30")
    assert (finding.file, finding.row, finding.column) == ("shortages.csv", 2, "share")
    assert "add up to 0.95, not 1" in finding.message


def test_b31_prices_of_another_year_are_refused(draft: Draft) -> None:
    text = (draft.folder / "shortages.csv").read_text().splitlines()
    rows = [text[0] + ",price_year", text[1] + ",2020", *(row + "," for row in text[2:])]
    finding = draft.write("shortages.csv", "\n".join(rows)).error("B31")
    assert place(finding) == ("shortages.csv", 2, "price_year", "2020")
    assert "deflator = { 2020" in finding.remedy
    draft.append("case.toml", "deflator = { 2020 = 1.2 }")
    assert draft.case().table("shortages")["cost"].tolist() == [150000, 120000, 300000]


def test_b32_a_missing_time_is_refused(draft: Draft) -> None:
    finding = draft.change("sites.csv", "4,kt,year", "4,kt,").error("B32")
    assert place(finding) == ("sites.csv", 2, "per", None)


def test_b32_a_missing_time_of_a_quota_is_refused(draft: Draft) -> None:
    finding = draft.change("lanes.csv", "1.2,kt,year", "1.2,kt,").error("B32")
    assert place(finding) == ("lanes.csv", 3, "per", None)


@pytest.mark.parametrize(
    ("per", "expected"), [("year", 300.0), ("quarter", 1200.0), ("month", 3600.0), ("period", 1200)]
)
def test_b32_rates_are_converted_by_the_length_of_the_period(
    draft: Draft, per: str, expected: float
) -> None:
    case = draft.change("lanes.csv", "1.2,kt,year", f"1.2,kt,{per}").case()
    assert case.table("lanes").loc[1, "quota"] == expected


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("CN", "write CHN (China)"),
        ("cod", "write COD (Congo, Dem. Rep.)"),
        ("China", "write CHN (China)"),
        ("Zambja", "write ZMB (Zambia)"),
        ("DR Congo", "write COD (Congo, Dem. Rep.)"),
        ("UK", "write GBR (United Kingdom)"),
    ],
)
def test_b33_an_unknown_country_is_refused_with_candidates(
    draft: Draft, text: str, remedy: str
) -> None:
    finding = draft.change("sites.csv", "AUS", text).error("B33")
    assert place(finding) == ("sites.csv", 3, "country", text)
    assert finding.remedy == remedy


def test_b33_a_buyer_may_be_in_a_bloc_and_a_misspelt_bloc_is_refused(draft: Draft) -> None:
    finding = draft.change("buyers.csv", "EU27", "EU28").error("B33")
    assert place(finding) == ("buyers.csv", 3, "country", "EU28")
    assert finding.remedy.startswith("did you mean 'EU27'")


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Congo", ["COD", "COG"]),
        ("korea", ["KOR", "PRK"]),
        ("Guinea", ["GIN", "GNB", "GNQ", "PNG"]),
    ],
)
def test_b34_a_name_of_several_countries_is_refused_with_each(
    draft: Draft, name: str, codes: list[str]
) -> None:
    finding = draft.change("sites.csv", "AUS", name).error("B34")
    assert place(finding) == ("sites.csv", 3, "country", name)
    assert all(code in finding.remedy for code in codes)


def test_b35_codes_of_disputed_territories_are_accepted(draft: Draft) -> None:
    draft.change("sites.csv", "AUS", "XKX").change("buyers.csv", "JPN", "TWN")
    case = draft.case()
    assert case.table("sites").loc[1, "country"] == "XKX"
    assert case.countries_of("Japan") == {"TWN"}


def test_b35_a_code_of_the_user_stands_for_what_the_user_says(draft: Draft) -> None:
    draft.change("sites.csv", "AUS", "KOS").append("case.toml", 'aliases = { KOS = "XKX" }')
    case = draft.case()
    assert case.table("sites").loc[1, "country"] == "XKX"
    assert case.raw("sites").loc[1, "country"] == "KOS"
    assert case.countries_of("KOS") == {"XKX"}


def test_b35_a_code_of_the_user_for_an_unknown_country_is_refused(draft: Draft) -> None:
    draft.change("sites.csv", "AUS", "KOS").append("case.toml", 'aliases = { KOS = "ABC" }')
    finding = draft.error("B35")
    assert place(finding) == ("case.toml", 9, "aliases.KOS", "ABC")


@pytest.mark.parametrize(
    ("code", "successor"), [("ZR", "COD"), ("ZAR", "COD"), ("SU", "RUS"), ("YUG", "SRB")]
)
def test_b36_an_obsolete_code_is_refused_with_its_successor(
    draft: Draft, code: str, successor: str
) -> None:
    finding = draft.change("sites.csv", "AUS", code).error("B36")
    assert place(finding) == ("sites.csv", 3, "country", code)
    assert successor in finding.remedy


def test_b37_a_member_without_a_date_is_refused(draft: Draft) -> None:
    finding = draft.change("blocs.csv", "CLUB,FIN,2022-07-01", "CLUB,FIN,").error("B37")
    assert place(finding) == ("blocs.csv", 3, "since", None)


@pytest.mark.parametrize("text", ["2022-13-01", "1.7.2022", "July 2022", "22"])
def test_b37_a_date_that_is_none_is_refused(draft: Draft, text: str) -> None:
    finding = draft.change("blocs.csv", "2022-07-01", text).error("B37")
    assert place(finding) == ("blocs.csv", 3, "since", text)
    assert "YYYY-MM-DD" in finding.remedy


def test_b37_a_bloc_that_is_empty_when_the_case_begins_is_refused(draft: Draft) -> None:
    draft.write("blocs.csv", "bloc,country,since,until\nCLUB,JPN,2030,\nCLUB,AUS,2015,2024\n")
    finding = draft.error("B37")
    assert place(finding) == ("blocs.csv", 2, "since", "2030")
    assert "no member on 2026-01-01" in finding.message


def test_b37_a_bundled_bloc_before_its_time_is_refused(draft: Draft) -> None:
    draft.change("case.toml", "2026-01", "1950-01").change("buyers.csv", "EU27", "RCEP")
    draft.remove("blocs.csv")
    finding = draft.error("B37")
    assert (finding.table, finding.value) == ("blocs", "RCEP")


def test_b37_a_member_that_joins_while_the_case_runs_is_warned_of(draft: Draft) -> None:
    finding = draft.change("blocs.csv", "2022-07-01", "2026-07-01").warning("B37")
    assert "FIN joins CLUB on 2026-07-01" in finding.message
    assert draft.case().countries_of("CLUB") == {"JPN"}


def test_b37_an_end_before_the_beginning_is_refused(draft: Draft) -> None:
    finding = draft.change("blocs.csv", "2015,2024-06-30", "2015,2014").error("B37")
    assert place(finding) == ("blocs.csv", 4, "until", "2014")


def test_b38_a_country_in_two_exclusive_blocs_is_refused_with_both(draft: Draft) -> None:
    finding = draft.append("case.toml", 'exclusive_blocs = [["CLUB", "EU27"]]').error("B38")
    assert place(finding) == ("case.toml", None, "exclusive_blocs.0", "FIN")
    assert "FIN is in CLUB and in EU27" in finding.message


def test_b38_an_unknown_exclusive_bloc_is_refused(draft: Draft) -> None:
    finding = draft.append("case.toml", 'exclusive_blocs = [["CLUB", "BRIC"]]').error("B39")
    assert finding.remedy.startswith("did you mean 'BRICS'")
