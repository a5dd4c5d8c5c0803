"""Chances on cost, kept exactly where scenarios are few: how large a cost need be reckoned with."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.compiler import build_with, compile_build
from diversify.errors import InfeasibleError, NotSolvedError, SolverError
from diversify.jobs import Job
from diversify.policies.cost_budget import CostBudget
from diversify.risk.mean_cvar import MeanCvar
from diversify.scenarios import Scenarios
from diversify.solver.data import scenario_data
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.priced import priced

Vector = NDArray[np.float64]
FEW = 60
"""Distinct scenarios up to which a chance on cost is kept exactly."""
# Where to begin to look for a plan, in costs of the plan without the limit; then ever further.
FIRST, FURTHER, TRIES = 4.0, 16.0, 3
# A larger number in a row would leave nothing exact of the others.
LARGEST = 1e4


def with_exact_chances(job: Job, batch: Scenarios, objective: MeanCvar | None = None) -> Job:
    r"""Return the job with each chance on cost kept exactly, where that can be done.

    With a plan of expected cost :math:`Z` that keeps the chance, and :math:`c_s` the least cost of
    each scenario known beforehand, no scenario of the best plan costs more than

    .. math:: M = \max_s\; c_s + \frac{Z - \sum_r p_r c_r}{p_s}, \quad p_s \le 1 - \alpha

    so that rows with this number cut off nothing.

    Parameters
    ----------
    job : Job
        As prepared.
    batch : Scenarios
        What it is to be solved over.
    objective : MeanCvar, optional
        What is minimised; omitted: the expected cost.

    Returns
    -------
    Job
        The same where no budget asks for it, scenarios are many, or several such budgets meet.
    """
    asked = [p for p in job.policies if isinstance(p, CostBudget) and p.may_be_exact]
    if len(asked) != 1 or job.network.losses.every:
        return job
    distinct = batch.distinct()[0]
    if distinct.count > FEW:
        return job
    try:
        most, sure = _largest(job, asked[0], distinct, objective or MeanCvar())
    except (NotSolvedError, SolverError):
        return job
    found = _with(job, asked[0], most)
    if sure:
        return found
    said = (
        f"policy {asked[0].name!r}: scenarios were let cost up to {most:,.4g} USD and no more, "
        "which is much, but not proven to be enough"
    )
    return dataclasses.replace(found, remarks=(*found.remarks, said))


def _with(job: Job, budget: CostBudget, most: float | None) -> Job:
    """Return the job with a budget that reckons with a cost, or without the budget."""
    kept = tuple(
        p if p is not budget else budget.model_copy(update={"most": most})
        for p in job.policies
        if p is not budget or most is not None
    )
    build = build_with(job.network.case, kept)
    return Job(build.network, build, kept, job.remarks)


def _largest(job: Job, budget: CostBudget, batch: Scenarios, goal: MeanCvar) -> tuple[float, bool]:
    """Return the largest cost that need be reckoned with, and whether that is proven."""
    mass = batch.probability
    blocks, theta, news = _compiled(_with(job, budget, None), batch)
    free = solve_extensive(blocks, theta, mass, news, objective=goal)
    cost = free.outcomes.total
    size = max(budget.limit, float(cost.max()), 1e-6)
    alone = priced(blocks, theta[0], np.zeros(len(blocks.rows)))
    one = np.ones(1)
    least = np.array(
        [
            solve_extensive(alone, theta[s : s + 1], one, news[s : s + 1]).objective
            for s in range(batch.count)
        ]
    )
    whole = (goal.mean + goal.cvar) * float(mass @ least)
    bad = (mass <= 1.0 - budget.confidence + 1e-9) & (mass > 0.0)
    if not bad.any():
        return max(budget.limit, float(least.max())), True
    upper = free.objective if budget.value(cost, mass, exact=True) <= budget.limit else None
    most = FIRST * size
    for _ in range(TRIES):
        if upper is not None:
            break
        try:
            tried = _compiled(_with(job, budget, most), batch)
            upper = solve_extensive(tried[0], tried[1], mass, tried[2], objective=goal).objective
        except InfeasibleError:
            most *= FURTHER
    if upper is None:
        return most / FURTHER, False
    spare = max(0.0, upper - whole) / (goal.mean + goal.cvar)
    proven = float((least[bad] + spare / mass[bad]).max()) * (1 + 1e-9)
    enough = max(proven, budget.limit)
    return min(enough, LARGEST * size), enough <= LARGEST * size


def _compiled(job: Job, batch: Scenarios) -> tuple[Blocks, Vector, NDArray[np.int64]]:
    blocks = compile_build(job.build)
    return blocks, *scenario_data(blocks, job.network, batch, job.build.levels)
