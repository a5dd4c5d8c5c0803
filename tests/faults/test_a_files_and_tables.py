"""FAULTS A: files and tables. One test or more for each row, named after it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drafting import Draft, place

from diversify.case import Case, read
from diversify.case.bundled import example_path
from diversify.errors import InputError


def test_a01_a_missing_folder_is_refused_with_what_is_expected_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path / "nowhere")
    (finding,) = caught.value.findings
    assert finding.code == "A1"
    assert finding.value == str(tmp_path / "nowhere")
    assert "case.toml" in finding.message
    assert "diversify init" in finding.remedy


def test_a01_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "case.csv").write_text("a\n")
    with pytest.raises(InputError, match="a folder is expected here, and this is a file"):
        read(tmp_path / "case.csv")


def test_a01_missing_settings_are_refused(draft: Draft) -> None:
    finding = draft.remove("case.toml").error("A1")
    assert place(finding) == ("case.toml", None, None, None)
    assert "diversify init" in finding.remedy


def test_a01_a_missing_table_is_refused_with_its_columns(draft: Draft) -> None:
    finding = draft.remove("lanes.csv").error("A1")
    assert place(finding) == ("lanes.csv", None, None, None)
    assert "origin, destination, commodity, freight" in finding.remedy


def test_a01_an_unknown_bundled_case_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="bundled cases: "):
        read("no-such-case")


@pytest.mark.parametrize("content", ["", "\n\n", "site,country,owner,stage\n"])
def test_a02_an_empty_table_is_refused(draft: Draft, content: str) -> None:
    findings = draft.write("sites.csv", content).findings()
    finding = next(finding for finding in findings if finding.code == "A2")
    assert (finding.file, finding.message) == ("sites.csv", "the table is empty")
    assert "add a row" in finding.remedy


def test_a02_an_empty_optional_table_is_refused_too(draft: Draft) -> None:
    finding = draft.write("blocs.csv", "bloc,country,since\n").error("A2")
    assert "or leave the table out" in finding.remedy


def test_a02_an_empty_table_in_memory_is_refused(draft: Draft) -> None:
    case = draft.case()
    tables = {name: case.raw(name) for name in case.tables}
    with pytest.raises(InputError, match="blocs: the table is empty"):
        Case.from_frames(case.settings, tables | {"blocs": tables["blocs"].iloc[:0]})


def test_a03_a_misspelt_column_is_refused_with_the_right_one(draft: Draft) -> None:
    finding = draft.change("sites.csv", "capacity", "capcity").error("A3")
    assert place(finding) == ("sites.csv", 1, "capcity", "capcity")
    assert finding.remedy.startswith("did you mean 'capacity'?")


def test_a03_a_missing_column_is_refused_with_its_meaning(draft: Draft) -> None:
    text = (draft.folder / "buyers.csv").read_text().replace(",country", "").replace(",JPN", "")
    finding = draft.write("buyers.csv", text.replace(",EU27", "")).error("A3")
    assert place(finding) == ("buyers.csv", 1, "country", "country")
    assert "the name of a bloc" in finding.remedy


def test_a04_an_unknown_column_is_refused(draft: Draft) -> None:
    draft.write("buyers.csv", "buyer,country,zzz\nJapan,JPN,1\nEurope,EU27,2\n")
    finding = draft.error("A4")
    assert place(finding) == ("buyers.csv", 1, "zzz", "zzz")
    assert "begins with x_" in finding.remedy


def test_a04_a_column_of_notes_is_kept(draft: Draft) -> None:
    assert draft.case().raw("sites")["x_contact"].tolist() == ["Ann", None, None]


def test_a04_an_unknown_setting_is_refused_with_the_right_one(draft: Draft) -> None:
    finding = draft.change("case.toml", "periods", "perods").findings()[0]
    assert place(finding) == ("case.toml", None, "periods", None)
    extra = draft.findings()[1]
    assert place(extra) == ("case.toml", 5, "perods", "perods")
    assert extra.remedy.startswith("did you mean 'periods'")


def test_a04_a_misspelt_file_is_refused_with_the_right_table(draft: Draft) -> None:
    (draft.folder / "hazards.csv").rename(draft.folder / "hazard.csv")
    draft.remove("scenarios.csv")
    finding = draft.error("A4")
    assert finding.file == "hazard.csv"
    assert finding.remedy.startswith("did you mean 'hazards'?")


def test_a05_a_row_given_twice_is_refused_with_both_rows(draft: Draft) -> None:
    draft.append("lanes.csv", "Mine A,Refinery,ore,50,USD/t,,,,")
    finding = draft.error("A5")
    assert place(finding) == ("lanes.csv", 6, None, None)
    assert "row 2 and row 6" in finding.message
    assert "never added up" in finding.remedy


def test_a05_a_column_given_twice_is_refused(draft: Draft) -> None:
    draft.write("buyers.csv", "buyer,country,buyer\nJapan,JPN,Japan\nEurope,EU27,Europe\n")
    assert place(draft.error("A5")) == ("buyers.csv", 1, "buyer", "buyer")


def test_a05_one_period_beside_every_period_is_refused(draft: Draft) -> None:
    finding = draft.append("demand.csv", "Japan,metal,2,1,t,quarter,,").error("A5")
    assert place(finding) == ("demand.csv", 7, "period", "2")
    assert "row 2" in finding.message


def test_a06_names_that_differ_in_case_and_spaces_are_refused_as_they_were_written(
    draft: Draft,
) -> None:
    finding = draft.append("buyers.csv", "japan ,JPN").error("A6")
    assert place(finding) == ("buyers.csv", 4, "buyer", "japan ")
    assert "'Japan' and 'japan '" in finding.message


def test_a06_owners_that_differ_in_case_are_refused(draft: Draft) -> None:
    finding = draft.change("sites.csv", "FIN,Boulder", "FIN,boulder").error("A6")
    assert place(finding) == ("sites.csv", 4, "owner", "boulder")
    assert "'Boulder' in row 3" in finding.message


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
    for name in expected.tables:
        pd.testing.assert_frame_equal(case.table(name), expected.table(name))


def test_a13_a_point_among_decimal_commas_is_refused(draft: Draft) -> None:
    draft.change("case.toml", "schema = 1", 'schema = 1\ndecimal = ","')
    assert {finding.code for finding in draft.findings()} == {"A12"}
    assert all("." in (finding.value or "") for finding in draft.findings())


def test_a14_a_byte_order_mark_is_accepted(draft: Draft) -> None:
    digest = draft.case().digest
    for path in draft.folder.glob("*.*"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert draft.case().digest == digest


def test_a14_latin_1_is_refused_with_the_byte(draft: Draft) -> None:
    data = (draft.folder / "sites.csv").read_bytes().replace(b"Ann", b"Ren\xe9")
    finding = draft.write("sites.csv", data).error("A14")
    assert place(finding) == ("sites.csv", 2, None, "0xE9")
    assert f"byte {data.index(0xE9)} is 0xE9" in finding.message
    assert "'é'" in finding.message


def test_a14_utf_16_is_refused_with_the_byte(draft: Draft) -> None:
    text = (draft.folder / "sites.csv").read_text()
    finding = draft.write("sites.csv", text.encode("utf-16")).error("A14")
    assert "byte 0" in finding.message
    assert "UTF-16" in finding.message


def test_a14_settings_that_are_not_utf_8_are_refused(draft: Draft) -> None:
    data = (draft.folder / "case.toml").read_bytes().replace(b"Two", b"\xd6wo")
    finding = draft.write("case.toml", data).error("A14")
    assert (finding.file, finding.row, finding.value) == ("case.toml", 3, "0xD6")


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_a15_other_line_ends_are_accepted(draft: Draft, end: bytes) -> None:
    digest = draft.case().digest
    for path in draft.folder.glob("*.csv"):
        lines = path.read_bytes().split(b"\n")
        # Mixed: every second line ends as it did.
        text = b"".join(line + (end if i % 2 else b"\n") for i, line in enumerate(lines[:-1]))
        path.write_bytes(text)
    assert draft.case().digest == digest


def test_a15_blank_rows_are_left_out_and_counted(draft: Draft) -> None:
    digest = draft.case().digest
    case = draft.append("buyers.csv", "", ",", "  ").case()
    assert case.digest == digest
    assert "buyers.csv: 3 blank rows were left out" in case.notes


def test_a15_lines_are_counted_with_blank_rows_and_breaks_in_cells(draft: Draft) -> None:
    text = 'buyer,country,note\n\nJapan,JPN,"one\ntwo"\nEurope,EUX,\n'
    assert place(draft.write("buyers.csv", text).error("B33"))[:2] == ("buyers.csv", 5)


def test_a15_empty_columns_of_a_spreadsheet_are_left_out(draft: Draft) -> None:
    digest = draft.case().digest
    draft.write("buyers.csv", "buyer,country,,\nJapan,JPN,,\nEurope,EU27,,\n")
    assert draft.case().digest == digest


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


def test_a19_a_large_table_is_refused_before_it_is_read(draft: Draft) -> None:
    draft.append("case.toml", "[limits]", "max_table_mb = 0.001")
    draft.write("sites.csv", b"\xff" * 1001)  # would be no UTF-8 if it were read
    finding = draft.error("A19")
    assert place(finding) == ("sites.csv", None, None, "1001 bytes")
    assert "max_table_mb" in finding.remedy


def test_a19_a_table_with_very_many_columns_is_refused(draft: Draft) -> None:
    extra = ",".join(f"x_{i}" for i in range(500))
    text = (draft.folder / "buyers.csv").read_text().splitlines()
    rows = [text[0] + "," + extra, *(row + "," * 500 for row in text[1:])]
    finding = draft.write("buyers.csv", "\n".join(rows)).error("A19")
    assert (finding.file, finding.row) == ("buyers.csv", 1)
    assert "502 columns; the limit is 500" in finding.message
    assert "max_columns" in finding.remedy


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("name", ["sites.csv", "case.toml"])
def test_a20_a_link_out_of_the_case_folder_is_refused(
    draft: Draft, tmp_path: Path, name: str
) -> None:
    (draft.folder / name).rename(tmp_path / "elsewhere")
    (draft.folder / name).symlink_to(tmp_path / "elsewhere")
    finding = draft.error("A20")
    assert place(finding) == (name, None, None, str(tmp_path / "elsewhere"))
    assert "outside the case folder" in finding.message


def test_a20_a_path_is_no_name_of_a_bundled_case() -> None:
    with pytest.raises(InputError, match="no bundled case of this name"):
        example_path("../../etc/passwd")
    with pytest.raises(InputError, match=r"a folder is expected here|no such folder"):
        read("../../../../../../../../etc/passwd")


@pytest.mark.parametrize(
    ("mark", "label"),
    [
        ("\x07", "U+0007"),
        ("\x00", "U+0000"),
        ("\u202e", "U+202E (right-to-left override)"),
        ("\u200b", "U+200B (zero width space)"),
    ],
)
def test_a21_a_character_that_cannot_be_seen_is_refused(
    draft: Draft, mark: str, label: str
) -> None:
    finding = draft.change("sites.csv", "COD,Acme", f"COD,Ac{mark}me").error("A21")
    assert (finding.file, finding.row, finding.column) == ("sites.csv", 2, "owner")
    assert label in finding.message


def test_a21_a_character_that_cannot_be_seen_is_refused_in_notes_too(draft: Draft) -> None:
    finding = draft.change("sites.csv", ",Ann", ",A\x07nn").error("A21")
    assert place(finding) == ("sites.csv", 2, "x_contact", "A\x07nn")


def test_a21_markup_is_kept_as_text(draft: Draft) -> None:
    case = draft.change("sites.csv", "COD,Acme", "COD,<script>alert(1)</script>").case()
    assert case.table("sites").loc[0, "owner"] == "<script>alert(1)</script>"


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-x", "@SUM(A1)"])
def test_a22_a_name_that_is_a_formula_is_escaped_when_written_and_read_back(
    draft: Draft, tmp_path: Path, name: str
) -> None:
    (draft.folder / "scenarios.csv").unlink()
    draft.change("hazards.csv", "fire", name)
    finding = draft.warning("A22")
    assert place(finding) == ("hazards.csv", 3, "hazard", name)
    case = draft.case()
    written = case.write(tmp_path / "copy")
    assert f"'{name}" in (written / "hazards.csv").read_text()
    assert read(written).digest == case.digest
    assert name in read(written).table("hazards")["hazard"].tolist()


def test_a23_a_newer_form_is_refused(draft: Draft) -> None:
    finding = draft.change("case.toml", "schema = 1", "schema = 99").error("A23")
    assert place(finding) == ("case.toml", 1, "schema", "99")
    assert "form 99" in finding.remedy


def test_a24_an_older_form_is_migrated_with_a_warning(draft: Draft) -> None:
    digest = draft.case().digest
    finding = draft.change("case.toml", "schema = 1", "schema = 0").warning("A24")
    assert place(finding) == ("case.toml", 1, "schema", "0")
    assert "diversify schema upgrade" in finding.remedy
    assert draft.case().digest == digest
    assert draft.case().settings.schema_ == 1


def test_a25_inputs_are_never_changed(draft: Draft) -> None:
    case = draft.case()
    tables = {name: case.raw(name) for name in case.tables}
    tables["sites"]["capacity"].to_numpy().setflags(write=False)
    settings = case.settings.model_dump(by_alias=True)
    before = {name: pd.util.hash_pandas_object(t).sum() for name, t in tables.items()}
    text = repr(settings)
    made = Case.from_frames(settings, tables, policies=[{"kind": "share_cap", "names": ["COD"]}])
    for frame in (made.table("sites"), made.raw("sites")):
        frame["capacity"] = 0.0
    made.policies[0]["names"].append("AUS")
    assert {name: pd.util.hash_pandas_object(t).sum() for name, t in tables.items()} == before
    assert repr(settings) == text
    assert made.table("sites")["capacity"].tolist() == [1000, 450, 900]
    assert made.policies == ({"kind": "share_cap", "names": ["COD"]},)


def test_a25_files_are_never_changed(draft: Draft) -> None:
    def bytes_of() -> dict[str, str]:
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in draft.folder.iterdir()
        }

    before = bytes_of()
    draft.case().for_buyers("Japan").table("sites")
    assert bytes_of() == before


def test_settings_that_are_no_toml_are_refused_with_the_line(draft: Draft) -> None:
    finding = draft.change("case.toml", "periods = 4", "periods 4").error("A4")
    assert (finding.file, finding.row) == ("case.toml", 5)
    assert "not valid TOML" in finding.message


@pytest.mark.parametrize("text", ['Japan,"JPN\nEurope,EU27\n', 'Japan,"JP"N\n', "x" * 200_000])
def test_a_line_that_is_no_csv_is_refused(draft: Draft, text: str) -> None:
    finding = draft.write("buyers.csv", f"buyer,country\n{text}").error("A12")
    assert (finding.file, finding.row) == ("buyers.csv", 2)
    assert "not valid CSV" in finding.message


def test_a_folder_in_place_of_a_table_is_refused(draft: Draft) -> None:
    draft.remove("blocs.csv")
    (draft.folder / "blocs.csv").mkdir()
    assert draft.error("A1").message == "a file is expected here"


def test_a_column_without_a_heading_is_refused(draft: Draft) -> None:
    draft.write("buyers.csv", "buyer,country,\nJapan,JPN,\nEurope,EU27,what\n")
    finding = draft.error("A3")
    assert (finding.file, finding.row) == ("buyers.csv", 1)
    assert finding.message == "a column without a heading"


def test_an_unknown_table_in_memory_is_refused(draft: Draft) -> None:
    case = draft.case()
    tables = {name: case.raw(name) for name in case.tables}
    tables["lane"] = tables["lanes"]
    with pytest.raises(InputError, match="did you mean 'lanes'"):
        Case.from_frames(case.settings, tables)


def test_files_of_the_users_own_are_left_alone(draft: Draft) -> None:
    digest = draft.case().digest
    draft.write("x_own.csv", "whatever").write("~$sites.xlsx", b"lock").write("plot.png", b"\x89")
    assert draft.case().digest == digest


def test_a_table_in_another_form_is_refused(draft: Draft) -> None:
    (draft.folder / "blocs.csv").rename(draft.folder / "blocs.parquet")
    finding = draft.error("A4")
    assert "blocs.csv" in finding.remedy


def test_one_error_does_not_hide_or_cause_another(draft: Draft) -> None:
    """A table that cannot be read is not taken for empty: its names are not called unknown."""
    data = (draft.folder / "sites.csv").read_bytes().replace(b"Ann", b"Ren\xe9")
    draft.write("sites.csv", data).change("lanes.csv", ",50,", ",-50,")
    found = [(finding.code, finding.file) for finding in draft.findings()]
    assert found == [("A14", "sites.csv"), ("A11", "lanes.csv")]
