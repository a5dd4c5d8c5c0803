"""``--measures``: a calendar of trade measures for one run."""

from __future__ import annotations

from pathlib import Path

from conftest import Runner

CALENDAR = """measure,kind,origin,destination,price,price_unit,since
floor,price_floor,{country},,{price},USD/t,2026
"""


def calendar(folder: Path, country: str = "CHN", price: float = 1e6) -> Path:
    path = folder / "calendar.csv"
    path.write_text(CALENDAR.format(country=country, price=price), encoding="utf-8")
    return path


def test_a_run_plays_a_calendar_and_leaves_the_case_as_it_is(
    run: Runner, own: Path, tmp_path: Path
) -> None:
    before = run("solve", own, "--json").json
    dear = run("solve", own, "--measures", calendar(tmp_path), "--json").json
    # Nothing comes from China any more at a million a tonne.
    assert dear["objective"] > before["objective"]
    countries = {row["name"] for row in dear["shares"] if row["by"] == "country"}
    assert "CHN" not in countries
    assert run("solve", own, "--json").json["digests"] == before["digests"]
    assert run("stress", own, "--measures", calendar(tmp_path), "--json").code in (0, 2)


def test_a_calendar_that_is_wrong_is_refused_with_its_file(
    run: Runner, own: Path, tmp_path: Path
) -> None:
    bad = run("solve", own, "--measures", calendar(tmp_path, country="CHX"), "--json")
    assert bad.code == 2
    assert bad.json["errors"][0]["file"] == "calendar.csv"
    none = run("stress", own, "--measures", tmp_path / "none.csv", "--json")
    assert none.code == 2
    saved = run("stress", "--plan", own, "--measures", calendar(tmp_path), "--json")
    assert saved.code == 2
