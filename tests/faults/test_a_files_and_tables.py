"""FAULTS A1 to A6 and A14 to A15: files, tables, columns, rows. One test or more for each row."""

from __future__ import annotations

from pathlib import Path

import pytest
from drafting import Draft, place

from diversify.case import Case, read
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
