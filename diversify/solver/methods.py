"""Which method solves a batch: the extensive form for small ones, decomposition for large."""

from __future__ import annotations

import dataclasses
import os
import time
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED, OPS
from diversify.errors import Finding, InputError, NotCertifiedError, SolverError, StoppedError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver import curves, memory
from diversify.solver.decomposed import Way
from diversify.solver.decomposed_method import solve_decomposed
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.objective import with_mean_cvar
from diversify.solver.softened import softened
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Method = Literal["auto", "extensive", "decomposed"]
# Non-zeros of the extensive form beyond which decomposition was faster (benchmarks/RESULTS.md).
LARGE = 100_000
# So few scenarios are the sample that decomposition would begin with.
FEW = 40
# Non-zeros beyond which the extensive form is not worth a try.
HOPELESS = 5_000_000
# Distinct scenarios beyond which the usual gap is wider.
MANY = 2_000


def solve_batch(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: NDArray[np.int64],
    *,
    method: Method = "auto",
    time_limit: float | None = None,
    gap: float | None = None,
    objective: MeanCvar | None = None,
    way: Way | None = None,
) -> Solution:
    """Return the cheapest plan of a batch of scenarios, by the method asked for or by size.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    method : {"auto", "extensive", "decomposed"}
        With ``auto``, a batch that decomposition cannot serve goes to the extensive form.
    time_limit : float, optional
        Seconds; the best plan until then is returned.
    gap : float, optional
        Relative gap at which the plan counts as optimal; 1e-6, or 1e-4 for batches of more than
        2,000 distinct scenarios.
    objective : MeanCvar, optional
        What is minimised; the expected cost by default.
    way : Way, optional
        Where to compute, whom to tell, and where to keep checkpoints.

    Returns
    -------
    Solution
        Its ``method`` says how it was found.

    Raises
    ------
    InputError
        If there is no such method, decomposition is asked for what it does not take, the batch
        needs more memory than there is, or a checkpoint is not one of this problem.
    """
    if method not in get_args(Method):
        finding = Finding.error(
            table="solve",
            column="method",
            value=str(method),
            message="there is no such method",
            remedy=f"choose one of {', '.join(get_args(Method))}",
        )
        raise InputError([finding])
    within = gap if gap is not None else usual_gap(len(theta))
    goal = objective or MeanCvar()
    way = dataclasses.replace(way or Way(), time_limit=time_limit)
    if blocks.curves:

        def flat(more: Blocks, data: Vector) -> Solution:
            return solve_batch(
                more,
                data,
                probability,
                news,
                method=method,
                time_limit=time_limit,
                gap=within,
                objective=objective,
                way=way,
            )

        return curves.solve_curved(blocks, theta, probability, flat, time_limit=time_limit)
    begin = time.monotonic()
    reason = unfit(blocks, theta)
    if method == "decomposed" and reason:
        finding = Finding.error(
            table="solve",
            column="method",
            value="decomposed",
            message=f"decomposition does not take {reason}",
            remedy='use method "auto" or "extensive"',
        )
        raise InputError([finding])
    size = expected_size(blocks, news)
    large = len(theta) > FEW and size > LARGE
    if method == "decomposed" or (method == "auto" and large and not reason):
        need = memory.decomposed(blocks, len(theta), way.workers)
        memory.check("the decomposition", need, len(theta))
        try:
            return _decomposed(blocks, theta, probability, news, within, goal, way)
        except (NotCertifiedError, SolverError) as error:
            if method == "decomposed" or size > HOPELESS:
                raise
            said = f"decomposition did not serve ({error}), so the extensive form was solved"
    else:
        said = f"the extensive form was solved: decomposition does not take {reason}"
    other = "" if reason else 'use method "decomposed"'
    memory.check("the extensive form", memory.extensive(size), len(theta), other)
    left = None if time_limit is None else time_limit - (time.monotonic() - begin)
    if left is not None and left <= 0.0:
        raise StoppedError("the time limit was reached before a plan was found")
    found = solve_extensive(
        blocks, theta, probability, news, time_limit=left, gap=within, objective=goal
    )
    remarks: tuple[str, ...] = (said,) if method == "auto" and large else ()
    if way.checkpoint is not None:
        remarks += ("no checkpoint was kept: the extensive form is solved in one piece",)
    return dataclasses.replace(found, remarks=remarks)


def _decomposed(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: NDArray[np.int64],
    gap: float,
    goal: MeanCvar,
    way: Way | None,
) -> Solution:
    soft = softened(blocks, theta, probability)
    if soft is not blocks:
        return _decomposed(soft, theta, probability, news, gap, goal, way).over(blocks)
    if goal.plain or not (blocks.stage == EXPECTED).any():
        return solve_decomposed(blocks, theta, probability, news, gap=gap, objective=goal, way=way)
    # A budget trades cost against risk in each scenario, and the tail weighs cost more in some:
    # with the threshold among the columns, both are rows like any other.
    whole = with_mean_cvar(blocks, goal)
    found = solve_decomposed(whole, theta, probability, news, gap=gap, way=way)
    return found.over(blocks)


def usual_gap(count: int) -> float:
    """Return the relative gap that is asked for where nobody says: it grows with the batch.

    Parameters
    ----------
    count : int
        Number of distinct scenarios.

    Returns
    -------
    float
        1e-6, or 1e-4 beyond 2,000, where the draw itself is less exact than that.
    """
    return 1e-6 if count <= MANY else 1e-4


def usual_workers(count: int) -> int:
    """Return how many processes to use where nobody says.

    Parameters
    ----------
    count : int
        Number of distinct scenarios.

    Returns
    -------
    int
        One for small batches, else the number of cores, at most 8.
    """
    return 1 if count <= MANY else max(1, min(8, os.cpu_count() or 1))


def unfit(blocks: Blocks, theta: Vector) -> str:
    """Return what of a problem decomposition does not take, or nothing.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).

    Returns
    -------
    str
        In words; empty where it takes all.
    """
    if blocks.curves:
        return "curved limits without their tangents"
    if blocks.integer[blocks.first :].any():
        return "yes/no decisions in the second stage"
    expected = np.flatnonzero(blocks.stage == EXPECTED)
    if (blocks.sense[expected] != -1).any():
        return "rows in expectation other than upper limits"
    varied = np.flatnonzero((theta != theta[:1]).any(axis=0))
    used = blocks.matrix[expected].data
    moving = blocks.entries.slope[used][:, varied].nnz
    if moving or blocks.right.slope[expected][:, varied].nnz:
        return "rows in expectation whose coefficients depend on the scenario"
    period, twin = blocks.column_period[blocks.first :], blocks.twin[blocks.first :]
    early = blocks.first + np.flatnonzero((period >= 0) & (twin >= 0))
    if blocks.cost.slope[early].nnz and (period >= 0).any():
        return "costs before the news that depend on the scenario"
    return ""


def expected_size(blocks: Blocks, news: NDArray[np.int64]) -> int:
    """Return about how many non-zeros the extensive form has.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    news : numpy.ndarray
        Shape (S,): periods before news, which are not written out again.

    Returns
    -------
    int
        Counted by rows of each period.
    """
    size = np.diff(blocks.matrix.indptr)
    free = blocks.row_period < 0
    often = free & (blocks.stage == OPS)
    always = int(size[free & ~often].sum()) + len(news) * int(size[often].sum())
    periods = int(blocks.row_period.max(initial=-1)) + 1
    by_period = np.bincount(
        blocks.row_period[blocks.row_period >= 0],
        weights=size[blocks.row_period >= 0],
        minlength=max(periods, 1),
    )
    after = np.r_[by_period[::-1].cumsum()[::-1], 0.0]
    return always + int(after[np.minimum(news, periods)].sum())
