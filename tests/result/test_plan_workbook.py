"""A plan as a workbook holds what its tables hold, and no formula."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import diversify as dv
from diversify.cli import main
from diversify.errors import InputError


@pytest.fixture(scope="module")
def plan() -> dv.Plan:
    return dv.solve(dv.example("first-steps"))


def test_every_table_comes_back_from_the_workbook(plan: dv.Plan, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(plan.to_excel(tmp_path / "plan.xlsx"))
    assert book.sheetnames == ["answer", "policies", *plan.tables]
    for name in plan.tables:
        frame = plan.table(name)
        head, *rows = book[name].iter_rows(values_only=True)
        assert list(head) == list(frame.columns)
        assert len(rows) == len(frame)
        for found, given in zip(rows, frame.itertuples(index=False), strict=True):
            for cell, value in zip(found, given, strict=True):
                assert same(cell, value), (name, cell, value)


def same(cell: Any, value: Any) -> bool:
    if isinstance(value, bool):
        return cell == ("yes" if value else "no")
    if isinstance(value, float):
        if math.isnan(value):
            return cell is None
        if not math.isfinite(value):
            return cell == ("inf" if value > 0 else "-inf")
        return math.isclose(cell, value, rel_tol=1e-15)  # a workbook has 16 digits
    return (cell or "").removeprefix("'") == str(value).removeprefix("'")


def test_the_answer_names_cost_certificate_and_digests(plan: dv.Plan, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(plan.to_excel(tmp_path / "plan.xlsx"))
    answer = dict(book["answer"].iter_rows(min_row=2, max_col=2, values_only=True))
    assert answer["expected cost [USD, present value]"] == pytest.approx(11.75)
    assert answer["certificate, gap"] <= 1e-6
    assert answer["digest of case"] == plan.case.digest
    (rule,) = book["policies"].iter_rows(min_row=2, values_only=True)
    assert rule[0] == "at most 65 % from one country"
    assert rule[2:] == (0.65, plan.policies[0].sentence())


def test_no_cell_of_a_plan_is_a_formula(tmp_path: Path) -> None:
    case = dv.example("first-steps")
    tables = {name: case.raw(name) for name in case.tables}
    evil = '=HYPERLINK("A1")'
    for name, column in (("sites", "site"), ("recipes", "site"), ("lanes", "origin")):
        tables[name] = tables[name].replace({column: {"A1": evil}})
    plan = dv.solve(dv.Case.from_frames(case.settings, tables))
    book = openpyxl.load_workbook(plan.to_excel(tmp_path / "plan.xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert f"'{evil}" in {cell.value for cell in cells}


def test_a_file_that_is_there_is_kept(plan: dv.Plan, tmp_path: Path) -> None:
    path = plan.to_excel(tmp_path / "plan.xlsx")
    with pytest.raises(InputError, match="something of this name"):
        plan.to_excel(path)
    assert plan.to_excel(path, force=True) == path


def test_the_program_writes_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template, out = tmp_path / "t.xlsx", tmp_path / "out"
    assert main(["init", "--excel", str(template)]) == 0
    assert main(["init", "--excel", str(template)]) == 2
    assert "something of this name" in capsys.readouterr().err
    case = tmp_path / "japan.xlsx"
    assert main(["init", "--excel", str(case), "--material", "gallium", "--buyer", "JPN"]) == 0
    assert dv.read(case).buyers == ("JPN",)
    command = ["solve", "first-steps", "--quiet", "--out", str(out), "--excel"]
    assert main(command) == 0
    assert {"plan.json", "plan.xlsx"} <= {path.name for path in out.iterdir()}
    assert main([*command, "--force"]) == 0
    assert dv.read_plan(out) is not None
    assert main(["solve", "first-steps", "--excel"]) == 2
    assert "--out DIR" in capsys.readouterr().err
    assert main(["init", "--quiet"]) == 2
    assert main(["init"]) == 2
    assert "--excel" in capsys.readouterr().err
