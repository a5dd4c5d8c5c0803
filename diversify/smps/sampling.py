"""How far the optimum of a sample may be from the true one: a lower and an upper side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from diversify.compile import Affine, Blocks
from diversify.compile.blocks import OPS
from diversify.errors import InfeasibleError, SolverError
from diversify.risk.cvar import value_at_risk
from diversify.risk.mean_cvar import MeanCvar
from diversify.smps.program import Batch, StochasticProgram
from diversify.solver.evaluator import Evaluator
from diversify.solver.methods import solve_batch
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Solve = Callable[[Blocks, Batch], Solution]
REPLICATIONS = 10
SMALL = 1_000
"""Replications are as large as the sample up to here, then a tenth of it, but not smaller."""
SIDE = 0.975


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true optimum lies: each side holds with 97.5 % confidence, both with 95 %.

    Attributes
    ----------
    low : float
        From independent replications of the sampled problem.
    high : float or None
        From the plan in fresh draws; None where it has no recourse in one of them.
    """

    low: float
    high: float | None


def true_optimum(
    program: StochasticProgram,
    solution: Solution,
    batch: Batch,
    seed: int,
    objective: MeanCvar | None,
    solve: Solve,
) -> Interval:
    r"""Return an interval that holds the optimum over all scenarios with 95 % confidence.

    The optimum of a sample is on average not above the true one, so with :math:`M` replications

    .. math:: v^* \ge \bar v - t_{0.975, M-1} \, s_v / \sqrt{M},

    and no plan costs less than the best, so with :math:`N'` fresh draws of the cost of this one

    .. math:: v^* \le \bar c + z_{0.975} \, s_c / \sqrt{N'}

    (Mak, Morton and Wood 1999, Operations Research Letters 24, 47-56).

    Parameters
    ----------
    program : StochasticProgram
        What the sample was drawn from.
    solution : Solution
        The sample's optimum.
    batch : Batch
        The sample.
    seed : int
        What it was drawn with; the fresh draws follow from it.
    objective : MeanCvar, optional
        What is minimised, where it is not the mean.
    solve : callable
        Solves blocks over a batch.

    Returns
    -------
    Interval
        In the sense of the blocks: what is minimised.
    """
    count = batch.count
    size = count if count <= SMALL else max(SMALL, count // 10)
    found = np.empty(REPLICATIONS)
    for m in range(REPLICATIONS):
        # What is proven of each replication: its optimum, less what the solver left open.
        found[m] = solve(program.blocks, program.sample(size, [seed, 1 + m])).bound
    spread = float(found.std(ddof=1)) / REPLICATIONS**0.5
    low = float(found.mean()) - float(stdtrit(REPLICATIONS - 1, SIDE)) * spread
    fresh = program.sample(max(count, SMALL), [seed, 1 + REPLICATIONS])
    sizes = plan_costs(program.blocks, solution.plan, fresh)
    if sizes is None:
        return Interval(low, None)
    if objective is not None and objective.cvar:
        # With the level of the sample, not of these draws, the estimate is on average not low.
        own = plan_costs(program.blocks, solution.plan, batch)
        if own is None:
            raise SolverError("the plan of a sample has no recourse in it")
        level = value_at_risk(own, batch.probability, objective.level)
        beyond = level + np.maximum(sizes - level, 0.0) / (1.0 - objective.level)
        sizes = objective.mean * sizes + objective.cvar * beyond
    elif objective is not None:
        sizes = objective.mean * sizes
    mean = float(fresh.probability @ sizes)
    variance = float(fresh.probability @ (sizes - mean) ** 2) * fresh.count / (fresh.count - 1)
    return Interval(low, mean + float(ndtri(SIDE)) * (variance / fresh.count) ** 0.5)


def plan_costs(blocks: Blocks, plan: Vector, batch: Batch) -> Vector | None:
    """Return the total cost of a plan in each scenario, at its best recourse.

    Parameters
    ----------
    blocks : Blocks
        The program.
    plan : numpy.ndarray
        First-stage point, shape (first,).
    batch : Batch
        S scenarios.

    Returns
    -------
    numpy.ndarray or None
        Shape (S,); None where a scenario has no recourse.
    """
    news = np.zeros(len(batch.theta), dtype=np.int64)
    first = blocks.first
    own = blocks.offset + float(blocks.cost.base[:first] @ plan)
    if blocks.integer[first:].any():
        fixed = fixed_plan(blocks, plan)
        try:
            found = solve_batch(fixed, batch.theta, batch.probability, news, method="extensive")
        except InfeasibleError:
            return None
        return np.asarray(own + found.outcomes.cost["second stage"])
    evaluator = Evaluator(blocks, batch.theta, batch.probability, news)
    try:
        evaluated = evaluator.evaluate(plan)
    finally:
        evaluator.close()
    return None if evaluated.missing else np.asarray(own + evaluated.costs)


def fixed_plan(blocks: Blocks, plan: Vector) -> Blocks:
    r"""Return the second stage alone, for one plan, with its cost in a column of its own.

    .. math:: total - c(\theta) y = 0

    Parameters
    ----------
    blocks : Blocks
        The program.
    plan : numpy.ndarray
        First-stage point, shape (first,).

    Returns
    -------
    Blocks
        Its rows of the first stage are left out: the plan keeps them, but for the last digit. The
        form ``("cost", "second stage")`` is the total, also where costs are random.
    """
    first, width = blocks.first, len(blocks.columns)
    kept = np.flatnonzero(blocks.stage == OPS)
    old = blocks.matrix[kept]
    priced = first + np.flatnonzero(
        (blocks.cost.base[first:] != 0.0) | (np.diff(blocks.cost.slope[first:].indptr) > 0)
    )
    used, count = old.data, blocks.entries.slope.shape[1]
    none = sp.csr_array((1, count))
    entries = Affine(
        np.r_[blocks.entries.base[used], -blocks.cost.base[priced], 1.0],
        _stack(blocks.entries.slope[used], -blocks.cost.slope[priced], none),
    )
    total = np.zeros(width + 1)
    total[-1] = 1.0
    value = np.where(blocks.integer[:first], np.round(plan), plan)
    integer = np.append(blocks.integer, False)
    integer[:first] = False
    size = len(entries.base)
    height = len(kept) + 1
    return replace(
        blocks,
        columns=(*blocks.columns, "total"),
        rows=(*(blocks.rows[i] for i in kept), "total"),
        matrix=sp.csr_array(
            (np.arange(size), np.r_[old.indices, priced, width], np.r_[old.indptr, size]),
            shape=(height, width + 1),
        ),
        entries=entries,
        right=Affine(
            np.append(blocks.right.base[kept], 0.0), _stack(blocks.right.slope[kept], none)
        ),
        sense=np.append(blocks.sense[kept], 0).astype(np.int8),
        stage=np.full(height, OPS, dtype=np.int8),
        cost=Affine(total, sp.csr_array((width + 1, count))),
        offset=0.0,
        lower=np.r_[value, blocks.lower[first:], -np.inf],
        upper=np.r_[value, blocks.upper[first:], np.inf],
        integer=integer,
        column_period=np.full(width + 1, -1, dtype=np.int64),
        row_period=np.full(height, -1, dtype=np.int64),
        twin=np.full(width + 1, -1, dtype=np.int64),
        policy=np.full(height, -1, dtype=np.int64),
        forms={("cost", "second stage"): total},
    )


def _stack(*parts: sp.csr_array) -> sp.csr_array:
    return sp.csr_array(sp.vstack(parts))
