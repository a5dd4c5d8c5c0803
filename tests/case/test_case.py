"""What a case says: normalised tables, buyers, places, periods and what hazards strike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from diversify.case import Case, read
from diversify.case.matching import Struck
from diversify.case.normalise import NORMAL
from diversify.errors import InputError

TINY = Path(__file__).parent / "tiny"


@pytest.fixture(scope="module")
def case() -> Case:
    return read(TINY)


def made(case: Case, settings: dict[str, Any] | None = None, **tables: pd.DataFrame) -> Case:
    """The case with some settings and tables replaced."""
    base = case.settings.model_dump(by_alias=True) | (settings or {})
    return Case.from_frames(base, {n: case.raw(n) for n in case.tables} | tables)


def without(case: Case, *names: str, **settings: Any) -> Case:
    """The case without some tables."""
    tables = {name: case.raw(name) for name in case.tables if name not in names}
    return Case.from_frames(case.settings.model_dump(by_alias=True) | settings, tables)


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


def test_every_table_has_its_columns_and_types(case: Case) -> None:
    types = {"float": "float64", "int": "int64", "bool": "bool"}
    for name, columns in NORMAL.items():
        table = case.table(name)
        assert list(table.columns) == list(columns)
        for column, kind in columns.items():
            if kind == "str":
                assert all(isinstance(cell, str) for cell in table[column])
            else:
                assert table[column].dtype == types[kind]


def test_a_table_that_was_not_given_is_empty_with_its_columns_and_types(case: Case) -> None:
    bare = without(case, "hazards", "scenarios")
    for name in ("hazards", "scenarios"):
        assert bare.table(name).empty
        assert bare.table(name).dtypes.astype(str).tolist() == (
            case.table(name).dtypes.astype(str).tolist()
        )


def test_tables_are_fresh_copies(case: Case) -> None:
    table = case.table("sites")
    table.loc[:, "cost"] = 0.0
    assert case.table("sites")["cost"].tolist() == [2000, 2500, 3000]


def test_an_unknown_table_is_refused(case: Case) -> None:
    with pytest.raises(InputError, match="did you mean 'lanes'"):
        case.table("lane")


def test_commodities_and_contents(case: Case) -> None:
    assert rows(case.table("commodities")) == [
        ("metal", "cobalt", "contained Co", 30000.0),
        ("ore", "cobalt", "contained Co", 10000.0),
    ]
    assert rows(case.table("contents")) == [("metal", "cobalt", 1.0), ("ore", "cobalt", 1.0)]


def test_contents_of_a_concentrate_replace_its_own_material(case: Case) -> None:
    given = {"commodity": ["ore", "ore"], "material": ["cobalt", "nickel"], "content": [0.9, 0.1]}
    recipes = case.raw("recipes")
    recipes.loc[3, "yield"] = 0.8
    table = made(case, contents=pd.DataFrame(given), recipes=recipes).table("contents")
    assert rows(table) == [
        ("metal", "cobalt", 1.0),
        ("ore", "cobalt", 0.9),
        ("ore", "nickel", 0.1),
    ]


def test_sites_are_in_tonnes_a_period_and_dollars(case: Case) -> None:
    # Time to recover, emissions and radioactive residues are not given.
    unsaid = (0.0, 0.0, 0.0)
    assert rows(case.table("sites")) == [
        ("Mine A", "COD", "Acme", "mine", 1000.0, 2000.0, 0.0, 0.0, 0.0, *unsaid),
        ("Mine B", "AUS", "Boulder", "mine", 450.0, 2500.0, 3e6, 60.0, 9.0, *unsaid),
        ("Refinery", "FIN", "Boulder", "refine", 900.0, 3000.0, 0.0, 0.0, 0.0, *unsaid),
    ]


def test_recipes_have_yields(case: Case) -> None:
    assert rows(case.table("recipes"))[2:] == [
        ("Refinery", "refine", "input", "ore", 1.0, 1.0),
        ("Refinery", "refine", "output", "metal", 1.0, 0.9),
    ]


def test_lanes_are_named_and_complete(case: Case) -> None:
    table = case.table("lanes").set_index("lane")
    assert table.loc["Mine B>Refinery:ore"].tolist() == [
        "Mine B", "Refinery", "ore", 90.0, 0.0, 300.0, 0.0, 0.0, 0.0, 0.0, 0.0,
        "", 0.0,
    ]  # fmt: skip
    assert table.loc["Refinery>Japan:metal", "tariff"] == 0.05


def test_demand_is_expanded_to_every_period_in_the_basis_of_the_commodity(case: Case) -> None:
    assert rows(case.table("demand")) == [
        ("Europe", "metal", 1, 100.0, False),
        ("Europe", "metal", 2, 100.0, False),
        ("Europe", "metal", 3, 200.0, True),
        ("Europe", "metal", 4, pytest.approx(73.4), False),
        *(("Japan", "metal", period, 400.0, False) for period in (1, 2, 3, 4)),
    ]


def test_stocks_are_per_period(case: Case) -> None:
    (row,) = rows(case.table("stocks"))
    assert row[:5] == ("Japan", "metal", 50.0, np.inf, 500.0)
    assert row[5] == pytest.approx(1 - 0.96**0.25)
    assert row[6] == 0.2


def test_a_stock_in_another_basis_is_converted_with_its_holding_cost(case: Case) -> None:
    stocks = case.raw("stocks").assign(basis="tonnes of Co3O4")
    table = made(case, stocks=stocks).table("stocks")
    assert table.loc[0, "initial"] == pytest.approx(50 * 0.734)
    assert table.loc[0, "holding_cost"] == pytest.approx(500 / 0.734)


def test_hazards_and_scenarios_are_complete(case: Case) -> None:
    hazards = case.table("hazards").set_index("hazard")
    assert hazards.loc["export ban", "exports_only"]
    assert np.isnan(hazards.loc["boom", "rate_per_year"])
    assert hazards.loc["fire", ["stage", "commodity", "destination"]].tolist() == ["", "", ""]
    scenarios = case.table("scenarios")
    assert len(scenarios) == 2 * 3 * 4
    values = scenarios.set_index(["scenario", "hazard", "period"])["value"]
    assert values["bad year", "fire"].tolist() == [1.0, 0.5, 1.0, 1.0]
    assert values["bad year", "export ban"].tolist() == [0.0] * 4


def test_what_scenarios_leave_out_is_undisturbed_where_the_case_says_so(case: Case) -> None:
    short = case.raw("scenarios").iloc[[0, 3]]
    with pytest.raises(InputError, match="says nothing about boom, fire"):
        made(case, scenarios=short)
    table = made(case, {"scenarios": {"missing": "available"}}, scenarios=short).table("scenarios")
    assert len(table) == 2 * 3 * 4
    assert table.loc[table["hazard"] != "export ban", "value"].eq(1).all()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"probability": 0.2}, "add up to 0.95, not 1"),
        ({"value": 1.5}, "availability is a fraction"),
        ({"scenario": "Bad Year"}, "differs only in case"),
    ],
)
def test_wrong_scenarios_are_refused(case: Case, edit: dict[str, Any], message: str) -> None:
    table = case.raw("scenarios")
    for column, value in edit.items():
        table.loc[8 if column == "scenario" else 3 :, column] = value
    with pytest.raises(InputError, match=message):
        made(case, scenarios=table)


def test_a_probability_that_changes_within_a_scenario_is_refused(case: Case) -> None:
    table = case.raw("scenarios")
    table.loc[4, "probability"] = 0.3
    with pytest.raises(InputError, match="has another probability"):
        made(case, scenarios=table)


def test_scenarios_come_from_the_table_if_there_is_one(case: Case) -> None:
    assert case.scenario_source == "listed"
    assert without(case, "scenarios").scenario_source == "hazards"
    assert made(case, {"scenarios": {"source": "hazards"}}).scenario_source == "hazards"
    with pytest.raises(InputError, match="the table scenarios, which is not there"):
        without(case, "scenarios", scenarios={"source": "listed"})


@pytest.mark.parametrize(
    ("start", "period", "labels"),
    [
        ("2026-01", "quarter", ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4")),
        ("2026-11", "month", ("2026-11", "2026-12", "2027-01", "2027-02")),
        ("2026-01", "year", ("2026", "2027", "2028", "2029")),
        ("2026-02", "quarter", ("2026-02 to 2026-04", "2026-05 to 2026-07",
                                "2026-08 to 2026-10", "2026-11 to 2027-01")),
    ],
)  # fmt: skip
def test_periods_have_labels(case: Case, start: str, period: str, labels: tuple[str, ...]) -> None:
    other = made(case, {"start": start, "period": period})
    assert other.period_labels == labels
    assert other.periods == 4
    assert other.period_years == {"month": 1 / 12, "quarter": 0.25, "year": 1.0}[period]


def test_places_are_countries_blocs_and_buyers(case: Case) -> None:
    assert case.countries_of("JPN") == {"JPN"}
    assert case.countries_of("Japan") == {"JPN"}
    assert case.countries_of("CLUB") == {"JPN", "FIN"}
    assert len(case.countries_of("EU27")) == len(case.countries_of("Europe")) == 27
    with pytest.raises(InputError, match="did you mean 'CLUB'"):
        case.countries_of("CLUBB")


def test_blocs_are_those_of_the_first_day(case: Case) -> None:
    early = made(case, {"start": "2019-06"}, blocs=pd.DataFrame(
        {"bloc": ["CLUB"], "country": ["JPN"], "since": ["2015"]}
    ))  # fmt: skip
    assert "GBR" in early.countries_of("EU")
    assert "GBR" not in case.countries_of("EU")
    assert "FIN" not in early.countries_of("NATO")


def test_a_buyer_named_like_another_country_is_warned_of(case: Case) -> None:
    buyers = case.raw("buyers").replace({"JPN": "KOR"})
    tables = {n: case.raw(n).replace({"Japan": "CHN"}) for n in case.tables} | {
        "buyers": buyers.replace({"Japan": "CHN"})
    }
    (warning,) = Case.from_frames(case.settings, tables).warnings
    assert (warning.code, warning.column, warning.value) == ("B33", "buyer", "CHN")


def test_the_buyers_are_sorted(case: Case) -> None:
    assert case.buyers == ("Europe", "Japan")


def test_a_case_of_one_buyer_has_only_what_concerns_it(case: Case) -> None:
    japan = case.for_buyers("Japan")
    assert japan.buyers == japan.settings.buyer == ("Japan",)
    for name in ("demand", "shortages", "stocks"):
        assert set(japan.table(name)["buyer"]) == {"Japan"}
    assert "Refinery>Europe:metal" not in set(japan.table("lanes")["lane"])
    assert set(japan.table("hazards")["hazard"]) == {"export ban", "fire"}
    assert set(japan.table("scenarios")["hazard"]) == {"export ban", "fire"}
    assert japan.table("scenarios").groupby("scenario")["probability"].first().sum() == 1
    assert japan.digest != case.digest


def test_a_case_of_one_buyer_without_stock_has_no_stocks(case: Case) -> None:
    assert case.for_buyers("Europe").table("stocks").empty


def test_a_case_of_all_its_buyers_is_the_case(case: Case) -> None:
    assert case.for_buyers("Japan", "Europe") is case


def test_an_unknown_buyer_is_refused(case: Case) -> None:
    with pytest.raises(InputError, match="did you mean 'Japan'"):
        case.for_buyers("Jpan")
    with pytest.raises(InputError, match="buyers: Europe, Japan"):
        case.for_buyers()


def hazard(**cells: Any) -> pd.DataFrame:
    empty = {"hazard": "h", "kind": "outage", "stage": None, "commodity": None,
             "exports_only": None, "destination": None}  # fmt: skip
    return pd.DataFrame([empty | cells])


A, B = "Mine A>Refinery:ore", "Mine B>Refinery:ore"
TO_EUROPE, TO_JAPAN = "Refinery>Europe:metal", "Refinery>Japan:metal"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"by": "site", "name": "Mine A"}, Struck(sites=("Mine A",))),
        ({"by": "owner", "name": "Boulder"}, Struck(sites=("Mine B", "Refinery"))),
        ({"by": "owner", "name": "Boulder", "stage": "mine"}, Struck(sites=("Mine B",))),
        ({"by": "country", "name": "FIN"}, Struck(sites=("Refinery",))),
        ({"by": "bloc", "name": "CLUB"}, Struck(sites=("Refinery",))),
        ({"by": "lane", "name": A}, Struck(lanes=(A,))),
        ({"by": "buyer", "name": "Japan"}, Struck(lanes=(TO_JAPAN,))),
        ({"by": "commodity", "name": "ore"}, Struck(lanes=(A, B))),
        ({"by": "country", "name": "COD", "commodity": "ore"}, Struck(lanes=(A,))),
        ({"by": "country", "name": "FIN", "exports_only": True}, Struck(lanes=(TO_JAPAN,))),
        ({"by": "country", "name": "FIN", "destination": "Europe"}, Struck(lanes=(TO_EUROPE,))),
        (
            {"kind": "demand", "by": "buyer", "name": "Japan"},
            Struck(demand=(("Japan", "metal"),)),
        ),
        (
            {"kind": "demand", "by": "commodity", "name": "metal", "destination": "Europe"},
            Struck(demand=(("Europe", "metal"),)),
        ),
        ({"kind": "demand", "by": "bloc", "name": "EU27"}, Struck(demand=(("Europe", "metal"),))),
    ],
)
def test_a_hazard_strikes_what_it_names(
    case: Case, cells: dict[str, Any], expected: Struck
) -> None:
    bare = without(case, "scenarios", "hazards")
    assert made(bare, hazards=hazard(**cells)).exposure() == {"h": expected}


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"by": "site", "name": "Mine A", "kind": "demand"}, "by"),
        ({"by": "buyer", "name": "Japan", "kind": "demand", "stage": "mine"}, "stage"),
        ({"by": "site", "name": "Mine A", "rate_per_year": 0.1, "severity": 1}, "duration_months"),
        ({"by": "site", "name": "Mine A", "severity": 1.5}, "severity"),
        ({"by": "country", "name": "Congo"}, "name"),
    ],
)
def test_a_hazard_that_is_not_complete_is_refused(
    case: Case, cells: dict[str, Any], column: str
) -> None:
    bare = without(case, "scenarios", "hazards")
    with pytest.raises(InputError) as caught:
        made(bare, hazards=hazard(**cells))
    assert column in {finding.column for finding in caught.value.findings}


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "message"),
    [
        ("sites", 1, "minimum_offtake", 200.0, "more than capacity"),
        ("shortages", 1, "cost", 50.0, "less than the tier before it"),
        ("shortages", 2, "buyer", "Japan", "same buyer"),
        ("contents", 0, "content", 1.0, "more than 1"),
        ("recipes", 2, "yield", 0.5, "a yield of an input"),
        ("recipes", 3, "direction", "input", "has no output"),
        ("sites", 0, "site", "Mine > A", "'>' and ':' part the names"),
        ("buyers", 0, "buyer", "refinery", "the site 'Refinery' has the same name"),
        ("lanes", 0, "destination", "Mine A", "the lane ends where it begins"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(
    case: Case, table: str, row: int, column: str, value: object, message: str
) -> None:
    contents = {"commodity": ["ore", "ore"], "material": ["cobalt", "nickel"],
                "content": [0.95, 0.05]}  # fmt: skip
    recipes = case.raw("recipes")
    recipes.loc[3, "yield"] = 0.8
    good = made(case, contents=pd.DataFrame(contents), recipes=recipes)
    frame = good.raw(table)
    frame.loc[row, column] = value
    with pytest.raises(InputError, match=message):
        made(good, **{table: frame})


def test_demand_that_may_fall_short_needs_a_cost_of_shortage(case: Case) -> None:
    table = case.raw("shortages").iloc[:2]
    with pytest.raises(InputError, match="nothing says what it costs 'Europe' to go without"):
        made(case, shortages=table)
    demand = case.raw("demand")
    demand["firm"] = True
    assert made(case, shortages=table, demand=demand).table("demand")["firm"].all()


def test_demand_from_stock_alone_is_warned_of(case: Case) -> None:
    lanes = case.raw("lanes").drop(2)
    codes = {(w.code, w.table, w.row) for w in made(case, lanes=lanes).warnings}
    assert codes == {("B40", "demand", 0)}


@pytest.mark.parametrize(
    ("settings", "column"),
    [
        ({"periods": 0}, "periods"),
        ({"start": "2026"}, "start"),
        ({"period": "week"}, "period"),
        ({"currency": "EUR"}, "currency"),
        ({"discount_rate": 7.0}, "discount_rate"),
        ({"price_year": "2025"}, "price_year"),
        ({"name": "two words"}, "name"),
        ({"scenarios": {"cout": 3}}, "scenarios.cout"),
        ({"limits": {"max_columns": 0}}, "limits.max_columns"),
        ({"deflator": {2020: -1.0}}, "deflator.2020"),
        ({"policy": {"kind": "share_cap"}}, "policy"),
        ({"schema": True}, "schema"),
    ],
)
def test_wrong_settings_are_refused(case: Case, settings: dict[str, Any], column: str) -> None:
    with pytest.raises(InputError) as caught:
        made(case, settings)
    (finding,) = caught.value.findings
    assert (finding.table, finding.column) == ("case", column)
    assert finding.remedy


def test_a_case_says_what_it_is(case: Case) -> None:
    assert repr(case).startswith("<Case 'tiny': 3 sites, 4 lanes, 2 buyers, 4 quarters, ")
