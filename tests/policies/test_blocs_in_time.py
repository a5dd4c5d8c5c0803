"""Blocs that do not exist yet on the first day of a case."""

from __future__ import annotations

import pytest

import diversify as dv
from diversify.testing import small_case


def test_a_case_from_before_a_bloc_is_solved_and_the_bloc_delivers_nothing() -> None:
    case = small_case(
        start="1999-01",
        sites=[{"site": "A", "country": "BRA", "cost": 1}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
    )
    plan = dv.solve(case)
    assert plan.objective == pytest.approx(1)
    # Brazil is one of the four that gave BRICS its name, years later.
    blocs = plan.shares("bloc")["name"].tolist()
    assert "BRICS" not in blocs
    with pytest.raises(dv.InputError, match="matches no"):
        dv.solve(case, dv.Exclude(by="bloc", names=["BRICS"]))
