"""Which lanes a trade measure covers, and how much of each period."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from diversify.case import Case
from diversify.case.measures import in_force, measured_lanes
from diversify.case.settings import Settings
from diversify.testing.cases import small_case

ENDS = [
    ("Mine CHN", "Plant CHN", "ore"),
    ("Mine CHN", "Plant DEU", "ore"),
    ("Mine FRA", "Plant DEU", "ore"),
    ("Plant CHN", "Plant DEU", "salt"),
    ("Plant CHN", "Europe", "salt"),
    ("Plant CHN", "Japan", "salt"),
    ("Plant DEU", "Europe", "salt"),
    ("Plant DEU", "Japan", "salt"),
]


def place() -> Case:
    """Two chains with one border inside a bloc, one out of it, and one inside a country."""
    return small_case(
        sites=[
            {"site": f"{what} {where}", "country": where, "stage": stage, "cost": 1}
            for what, where, stage in (
                ("Mine", "CHN", "mine"),
                ("Mine", "FRA", "mine"),
                ("Plant", "CHN", "refine"),
                ("Plant", "DEU", "refine"),
            )
        ],
        recipes=[
            {"site": "Mine CHN", "commodity": "ore"},
            {"site": "Mine FRA", "commodity": "ore"},
            {"site": "Plant CHN", "direction": "input", "commodity": "ore"},
            {"site": "Plant CHN", "commodity": "salt"},
            {"site": "Plant DEU", "direction": "input", "commodity": "ore"},
            {"site": "Plant DEU", "commodity": "salt"},
            {"site": "Plant DEU", "recipe": "again", "direction": "input", "commodity": "salt"},
            {"site": "Plant DEU", "recipe": "again", "commodity": "salt"},
        ],
        lanes=[{"origin": o, "destination": d, "commodity": c} for o, d, c in ENDS],
        commodities=[
            {"commodity": "ore", "material": "X", "price": 2.0},
            {"commodity": "salt", "material": "X", "price": 10.0},
        ],
        buyers=[{"buyer": "Europe", "country": "EU27"}, {"buyer": "Japan", "country": "JPN"}],
        demand=[{"buyer": b, "commodity": "salt", "quantity": 1} for b in ("Europe", "Japan")],
    )


def measured(**cells: Any) -> Case:
    row = {"measure": "M", "kind": "export_ban", "since": "2026", **cells}
    return place().with_table("measures", pd.DataFrame([row]))


@pytest.mark.parametrize(
    ("cells", "covered"),
    [
        ({"origin": "CHN"}, [1, 3, 4, 5]),
        ({"origin": "CHN", "stage": "mine"}, [1]),
        ({"origin": "CHN", "commodity": "salt"}, [3, 4, 5]),
        ({"origin": "Plant CHN"}, [3, 4, 5]),
        # A lane from a member to the buyer that is the bloc, or within the bloc, does not leave it.
        ({"origin": "EU27"}, [7]),
        ({"origin": "FRA"}, [2]),
        # The buyer is the whole bloc, of which the plant's country is a part: it stays at home.
        ({"origin": "DEU"}, [7]),
        ({"origin": "CHN", "destination": "EU27"}, [1, 3, 4]),
        ({"origin": "CHN", "destination": "DEU"}, [1, 3]),
        ({"origin": "CHN", "destination": "Europe"}, [4]),
        ({"origin": "CHN", "destination": "Plant DEU"}, [1, 3]),
        ({"kind": "import_quota", "destination": "EU27", "quantity": 0}, [1, 3, 4]),
        ({"kind": "import_quota", "destination": "JPN", "quantity": 0}, [5, 7]),
        ({"kind": "tariff", "tariff": 0.1}, [1, 2, 3, 4, 5, 7]),
    ],
)
def test_a_measure_covers_lanes_that_cross_its_border(
    cells: dict[str, Any], covered: list[int]
) -> None:
    # By hand from the list of ends.
    names = sorted("{}>{}:{}".format(*ENDS[i]) for i in covered)
    assert measured_lanes(measured(**cells)) == {"M": tuple(names)}


def quarters(since: str, until: str = "", months: float = float("inf")) -> list[float]:
    year = Settings(
        name="a", start="2027-01", periods=4, period="quarter", price_year=2025, discount_rate=0.0
    )
    return in_force(year, since, until, months)


def test_periods_are_covered_by_the_days_in_force() -> None:
    # Days of the quarters of 2027: 90, 91, 92, 92.
    assert quarters("2020") == [1, 1, 1, 1]
    assert quarters("2027-07-01") == [0, 0, 1, 1]
    assert quarters("2027-02-01", "2027-04-01") == pytest.approx([59 / 90, 1 / 91, 0, 0])
    assert quarters("2027-03-31", "2027-03-31") == pytest.approx([1 / 90, 0, 0, 0])
    assert quarters("2026", "2026") == [0, 0, 0, 0]


def test_a_delay_lasts_so_many_calendar_months() -> None:
    assert quarters("2027-01-01", months=3) == [1, 0, 0, 0]
    assert quarters("2027-01-01", months=4.5) == pytest.approx([1, 45.5 / 91, 0, 0])
    assert quarters("2027-01-01", "2027-02-28", months=9) == pytest.approx([59 / 90, 0, 0, 0])
    assert quarters("2027-01-01", months=0) == [0, 0, 0, 0]
    assert quarters("2027-01-01", months=1e6) == [1, 1, 1, 1]


def test_units_and_years_of_prices_are_converted() -> None:
    case = place().with_table(
        "measures",
        pd.DataFrame(
            [
                {"measure": "a quota", "kind": "export_quota", "origin": "CHN", "since": "2026",
                 "quantity": 1.2, "unit": "kt", "per": "month"},
                {"measure": "b floor", "kind": "price_floor", "origin": "CHN", "since": "2026",
                 "price": 3, "price_unit": "USD/kg"},
            ]
        ),
    )  # fmt: skip
    table = case.table("measures")
    assert table["quantity"].tolist()[:1] == [14_400]
    assert table["price"].tolist()[1:] == [3_000]
    assert table["announced"].tolist() == [True, True]


def test_a_case_of_some_buyers_keeps_the_measures_that_concern_them() -> None:
    rows = [
        {"measure": "to Japan", "kind": "tariff", "tariff": 0.1, "since": "2026",
         "destination": "Japan"},
        {"measure": "to all", "kind": "tariff", "tariff": 0.1, "since": "2026", "origin": "CHN"},
    ]  # fmt: skip
    case = place().with_table("measures", pd.DataFrame(rows))
    assert case.for_buyers("Europe").table("measures")["measure"].tolist() == ["to all"]
    assert len(case.for_buyers("Japan").table("measures")) == 2


def test_a_case_without_measures_is_the_case_that_it_was() -> None:
    case = place()
    again = case.with_table("measures", None)
    assert case == again
    assert case.table("measures").empty
    changed = measured(origin="CHN")
    assert changed.digest != case.digest
    assert changed.with_table("measures", None) == case
