"""Solve by decomposition and prove the answer with stored cuts and an exact evaluation."""

from __future__ import annotations

import contextlib
import dataclasses

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import NotCertifiedError, SolverError, StoppedError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver import last_master
from diversify.solver.certificate import TOLERANCE, Certificate
from diversify.solver.checkpoint import Checkpoint, problem_digest
from diversify.solver.decomposed import Way, decompose
from diversify.solver.decomposed_solution import primal_of, settle, solution_of
from diversify.solver.keeping import Keeper, TimeUpError
from diversify.solver.search import Search
from diversify.solver.solution import Reason, Solution

Vector = NDArray[np.float64]
Index = NDArray[np.int64]

# What the proof, computed anew, may lose against the search.
SPARE = 1e-6


def solve_decomposed(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    *,
    gap: float = 1e-6,
    objective: MeanCvar | None = None,
    way: Way | None = None,
) -> Solution:
    """Return the cheapest plan of a batch of scenarios, by cuts, with its certificate.

    Cost and feasibility come from the exact evaluation of every scenario, verified in numpy; the
    bound is that of the master with the stored cuts, by weak duality.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem; only its first stage may have yes/no decisions.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    gap : float
        Relative gap at which the search ends.
    objective : MeanCvar, optional
        What is minimised; the expected cost by default.
    way : Way, optional
        How to compute.

    Returns
    -------
    Solution
        Certified, or stopped with a plan that keeps all rows.

    Raises
    ------
    NoConvergenceError
        Where this method does not serve; the extensive form then may.
    InfeasibleError
        If no plan keeps all rows.
    NotCertifiedError
        If plan and cuts do not prove each other.
    StoppedError, KeyboardInterrupt
        If the search ended before there was a plan.
    InputError
        If the checkpoint is damaged, or of another problem.
    """
    goal, way = objective or MeanCvar(), way or Way()
    keeper = _keeper(blocks, theta, probability, news, goal, way)
    try:
        search = decompose(
            blocks,
            theta,
            probability,
            news,
            gap=max(0.5 * gap, gap - SPARE),
            objective=goal,
            way=way,
            keeper=keeper,
        )
        try:
            found = proven(search, blocks, probability, goal, gap)
        finally:
            search.evaluator.close()
        keeper.save(done=True)
    except TimeUpError:
        found = stopped(keeper, blocks, probability, goal, "time limit")
    except KeyboardInterrupt:
        found = stopped(keeper, blocks, probability, goal, "interrupted")
    remarks = list(found.remarks)
    if keeper.saved is not None:
        remarks.append(f"the search went on from the checkpoint in {way.checkpoint}")
    if keeper.trouble:
        remarks.append(f"checkpoints could not be written any more: {keeper.trouble}")
    return dataclasses.replace(found, remarks=tuple(remarks))


def _keeper(
    blocks: Blocks, theta: Vector, probability: Vector, news: Index, goal: MeanCvar, way: Way
) -> Keeper:
    store = saved = None
    if way.checkpoint is not None:
        digest = problem_digest(blocks, theta, probability, news, goal)
        store = Checkpoint(way.checkpoint, digest)
        saved = store.read(blocks)
    return Keeper(len(theta), watch=way.watch, time_limit=way.time_limit, store=store, saved=saved)


def proven(
    search: Search, blocks: Blocks, probability: Vector, goal: MeanCvar, gap: float
) -> Solution:
    """Return the best plan of a search that has closed its gap, with the proof.

    Parameters
    ----------
    search : Search
        At its end; its evaluator stays open.
    blocks : Blocks
        The compiled problem.
    probability : numpy.ndarray
        Of the scenarios, shape (S,).
    goal : MeanCvar
        What is minimised.
    gap : float
        Relative gap that was asked for.

    Returns
    -------
    Solution
        Certified.

    Raises
    ------
    NotCertifiedError
        If plan and cuts do not prove each other.
    """
    settle(search)
    frame, found = search.frame, search.found
    if found is None:
        raise SolverError("the search ended without a plan")
    constant = (goal.mean + goal.cvar) * blocks.offset
    objective = goal.value(found.totals, probability) + constant
    linear = frame.problem(search.pool.cuts)
    whole = bool(linear.integer.any())
    if whole:
        values = np.zeros(frame.width)
        values[: blocks.first] = search.best
        linear = linear.fixed(values)
    proof = last_master.proven(search, linear, warm=not whole)
    # With whole decisions the bound over all of them is the mixed-integer master's.
    bound = min(proof.value, search.bound + constant) if whole else proof.value
    distance = max(0.0, objective - bound) / (1.0 + abs(objective))
    certificate = Certificate(
        max(primal_of(search), found.primal), max(proof.wrong, found.dual), distance, max(gap, 1e-6)
    )
    if not certificate.ok:
        raise NotCertifiedError(
            f"the decomposed plan does not pass the certificate: primal {certificate.primal:.1e}, "
            f"dual {certificate.dual:.1e}, gap {certificate.gap:.1e}"
        )
    return solution_of(search, probability, proof.multipliers, objective, bound, certificate)


def stopped(
    keeper: Keeper, blocks: Blocks, probability: Vector, goal: MeanCvar, reason: Reason
) -> Solution:
    """Return the best plan of a search that ended early, with the bound that its cuts prove.

    The plan keeps all rows and its cost is exact; that it is the cheapest is not proven.

    Parameters
    ----------
    keeper : Keeper
        What watched over the search.
    blocks : Blocks
        The compiled problem.
    probability : numpy.ndarray
        Of the scenarios, shape (S,).
    goal : MeanCvar
        What is minimised.
    reason : {"time limit", "interrupted"}
        Why it ended.

    Returns
    -------
    Solution
        Stopped and feasible; the bound is -inf where the cuts prove none yet.

    Raises
    ------
    StoppedError, KeyboardInterrupt
        If no plan was found yet, as the reason has it.
    """
    keeper.save()
    kept, search = keeper.kept, keeper.search
    if kept is not None and search is not None:
        search.best, search.found, search.cost = kept.plan, kept.found, kept.cost
        if max(primal_of(search), kept.found.primal) > TOLERANCE:
            kept = None
    if kept is None or search is None:
        if reason == "interrupted":
            raise KeyboardInterrupt("before a plan was found")
        raise StoppedError("the time limit was reached before a plan was found")
    settle(search)
    linear = search.frame.problem(search.pool.cuts).relaxed()
    bound, multipliers = -np.inf, np.zeros(linear.shape[0])
    # The first cuts may leave the cost without a lower limit.
    with contextlib.suppress(SolverError):
        proof = last_master.proven(search, linear, warm=False)
        multipliers = proof.multipliers
        bound = proof.value if proof.wrong <= TOLERANCE else bound
    constant = (goal.mean + goal.cvar) * blocks.offset
    if search.strict:
        bound = max(bound, search.bound + constant)
    objective = goal.value(kept.found.totals, probability) + constant
    found = solution_of(search, probability, multipliers, objective, min(bound, objective), None)
    return dataclasses.replace(found, status="stopped", point="feasible", reason=reason)
