"""A calendar of trade measures from a file of its own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import diversify as dv
from diversify.case.case import Case
from diversify.errors import InputError
from diversify.testing import small_case

TOML = """
[[measure]]
measure = "ban"
kind = "export_ban"
origin = "CHN"
since = 2027-01-01
until = "2027-12-31"

[[measure]]
measure = "duty"
kind = "tariff"
origin = "AUS"
tariff = 0.5
since = "2028"
"""
CSV = """measure,kind,origin,tariff,since,until
ban,export_ban,CHN,,2027-01-01,2027-12-31
duty,tariff,AUS,0.5,2028,
"""


def two_sites() -> Case:
    """A tonne from China at 1 or from Australia at 3 USD; it is worth 4; two years, 10 t each."""
    return small_case(
        start="2027-01",
        periods=2,
        commodities=[{"commodity": "metal", "material": "metal", "price": 4}],
        sites=[
            {"site": "C", "country": "CHN", "cost": 1, "capacity": 5},
            {"site": "A", "country": "AUS", "cost": 3, "capacity": 20},
        ],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "CA"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
    )


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "text"), [("m.toml", TOML), ("m.csv", CSV)])
def test_measures_of_a_file_are_added(tmp_path: Path, name: str, text: str) -> None:
    case = two_sites()
    assert dv.solve(case).objective == pytest.approx(2 * (5 * 1 + 5 * 3))
    both = dv.add_measures(case, write(tmp_path, name, text))
    # 2027: 10 t at 3. 2028: 5 t at 1, and 5 t at 3 with half of 4 USD of duty.
    assert dv.solve(both).objective == pytest.approx(30 + 5 + 5 * (3 + 2))
    assert case.table("measures").empty


def test_measures_are_added_to_those_of_the_case(tmp_path: Path) -> None:
    quota = {"measure": "quota", "kind": "export_quota", "origin": "CHN", "since": "2028"}
    own = pd.DataFrame([{**quota, "quantity": 2.0, "unit": "t", "per": "year"}])
    case = two_sites().with_table("measures", own)
    both = dv.add_measures(case, write(tmp_path, "m.csv", CSV))
    assert both.table("measures")["measure"].tolist() == ["ban", "duty", "quota"]
    # 2028: 2 t at 1, 8 t at 5.
    assert dv.solve(both).objective == pytest.approx(30 + 2 + 8 * 5)
    with pytest.raises(InputError, match="has a measure of this name"):
        dv.add_measures(both, tmp_path / "m.csv")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("m.toml", "[measure]\na = 1\n", "only [[measure]] tables"),
        ("m.toml", "[[policy]]\na = 1\n", "the file holds policy"),
        ("m.toml", "measure = \n", "not valid TOML"),
        ("m.toml", TOML.replace("tariff = 0.5", "tarif = 0.5"), "did you mean 'tariff'"),
        ("m.csv", CSV.replace("0.5", "-0.5"), "m.csv:3"),
        ("m.csv", CSV.replace("CHN", "CHM"), "m.csv:2"),
        ("m.csv", CSV.replace("2027-12-31", "2026-12-31"), "m.csv:2"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_row(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        dv.add_measures(two_sites(), write(tmp_path, name, text))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("none.toml", "none.csv"):
        with pytest.raises(InputError, match=r"cannot be read|a file is expected here"):
            dv.add_measures(two_sites(), tmp_path / name)
