"""The table dictionary, the JSON Schema, units, codes and the bundled tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from diversify.case import toml
from diversify.case.bundled import data_path
from diversify.case.codes import (
    aliases,
    bundled_members,
    countries,
    country_problem,
    is_user_assigned,
    read_date,
)
from diversify.case.dictionary import TABLES
from diversify.case.normalise import NORMAL
from diversify.case.parsing import Refused, number_text, read_number
from diversify.case.schema import describe, json_schema
from diversify.case.units import per_period, to_dollars, to_dollars_per_tonne, to_tonnes


def test_every_column_has_a_meaning_of_one_sentence() -> None:
    for row in describe():
        meaning = row["meaning"]
        assert meaning.endswith("."), row
        assert "\n" not in meaning


def test_every_number_has_a_unit_and_a_range() -> None:
    for row in describe():
        if row["type"] == "number":
            assert row["unit"], row
            assert row["range"], row


def test_every_key_and_reference_is_a_column() -> None:
    columns = {(t.name, c.name) for t in TABLES.values() for c in t.columns}
    for table in TABLES.values():
        assert all((table.name, key) in columns for key in table.key)
        for column in table.columns:
            assert all(tuple(ref.split(".")) in columns for ref in column.refers)
            for partner in (column.unit_column, column.per_column):
                assert not partner or (table.name, partner) in columns


def test_every_table_is_normalised() -> None:
    assert set(NORMAL) == set(TABLES)


def test_the_json_schema_has_every_table_and_setting() -> None:
    schema = json_schema()
    tables = schema["properties"]["tables"]
    assert set(tables["properties"]) == set(TABLES)
    assert tables["required"] == ["commodities", "buyers", "sites", "recipes", "lanes", "demand"]
    lanes = tables["properties"]["lanes"]["items"]["properties"]
    assert lanes["tariff"]["minimum"] == 0
    assert lanes["quota"]["anyOf"][1] == {"const": "inf"}
    assert "price_year" in schema["properties"]["case"]["properties"]
    assert set(schema["$defs"]) == {"Limits", "ScenarioSettings"}


def test_units_convert_exactly() -> None:
    assert to_tonnes(1, "Mt") == 1e6
    assert to_tonnes(7, "kg") == 0.007
    assert to_tonnes(1, "lb") == 0.45359237e-3
    assert to_tonnes(1e6, "oz_t") == 31.1034768
    assert to_dollars(2, "BUSD") == 2e9
    assert to_dollars_per_tonne(0.1, "USD/kg") == 100
    assert to_dollars_per_tonne(1, "USD/lb") == pytest.approx(2204.62262)
    assert to_dollars_per_tonne(1000, "USD/oz_t") == pytest.approx(32_150_746.57)
    assert to_dollars_per_tonne(3, "kUSD/t") == 3000


def test_rates_convert_between_periods() -> None:
    assert per_period(100, "month", "year") == 1200
    assert per_period(1200, "year", "month") == 100
    assert per_period(5, "period", "quarter") == 5


@pytest.mark.parametrize(
    ("text", "value"),
    [("1200", 1200), ("0.125", 0.125), ("1.234", 1.234), ("-0", 0), ("1e-3", 1e-3), ("+5.", 5),
     (".5", 0.5), ("12.5", 12.5), ("0.100", 0.1), ("1234.500", 1234.5)],
)  # fmt: skip
def test_clear_numbers_are_read(text: str, value: float) -> None:
    assert read_number(text) == value
    assert str(read_number("-0")) == "0.0"


@pytest.mark.parametrize(("text", "value"), [("0,45", 0.45), ("1200", 1200.0), ("1,200", 1.2)])
def test_decimal_commas_are_read_where_they_are_said_to_be(text: str, value: float) -> None:
    assert read_number(text, ",") == value


@pytest.mark.parametrize("text", ["1.200", "1.200,5", "1.200.000", "12,5%", "1,2,3"])
def test_other_forms_are_refused_among_decimal_commas(text: str) -> None:
    with pytest.raises(Refused):
        read_number(text, ",")


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e22, 123456789.125, 1e-300, 1.25])
def test_numbers_are_written_as_they_read_back(value: float) -> None:
    assert read_number(number_text(value)) == value
    assert read_number(number_text(value, ","), ",") == value


def test_every_bundled_country_has_a_code_of_three_letters() -> None:
    assert len(countries()) == 250
    assert all(len(code) == 3 and code.isupper() for code in countries())
    assert {"COD", "COG", "NAM", "TWN", "XKX"} <= set(countries())
    assert countries()["XKX"] == "Kosovo"
    assert countries()["TWN"] == "Taiwan"


def test_every_bundled_alias_points_at_countries_and_is_none() -> None:
    for word, alias in aliases().items():
        assert alias.codes
        assert set(alias.codes) <= set(countries())
        assert word not in countries()
        assert len(alias.codes) > 1 or alias.kind != "ambiguous"
        assert country_problem(word) is not None


def test_every_bundled_member_is_a_country_with_a_date_and_a_source() -> None:
    assert {member.country for member in bundled_members()} <= set(countries())
    with data_path("blocs.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len({(row["bloc"], row["country"], row["since"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["source"]
        assert row["verified"] in ("yes", "no")
        read_date(row["since"])
    sizes = {bloc: sum(row["bloc"] == bloc for row in rows) for bloc in ("EU27", "G7", "OECD")}
    assert sizes == {"EU27": 27, "G7": 7, "OECD": 38}


@pytest.mark.parametrize("name", ["countries.csv", "blocs.csv"])
def test_every_source_of_a_bundled_table_is_listed(name: str) -> None:
    listed: set[str] = set()
    with data_path("sources.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            listed.update(part.strip() for part in row["source"].split("/"))
    with data_path(name).open(encoding="utf-8", newline="") as handle:
        assert {row["source"] for row in csv.DictReader(handle)} - listed <= {"WEB-BRICS"} | listed


def test_codes_that_iso_leaves_to_users() -> None:
    assert all(is_user_assigned(code) for code in ("AAA", "QMA", "QZZ", "XAA", "XKX", "ZZZ"))
    assert not any(is_user_assigned(code) for code in ("COD", "QAT", "ZMB", "X1A", "xaa", "XA"))


def test_toml_is_written_as_it_reads_back(tmp_path: Path) -> None:
    import datetime as dt
    import tomllib

    table = {
        "text": 'a "b" \\ c\td\ne\x7f é',
        "whole": 3,
        "real": 1e22,
        "small": 1e-7,
        "round": 2.0,
        "yes": True,
        "day": dt.date(2026, 1, 1),
        "list": [1, [2.5, "x"]],
        "inner": {"odd key": 1, "deep": {"a": [1]}},
        "rows": [{"a": 1, "b": {"c": 2}}, {"a": 2}],
        "none": [],
    }
    assert tomllib.loads(toml.dumps(table | {"gone": None})) == table
    with pytest.raises(TypeError, match="no form for set"):
        toml.dumps({"a": {1}})
