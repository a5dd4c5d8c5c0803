"""The story of the rare earths of 2010: its code runs, and every number in its tables comes out."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

import diversify as dv

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "stories" / "rare-earths-2010.md"
CASE = ROOT / "data" / "cases" / "rare-earths-2010"
TEXT = PAGE.read_text("utf-8")
played = pytest.mark.slow


def rows(first: str) -> dict[str, list[str]]:
    """Return the table of the page whose head begins so: name of each row to its cells."""
    lines = TEXT.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(first)) + 2
    found = {}
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        found[name] = cells
    return found


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What the code of the page leaves behind."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  what the page says is what is run
    return names


def close(text: str, value: float) -> bool:
    """Whether a number is as it is printed, to the last digit that is printed."""
    digits = len(text.partition(".")[2])
    return abs(float(text) - value) <= 0.51 * 10**-digits


@played
def test_the_table_of_a_year_before(told: dict[str, Any]) -> None:
    table = rows("| plan | days in store |")
    assert list(table) == list(told["plans"])
    year = told["found"].yearly.set_index("plan")
    for name, (days, china, cost, more) in table.items():
        plan = told["plans"][name]
        share = plan.shares("country").set_index("name").loc["CHN", "share"]
        assert close(days, plan.stocks["days"].sum()), name
        assert close(china, 100 * share), name
        assert close(cost, year.loc[name, "cost_per_year"] / 1e6), name
        assert close(more, year.loc[name, "premium_per_year"] / 1e6), name


@played
def test_the_table_of_the_embargo(told: dict[str, Any]) -> None:
    table = rows("| plan | short, % |")
    found = told["found"].table.set_index("plan")
    assert list(table) == list(found.index)
    for name, (short, days, lost, dearer, extra, score) in table.items():
        row = found.loc[name]
        assert close(short, 100 * row["shortage"]), name
        assert close(lost, row["lost_output"] / 1e6), name
        assert close(dearer, row["price_effect"] / 1e6), name
        assert close(score, row["score"]), name
        if name == "clairvoyant":
            assert (days, extra) == ("", "")
            continue
        assert close(days, row["days_survived"]), name
        assert close(extra, row["extra_cost"] / 1e6), name


@played
@pytest.mark.parametrize("chance", list(rows("| chance |")))
def test_what_is_believed_decides_what_is_held_without_a_rule(chance: str) -> None:
    case = dv.example("rare-earths-2010")
    table, p = case.raw("scenarios"), float(chance)
    table["probability"] = [1 - 2 * p if name == "calm" else p for name in table["scenario"]]
    plan = dv.solve(case.with_table("scenarios", table), case_policies=False)
    assert close(rows("| chance |")[chance][0], plan.stocks["days"].sum())


@played
def test_the_stock_without_a_rule_lasts_as_long_as_arithmetic_says(told: dict[str, Any]) -> None:
    """72 % of the nine tenths from China are missing from July on, and the stock is drawn."""
    stock = told["plans"]["no rule"].stocks["tonnes"].sum()
    missing = 0.72 * 0.9 * 31_000 / 12
    rows_of = told["found"].table.set_index("plan")
    grid = 18 * 365 / 12 / 256
    assert rows_of.loc["no rule", "days_survived"] == pytest.approx(
        stock / missing * 365 / 12, abs=grid
    )


@played
def test_what_the_page_says_in_words_holds(told: dict[str, Any]) -> None:
    found, year = told["found"].table.set_index("plan"), told["found"].yearly.set_index("plan")
    plans = year.index
    assert year["premium_per_year"].drop("cap and 60 days").idxmax() == "65 % cap"
    assert found.loc["65 % cap", "days_survived"] == 0
    assert found.loc["65 % cap", "lost_output"] < found.loc["no rule", "lost_output"]
    assert found.loc["65 % cap", "price_effect"] > found.loc["no rule", "price_effect"]
    both, stock = found.loc["cap and 60 days"], found.loc["stock, 60 days"]
    assert both["days_survived"] > stock["days_survived"]
    assert found.loc[plans, "extra_cost"].idxmin() == "stock, 180 days"
    for name in ("N-1", "CVaR budget"):
        more = year.loc[name, "premium_per_year"]
        assert 7.5e6 < more < 11e6
        assert more < 0.04 * year.loc["no rule", "cost_per_year"]


def test_every_row_of_the_case_has_a_source_and_says_whether_it_was_checked() -> None:
    def read(path: Path) -> list[dict[str, str]]:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    known = {row["source"] for row in read(CASE / "sources.csv")}
    for path in sorted(CASE.glob("*.csv")):
        if path.name == "sources.csv":
            continue
        for row in read(path):
            assert row["source"] in known
            assert row["licence"]
            assert row["note"]
            assert row["verified"] == "no"  # read in secondary texts at best
            assert bool(row["source_page"]) == (row["source"] != "assumed")


def test_the_case_has_the_numbers_that_the_page_calls_known() -> None:
    case = dv.example("rare-earths-2010")
    assert case.table("demand")["quantity"].sum() == pytest.approx(2 * 31_000)
    first = case.table("shortages")["share"][0]
    assert first == pytest.approx(1 - 23_000 / 31_000, abs=0.003)
    size = case.table("sites").set_index("site")["capacity"] * 12
    assert size["china"] == pytest.approx(50_145)
    assert size["others"] == pytest.approx(0.1 * 31_000)
