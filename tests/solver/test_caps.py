"""A price of a budget that is capped far too low at first ends where it has to."""

from __future__ import annotations

import numpy as np
import pytest
from shard_parts import minimised

import diversify as dv
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.caps import Caps
from diversify.solver.evaluator import Evaluator
from diversify.solver.master import make_frame
from diversify.solver.question import Question, ShardData
from diversify.solver.search import Search
from diversify.solver.shard import Shard
from diversify.solver.sweep import Sweep
from tests.solver.test_sweep import made

TOLERANCE = 1e-6


@pytest.mark.parametrize("level", [0.001, 0.01, 0.2])
@pytest.mark.parametrize("price", [None, 0.0, 1e-3, 1e6])
def test_the_optimum_is_that_of_the_extensive_form_whatever_price_a_search_begins_with(
    level: float, price: float | None
) -> None:
    budget = dv.ShortageBudget(measure="expectation", limit=level, name="shortage")
    blocks, theta, probability, news = made(budget)
    every = np.arange(len(theta))
    frame = make_frame(blocks, theta, probability, news, every, MeanCvar())
    evaluator = Evaluator(blocks, theta, probability, news, every)
    begin = None if price is None else np.array([price])
    # A plan that keeps the first stage's rows, as every search begins with one.
    sweep = Sweep(blocks, theta, probability, news, "shortage", method="extensive")
    free = sweep.cold(1.0)
    search = Search(frame, evaluator, free.plan, MeanCvar(), begin)
    capped = search.caps.limit.copy()
    search.run(TOLERANCE)
    evaluator.close()
    oracle = sweep.cold(level)
    constant = frame.money * frame.constant
    assert search.cost + constant == pytest.approx(oracle.objective, rel=2 * TOLERANCE)
    assert search.bound + constant <= oracle.objective * (1.0 + 1e-9)
    assert (search.caps.limit >= capped).all()
    if price == 1e-3 and oracle.objective > 1.001 * free.objective:
        # What keeps the budget costs far more than that, so the cap had to rise.
        assert (search.caps.limit > capped).all()


def test_a_shard_asked_again_about_a_plan_answers_as_one_that_was_never_asked() -> None:
    """Costs, risks and forms under a second price do not depend on what came before."""
    budget = dv.ShortageBudget(measure="expectation", limit=0.05, name="shortage")
    blocks, theta, probability, news = made(budget)
    plan = Sweep(blocks, theta, probability, news, "shortage", method="extensive").cold(1.0).plan
    for before in np.unique(news).tolist():
        at = news == before
        data = ShardData(blocks, before, theta[at], probability[at], np.zeros(at.sum(), int), True)
        asked = Shard(data)
        for price in (2.0, 400.0, 0.5):
            once = Question(plan, np.array([price]))
            found, fresh = asked.ask(once), Shard(data).ask(once)
            assert fresh.forms.any()
            assert minimised(found, once) == pytest.approx(minimised(fresh, once), rel=1e-9)
            assert found.forms == pytest.approx(fresh.forms, abs=1e-9)
            exact = float(data.probability @ minimised(fresh, once))
            assert [cut.value(plan) for cut in found.cuts] == pytest.approx([exact], rel=1e-7)
            other = Question(0.5 * plan, once.risk)
            least = float(data.probability @ minimised(Shard(data).ask(other), other))
            assert all(
                cut.value(other.plan) <= least + 1e-7 * (1.0 + abs(least)) for cut in found.cuts
            )


def test_a_cap_rises_where_a_row_is_exceeded_and_the_master_gains_little() -> None:
    blocks, theta, probability, news = made(
        dv.ShortageBudget(measure="expectation", limit=0.05, name="shortage")
    )
    every = np.arange(len(theta))
    frame = make_frame(blocks, theta, probability, news, every, MeanCvar())
    caps = Caps(frame, np.array([8.0]), np.ones(1))
    limits = []
    for over, value in ((1.0, 0.0), (1.0, 50.0), (1.0, 51.0), (1.0, 51.5), (0.0, 52.0)):
        caps.met(np.array([over]), value, 100.0 - value)
        limits.append(float(caps.limit[0]))
    # Only the third gains less than 3 % of what is left; the fourth is at another price.
    assert limits == [10.0, 10.0, 12.5, 12.5, 12.5]
