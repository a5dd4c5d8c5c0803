"""Tables of investment: units, what is empty, what contradicts the case, and one buyer's part."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

import diversify as dv
from diversify.errors import Finding, InputError
from diversify.testing import small_case

WORKS = {"buyer": "Works", "commodity": "metal"}
GROW: dict[str, Any] = {"site": "A", "capital_cost": 2, "life_years": 10, "most": 4}
CUT: dict[str, Any] = {"site": "A", "commodity": "metal", "threshold": 4, "cut_per_tonne": 1}
LESS: dict[str, Any] = {**WORKS, "share": 0.5}
ALSO: dict[str, Any] = {"site": "B", "host": "A", "content": 0.1, "recovery": 0.5}


def case(**tables: Any) -> dv.Case:
    """Two sites and a buyer, eight quarters."""
    given: dict[str, Any] = {
        "periods": 8,
        "period": "quarter",
        "sites": [{"site": "A", "capacity": 5}, {"site": "B", "capacity": 5}],
        "lanes": [{"origin": s, "destination": "Works", "commodity": "metal"} for s in "AB"],
        "demand": [{**WORKS, "quantity": 4}],
    }
    return small_case(**given | tables)


def errors(**tables: Any) -> list[Finding]:
    with pytest.raises(InputError) as caught:
        case(**tables)
    found = [finding for finding in caught.value.findings if finding.severity == "error"]
    assert all(finding.remedy for finding in found)
    return found


def test_amounts_are_per_period_and_capital_stays_per_tonne_a_year() -> None:
    row = GROW | {"capital_cost_unit": "MUSD/kt", "most": 2, "module": 1, "unit": "kt"}
    (made,) = case(expansions=[row | {"per": "year"}]).table("expansions").to_dict("records")
    assert (made["capital_cost"], made["most"], made["module"]) == (2000.0, 500.0, 250.0)


def test_what_is_empty_stands_for_any_time_any_size_and_today() -> None:
    (made,) = case(expansions=[GROW]).table("expansions").to_dict("records")
    assert (made["earliest"], made["latest"], made["module"]) == (1, 8, 0.0)
    assert made["lead_time_months"] == 0.0
    (also,) = case(byproducts=[ALSO]).table("byproducts").to_dict("records")
    assert (also["most_recovery"], also["life_years"]) == (0.5, inf)
    (cut,) = case(discounts=[CUT]).table("discounts").to_dict("records")
    assert (cut["destination"], cut["cut_per_tonne"]) == ("", 1.0)


@pytest.mark.parametrize(
    ("tables", "column", "words"),
    [
        ({"expansions": [GROW | {"site": "C"}]}, "site", "no such site"),
        ({"expansions": [GROW | {"life_years": 0}]}, "life_years", "0"),
        ({"expansions": [GROW | {"module": 5}]}, "module", "more than may be added"),
        ({"expansions": [GROW | {"latest": 9}]}, "latest", "8 periods"),
        ({"expansions": [GROW | {"earliest": 4, "latest": 3}]}, "latest", "before the first"),
        ({"sites": [{"site": "A"}, {"site": "B"}], "expansions": [GROW]}, "site", "no limit"),
        (
            {
                "sites": [{"site": "A", "capacity": 5, "minimum_offtake": 9.5}, {"site": "B"}],
                "expansions": [GROW],
            },
            "minimum_offtake",
            "all that may be built",
        ),
        ({"discounts": [CUT | {"commodity": "metal", "destination": "B"}]}, "commodity", "no lane"),
        ({"discounts": [CUT | {"cut": 0.1}]}, "cut", "given twice"),
        ({"discounts": [{**CUT, "cut_per_tonne": None}]}, "cut", "no cut"),
        (
            {"discounts": [CUT, CUT | {"threshold": 5, "cut_per_tonne": 2, "kind": "incremental"}]},
            "kind",
            "both kinds",
        ),
        ({"discounts": [CUT, CUT | {"threshold": 5}]}, "cut_per_tonne", "not above"),
        ({"discounts": [CUT, CUT | {"destination": "Works"}]}, "destination", "not both"),
        ({"substitutes": [LESS | {"share": 1.5}]}, "share", "1.5"),
        (
            {
                "substitutes": [LESS | {"commodity": "oxide"}],
                "commodities": [{"commodity": "oxide"}, {"commodity": "metal"}],
            },
            "commodity",
            "nothing to replace",
        ),
        ({"substitutes": [LESS | {"capital_cost": 5}]}, "life_years", "no life"),
        ({"byproducts": [ALSO | {"host": "zinc"}]}, "host", "no such site"),
        ({"byproducts": [ALSO | {"host_output": 9}]}, "host_output", "the plan decides"),
        ({"byproducts": [ALSO | {"most_recovery": 0.4}]}, "most_recovery", "less than"),
        ({"byproducts": [ALSO | {"host": "B"}]}, "host", "host of itself"),
    ],
)
def test_what_contradicts_the_case_is_refused(
    tables: dict[str, Any], column: str, words: str
) -> None:
    (found,) = errors(**tables)
    assert found.column == column
    assert words in str(found)


def test_what_is_wrong_is_reported_at_once() -> None:
    found = errors(
        expansions=[GROW | {"module": 5}],
        discounts=[CUT | {"cut": 0.1}],
        substitutes=[LESS | {"capital_cost": 5}],
        byproducts=[ALSO | {"host": "zinc"}],
    )
    assert {finding.table for finding in found} == {
        "expansions",
        "discounts",
        "substitutes",
        "byproducts",
    }


def test_the_part_of_one_buyer_keeps_what_concerns_it() -> None:
    ends = [("A", "Works", "metal"), ("B", "Works", "gallium"), ("H", "Other", "alumina")]
    ends += [("A", "Other", "metal")]
    whole = small_case(
        sites=[{"site": s, "capacity": 5} for s in "ABH"],
        lanes=[{"origin": o, "destination": d, "commodity": c} for o, d, c in ends],
        demand=[
            {"buyer": b, "commodity": c, "quantity": 1}
            for b, c in (("Works", "metal"), ("Works", "gallium"), ("Other", "alumina"))
        ],
        expansions=[GROW, GROW | {"site": "H"}],
        discounts=[CUT, CUT | {"site": "H", "commodity": "alumina"}],
        substitutes=[LESS, {"buyer": "Other", "commodity": "alumina", "share": 0.1}],
        byproducts=[ALSO | {"host": "H"}],
    )
    ours = whole.for_buyers("Works")
    # H stays: the gallium of B comes with what it does.
    assert ours.table("sites")["site"].tolist() == ["A", "B", "H"]
    assert ours.table("expansions")["site"].tolist() == ["A", "H"]
    assert ours.table("discounts")["site"].tolist() == ["A"]
    assert ours.table("substitutes")["buyer"].tolist() == ["Works"]
    theirs = whole.for_buyers("Other")
    assert theirs.table("byproducts").empty
    assert theirs.table("discounts")["site"].tolist() == ["A", "H"]
    assert theirs.table("expansions")["site"].tolist() == ["A", "H"]


def test_a_case_with_investment_is_written_and_read_again(tmp_path: Any) -> None:
    made = case(expansions=[GROW], discounts=[CUT], substitutes=[LESS], byproducts=[ALSO])
    assert dv.read(made.write(tmp_path / "copy")) == made
    assert made != case(expansions=[GROW], discounts=[CUT], substitutes=[LESS])
