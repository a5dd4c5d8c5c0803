"""The texts are true: links, versions, dependencies, files and tests that they name."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from checkout import ROOT, documents, named

DESIGN = ROOT / "docs" / "design"
TEXTS = [named(path) for path in documents()]
PINNED = {"pyomo", "highspy"}


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", TEXTS)
def test_every_link_leads_somewhere(text: str) -> None:
    path = ROOT / text
    body = without_blocks(path.read_text("utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", body)
    missing = [
        target
        for target in targets
        if not target.startswith(("https://", "http://", "#"))
        and not (path.parent / target.split("#")[0]).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", sorted(named(path) for path in DESIGN.glob("*.md")))
def test_every_file_that_a_design_page_names_exists(page: str) -> None:
    spans = re.findall(r"`([^`\n]+)`", without_blocks((ROOT / page).read_text("utf-8")))
    paths = [span for span in spans if re.fullmatch(r"[\w./-]+/[\w.-]+\.(py|md|csv|toml)", span)]
    paths = [path for path in paths if path != "benchmarks/RESULTS.md"]  # written by a run
    missing = [
        path
        for path in paths
        if not any((base / path).exists() for base in (ROOT, ROOT / "diversify"))
    ]
    assert missing == []


def test_the_index_names_every_design_page() -> None:
    index = (DESIGN / "README.md").read_text("utf-8")
    pages = sorted(path.name for path in DESIGN.glob("*.md") if path.name != "README.md")
    assert [page for page in pages if f"]({page})" not in index] == []


@pytest.mark.parametrize("page", sorted(path.name for path in DESIGN.glob("*.md")))
def test_a_design_page_is_about_a_page(page: str) -> None:
    assert len((DESIGN / page).read_text("utf-8").split()) <= 1300


def test_every_rule_of_correctness_is_there_and_says_where_it_is_kept() -> None:
    text = (DESIGN / "correctness.md").read_text("utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    rules = {s.split()[0].rstrip("."): s for s in sections if re.match(r"R\d+", s)}
    assert list(rules) == [f"R{number}" for number in range(1, 11)]
    assert [name for name, body in rules.items() if ".py`" not in body] == []


def test_the_version_is_the_same_everywhere(project: dict[str, Any]) -> None:
    import diversify

    version = project["project"]["version"]
    assert diversify.__version__ == version
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    assert cited is not None
    assert cited[1] == version
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_every_version_says_which_results_change() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    for section in re.split(r"^## \[", text, flags=re.MULTILINE)[1:]:
        if section.startswith("Unreleased]") and not section.partition("\n")[2].strip():
            continue
        assert "### Results that change" in section, section[:30]


def dependencies(project: dict[str, Any]) -> dict[str, str]:
    """Return every dependency with what it asks for."""
    given = [*project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        given += extra
    split = [re.match(r"[\w.-]+", line) for line in given]
    return {
        found[0].lower(): line
        for found, line in zip(split, given, strict=True)
        if found and found[0] != project["project"]["name"]
    }


def test_every_dependency_has_its_reason(project: dict[str, Any]) -> None:
    text = (DESIGN / "dependencies.md").read_text("utf-8")
    listed = {name.lower() for name in re.findall(r"^\| `([\w.-]+)` \|", text, re.MULTILINE)}
    assert listed == set(dependencies(project))


def test_only_what_decides_numbers_has_an_upper_bound(project: dict[str, Any]) -> None:
    bounded = {name for name, line in dependencies(project).items() if "<" in line or "==" in line}
    assert bounded == PINNED


def test_the_licence_is_the_one_that_is_declared(project: dict[str, Any]) -> None:
    assert project["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")
    assert re.search(r"^license: MIT$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)


def test_the_readme_of_the_data_names_every_bundled_case_and_table() -> None:
    text = (ROOT / "data" / "README.md").read_text("utf-8")
    cases = sorted(path.parent.name for path in (ROOT / "data").glob("cases/*/case.toml"))
    tables = sorted(path.name for path in (ROOT / "data").glob("*.csv"))
    named_here = [f"`cases/{name}/`" for name in cases] + [f"`{name}`" for name in tables]
    assert [name for name in named_here if name not in text] == []


@pytest.mark.parametrize("table", ["blocs", "countries", "country_aliases"])
def test_every_source_of_the_bundled_tables_is_listed(table: str) -> None:
    data = ROOT / "data"
    with (data / "sources.csv").open(encoding="utf-8", newline="") as file:
        known = {row["source"] for row in csv.DictReader(file)}
    with (data / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        cited = {row["source"] for row in csv.DictReader(file)}
    assert sorted(cited - known) == []


def test_the_ci_script_is_executable_and_uses_the_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "-m tests --slow" in script.read_text("utf-8")


def test_examples_are_listed() -> None:
    text = (ROOT / "examples" / "README.md").read_text("utf-8")
    scripts = sorted(path.name for path in (ROOT / "examples").glob("*.py"))
    assert [name for name in scripts if f"`{name}`" not in text] == []
