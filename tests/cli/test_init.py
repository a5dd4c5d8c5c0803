"""``diversify init``."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest


def test_a_case_is_written_that_check_accepts(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "my-gallium"
    done = run("init", folder, "--material", "gallium", "--buyer", "DEU", "--json")
    assert done.code == 0
    found = done.json
    assert found["status"] == "ok"
    assert found["case"] == "my-gallium"
    assert {"README.md", "case.toml", "hazards.csv", "sites.csv"} <= set(found["files"])
    assert found["calibration"][0]["distance"] < found["calibration"][0]["cheapest"]
    assert any("stand-in" in text for text in found["missing"])
    assert tomllib.loads((folder / "case.toml").read_text("utf-8"))["buyer"] == "DEU"
    assert run("check", folder).code == 0


def test_people_see_what_is_needed_and_what_is_missing(run: Any, tmp_path: Path) -> None:
    done = run("init", tmp_path / "x", "--material", "tungsten", "--buyer", "Japan")
    assert done.code == 0
    for word in ("tungsten for JPN", "no refining by country", "README.md", "diversify check"):
        assert word in done.out


def test_unknown_words_are_refused_together_and_nothing_is_written(
    run: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    words = ("--material", "galium", "--buyer", "Japn", "--set", "hedroom=1", "--json")
    done = run("init", folder, *words)
    assert done.code == 2
    remedies = " ".join(error["remedy"] for error in done.json["errors"])
    for word in ("gallium", "Japan", "headroom"):
        assert word in remedies
    assert not folder.exists()


@pytest.mark.parametrize(
    "words", [["--buyer", "JPN"], ["--material", "cobalt"], ["--material", "cobalt", "--buyer",
              "JPN", "--set", "headroom"]],
)  # fmt: skip
def test_what_is_left_out_is_a_misuse(run: Any, tmp_path: Path, words: list[str]) -> None:
    assert run("init", tmp_path / "x", *words).code == 2
    assert not (tmp_path / "x").exists()


def test_a_folder_is_replaced_only_by_force_and_only_if_it_is_a_case(
    run: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    words = ("init", folder, "--material", "manganese", "--buyer", "JPN")
    assert run(*words).code == 0
    assert run(*words).code == 2
    assert run(*words, "--set", "quarters=4", "--force").code == 0
    assert tomllib.loads((folder / "case.toml").read_text("utf-8"))["periods"] == 4
    other = tmp_path / "other"
    other.mkdir()
    Path(other, "letter.txt").write_text("keep", encoding="utf-8")
    assert run("init", other, "--material", "manganese", "--buyer", "JPN", "--force").code == 2
    assert [path.name for path in other.iterdir()] == ["letter.txt"]


def test_an_assumption_can_be_changed(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    words = ("--material", "gallium", "--buyer", "DEU", "--set", "demand=40")
    assert run("init", folder, *words, "--json").json["demand"][0]["tonnes_a_year"] == 40


def test_init_loads_no_solver(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from diversify.cli import main\n"
        f"code = main(['init', {str(tmp_path / 'x')!r}, '--material', 'Sb', '--buyer', 'JPN'])\n"
        "sys.exit(code or [m for m in ('highspy', 'pyomo') if m in sys.modules] or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "material",
    ["gallium", "germanium", "cobalt", "nickel", "lithium", "graphite", "tungsten", "antimony",
     "platinum", "palladium", "manganese", "copper"],
)  # fmt: skip
def test_from_a_word_to_a_certified_plan(run: Any, tmp_path: Path, material: str) -> None:
    folder = tmp_path / f"x-{material}"
    assert run("init", folder, "--material", material, "--buyer", "EU27").code == 0
    assert run("check", folder).code == 0
    done = run("solve", folder, "--json")
    assert done.code == 0, json.dumps(done.json["errors"])
    assert (done.json["status"], done.json["point"]) == ("optimal", "certified")
