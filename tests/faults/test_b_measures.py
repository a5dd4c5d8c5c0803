"""Trade measures that are not complete, name nobody or cover nothing are refused, each in place."""

from __future__ import annotations

import pytest
from drafting import Draft, place

HEAD = (
    "measure,kind,origin,destination,commodity,stage,tariff,quantity,unit,per,months,price,"
    "price_unit,since,until,announced,allow_empty"
)
GOOD = "duty,tariff,COD,EU27,,,0.1,,,,,,,2026-01-01,,,"


def draw(draft: Draft, **cells: str) -> Draft:
    """The draft with one good measure, of which some cells are changed."""
    row = dict(zip(HEAD.split(","), GOOD.split(","), strict=True)) | cells
    return draft.write("measures.csv", f"{HEAD}\n{','.join(row.values())}\n")


def test_a_good_measure_is_accepted(draft: Draft) -> None:
    assert draw(draft).case().table("measures")["kind"].tolist() == ["tariff"]


@pytest.mark.parametrize(
    ("cells", "code", "column", "value", "remedy"),
    [
        ({"tariff": ""}, "A8", "tariff", None, "a measure of kind tariff needs it"),
        ({"tariff": "-0.1"}, "A11", "tariff", "-0.1", ""),
        ({"tariff": "10 %"}, "A12", "tariff", "10 %", "0.1"),
        ({"kind": "embargo"}, "", "kind", "embargo", "tariff"),
        ({"kind": "export_ban"}, "B39", "tariff", "0.1", "leave the cell empty"),
        ({"months": "3"}, "B39", "months", "3", "leave the cell empty and give tariff"),
        ({"kind": "export_quota", "tariff": "", "quantity": "1", "per": "year"},
         "B26", "unit", None, "Unit of quantity"),
        ({"kind": "export_quota", "tariff": "", "quantity": "1", "unit": "t"},
         "B32", "per", None, "counted per"),
        ({"kind": "price_floor", "tariff": "", "price": "9"}, "B26", "price_unit", None, "USD/t"),
        ({"kind": "price_floor", "tariff": "", "price": "9", "price_unit": "t"},
         "B26", "price_unit", "t", ""),
        ({"kind": "export_ban", "tariff": "", "origin": ""}, "A8", "origin", None, "whose export"),
        ({"kind": "import_quota", "tariff": "", "quantity": "0", "destination": ""},
         "A8", "destination", None, "whose import quota"),
        ({"origin": "Congo"}, "B34", "origin", "Congo", "COD"),
        ({"origin": "Mine C"}, "B39", "origin", "Mine C", "Mine A"),
        ({"origin": "Japan", "destination": ""}, "B33", "origin", "Japan", "JPN"),
        ({"destination": "Refinry"}, "B39", "destination", "Refinry", "Refinery"),
        ({"commodity": "salt"}, "B39", "commodity", "salt", "add it to commodities"),
        ({"stage": "digging"}, "", "stage", "digging", "mine"),
        ({"stage": "refine"}, "B39", "measure", "duty", "allow_empty"),
        ({"origin": "FIN", "destination": "EU27"}, "B39", "measure", "duty", "allow_empty"),
        ({"since": ""}, "B37", "since", None, "First day"),
        ({"since": "01.02.2026"}, "B37", "since", "01.02.2026", "YYYY-MM-DD"),
        ({"since": "2026-02-30"}, "B37", "since", "2026-02-30", "YYYY-MM-DD"),
        ({"until": "2025-12-31"}, "B37", "until", "2025-12-31", "correct one of the two"),
        ({"since": "2020", "until": "2024"}, "B39", "since", "2020", "allow_empty"),
        ({"since": "2040"}, "B39", "since", "2040", "allow_empty"),
        ({"announced": "no"}, "B39", "announced", "no", "hazards.csv"),
        ({"announced": "perhaps"}, "", "announced", "perhaps", "yes or no"),
    ],
)  # fmt: skip
def test_a_bad_measure_is_refused_in_its_place(
    draft: Draft, cells: dict[str, str], code: str, column: str, value: str | None, remedy: str
) -> None:
    found = [f for f in draw(draft, **cells).findings() if f.severity == "error"]
    assert [f.code for f in found] == [code], "\n".join(map(str, found))
    assert place(found[0]) == ("measures.csv", 2, column, value)
    assert remedy in found[0].remedy


def test_measures_of_one_name_are_refused(draft: Draft) -> None:
    draw(draft).append("measures.csv", GOOD)
    assert place(draft.error("A5")) == ("measures.csv", 3, "measure", "duty")


def test_a_place_and_a_buyer_of_one_name_are_told_apart(draft: Draft) -> None:
    draft.change("buyers.csv", "Japan,JPN", "FRA,JPN")
    for file in ("demand.csv", "lanes.csv", "shortages.csv", "stocks.csv"):
        text = (draft.folder / file).read_text(encoding="utf-8")
        draft.write(file, text.replace("Japan", "FRA"))
    settings = (draft.folder / "case.toml").read_text(encoding="utf-8").replace("Japan", "FRA")
    draft.write("case.toml", settings)
    draw(draft, origin="", destination="FRA")
    found = [f for f in draft.findings() if f.severity == "error"]
    assert [(f.code, *place(f)) for f in found] == [
        ("B33", "measures.csv", 2, "destination", "FRA")
    ]


def test_everything_wrong_is_said_at_once(draft: Draft) -> None:
    draw(draft, tariff="", origin="Mine C", until="2025-12-31", announced="no")
    found = [(f.code, f.column) for f in draft.findings() if f.severity == "error"]
    assert found == [
        ("A8", "tariff"),
        ("B39", "announced"),
        ("B37", "until"),
        ("B39", "origin"),
    ]


def test_a_measure_may_cover_nothing_where_that_is_written(draft: Draft) -> None:
    case = draw(draft, stage="refine", since="2040", allow_empty="yes").case()
    assert case.table("measures")["allow_empty"].tolist() == [True]


def test_the_year_of_a_price_floor_counts(draft: Draft) -> None:
    draft.write(
        "measures.csv",
        "measure,kind,origin,price,price_unit,price_year,since\n"
        "floor,price_floor,COD,9,USD/kg,1995,2026\n",
    )
    assert place(draft.error("B31"))[2] == "price_year"
