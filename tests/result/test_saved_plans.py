"""A plan on disk is the plan, all of it or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import diversify as dv
from diversify.errors import InputError
from diversify.result import storage
from diversify.result.plan import TABLES
from diversify.result.summary import summary
from diversify.testing import small_case, tiny_case
from tests.rows import bought, outage


def solved(**options: Any) -> dv.Plan:
    return dv.solve(
        tiny_case(),
        dv.ShareCap(by="country", share=0.6, stage="refine"),
        dv.ShortageBudget(measure="cvar", level=0.9, limit=0.1),
        dv.StockFloor(days=20),
        **options,
    )


@pytest.fixture(scope="module")
def plan() -> dv.Plan:
    return solved()


def drawn() -> dv.Plan:
    """A plan with draws, a decision and out-of-sample figures."""
    case = small_case(
        sites=[
            {"site": "A", "cost": 1, "capacity": 10, "fixed_cost": 1},
            {"site": "B", "cost": 2},
        ],
        hazards=[outage("A", 0.3)],
        **bought(50, "A", "B"),
    )
    return dv.solve(case, scenarios=30, seed=5, out_of_sample=50)


@pytest.mark.parametrize("make", [solved, drawn])
def test_a_plan_read_back_equals_the_one_that_was_saved(make: Any, tmp_path: Path) -> None:
    plan = make()
    back = dv.read_plan(plan.save(tmp_path / "deep" / "plan"))
    assert back == plan
    assert hash(back) == hash(plan)
    assert back.record == plan.record
    assert back.policies == plan.policies
    assert back.case == plan.case
    for name in TABLES:
        pd.testing.assert_frame_equal(back.table(name), plan.table(name), check_exact=True)
    assert summary(back) == summary(plan)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deep"]
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["plan"]


def test_a_plan_differs_from_one_of_which_anything_differs(plan: dv.Plan) -> None:
    other = dv.solve(tiny_case(), dv.ShareCap(by="country", share=0.6, stage="refine"))
    assert plan != other
    assert plan != "a plan"
    for name in TABLES:
        tables = {n: plan.table(n) for n in TABLES}
        tables[name] = tables[name].iloc[:-1]
        same = len(plan.table(name)) == 0
        assert (dv.Plan(plan.case, plan.policies, plan.record, tables) == plan) is same


TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zl", "Zp"), max_codepoint=0x2FFF),
    min_size=1,
    max_size=8,
)


@given(TEXT, TEXT, st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_any_number_come_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, row: str, price: float
) -> None:
    tables = {n: SAVED.table(n) for n in TABLES}
    tables["prices"] = pd.DataFrame(
        {"policy": [name], "row": [row], "price": [price], "unit": [f"={name}"]}
    )
    tables["stocks"]["days"] = float("nan")
    plan = dv.Plan(SAVED.case, SAVED.policies, SAVED.record, tables)
    folder = tmp_path_factory.mktemp("any") / "plan"
    assert dv.read_plan(plan.save(folder)) == plan


SAVED = solved()


def test_no_cell_of_a_saved_table_runs_as_a_formula(tmp_path: Path) -> None:
    tables = {n: SAVED.table(n) for n in TABLES}
    tables["prices"]["row"] = "=cmd()"
    folder = dv.Plan(SAVED.case, SAVED.policies, SAVED.record, tables).save(tmp_path / "plan")
    assert ",'=cmd()," in (folder / "prices.csv").read_text(encoding="utf-8")
    assert ",=cmd()" not in (folder / "prices.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("when", ["json", "table", "case"])
@pytest.mark.parametrize("replacing", [False, True])
def test_nothing_is_half_written_when_writing_fails(
    when: str, replacing: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plan"
    if replacing:
        drawn().save(folder)
        before = dv.read_plan(folder)

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space left on device")

    if when == "json":
        monkeypatch.setattr(storage.json, "dumps", fail)
    elif when == "table":
        monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    else:
        monkeypatch.setattr(dv.Case, "write", fail)
    with pytest.raises(OSError, match="no space left"):
        SAVED.save(folder, force=replacing)
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == (["plan"] if replacing else [])
    if replacing:
        assert dv.read_plan(folder) == before


def test_the_old_plan_stays_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = drawn().save(tmp_path / "plan")
    before = dv.read_plan(folder)
    real = Path.replace

    old = (folder / "plan.json").read_text(encoding="utf-8")

    def fail(self: Path, target: Path) -> Path:
        if Path(target) == folder and (self / "plan.json").read_text(encoding="utf-8") != old:
            raise OSError("the device is gone")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="device is gone"):
        SAVED.save(folder, force=True)
    monkeypatch.undo()
    assert dv.read_plan(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_an_existing_plan_is_replaced_only_if_asked(tmp_path: Path) -> None:
    folder = drawn().save(tmp_path / "plan")
    with pytest.raises(InputError, match="exists and is not empty"):
        SAVED.save(folder)
    assert dv.read_plan(SAVED.save(folder, force=True)) == SAVED


@pytest.mark.parametrize("beside_a_plan", [False, True])
def test_a_folder_with_anything_else_is_never_replaced(beside_a_plan: bool, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    if beside_a_plan:
        SAVED.save(folder)
    else:
        folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="something other than a plan"):
        SAVED.save(folder, force=True)
    assert (folder / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_folder_without_a_plan_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no plan\.json"):
        dv.read_plan(tmp_path)


def test_a_plan_of_a_newer_library_is_refused(tmp_path: Path) -> None:
    folder = SAVED.save(tmp_path / "plan")
    content = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    content["schema"] += 1
    (folder / "plan.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="install a newer diversify"):
        dv.read_plan(folder)


def test_a_plan_cannot_be_changed(plan: dv.Plan) -> None:
    with pytest.raises(AttributeError):
        plan.record = None  # type: ignore[misc]
    with pytest.raises(AttributeError):
        plan.anything = 1  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        plan.record.objective = 0.0  # type: ignore[misc]
    before = {name: plan.table(name) for name in TABLES}
    for name in TABLES:
        table = plan.table(name)
        for column in table.columns:
            table[column] = "changed"
        pd.testing.assert_frame_equal(plan.table(name), before[name], check_exact=True)
    shares = plan.shares("country")
    shares["share"] = 0.0
    pd.testing.assert_frame_equal(plan.table("shares"), before["shares"], check_exact=True)


def test_the_tables_given_to_a_plan_are_copied() -> None:
    tables = {n: SAVED.table(n) for n in TABLES}
    plan = dv.Plan(SAVED.case, SAVED.policies, SAVED.record, tables)
    for table in tables.values():
        for column in table.columns:
            table[column] = "changed"
    assert plan == SAVED
