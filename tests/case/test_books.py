"""A case as one workbook: written, filled in by hand, read, and refused with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from diversify.case import Case, example, read
from diversify.case.book import write_book
from diversify.case.bundled import examples
from diversify.case.dictionary import TABLES
from diversify.errors import InputError


def written(case: Case | None, folder: Path, name: str = "case.xlsx") -> Path:
    return write_book(case, folder / name)


def changed(path: Path, sheet: str, cells: dict[str, Any]) -> Path:
    book = openpyxl.load_workbook(path)
    for address, value in cells.items():
        book[sheet][address] = value
    book.save(path)
    return path


QUICK = ("first-steps", "quartz", "rare-earths")


@pytest.mark.parametrize(
    "name",
    [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name, _ in examples()
    ],
)
def test_a_case_comes_back_the_same(name: str, tmp_path: Path) -> None:
    case = example(name)
    again = read(written(case, tmp_path))
    assert again.digest == case.digest
    assert again == case
    assert again.settings == case.settings


def test_the_template_offers_every_table_and_explains_itself(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(None, tmp_path))
    assert book.sheetnames == ["case", "policy", *TABLES, "help"]
    for name, spec in TABLES.items():
        heads = next(book[name].iter_rows(min_row=1, max_row=1))
        assert [cell.value for cell in heads] == [column.name for column in spec.columns]
        for cell, column in zip(heads, spec.columns, strict=True):
            assert column.meaning in cell.comment.text
            assert column.unit in cell.comment.text
    offered = {
        rule.formula1
        for rule in book["hazards"].data_validations.dataValidation
        if "B2" in str(rule.sqref)
    }
    assert any("outage" in text for text in offered)


def test_a_template_that_is_filled_in_by_hand_is_a_case(tmp_path: Path) -> None:
    path = written(None, tmp_path)
    book = openpyxl.load_workbook(path)

    def fill(name: str, *rows: dict[str, Any]) -> None:
        heads = [cell.value for cell in book[name][1]]
        for number, row in enumerate(rows, start=2):
            for key, value in row.items():
                book[name].cell(number, heads.index(key) + 1, value)

    fill(
        "commodities",
        {"commodity": "m", "material": "m", "basis": "m", "price": 10, "price_unit": "USD/t"},
    )
    site = {"owner": "o", "stage": "refine", "capacity": 1, "unit": "t", "per": "year"}
    fill("sites", *({"site": s, "country": c, "cost": p, "cost_unit": "USD/t", **site}
                    for s, c, p in (("A", "CHN", 10), ("B", "AUS", 15))))  # fmt: skip
    make = {"recipe": "r", "direction": "output", "commodity": "m", "amount": 1}
    fill("recipes", {"site": "A", **make}, {"site": "B", **make})
    lane = {"destination": "W", "commodity": "m", "freight": 0, "freight_unit": "USD/t"}
    fill("lanes", {"origin": "A", **lane}, {"origin": "B", **lane})
    fill("buyers", {"buyer": "W", "country": "DEU"})
    need = {"quantity": 1, "unit": "t", "per": "year", "firm": "yes"}
    fill("demand", {"buyer": "W", "commodity": "m", **need})
    fill("policy", {"kind": "share_cap", "by": "country", "share": 0.65, "names": '["CHN"]'})
    book["case"]["A20"], book["case"]["B20"] = "discount_rate", 0
    rows = {row[0].value: row[1] for row in book["case"].iter_rows(min_row=2, max_row=12)}
    rows["period"].value, rows["periods"].value = "year", 1
    rows["discount_rate"].value = 0
    book.save(path)

    import diversify as dv

    # 0.65 t at 10 and 0.35 t at 15, as in the smallest bundled case.
    assert dv.solve(read(path)).objective == pytest.approx(11.75)
    assert read(path).policies[0]["names"] == ["CHN"]


def test_an_empty_needed_table_is_refused_with_its_sheet(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(written(None, tmp_path))
    text = str(caught.value)
    assert "case.xlsx, sheet lanes" in text
    assert len(caught.value.findings) == sum(spec.required for spec in TABLES.values())


def test_a_bad_cell_is_named_with_sheet_row_and_column(tmp_path: Path) -> None:
    path = changed(written(example("first-steps"), tmp_path), "sites", {"E3": -1})
    with pytest.raises(InputError) as caught:
        read(path)
    (found,) = [f for f in caught.value.findings if f.row == 3]
    assert (found.file, found.column) == ("case.xlsx, sheet sites", "capacity")


def test_a_sheet_that_is_no_table_is_refused_unless_it_is_ones_own(tmp_path: Path) -> None:
    path = written(example("first-steps"), tmp_path)
    book = openpyxl.load_workbook(path)
    book.create_sheet("x_notes")["A1"] = "mine"
    book.save(path)
    assert read(path) == example("first-steps")
    book.create_sheet("lane")
    book.save(path)
    with pytest.raises(InputError, match="did you mean 'lanes'"):
        read(path)


def test_bad_settings_are_refused(tmp_path: Path) -> None:
    path = written(example("first-steps"), tmp_path)
    book = openpyxl.load_workbook(path)
    del book["case"]
    book.save(path)
    with pytest.raises(InputError, match="a sheet named 'case' is expected"):
        read(path)
    path = written(example("first-steps"), tmp_path, "other.xlsx")
    cells = {row[0].value: row[1].coordinate for row in openpyxl.load_workbook(path)["case"]}
    with pytest.raises(InputError, match="periods"):
        read(changed(path, "case", {cells["periods"]: "many"}))


@pytest.mark.parametrize("name", ["=1+1", "+A", "-A", "@A", "'=A", "\tA"])
def test_text_that_begins_like_a_formula_is_never_one(name: str, tmp_path: Path) -> None:
    from diversify.case.book import cell_value, fill_sheet, given_value, new_book, save_book

    path = tmp_path / "x.xlsx"
    book = new_book(path)
    fill_sheet(book.create_sheet("x"), ["a"], [[name]])
    save_book(book, path)
    cell = openpyxl.load_workbook(path)["x"]["A2"]
    assert cell.data_type == "s"
    assert cell.value == cell_value(name) == f"'{name}"
    assert given_value(cell.value).strip() == name.strip()


def test_names_like_formulas_come_back(tmp_path: Path) -> None:
    case = example("first-steps")
    tables = {name: case.raw(name) for name in case.tables}
    for name, column in (("sites", "site"), ("recipes", "site"), ("lanes", "origin")):
        tables[name] = tables[name].replace({column: {"A1": "=A1"}})
    odd = Case.from_frames(case.settings, tables)
    path = written(odd, tmp_path)
    assert "=A1" in set(read(path).table("sites")["site"])
    assert read(path).digest == odd.digest


def test_a_workbook_is_not_replaced_unless_that_is_meant(tmp_path: Path) -> None:
    path = written(None, tmp_path)
    with pytest.raises(InputError, match="something of this name"):
        write_book(None, path)
    assert write_book(example("first-steps"), path, force=True) == path
    assert read(path) == example("first-steps")
    with pytest.raises(InputError, match="a workbook ends in"):
        write_book(None, tmp_path / "case.xls")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case.xlsx"]
