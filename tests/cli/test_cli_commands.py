"""The commands around a solve: ``examples``, ``check`` and ``schema``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from changing import change

from diversify.case.schema import TABLES


def test_examples_are_listed_with_their_titles(run: Any) -> None:
    names = [row["name"] for row in run("examples", "--json").json["examples"]]
    assert names == sorted(names)
    assert {"first-steps", "rare-earths"} <= set(names)
    assert re.search(r"first-steps +Four suppliers", run("examples").out)


def test_a_copied_example_can_be_changed_and_solved(run: Any, tmp_path: Path) -> None:
    own = tmp_path / "own"
    ended = run("examples", "first-steps", "--out", own, "--json")
    assert (ended.code, ended.json["saved"]) == (0, str(own))
    assert sorted(p.name for p in own.iterdir()) == ended.json["files"]
    change(own / "sites.csv", "B,AUS,B,refine,1,t,year,15", "B,AUS,B,refine,1,t,year,14")
    assert run("solve", own, "--json").json["objective"] == pytest.approx(11.4)


def test_an_example_is_never_copied_over_anything(run: Any, own: Path) -> None:
    before = {path: path.read_bytes() for path in own.iterdir()}
    assert run("examples", "rare-earths", "--out", own).code == 2
    assert {path: path.read_bytes() for path in own.iterdir()} == before
    assert run("examples", "--out", own / "new", "--json").json["status"] == "refused"


def test_an_unknown_example_gives_candidates(run: Any) -> None:
    for command in ("examples", "check", "solve", "explain"):
        ended = run(command, "rare-earth", "--json")
        assert ended.code == 2
        assert ended.json["status"] == "refused"
        assert "did you mean 'rare-earths'" in ended.json["errors"][0]["remedy"]
        assert "did you mean 'rare-earths'" in ended.err


def test_one_example_is_described(run: Any) -> None:
    assert "case.toml" in run("examples", "first-steps").out


def test_check_counts_rows_and_tells_ranges_and_policies(run: Any) -> None:
    ended = run("check", "first-steps", "--json")
    found = ended.json
    assert (ended.code, found["status"], found["errors"]) == (0, "ok", [])
    assert found["tables"]["sites"] == 4
    assert any(note.startswith("sites.cost: 10 to 20 USD/t") for note in found["notes"])
    assert found["policies"][0]["sentence"].startswith("No country delivers more than 65 %")
    told = run("check", "first-steps").out
    assert "The case is in order" in told
    assert "sites.cost: 10 to 20 USD/t" in told


def test_check_lists_every_finding_of_a_bad_case_and_writes_nothing(run: Any, own: Path) -> None:
    change(own / "sites.csv", "A1,CHN,A,refine,1,", "A1,CHX,A,refine,-1,")
    out = own.parent / "out"
    ended = run("check", own, "--json", "--out", out)
    assert (ended.code, ended.json["status"], ended.json["case"]) == (2, "refused", None)
    places = [(e["file"], e["row"], e["column"]) for e in ended.json["errors"]]
    assert places == [("sites.csv", 2, "country"), ("sites.csv", 2, "capacity")]
    assert "sites.csv:2:country" in ended.err
    assert not out.exists()


def test_check_refuses_a_policy_that_cannot_be_read(run: Any, own: Path) -> None:
    change(own / "case.toml", "share = 0.65", "share = 65")
    ended = run("check", own, "--json")
    assert ended.code == 2
    assert "did you mean 0.65?" in ended.json["errors"][0]["message"]


def test_a_full_check_matches_the_policies_with_the_case(run: Any, own: Path) -> None:
    change(own / "case.toml", "share = 0.65", 'share = 0.65\nnames = ["CHM"]')
    assert run("check", own).code == 0
    ended = run("check", own, "--full", "--json")
    assert ended.code == 2
    assert "did you mean 'CHN'?" in ended.json["errors"][0]["remedy"]
    assert run("check", "first-steps", "--full").code == 0


def test_check_shows_warnings_and_writes_its_report(run: Any, own: Path) -> None:
    (own / "lanes.csv").write_text(
        (own / "lanes.csv").read_text(encoding="utf-8").replace("A2,EU27,metal,0,USD/t\n", ""),
        encoding="utf-8",
    )
    out = own.parent / "report"
    ended = run("check", own, "--out", out)
    assert ended.code == 0
    assert "in order, with 1 warning." in ended.out
    assert len(json.loads((out / "check.json").read_text())["warnings"]) == 1
    assert run("check", own, "--out", out).code == 2
    assert run("check", own, "--out", out, "--force").code == 0


def test_schema_prints_every_table_and_column(run: Any) -> None:
    told = run("schema").out
    for table in TABLES.values():
        assert f"{table.name}.csv" in told
        assert all(column.meaning in told for column in table.columns)
    assert "case.toml: the settings" in told
    assert '[[policy]] kind = "share_cap"' in told


def test_schema_of_one_table_is_that_table(run: Any) -> None:
    told = run("schema", "--table", "lanes").out
    assert told.startswith("lanes.csv: ")
    assert "sites.csv" not in told
    found = run("schema", "--table", "lanes", "--json").json
    assert found["items"]["properties"]["freight"]["minimum"] == 0
    ended = run("schema", "--table", "lane", "--json")
    assert ended.code == 2
    assert "did you mean 'lanes'?" in ended.json["errors"][0]["remedy"]


def test_json_schema_has_tables_settings_and_policies_and_resolves(run: Any) -> None:
    found = run("schema", "--json").json
    assert set(found["properties"]) == {"case", "tables", "policies"}
    assert set(found["properties"]["tables"]["properties"]) == set(TABLES)

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [r for value in part.values() for r in references(value)]
        return [r for value in part for r in references(value)] if isinstance(part, list) else []

    named = references(found)
    assert named
    assert all(name.removeprefix("#/$defs/") in found["$defs"] for name in named)


def test_schema_files_are_written_once(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "schema"
    assert run("schema", "--out", out).code == 0
    names = {path.stem for path in out.iterdir()}
    assert names == {"schema", "case.toml", "policy", *TABLES}
    policies = json.loads((out / "policy.json").read_text())
    assert policies["$defs"]["ShareCap"]["required"] == ["by", "share"]
    assert run("schema", "--out", out).code == 2
    assert run("schema", "--out", out, "--force", "--table", "sites").code == 0


def test_policy_fields_have_their_meanings(run: Any) -> None:
    told = run("schema", "--table", "policy").out
    assert "Do not cap what stays within the buyer's own countries" in told
    assert "higher is kept longer" in told
