"""What is to be said of the scenarios that a plan was made for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from diversify.policies import Policy
from diversify.policies.budgets import Budget
from diversify.policies.shortage_budget import ShortageBudget
from diversify.result.view import View
from diversify.risk.tail import effective_number, tail_weights, too_few
from diversify.scenarios import Scenarios

Vector = NDArray[np.float64]


def sample_remarks(batch: Scenarios, view: View, policies: Iterable[Policy]) -> list[str]:
    """Return what is doubtful about a plan because of its scenarios.

    Parameters
    ----------
    batch : Scenarios
        The scenarios of the plan, repetitions included.
    view : View
        The plan in its distinct scenarios, in order of first appearance.
    policies : iterable of Policy
        Those of the plan: budgets on a tail want scenarios there.

    Returns
    -------
    list of str
        Sentences: what the draw itself says, one scenario only, too few in the tail. Listed
        scenarios are the truth, so of them only the first is said.
    """
    said = list(batch.remarks)
    budgets = [policy for policy in policies if isinstance(policy, Budget)]
    if batch.source == "listed" or not budgets:
        return said
    if batch.count == 1:
        said.append("there is one scenario, so no uncertainty: every risk measure equals the mean")
        return said
    alike = _alike(batch)
    for policy in budgets:
        if policy.level is None:
            continue
        number = min(
            effective_number(tail_weights(losses, batch.probability, policy.level))
            for losses in _losses(batch, view, policy)
        )
        if few := too_few(number, policy.level, alike=alike):
            said.append(f"policy {policy.name!r}: {few}")
    return said


def _alike(batch: Scenarios) -> bool:
    return float(np.ptp(batch.probability)) == 0.0


def _losses(batch: Scenarios, view: View, policy: Budget) -> Iterator[Vector]:
    """Yield what a budget counts in each scenario, repetitions included."""
    if _alike(batch):
        # Of equally likely scenarios any tail is as large.
        yield np.arange(batch.count, dtype=np.float64)
        return
    _, where = batch.distinct()
    for key in policy.measure(view):
        if isinstance(policy, ShortageBudget):
            yield view.shortage(key, policy.buyer)[where]
        else:
            yield view.cost[where]
