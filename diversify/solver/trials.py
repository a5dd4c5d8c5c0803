"""Losses that a plan has to survive: written out in the problem where they matter."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diversify.compile.blocks import OPS, PLAN, TRIAL, Blocks
from diversify.errors import NotSolvedError, SolverError
from diversify.losses import Loss
from diversify.solver.data import Trials
from diversify.solver.evaluation import scenario_forms
from diversify.solver.evaluator import Evaluator
from diversify.solver.inside import with_losses
from diversify.solver.sampling import in_line, systematic
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# Losses added at a time.
STEP = 6
# Scenarios of a rough solve.
FEW = 8

Solve = Callable[[Blocks], Solution]
Few = tuple[Vector, Vector, Index]


def solve_with_trials(
    blocks: Blocks, trials: Trials, solve: Solve, rough: Solve | None = None
) -> tuple[Solution, Blocks]:
    """Return the cheapest plan that survives every loss.

    The problem begins with those that matter in a rough solve; those that the cheapest plan does
    not survive are added until it survives all. Nothing is approximate: each is checked.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    trials : Trials
        The losses.
    solve : callable
        Solves the blocks with some losses in them.
    rough : callable, optional
        The same for a few scenarios, to find the losses that matter.

    Returns
    -------
    Solution
        Of the blocks as they came, prices of the losses' rows included.
    Blocks
        The problem with the losses that it took.

    Raises
    ------
    InfeasibleError, StoppedError, NotCertifiedError
        As ``solve`` does.
    """
    chosen, count = np.zeros(0, dtype=np.int64), len(trials.losses)
    if count and rough is not None:
        # What few scenarios cannot do says nothing final about all.
        with contextlib.suppress(NotSolvedError, SolverError):
            _, _, chosen, _ = _until_survived(blocks, trials, rough, chosen)
    found, whole, chosen, failed = _until_survived(blocks, trials, solve, chosen)
    if len(failed):
        said = f"the plan does not survive {len(failed)} of {count} losses"
        found = dataclasses.replace(found, remarks=(*found.remarks, said))
    if count:
        found = dataclasses.replace(found, size={**found.size, "losses": len(chosen)})
    return found, whole


def _until_survived(
    blocks: Blocks, trials: Trials, solve: Solve, chosen: Index
) -> tuple[Solution, Blocks, Index, Index]:
    """Add losses until the plan survives all, or is not proven; say which it does not survive."""
    while True:
        whole = having(blocks, trials, chosen)
        found = solve(whole)
        if len(chosen):
            found = found.over(blocks)
        failed = np.setdiff1d(not_survived(blocks, found.plan, trials), chosen)
        if found.status != "optimal" or not len(failed):
            return found, whole, chosen, failed
        spread = np.linspace(0, len(failed) - 1, min(STEP, len(failed))).astype(np.int64)
        chosen = np.union1d(chosen, failed[spread])


def few(theta: Vector, probability: Vector, news: Index, count: int = FEW) -> Few:
    """Return data, probabilities and news of a few scenarios that stand for all."""
    chosen, mass = systematic(in_line(theta, news), probability, count)
    return theta[chosen], mass, news[chosen]


def having(blocks: Blocks, trials: Trials, chosen: Index) -> Blocks:
    """Return the problem with some losses written out."""
    names = [trials.losses[k].policy for k in chosen.tolist()]
    return with_losses(blocks, names, trials.theta[chosen], trials.news[chosen])


def not_survived(blocks: Blocks, plan: Vector, trials: Trials) -> Index:
    """Return the positions of the losses in which a plan breaks a limit, whatever is done then."""
    gone = np.isnan(_evaluated(blocks, plan, trials)[0])
    return np.flatnonzero(gone).astype(np.int64)


def lost(blocks: Blocks, plan: Vector, trials: Trials) -> dict[Loss, dict[tuple[str, str], float]]:
    """Return what each loss leaves short, met as is cheapest within the limits.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    plan : numpy.ndarray
        First-stage point, shape (first,).
    trials : Trials
        The losses.

    Returns
    -------
    dict
        Loss to tonnes short, by buyer and commodity; losses that are not survived are left out.
    """
    if not trials.losses:
        return {}
    costs, forms = _evaluated(blocks, plan, trials)
    named = list(scenario_forms(blocks))
    return {
        loss: {
            (key[1], key[2]): float(forms[k, i]) for i, key in enumerate(named) if key[0] == "short"
        }
        for k, loss in enumerate(trials.losses)
        if not np.isnan(costs[k])
    }


def _evaluated(blocks: Blocks, plan: Vector, trials: Trials) -> tuple[Vector, Vector]:
    count = len(trials.losses)
    costs, forms = np.zeros(count), np.zeros((count, len(scenario_forms(blocks))))
    asked = np.array([blocks.policies.index(loss.policy) for loss in trials.losses], dtype=np.int64)
    for policy in np.unique(asked):
        mine = np.flatnonzero(asked == policy)
        mass = np.full(len(mine), 1.0 / len(mine))
        alone = _of_policy(blocks, int(policy))
        evaluator = Evaluator(alone, trials.theta[mine], mass, trials.news[mine])
        try:
            found = evaluator.evaluate(plan)
        finally:
            evaluator.close()
        costs[mine], forms[mine] = found.costs, found.forms
    return costs, forms


def _of_policy(blocks: Blocks, policy: int) -> Blocks:
    """Return the problem whose scenario rows are those of the case and of one policy's losses."""
    stage = blocks.stage.copy()
    stage[(stage != PLAN) & (blocks.policy >= 0)] = TRIAL
    stage[(blocks.stage == TRIAL) & (blocks.policy == policy)] = OPS
    return dataclasses.replace(blocks, stage=stage)
