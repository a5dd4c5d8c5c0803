"""Options that are misspelt or out of range are refused, never read as something else."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.errors import InputError, SolverError
from diversify.solver import methods
from diversify.testing import small_case
from tests.rows import bought, outage


def case() -> dv.Case:
    return small_case(
        sites=[{"site": "A", "cost": 1}], hazards=[outage("A", 0.2)], **bought(9, "A")
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"information": "clairvoyan"}, "choose one of news, clairvoyant"),
        ({"method": "extensiv"}, "choose one of auto, extensive, decomposed"),
        ({"seed": -1}, "the seed is below 0"),
        ({"scenarios": 0}, "the number of scenarios is below 1"),
        ({"buyer": "Work"}, "did you mean 'Works'"),
    ],
)
def test_an_option_that_means_nothing_is_refused(options: dict[str, Any], said: str) -> None:
    dv.solve(case(), scenarios=5, seed=1, out_of_sample=0)
    with pytest.raises(InputError) as caught:
        dv.solve(case(), **{"scenarios": 5, "seed": 1, "out_of_sample": 0, **options})
    assert said in str(caught.value)


def test_without_a_seed_one_is_drawn_and_recorded() -> None:
    plan = dv.solve(case(), scenarios=5, out_of_sample=0)
    assert plan.record.seed is not None
    again = dv.solve(case(), scenarios=5, seed=plan.record.seed, out_of_sample=0)
    assert again.record.digests == plan.record.digests
    assert again.objective == plan.objective


def test_a_method_that_did_not_serve_is_named_in_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise SolverError("no luck")

    monkeypatch.setattr(methods, "LARGE", 0)
    monkeypatch.setattr(methods, "FEW", 0)
    monkeypatch.setattr(methods, "solve_decomposed", fails)
    plan = dv.solve(case(), case_policies=False, out_of_sample=0)
    assert plan.record.method == "extensive"
    assert any("no luck" in warning for warning in plan.record.warnings)
