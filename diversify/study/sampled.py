"""What a sample leaves open: how good its plan is, and what knowing is worth, in fresh draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.scenarios import Scenarios
from diversify.solver.evaluator import Evaluator
from diversify.solver.information import Information
from diversify.solver.saa import Batch
from diversify.study.estimate import Estimate, Spread, spread
from diversify.study.study import Study

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sampled:
    """What the plan of a sample is worth in draws that it has not seen.

    Attributes
    ----------
    information : Information
        Mean cost with the future known, with the plan, and with the plan for the mean.
    of_perfect_information, of_stochastic_solution : Estimate or None
        What it saves to know the scenario, and not to plan for the mean [USD]; None where that
        cannot be said.
    gap : Estimate or None
        How much more the plan costs than the best one [USD].
    scenarios : int
        Fresh draws.
    """

    information: Information
    of_perfect_information: Estimate | None
    of_stochastic_solution: Estimate | None
    gap: Estimate | None
    scenarios: int


def in_sample(study: Study, *, truth: bool) -> Sampled:
    """Return the same in the sample itself.

    Parameters
    ----------
    study : Study
        The solved problem.
    truth : bool
        Whether its scenarios are all that may happen, so that nothing is left to chance.
    """
    worth, solution = study.worth(), study.solution
    if not truth:
        return Sampled(worth, None, None, None, 0)
    known, planned = worth.of_perfect_information, worth.of_stochastic_solution
    left = max(0.0, solution.objective - solution.bound)
    return Sampled(
        worth,
        Estimate(known, known, known),
        Estimate(planned, planned, planned),
        Estimate(left, 0.0, left),
        0,
    )


def in_fresh_draws(study: Study, batches: Sequence[Scenarios]) -> Sampled | None:
    r"""Return what the plan of a study is worth in fresh draws, with intervals.

    The plan, the plan for the mean, and the best plan of each batch meet the same draws, so that
    only what differs between them is left to chance. With batches of one size :math:`n`, drawn
    independently, and :math:`x_m` the best plan of the :math:`m`-th,

    .. math:: G = \tfrac{1}{M} \textstyle\sum_m \bigl(c_m(\hat{x}) - c_m(x_m)\bigr),
        \quad 0 \le gap \le G + t_{0.95}\, se(G)

    where two batches are the averaged two-replication procedure of Bayraksan & Morton
    (Mathematical Programming 108, 2006). What is left open of each :math:`x_m` is added.

    Parameters
    ----------
    study : Study
        The solved problem.
    batches : sequence of Scenarios
        Draws that the plan has not seen, each with the probabilities of its own.

    Returns
    -------
    Sampled or None
        None where the plan leaves nothing that could be done in one of them.
    """
    plan, mean = study.solution.plan, study.mean_plan
    costs, known, middle, best, mass = [], [], [], [], []
    certain, open_gap = [], 0.0
    for drawn in batches:
        distinct, where = drawn.distinct()
        batch = study.data(distinct)
        found = _totals(study, batch, plan)
        if found is None:
            return None
        costs.append(found[where])
        other = None if mean is None else _totals(study, batch, mean)
        middle.append(np.full(len(where), np.inf) if other is None else other[where])
        known.append(study.known_costs(batch)[where])
        near = study.near(*batch)
        nearest = _totals(study, batch, near.plan)
        if nearest is None:
            return None
        best.append(nearest[where])
        open_gap += max(0.0, near.objective - near.bound) / len(batches)
        mass.append(drawn.probability / len(batches))
        certain.append(drawn.first_news >= drawn.periods)
    weight, sure = np.concatenate(mass), np.concatenate(certain)
    cost = np.concatenate(costs)

    def mean_of(values: Vector) -> Spread:
        return spread(values, weight, sure)

    saved = mean_of(cost - np.concatenate(known)).between()
    gap = mean_of(cost - np.concatenate(best)).at_most()
    planned = np.concatenate(middle)
    stochastic = Estimate(np.inf, np.inf, np.inf)
    if np.isfinite(planned).all():
        stochastic = mean_of(planned - cost).between()
    whole = float(weight @ cost)
    return Sampled(
        Information(whole - saved.value, whole, whole + stochastic.value),
        Estimate(saved.value, max(0.0, saved.low), saved.high),
        stochastic,
        Estimate(gap.value, gap.low, gap.high + open_gap),
        len(weight),
    )


def _totals(study: Study, batch: Batch, point: Vector) -> Vector | None:
    """Return what a plan costs in each scenario, with priced budgets; None without recourse."""
    evaluator = Evaluator(study.priced, *batch)
    try:
        found = evaluator.evaluate(point)
    finally:
        evaluator.close()
    return None if found.missing else study.priced.offset + found.totals
