"""Levels, limits and sets of budgets that mean nothing, or the opposite, are refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

import diversify as dv
from diversify.policies import parse_policies

KINDS = ("shortage_budget", "cost_budget")


def refused(table: dict[str, Any]) -> str:
    with pytest.raises(dv.InputError) as caught:
        parse_policies([table], "rules.toml")
    (finding,) = caught.value.findings
    assert (finding.table, finding.row) == ("policy", 1)
    return f"{finding.column}: {finding.message}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("measure", ["cvar", "chance"])
@pytest.mark.parametrize("level", [0, 1, 1.5, -0.2])
def test_c56_a_level_outside_the_open_interval_is_refused(
    kind: str, measure: str, level: float
) -> None:
    said = refused({"kind": kind, "measure": measure, "level": level, "limit": 0.1})
    assert 'for 1 use measure = "worst"' in said
    assert 'for 0 measure = "expectation"' in said


@pytest.mark.parametrize("measure", ["cvar", "chance"])
def test_c56_a_measure_of_the_tail_needs_its_level(measure: str) -> None:
    said = refused({"kind": "shortage_budget", "measure": measure, "limit": 0.1})
    assert f'measure = "{measure}" needs a level' in said


@pytest.mark.parametrize("measure", ["expectation", "worst"])
def test_c56_other_measures_take_none(measure: str) -> None:
    table = {"kind": "shortage_budget", "measure": measure, "level": 0.9, "limit": 0.1}
    assert "takes no level" in refused(table)


@pytest.mark.parametrize(("level", "meant"), [(0.05, "0.95"), (0.01, "0.99"), (0.49, "0.51")])
@pytest.mark.parametrize("measure", ["cvar", "chance"])
def test_c57_a_tail_given_for_a_confidence_is_refused_with_what_was_meant(
    level: float, meant: str, measure: str
) -> None:
    table = {"kind": "shortage_budget", "measure": measure, "level": level, "limit": 0.1}
    assert f"did you mean {meant}?" in refused(table)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"measure": "worst", "ambiguity": {"set": "tv", "radius": 0.1}}, "takes no ambiguity"),
        ({"measure": "chance", "level": 0.9, "ambiguity": {"set": "tv", "radius": 0.1}},
         "takes no ambiguity"),
        ({"measure": "cvar", "level": 0.9, "safe": True}, "safe is for"),
        ({"measure": "expectation", "ambiguity": {"set": "hellinger", "radius": 0.1}},
         "ambiguity.set"),
        ({"measure": "expectation", "ambiguity": {"set": "tv", "radius": 2}}, "below 1"),
        ({"measure": "expectation", "ambiguity": {"set": "tv"}}, "ambiguity.radius"),
    ],
)  # fmt: skip
def test_what_a_measure_does_not_take_is_refused(fields: dict[str, Any], words: str) -> None:
    assert words in refused({"kind": "shortage_budget", "limit": 0.1, **fields})


def test_c56_in_python_too() -> None:
    with pytest.raises(ValidationError, match="worst"):
        dv.CostBudget(measure="chance", level=1, limit=1)
