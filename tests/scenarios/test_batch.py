"""Batches of scenarios: what they refuse, and what they leave as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import diversify as dv
from diversify.errors import InputError
from diversify.scenarios import Scenarios, listed, undisturbed
from diversify.scenarios.repeats import first_of_each
from diversify.testing import tiny_case

GOOD: dict[str, Any] = {
    "hazards": ("embargo", "strike"),
    "values": np.array([[[1.0, 1.0], [1.0, 1.0]], [[1.0, 0.2], [0.5, 1.0]]]),
    "probability": np.array([0.75, 0.25]),
    "labels": ("calm", "bad"),
}


def values_with(value: float) -> np.ndarray[Any, Any]:
    values = GOOD["values"].copy()
    values[1, 1, 0] = value
    return np.asarray(values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": np.ones((2, 2))}, "values have shape (2, 2)"),
        ({"values": np.ones((2, 3, 2))}, "give (scenarios, 2, periods)"),
        ({"hazards": ("embargo", "embargo")}, "hazards repeat"),
        ({"probability": np.array([])}, "there is no scenario"),
        ({"probability": np.array([1.0])}, "differ in length"),
        ({"labels": ("calm",)}, "differ in length"),
        ({"labels": ("calm", "calm")}, "labels repeat: calm"),
        ({"probability": np.array([1.25, -0.25])}, "a probability is negative"),
        ({"probability": np.array([0.75, np.nan])}, "not a number"),
        ({"probability": np.array([0.75, 0.2500001])}, "add up to 1.0000001"),
        ({"values": values_with(-0.1)}, "a value is negative"),
        ({"values": values_with(np.nan)}, "a value is negative or not a number"),
        ({"values": values_with(np.inf)}, "a value is negative or not a number"),
    ],
)
def test_a_batch_that_is_no_distribution_is_refused(change: dict[str, Any], said: str) -> None:
    Scenarios(**GOOD)
    with pytest.raises(InputError) as caught:
        Scenarios(**{**GOOD, **change})
    assert said in str(caught.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Scenarios(**{**GOOD, "labels": ("a", "a"), "probability": np.array([0.5, 0.6])})
    assert len(caught.value.findings) == 2


def test_a_batch_cannot_be_changed_from_outside() -> None:
    given = {key: value.copy() for key, value in GOOD.items() if key in ("values", "probability")}
    batch = Scenarios(**{**GOOD, **given})
    given["values"][:] = 0.0
    given["probability"][:] = 0.5
    assert batch == Scenarios(**GOOD)
    with pytest.raises(ValueError, match="read-only"):
        batch.values[0, 0, 0] = 0.5
    with pytest.raises(ValueError, match="read-only"):
        batch.probability[0] = 0.5


def test_batches_are_equal_where_everything_is() -> None:
    one = Scenarios(**GOOD)
    assert one == Scenarios(**GOOD)
    assert hash(one) == hash(Scenarios(**GOOD))
    for change in (
        {"values": values_with(0.4)},
        {"probability": np.array([0.5, 0.5])},
        {"labels": ("calm", "worse")},
        {"hazards": ("embargo", "storm")},
        {"seed": 7},
        {"source": "outages"},
    ):
        assert one != Scenarios(**{**GOOD, **change})
    assert one != "a batch"


def test_first_news_is_the_first_period_in_which_anything_differs_from_one() -> None:
    values = np.ones((4, 2, 3))
    values[1, 1, 2] = 1.1
    values[2, 0, 1] = 0.0
    values[3, :, 0] = 0.99
    batch = Scenarios(("a", "b"), values, np.full(4, 0.25), ("w", "x", "y", "z"))
    assert batch.first_news.tolist() == [3, 2, 1, 0]


def test_distinct_sums_probability_and_keeps_the_order_of_first_appearance() -> None:
    a, b, c = ([[0.5, 1.0]], [[1.0, 1.0]], [[0.0, 1.0]])
    batch = Scenarios(
        ("h",),
        np.array([a, b, a, c, b]),
        np.array([0.1, 0.2, 0.3, 0.25, 0.15]),
        ("a", "b", "a again", "c", "b again"),
    )
    small, where = batch.distinct()
    assert small.labels == ("a", "b", "c")
    assert small.values.tolist() == [a, b, c]
    assert small.probability == pytest.approx([0.4, 0.35, 0.25], rel=1e-15)
    assert where.tolist() == [0, 1, 0, 2, 1]
    assert small.values[where].tolist() == batch.values.tolist()


def test_distinct_without_hazards_is_one_scenario() -> None:
    batch = Scenarios((), np.ones((3, 0, 2)), np.full(3, 1 / 3), ("a", "b", "c"))
    small, where = batch.distinct()
    assert (small.count, where.tolist()) == (1, [0, 0, 0])


def test_listed_scenarios_are_those_of_the_table() -> None:
    batch = listed(tiny_case())
    assert batch.hazards == ("embargo", "strike")
    assert batch.labels == ("calm", "embargo", "strike")
    assert batch.probability.tolist() == [0.85, 0.05, 0.1]
    assert batch.values.tolist() == [
        [[1, 1], [1, 1]],
        [[1, 0], [1, 1]],
        [[1, 1], [0.5, 1]],
    ]


def test_undisturbed_is_one_scenario_in_which_nothing_happens() -> None:
    batch = undisturbed(tiny_case())
    assert batch.values.tolist() == [[[1, 1], [1, 1]]]
    assert batch.first_news.tolist() == [2]


def with_extra(batch: Scenarios) -> Scenarios:
    """The batch with a hazard that the case does not have, disturbed from the start."""
    extra = np.full((batch.count, 1, batch.periods), 0.5)
    values = np.concatenate([extra, batch.values], axis=1)
    return Scenarios(("another", *batch.hazards), values, batch.probability, batch.labels)


def test_a_hazard_that_the_case_does_not_have_brings_no_news() -> None:
    case = tiny_case()
    other = dv.solve(case, scenarios=with_extra(listed(case)))
    assert other.objective == dv.solve(case).objective


@pytest.mark.parametrize("kind", [dv.ShortageBudget, dv.CostBudget])
def test_a_scenario_that_cannot_happen_binds_no_worst_case(kind: type[dv.CostBudget]) -> None:
    case = tiny_case()
    batch = listed(case)
    never = Scenarios(
        batch.hazards,
        np.concatenate([batch.values, np.zeros((1, 2, 2))]),
        np.append(batch.probability, 0.0),
        (*batch.labels, "never"),
    )
    # The measure leaves out what has no probability, so the rows have to (R6).
    worst = kind(measure="worst", limit=0.3 if kind is dv.ShortageBudget else 250)
    assert dv.solve(case, worst, scenarios=never).objective == dv.solve(case, worst).objective


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (Scenarios(("embargo",), np.ones((1, 1, 2)), np.ones(1), ("a",)), "embargo, strike"),
        (Scenarios(("embargo", "strike"), np.ones((1, 2, 3)), np.ones(1), ("a",)), "2 periods"),
    ],
)
def test_a_batch_of_another_case_is_refused(batch: Scenarios, said: str) -> None:
    with pytest.raises(InputError, match=said):
        dv.solve(tiny_case(), scenarios=batch)


def test_draws_without_any_rate_are_refused_rather_than_undisturbed() -> None:
    with pytest.raises(InputError, match="no hazard has a rate"):
        dv.solve(tiny_case(), scenarios=100)
    with pytest.raises(InputError, match="number of scenarios is below 1"):
        dv.solve(tiny_case(), scenarios=0)


def test_rows_of_one_hash_are_still_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
    monkeypatch.setattr(
        "pandas.util.hash_array", lambda values: np.zeros(len(values), dtype=np.uint64)
    )
    kept, where = first_of_each(rows)
    assert kept.tolist() == [0, 1, 3]
    assert where.tolist() == [0, 1, 0, 2]


def test_both_zeros_are_one_value() -> None:
    kept, where = first_of_each(np.array([[0.0, 1.0], [-0.0, 1.0], [0.0, 2.0]]))
    assert kept.tolist() == [0, 2]
    assert where.tolist() == [0, 0, 1]
