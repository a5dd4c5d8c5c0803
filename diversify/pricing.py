"""What each rule costs as a whole, and how tight it could be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from diversify.api import solve
from diversify.case import Case
from diversify.compile.compiler import compile_build
from diversify.errors import NotSolvedError
from diversify.evaluating import own_batch
from diversify.jobs import Progress, job_scenarios, prepare, ready, with_safe_chances
from diversify.policies import Policy
from diversify.result.plan import Plan
from diversify.scenarios import Scenarios
from diversify.solver.cones import clashing
from diversify.solver.data import scenario_data, trial_data
from diversify.solver.methods import Method
from diversify.solver.tightest import tightest_level
from diversify.solver.trials import having
from diversify.solver.uncurved import without_curves

RULES = ["policy", "cost_with", "cost_without", "saving", "status"]
LEVELS = ["policy", "level", "tightest", "unit"]


def price_of_rules(
    what: Case | Plan,
    *policies: Policy,
    only: Sequence[str] | None = None,
    buyer: str | Sequence[str] | None = None,
    scenarios: int | Scenarios | None = None,
    seed: int | None = None,
    case_policies: bool | None = None,
    gap: float | None = None,
    method: Method = "auto",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return what would be saved if each rule were dropped and all others kept.

    A price in ``plan.prices`` is that of the last bit of a level with all decisions as they are;
    this is the whole cost of the rule, with the decisions made anew. Each rule is left out and
    the rest is solved again on the same scenarios.

    Parameters
    ----------
    what : Case or Plan
        A case, or a solved plan, which is not solved again.
    *policies : Policy
        With a case: what the plan keeps, as in :func:`diversify.solve`.
    only : sequence of str, optional
        Names of the rules to look at; omitted: each.
    buyer, scenarios, seed, case_policies, gap, method, progress
        As in :func:`diversify.solve`; with a plan, its own count.

    Returns
    -------
    pandas.DataFrame
        Columns policy, cost_with, cost_without, saving [USD, present value], status of the solve
        without it.

    Raises
    ------
    InputError, InfeasibleError
        As :func:`diversify.solve` does with all rules.

    Examples
    --------
    >>> import diversify as dv
    >>> dv.price_of_rules(dv.example("first-steps"))["saving"].round(6).tolist()
    [1.75]
    """
    common: dict[str, Any] = {"case_policies": False, "gap": gap, "method": method}
    common |= {"out_of_sample": 0}
    if isinstance(what, Plan):
        plan = what
        job = ready(plan)
        batch = own_batch(plan, job)
    else:
        if progress is not None:
            progress("all rules")
        job = prepare(what, policies, buyer=buyer, case_policies=case_policies)
        batch = job_scenarios(job.network.case, scenarios, seed)
        case = job.network.case
        plan = solve(case, *job.policies, scenarios=batch, buyer=list(case.buyers), **common)
    case = plan.case
    rows = []
    for policy in plan.policies:
        if only is not None and policy.name not in only:
            continue
        if progress is not None:
            progress(f"without {policy.name}")
        rest = [other for other in plan.policies if other.name != policy.name]
        row: dict[str, Any] = {"policy": policy.name, "cost_with": plan.objective}
        try:
            found = solve(case, *rest, scenarios=batch, buyer=list(case.buyers), **common)
        except NotSolvedError as error:
            rows.append(row | {"status": type(error).__name__})
            continue
        row |= {"cost_without": found.objective, "status": found.status}
        rows.append(row | {"saving": plan.objective - found.objective})
    return pd.DataFrame(rows, columns=RULES)


def tightest(
    case: Case,
    *policies: Policy,
    only: Sequence[str] | None = None,
    buyer: str | Sequence[str] | None = None,
    scenarios: int | Scenarios | None = None,
    seed: int | None = None,
    case_policies: bool | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return the tightest level of each rule at which there is a plan, all others as they are.

    Parameters
    ----------
    case, policies, buyer, scenarios, seed, case_policies
        As in :func:`diversify.solve`.
    only : sequence of str, optional
        Names of the rules to look at; omitted: each.
    progress : callable, optional
        Called with the name of each rule.

    Returns
    -------
    pandas.DataFrame
        Columns policy, level, tightest (to 1e-5 of its size; empty where no level has a plan;
        found in the 40 likeliest scenarios and, unless the problem is large, checked in 200), unit
        of the price of the level.

    Examples
    --------
    >>> import diversify as dv
    >>> dv.tightest(dv.example("first-steps"))["tightest"].round(4).tolist()
    [0.3333]
    """
    job = prepare(case, policies, buyer=buyer, case_policies=case_policies)
    batch = job_scenarios(job.network.case, scenarios, seed)
    job = with_safe_chances(job, batch)
    blocks = compile_build(job.build)
    distinct, _ = batch.distinct()
    theta, news = scenario_data(blocks, job.network, distinct, job.build.levels)
    trials = trial_data(blocks, job.network, job.build.levels)
    whole = having(blocks, trials, np.arange(len(trials.losses)))
    whole, theta = without_curves(whole, theta, distinct.probability, news)
    firm = clashing(whole, theta, distinct.probability, news)
    rows = []
    for policy in job.policies:
        if policy.name not in firm.levels or (only is not None and policy.name not in only):
            continue
        if progress is not None:
            progress(policy.name)
        level = tightest_level(firm, theta, distinct.probability, news, policy)
        rows.append(
            {
                "policy": policy.name,
                "level": policy.level_value,
                "tightest": float("nan") if level is None else level,
                "unit": policy.unit,
            }
        )
    return pd.DataFrame(rows, columns=LEVELS)
