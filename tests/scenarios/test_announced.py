"""Announced hazards: news comes before the disruption, and stays what it was without."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hazarding import hazard, hazard_case

import diversify as dv
from diversify.case import Case
from diversify.errors import InputError
from diversify.jobs import job_scenarios
from diversify.scenarios import Scenarios, drawn, listed, outages
from diversify.testing import small_case


def test_news_comes_with_the_announcement_of_the_first_disruption() -> None:
    values = np.ones((5, 2, 6))
    values[1, 0, 4] = 0.5
    values[2, 0, 1] = 0.5
    values[3, 0, 4] = values[3, 1, 3] = 0.5
    values[4, 1, 5] = 0.5
    batch = Scenarios(
        ("told", "sudden"), values, np.full(5, 0.2), tuple("abcde"), announced=(("told", 2),)
    )
    # Never; 4 - 2; before the first period is in it; 4 - 2 before 3; sudden at 5.
    assert batch.first_news.tolist() == [6, 2, 0, 2, 5]
    silent = dataclasses.replace(batch, announced=())
    assert silent.first_news.tolist() == [6, 4, 1, 3, 5]
    assert silent.digest != batch.digest
    assert batch.over(["sudden"]).announced == ()
    assert batch.distinct()[0].announced == (("told", 2),)


def test_what_is_announced_must_be_a_hazard() -> None:
    for announced in ((("other", 1),), (("h", -1),)):
        with pytest.raises(InputError, match="no hazard of the batch"):
            Scenarios(("h",), np.ones((1, 1, 1)), np.ones(1), ("a",), announced=announced)


def test_months_of_announcement_are_whole_periods() -> None:
    case = hazard_case(
        hazard("now"),
        hazard("short", announced_months=2),
        hazard("half", announced_months=6.5),
    )
    for batch in (outages(case, 10, 1), drawn(case, 10, 1)):
        assert batch.announced == (("half", 2),)
    # A batch that is given hears of the case's announcements.
    given = dataclasses.replace(outages(case, 10, 1), announced=())
    assert job_scenarios(case, given, None).announced == (("half", 2),)


def told(months: float | None) -> Case:
    """One supplier at 1, another at 3 on call, an outage of the first in the third year."""
    return small_case(
        periods=3,
        sites=[{"site": "A", "cost": 1}, {"site": "B", "cost": 3}],
        lanes=[
            {"origin": "A", "destination": "Works", "commodity": "metal", "flex": 1.0},
            {"origin": "B", "destination": "Works", "commodity": "metal"},
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 100}],
        stocks=[{"buyer": "Works", "commodity": "metal", "capacity": 1, "end_discount": 1}],
        hazards=[
            {"hazard": "stop", "by": "site", "name": "A"}
            | ({} if months is None else {"announced_months": months})
        ],
        scenarios={"calm": (0.5, {}), "bad": (0.5, {"stop": [1, 1, 0]})},
    )


def test_who_is_told_in_time_can_fill_the_stock() -> None:
    # Undisturbed: A serves all, 3 tonnes at 1. Told a year before, nothing can be refilled unless
    # the stock had a target: the stock of 1 t is bought at price 1 before the first period in any
    # case, and drawn in the third year of the bad scenario; its rest is worth nothing.
    sudden, heard = dv.solve(told(None)), dv.solve(told(12))
    assert listed(told(12)).first_news.tolist() == [2 - 1, 3]
    assert sudden.objective == pytest.approx(3 + 1 - 0.5)
    # With the announcement the buyer may also call extra volumes in the second year, but they have
    # nowhere to go beyond the target, so the cost is the same here: news alone is worth nothing.
    assert heard.objective == pytest.approx(sudden.objective)


def test_news_that_comes_earlier_never_costs_more() -> None:
    costs = [
        dv.solve(
            hazard_case(
                hazard("stop", rate_per_year=0.4, announced_months=months),
                hazard("surge", kind="demand", by="commodity", name="metal", severity=0.5),
            ),
            scenarios=60,
            seed=3,
            out_of_sample=0,
        ).objective
        for months in (None, 3, 9)
    ]
    assert costs[0] >= costs[1] - 1e-6
    assert costs[1] >= costs[2] - 1e-6
