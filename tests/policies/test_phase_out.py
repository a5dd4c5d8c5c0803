"""Ways out of a supplier, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from diversify.case import Case
from diversify.errors import InputError
from diversify.formulation import build_network
from diversify.policies import Exclude, parse_policies
from diversify.testing import policy_rows, small_case, trial


def quarters(count: int = 6) -> Case:
    """Ten tonnes a quarter from China at 1 USD or from Australia at 3, from the middle of 2026."""
    return small_case(
        start="2026-07",
        period="quarter",
        periods=count,
        sites=[
            {"site": "C", "country": "CHN", "cost": 1, "capacity": 20},
            {"site": "A", "country": "AUS", "cost": 3, "capacity": 20},
        ],
        lanes=[{"origin": s, "destination": "W", "commodity": "metal"} for s in "CA"],
        demand=[
            {"buyer": "W", "commodity": "metal", "quantity": 10, "period": t + 1}
            for t in range(count)
        ],
    )


def chinese(case: Case, policy: Exclude) -> list[float]:
    """Tonnes from China in each quarter of the cheapest plan."""
    view = trial(case, [policy]).view
    assert view is not None
    return [view.booked["C>W:metal", t] for t in range(case.periods)]


def path(**steps: float) -> Exclude:
    given = {label.strip("_").replace("_", "-"): share for label, share in steps.items()}
    return Exclude(by="country", names=["CHN"], phase_out=given)


def test_between_its_steps_a_path_keeps_the_last_value() -> None:
    # 2026-Q3 to 2027-Q4: free for a quarter, then 40 %, from 2027 on 10 %, nothing at the end.
    policy = path(_2026_Q4=0.4, _2027=0.1, _2027_Q3=0.0)
    assert chinese(quarters(), policy) == pytest.approx([10, 4, 1, 1, 0, 0], abs=1e-9)
    # 2 USD more for each tonne that is replaced.
    assert trial(quarters(), [policy]).objective == pytest.approx(60 + 2 * 44, rel=1e-9)


def test_a_year_is_its_first_period_in_the_case() -> None:
    assert chinese(quarters(), path(_2026=0.5)) == pytest.approx([5] * 6, abs=1e-9)


def test_a_remainder_in_tonnes_is_allowed_on_top() -> None:
    policy = path(_2027=0.2).with_level(1.0)
    found = trial(quarters(), [policy])
    assert chinese(quarters(), policy) == pytest.approx([10, 10, 3, 3, 3, 3], abs=1e-9)
    # A tonne more in each of four quarters saves 2 USD each.
    assert found.price == pytest.approx(-8, rel=1e-9)


def test_a_plain_exclusion_has_a_row_for_each_period_from_its_beginning() -> None:
    policy = Exclude(by="country", names=["CHN"], from_period="2027-Q3")
    assert len(policy_rows(quarters(), policy)) == 2
    assert chinese(quarters(), policy) == pytest.approx([10] * 4 + [0] * 2, abs=1e-9)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"phase_out": {"2027": 0.1}, "from_period": "2027"}, "phase_out says when"),
        ({"phase_out": {}}, "at least 1 item"),
        ({"phase_out": {"2027": 1.5}}, "did you mean 0.015"),
    ],
)
def test_an_unclear_path_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_policies([{"kind": "exclude", "by": "country", "names": ["CHN"], **fields}])


def test_two_steps_that_begin_together_are_refused() -> None:
    with pytest.raises(InputError, match="2027 and 2027-Q1 begin together"):
        policy_rows(quarters(), path(_2027=0.2, _2027_Q1=0.1))


def test_a_path_says_its_steps() -> None:
    policy = path(_2027=0.4, _2027_Q3=0.0).model_copy(update={"stage": "refine"})
    assert policy.sentence() == (
        "At most 40 % from 2027, nothing from 2027-Q3 at the refine stage is booked from CHN."
    )
    assert {row.period for row in policy._rows(build_network(quarters()))} == {
        "2027-Q1",
        "2027-Q2",
        "2027-Q3",
        "2027-Q4",
    }
