"""The number of sources, against every choice of them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from counting import CAPACITIES, COSTS, DEMAND, LOST, four
from scipy.optimize import linprog

from diversify.errors import InputError
from diversify.policies import MaxSources, MinSources, parse_policies
from diversify.testing import policy_rows, small_case, tiny_case, trial


def cheapest(least: dict[str, float], most: dict[str, float]) -> float:
    """Cost of the demand of the four where each delivers from a share of it to a tonnage."""
    names = list(COSTS)
    # x >= share * sum of x, for those that must; the last column is short.
    rows = [
        [least[s] - (1.0 if g == s else 0.0) for g in names] + [0.0] for s in names if s in least
    ]
    found = linprog(
        [*COSTS.values(), LOST],
        rows or None,
        [0.0] * len(rows) or None,
        [[1.0] * 5],
        [DEMAND],
        bounds=[*((0, min(CAPACITIES[s], most.get(s, 99))) for s in names), (0, None)],
        method="highs",
    )
    return float(found.fun)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.25])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_at_least_so_many_sources_cost_the_best_choice(count: int, share: float) -> None:
    chosen = [dict.fromkeys(names, share) for names in combinations(COSTS, count)]
    policy = MinSources(by="site", count=count, share=share, stage="refine")
    found = trial(four(), [policy])
    assert found.objective == pytest.approx(min(cheapest(c, {}) for c in chosen), rel=1e-9)
    assert found.view is not None
    assert min(policy.measure(found.view).values()) >= count


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_at_most_so_many_sources_cost_the_best_choice(count: int) -> None:
    out = [dict.fromkeys(set(COSTS) - set(names), 0.0) for names in combinations(COSTS, count)]
    policy = MaxSources(by="site", count=count, stage="refine")
    found = trial(four(), [policy])
    assert found.objective == pytest.approx(min(cheapest({}, m) for m in out), rel=1e-9)
    assert found.view is not None
    assert max(policy.measure(found.view).values()) <= count


def test_a_small_share_is_no_source() -> None:
    # Two sources of 9 t, and 5 % of the volume V from each other: V = 18 / 0.9 = 20 t.
    policy = MaxSources(by="site", count=2, share=0.05, stage="refine")
    found = trial(four(), [policy])
    assert found.objective == pytest.approx(9 * 10 + 9 * 12 + 15 + 20, rel=1e-9)


def test_both_limits_hold_together() -> None:
    rules = [
        MinSources(by="site", count=3, share=0.1, stage="refine"),
        MaxSources(by="site", count=3, stage="refine"),
    ]
    want = min(
        cheapest(dict.fromkeys(names, 0.1), dict.fromkeys(set(COSTS) - set(names), 0.0))
        for names in combinations(COSTS, 3)
    )
    assert trial(four(), rules).objective == pytest.approx(want, rel=1e-9)


def test_sources_are_counted_over_the_horizon_or_in_each_period() -> None:
    # A and B a year each are two sources over the horizon, though not in any period.
    def case() -> Any:
        return small_case(
            periods=2,
            sites=[
                {"site": "A", "cost": 1, "capacity": 1},
                {"site": "B", "cost": 2, "capacity": 1},
            ],
            lanes=[{"origin": s, "destination": "W", "commodity": "metal"} for s in "AB"],
            demand=[
                {"buyer": "W", "commodity": "metal", "quantity": 1, "period": t} for t in (1, 2)
            ],
        )

    each = MinSources(by="site", count=2, share=0.4)
    over = each.model_copy(update={"period": "horizon", "name": "over"})
    assert trial(case(), [each]).objective == pytest.approx(2 * (0.6 + 0.8))
    assert trial(case(), [over]).objective == pytest.approx(1.2 + 1.6)
    first = each.model_copy(update={"period": "2026", "name": "first"})
    assert trial(case(), [first]).objective == pytest.approx(1 + 1.4)


def test_a_bound_that_the_data_do_not_give_is_asked_for() -> None:
    case = small_case(
        sites=[{"site": "A"}],
        lanes=[{"origin": "A", "destination": "W", "commodity": "metal"}],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1}],
    )
    with pytest.raises(InputError, match="give the site a capacity"):
        policy_rows(case, MaxSources(by="site", count=1))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"kind": "min_sources", "count": 2.5}, "a number of sources is whole"),
        ({"kind": "min_sources", "count": 0}, "greater than or equal to 1"),
        ({"kind": "min_sources", "count": 2, "share": 0}, "a share above 0"),
        ({"kind": "max_sources"}, "Field required"),
        ({"kind": "max_sources", "count": 1, "look_through": True}, "unknown field"),
    ],
)
def test_an_unclear_number_is_refused(table: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_policies([{"by": "country", **table}])


def test_sources_by_bloc_need_names() -> None:
    with pytest.raises(InputError, match="a number of blocs needs names"):
        policy_rows(tiny_case(), MaxSources(by="bloc", count=1))


def test_sentences_say_what_is_counted() -> None:
    some = MinSources(by="country", names=["AUS", "USA"], count=1, share=0.1, material="Nd")
    assert some.sentence() == (
        "At least 1 of AUS, USA delivers 10 % or more of Nd at any stage in any period."
    )
    few = MaxSources(by="country", count=2, share=0.05, stage="mine", period="year")
    assert few.sentence() == (
        "At most 2 countries deliver more than 5 % of a material at the mine stage in any year."
    )
