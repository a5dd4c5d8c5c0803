"""FAULTS A7 to A13 and A16 to A18: what stands in a cell. One test or more for each row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drafting import Draft, place

from diversify.case import Case
from diversify.errors import InputError


def test_a07_na_is_text_and_not_missing(draft: Draft) -> None:
    draft.change("sites.csv", "COD,Acme", "NAM,NA")
    draft.change("hazards.csv", "country,COD", "country,NAM")
    assert draft.case().table("sites").loc[0, ["country", "owner"]].tolist() == ["NAM", "NA"]


def test_a07_the_country_na_is_refused_as_namibia(draft: Draft) -> None:
    draft.change("sites.csv", "AUS,Boulder", "NA,Boulder")
    finding = draft.error("B33")
    assert place(finding) == ("sites.csv", 3, "country", "NA")
    assert finding.remedy == "write NAM (Namibia)"


def test_a07_a_frame_that_lost_na_is_refused_with_how_to_read_it(draft: Draft) -> None:
    case = draft.case()
    tables = {name: case.raw(name) for name in case.tables}
    tables["sites"].loc[1, "country"] = np.nan
    with pytest.raises(InputError) as caught:
        Case.from_frames(case.settings, tables)
    (finding,) = caught.value.findings
    assert (finding.code, finding.row, finding.column) == ("A7", 1, "country")
    assert "keep_default_na=False" in finding.remedy


def test_a08_every_missing_number_is_listed(draft: Draft) -> None:
    draft.change("sites.csv", "2000,USD/t", ",USD/t").change("sites.csv", "3000,USD/t", "nan,USD/t")
    findings = draft.findings()
    assert [place(finding) for finding in findings] == [
        ("sites.csv", 2, "cost", None),
        ("sites.csv", 4, "cost", "nan"),
    ]
    assert {finding.code for finding in findings} == {"A8"}


def test_a09_an_empty_limit_is_no_limit_and_the_report_says_so(draft: Draft) -> None:
    case = draft.case()
    quota = case.table("lanes").set_index("lane")["quota"]
    assert quota["Mine A>Refinery:ore"] == np.inf
    assert quota["Mine B>Refinery:ore"] == 300
    assert "lanes.quota: 3 of 4 rows are empty, which means no limit" in case.notes


def test_a09_nan_as_text_in_an_optional_limit_is_refused(draft: Draft) -> None:
    finding = draft.change("lanes.csv", ",1.2,kt", ",nan,kt").error("A8")
    assert place(finding) == ("lanes.csv", 3, "quota", "nan")
    assert "leave the cell empty" in finding.remedy


@pytest.mark.parametrize("value", ["inf", "1e999", "-inf"])
def test_a10_infinity_is_refused_where_a_finite_number_is_needed(draft: Draft, value: str) -> None:
    finding = draft.change("demand.csv", "400", value).error("A10")
    assert place(finding) == ("demand.csv", 2, "quantity", value)


def test_a10_an_infinite_capacity_is_a_capacity_without_limit(draft: Draft) -> None:
    assert np.isinf(draft.case().table("stocks").loc[0, "capacity"])


@pytest.mark.parametrize(
    ("file", "old", "new", "row", "column"),
    [
        ("sites.csv", "mine,4,kt", "mine,-4,kt", 2, "capacity"),
        ("stocks.csv", "metal,50", "metal,-50", 2, "initial"),
        ("demand.csv", ",400,", ",-400,", 2, "quantity"),
    ],
)
def test_a11_negative_amounts_are_refused(
    draft: Draft, file: str, old: str, new: str, row: int, column: str
) -> None:
    finding = draft.change(file, old, new).error("A11")
    value = new.split(",")[1]
    assert place(finding) == (file, row, column, value)
    assert "at least 0" in finding.remedy


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,200", "1200 or 1.2"),
        ("1.200", "1200 or 1.2"),
        ("12,345,678", "12345678"),
        ("1.200.000", "1200000"),
        ("1 200", "1200"),
        ("1'200", "1200"),
        ("12%", "0.12 or 12"),
    ],
)
def test_a12_a_number_that_may_be_two_is_refused_with_its_readings(
    draft: Draft, text: str, readings: str
) -> None:
    finding = draft.change("demand.csv", ",400,", f',"{text}",').error("A12")
    assert place(finding) == ("demand.csv", 2, "quantity", text)
    assert readings in finding.message


@pytest.mark.parametrize("text", ["4OO", "0x10", "1_000", "4 t", "$400", "٤٠٠", "1e", "--4", "1-2"])
def test_a12_what_is_no_number_is_refused(draft: Draft, text: str) -> None:
    finding = draft.change("demand.csv", ",400,", f",{text},").error("A12")
    assert place(finding) == ("demand.csv", 2, "quantity", text)


def test_a12_a_thousands_comma_without_quotes_is_refused_as_one_cell_too_many(
    draft: Draft,
) -> None:
    finding = draft.change("demand.csv", ",400,", ",1,400,").error("A12")
    assert (finding.file, finding.row) == ("demand.csv", 2)
    assert "9 cells and the header has 8" in finding.message


def test_a13_a_decimal_comma_is_refused(draft: Draft) -> None:
    finding = draft.change("shortages.csv", "1,0.25,", '1,"0,25",').error("A13")
    assert place(finding) == ("shortages.csv", 2, "share", "0,25")
    assert finding.remedy == 'write 0.25, or decimal = "," in case.toml'


def test_a13_semicolons_are_refused(draft: Draft) -> None:
    finding = draft.write("buyers.csv", "buyer;country\nJapan;JPN\nEurope;EU27\n").error("A13")
    assert (finding.file, finding.row) == ("buyers.csv", 1)
    assert "semicolons" in finding.message


def test_a13_decimal_commas_are_read_where_the_case_says_so(draft: Draft) -> None:
    expected = draft.case()
    for path in draft.folder.glob("*.csv"):
        lines = path.read_text().replace('"a price, for tests"', "a price").splitlines()
        cells = [line.split(",") for line in lines]
        text = "\n".join(";".join(cell.replace(".", ",") for cell in row) for row in cells)
        path.write_text(text + "\n")
    case = draft.change("case.toml", "schema = 1", 'schema = 1\ndecimal = ","').case()
    assert case.tables == expected.tables
    for name in expected.tables:
        pd.testing.assert_frame_equal(case.table(name), expected.table(name))


def test_a13_a_point_among_decimal_commas_is_refused(draft: Draft) -> None:
    draft.change("case.toml", "schema = 1", 'schema = 1\ndecimal = ","')
    assert {finding.code for finding in draft.findings()} == {"A12"}
    assert all("." in (finding.value or "") for finding in draft.findings())


@pytest.mark.parametrize("text", ["3-Apr", "2024-03-04", "03.04.2024", "Mar-24"])
def test_a16_a_date_in_place_of_a_number_is_refused(draft: Draft, text: str) -> None:
    finding = draft.change("demand.csv", ",400,", f",{text},").error("A16")
    assert place(finding) == ("demand.csv", 2, "quantity", text)
    assert "spreadsheet" in finding.remedy


def test_a16_a_date_in_a_frame_is_refused(draft: Draft) -> None:
    case = draft.case()
    tables = {name: case.raw(name) for name in case.tables}
    tables["sites"]["owner"] = pd.to_datetime(["2024-04-03"] * 3)
    with pytest.raises(InputError) as caught:
        Case.from_frames(case.settings, tables)
    assert [finding.code for finding in caught.value.findings] == ["A16"] * 3
    assert "a date where text is expected" in caught.value.findings[0].message


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#DIV/0!"])
def test_a17_a_formula_error_is_refused(draft: Draft, text: str) -> None:
    finding = draft.change("sites.csv", "2000,USD/t", f"{text},USD/t").error("A17")
    assert place(finding) == ("sites.csv", 2, "cost", text)
    assert "formula" in finding.remedy


def test_a17_a_formula_error_in_a_name_is_refused(draft: Draft) -> None:
    finding = draft.change("sites.csv", "COD,Acme", "COD,#N/A").error("A17")
    assert place(finding) == ("sites.csv", 2, "owner", "#N/A")


def test_a18_a_second_row_of_headings_is_refused_with_the_row(draft: Draft) -> None:
    text = (draft.folder / "shortages.csv").read_text()
    head, rest = text.split("\n", 1)
    draft.write("shortages.csv", f"{head}\nname,name,number,fraction,money,unit\n{rest}")
    finding = draft.error("A18")
    assert (finding.file, finding.row) == ("shortages.csv", 2)
    assert "'name', 'name', 'number', 'fraction', 'money', 'unit'" in finding.remedy
