"""Budgets that no plan keeps are refused, also where others have plenty to spare."""

from __future__ import annotations

import numpy as np
import pytest

import diversify as dv
from diversify.errors import InfeasibleError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.evaluator import Evaluator
from diversify.solver.least_excess import refuse_hopeless
from diversify.solver.master import make_frame
from diversify.solver.search import Search
from diversify.solver.sweep import Sweep
from tests.solver.test_sweep import made

NO_SHORTAGE = dv.ShortageBudget(measure="expectation", limit=0.0, name="shortage")
# The cheapest plan without any shortage, by the extensive form, costs this.
LEAST = 76.8


@pytest.mark.parametrize("spare", [None, 1e3, 1e6])
@pytest.mark.parametrize("spend", [60.0, 76.0, 77.0])
def test_budgets_are_refused_exactly_where_the_extensive_form_has_no_plan(
    spend: float, spare: float | None
) -> None:
    budgets = [dv.CostBudget(measure="expectation", limit=spend, name="cost")]
    if spare is not None:
        budgets.append(dv.CostBudget(measure="cvar", level=0.9, limit=spare, name="spare"))
    blocks, theta, probability, news = made(NO_SHORTAGE, *budgets)
    every = np.arange(len(theta))
    frame = make_frame(blocks, theta, probability, news, every, MeanCvar())
    evaluator = Evaluator(blocks, theta, probability, news, every)
    search = Search(frame, evaluator, np.zeros(blocks.first), MeanCvar())
    oracle = Sweep(blocks, theta, probability, news, "shortage", method="extensive")
    if spend < LEAST:
        with pytest.raises(InfeasibleError):
            oracle.cold(0.0)
        with pytest.raises(InfeasibleError, match="budgets"):
            refuse_hopeless(search)
    else:
        assert oracle.cold(0.0).objective == pytest.approx(LEAST, rel=1e-6)
        refuse_hopeless(search)
    evaluator.close()
