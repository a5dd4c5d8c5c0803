"""``diversify data``: lists, shows and writes the reference tables."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from diversify.data import rows, tables


def test_the_list_names_every_table_with_its_rows(run: Any) -> None:
    found = run("data", "--json").json["tables"]
    assert [entry["name"] for entry in found] == list(tables())
    assert all(entry["rows"] > 0 and entry["title"] for entry in found)


@pytest.mark.parametrize("name", tables())
def test_every_table_is_shown_with_sources(run: Any, name: str) -> None:
    ended = run("data", name, "--json")
    assert ended.code == 0
    found = ended.json
    cited = (
        {row["source"] for row in found["rows"] if row.get("source")}
        if name != "sources"
        else set()
    )
    assert {row["source"] for row in found["sources"]} == cited


def test_rows_are_chosen_by_material_and_country(run: Any) -> None:
    """USGS Mineral Commodity Summaries 2026: 67 000 t of tungsten in China in 2024 and 2025."""
    found = run("data", "production", "--material", "tungsten", "--country", "CHN", "--json").json
    assert {row["year"]: row["tonnes"] for row in found["rows"]}["2025"] == "67000"
    shown = run("data", "production", "--material", "tungsten", "--country", "CHN").out
    assert "67000" in shown
    assert "U.S. Geological Survey" in shown


def test_data_lists_reference_tables_but_no_cases(run: Any) -> None:
    names = [row["name"] for row in run("data", "--json").json["tables"]]
    assert {"countries", "blocs", "sources"} <= set(names)
    assert not any(name.startswith("cases") for name in names)
    assert "countries" in run("data").out


def test_rows_of_reference_data_come_with_their_sources(run: Any) -> None:
    found = run("data", "countries", "--country", "fra", "--json").json
    assert [row["name"] for row in found["rows"]] == ["France"]
    cited = {row["source"] for row in found["rows"]}
    assert {row["source"] for row in found["sources"]} == cited
    assert "Sources" in run("data", "blocs", "--country", "JPN").out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("countrys",), "did you mean 'countries'"),
        (("blocs", "--country", "JPM"), "did you mean 'JPN'"),
        (("blocs", "--material", "cobalt"), "leave --material out"),
        (("--country", "JPN"), "see --help"),
        (("productoin",), "did you mean 'production'"),
        (("production", "--material", "Nd"), "known: "),
        (("prices", "--material", "Li"), "did you mean 'lithium'"),
        (("trade", "--country", "Germany"), "write DEU"),
        (("reserves", "--material", "gallium"), "it has: antimony"),
    ],
)
def test_unknown_words_are_refused_with_candidates(
    run: Any, arguments: tuple[str, ...], expected: str
) -> None:
    ended = run("data", *arguments, "--json")
    assert (ended.code, ended.json["status"]) == (2, "refused")
    assert expected in ended.json["errors"][0]["remedy"]


def written(run: Any, out: Path, table: str, *chosen: str) -> list[dict[str, str]]:
    """The rows of the file that is written."""
    assert run("data", table, *chosen, "--out", out).code == 0
    with (out / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_data_is_written_as_csv(run: Any, tmp_path: Path) -> None:
    found = written(run, tmp_path / "out", "blocs", "--country", "JPN")
    assert {row["country"] for row in found} == {"JPN"}
    assert len(found) == len(run("data", "blocs", "--country", "JPN", "--json").json["rows"])


def test_the_written_file_is_the_chosen_part_of_the_table(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = written(run, out, "prices", "--material", "cobalt")
    assert found == [row for row in rows.read_rows("prices").rows if row["material"] == "cobalt"]
    assert run("data", "prices", "--out", out).code == 2
    assert run("data", "prices", "--out", out, "--force").code == 0
