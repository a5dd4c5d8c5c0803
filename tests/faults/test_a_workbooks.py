"""FAULTS A16 to A19 in workbooks: what a spreadsheet does to a table."""

from __future__ import annotations

import csv
import datetime as dt
import sys
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from drafting import Draft, place

Edit = Callable[[Any], object]


def as_workbook(draft: Draft, name: str, *edits: Edit) -> Draft:
    """Put a table into a workbook, numbers as numbers, and change it."""
    path = draft.folder / f"{name}.csv"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.reader(handle):
            sheet.append([_typed(cell) for cell in row])
    for edit in edits:
        edit(sheet)
    book.save(draft.folder / f"{name}.xlsx")
    path.unlink()
    return draft


def _typed(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell or None


def setting(address: str, value: object) -> Edit:
    def edit(sheet: Any) -> None:
        sheet[address] = value

    return edit


@pytest.mark.parametrize("name", ["sites", "demand", "blocs", "scenarios", "commodities"])
def test_a_table_in_a_workbook_is_the_same_as_in_csv(draft: Draft, name: str) -> None:
    digest = draft.case().digest
    assert as_workbook(draft, name).case().digest == digest


def test_a16_a_date_where_a_number_is_expected_is_refused(draft: Draft) -> None:
    as_workbook(draft, "demand", setting("D2", dt.datetime(2024, 4, 3)))
    finding = draft.error("A16")
    assert place(finding) == ("demand.xlsx", 2, "quantity", "2024-04-03 00:00:00")
    assert finding.message == "a date where a number is expected"


def test_a16_a_date_where_a_name_is_expected_is_refused(draft: Draft) -> None:
    as_workbook(draft, "sites", setting("C2", dt.datetime(2024, 4, 3)))
    finding = draft.error("A16")
    assert place(finding)[:3] == ("sites.xlsx", 2, "owner")
    assert finding.message == "a date where text is expected"


def test_a16_a_number_where_a_name_is_expected_is_refused(draft: Draft) -> None:
    as_workbook(draft, "sites", setting("C2", 3.5))
    finding = draft.error("A16")
    assert place(finding) == ("sites.xlsx", 2, "owner", "3.5")
    assert "format the cell as text" in finding.remedy


def test_a17_a_formula_error_is_refused_with_its_address(draft: Draft) -> None:
    as_workbook(draft, "sites", setting("H2", "#N/A"))
    findings = draft.findings()
    assert [finding.code for finding in findings] == ["A17"]
    assert findings[0].file == "sites.xlsx"
    assert findings[0].value == "#N/A"
    assert "H2" in findings[0].message


def test_a17_a_formula_without_a_stored_value_is_refused_with_its_address(draft: Draft) -> None:
    as_workbook(draft, "sites", setting("H2", "=1000*2"))
    finding = draft.error("A17")
    assert (finding.row, finding.value) == (2, "=1000*2")
    assert "H2" in finding.message


def test_a18_merged_cells_are_refused_with_the_first_data_row(draft: Draft) -> None:
    as_workbook(draft, "buyers", lambda sheet: sheet.merge_cells("B2:B3"))
    finding = next(f for f in draft.findings() if f.code == "A18")
    assert (finding.file, finding.row, finding.value) == ("buyers.xlsx", 2, "B2:B3")
    assert "the first data row is: Japan, JPN" in finding.message


@pytest.mark.parametrize("kind", ["row", "column"])
def test_a18_hidden_rows_and_columns_are_refused(draft: Draft, kind: str) -> None:
    def hide(sheet: Any) -> None:
        if kind == "row":
            sheet.row_dimensions[3].hidden = True
        else:
            sheet.column_dimensions["B"].hidden = True

    finding = as_workbook(draft, "buyers", hide).error("A18")
    assert finding.value == {"row": "3", "column": "B"}[kind]
    assert "hidden" in finding.message


def test_a18_a_second_row_of_headings_is_refused(draft: Draft) -> None:
    def second(sheet: Any) -> None:
        sheet.insert_rows(2)
        for column, word in enumerate(["buyer", "what", "no", "share", "money", "unit"], 1):
            sheet.cell(2, column).value = word

    finding = as_workbook(draft, "shortages", second).error("A18")
    assert (finding.file, finding.row) == ("shortages.xlsx", 2)


def test_a18_a_workbook_with_several_sheets_is_refused(draft: Draft) -> None:
    as_workbook(draft, "buyers", lambda sheet: sheet.parent.create_sheet("other"))
    finding = draft.error("A18")
    assert "2 sheets: Sheet, other" in finding.message


def test_a19_a_workbook_that_unpacks_to_too_much_is_refused(draft: Draft) -> None:
    draft.append("case.toml", "[limits]", "max_table_mb = 0.1")
    as_workbook(draft, "buyers")
    with zipfile.ZipFile(draft.folder / "buyers.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(10_000_000))
    finding = draft.error("A19")
    assert finding.file == "buyers.xlsx"
    assert "max_table_mb" in finding.remedy


def test_a_table_that_is_there_twice_is_refused(draft: Draft) -> None:
    text = (draft.folder / "buyers.csv").read_text()
    as_workbook(draft, "buyers").write("buyers.csv", text)
    finding = draft.error("A5")
    assert "buyers.csv and buyers.xlsx" in finding.message


def test_what_is_no_workbook_is_refused(draft: Draft) -> None:
    draft.remove("buyers.csv").write("buyers.xlsx", b"PK\x03\x04 not really")
    assert draft.error("A16").file == "buyers.xlsx"


def test_a_workbook_without_openpyxl_is_refused_with_the_extra(
    draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_workbook(draft, "buyers")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert "diversify-supply[tables]" in draft.error("A16").remedy


def test_an_old_workbook_is_refused_with_what_to_save_it_as(draft: Draft) -> None:
    (draft.folder / "buyers.csv").rename(draft.folder / "buyers.xls")
    finding = next(f for f in draft.findings() if f.file == "buyers.xls")
    assert "buyers.csv" in finding.remedy
