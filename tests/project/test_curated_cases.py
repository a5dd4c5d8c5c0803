"""The bundled cases: read quickly, sourced, and solved for the four buyers."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from checkout import ROOT

import diversify as dv

CASES = ROOT / "data" / "cases"
NAMES = ("battery", "gallium-germanium", "platinum-group", "quartz", "tungsten-antimony")
BUYERS = ("EU27", "USA", "JPN", "CHN")


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_a_bundled_case_is_read_within_a_second_and_without_warnings(name: str) -> None:
    dv.read(CASES / "first-steps")  # what is loaded once does not count
    since = time.process_time()  # of this process: others may run beside it
    case = dv.read(CASES / name)
    assert time.process_time() - since < 1
    assert not case.warnings


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_a_known_source_a_licence_and_says_whether_it_was_checked(name: str) -> None:
    folder = CASES / name
    known = {row["source"] for row in _rows(folder / "sources.csv")}
    for path in sorted(folder.glob("*.csv")):
        for line, row in enumerate(_rows(path), 2):
            where = f"{path.name}:{line}"
            assert row["source"] in known, where
            assert row["licence"], where
            if path.name == "sources.csv":
                continue
            assert row["verified"] in ("yes", "no"), where
            assert row["note"], where
            checkable = row["source"] not in ("assumed", "MEMORY")
            assert row["year"] or not checkable, where
            assert row["verified"] == "no" or checkable, where


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_tells_what_is_assumed_and_what_the_case_shows(name: str) -> None:
    text = (CASES / name / "README.md").read_text("utf-8")
    for heading in ("## The story", "## How it works", "## What is assumed", "## What comes out"):
        assert heading in text
    assert "illustrative" in text.lower()
    assert f"diversify solve {name}" in text


@pytest.mark.parametrize("name", NAMES)
def test_every_buyer_can_be_planned_for(name: str) -> None:
    case = dv.read(CASES / name)
    assert set(case.buyers) == set(BUYERS)
    for buyer in BUYERS:
        alone = case.for_buyers(buyer)
        assert (alone.table("hazards")["rate_per_year"] > 0).any()
        assert alone.settings.buyer == (buyer,)


@pytest.mark.parametrize("name", ["quartz", "gallium-germanium"])
def test_small_cases_solve_at_once(name: str) -> None:
    plan = dv.solve(dv.read(CASES / name), scenarios=5, seed=1, out_of_sample=0)
    assert (plan.status, plan.point) == ("optimal", "certified")


@pytest.mark.slow
@pytest.mark.parametrize("buyer", BUYERS)
@pytest.mark.parametrize("name", NAMES)
def test_each_case_solves_for_each_buyer(name: str, buyer: str) -> None:
    plan = dv.solve(
        dv.read(CASES / name), buyer=buyer, scenarios=8, seed=1, out_of_sample=0, method="extensive"
    )
    assert (plan.status, plan.point) == ("optimal", "certified")


def test_quartz_has_the_figures_of_its_source() -> None:
    """One interview (table production, source MITTR-2023; table tariffs)."""
    case = dv.read(CASES / "quartz")
    size = case.table("sites").set_index("site")["capacity"] * 12
    leaders = size["spruce_pine_sibelco"] + size["drag_tqc"]
    assert leaders == pytest.approx(180_000)
    assert size["pacific_quartz"] == pytest.approx(5_000)
    assert size["pacific_quartz"] + size["pacific_quartz_growth"] == pytest.approx(20_000)
    lanes = case.table("lanes")
    duty = lanes[(lanes["origin"] == "spruce_pine_sibelco") & (lanes["destination"] == "CHN")]
    assert duty["tariff"].tolist() == [0.16]
    assert case.settings.buyer == ("CHN",)


def test_sodium_cells_need_no_lithium_cobalt_or_nickel() -> None:
    recipes = dv.read(CASES / "battery").table("recipes")
    sodium = recipes[recipes["site"].str.contains("_sodium_")]
    assert set(sodium[sodium["direction"] == "input"]["commodity"]) == {"cell_kit", "manganese"}


def test_demand_for_cells_grows_as_the_table_says() -> None:
    """Lithium of clean energy, stated policies, 2040 over 2030 (table demand)."""
    from diversify import data

    world = data.table("demand", material="lithium", use="clean energy", scenario="STEPS")
    tonnes = world.set_index("year")["tonnes"]
    cells = dv.read(CASES / "battery").table("demand")
    own = cells[cells["buyer"] == "EU27"].set_index("period")["quantity"]
    assert own[15] / own[5] == pytest.approx(tonnes[2040] / tonnes[2030], rel=1e-4)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
