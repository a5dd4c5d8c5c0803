"""How far a plan may be from the best one, when the scenarios are a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from diversify.compile import Blocks
from diversify.solver.evaluator import Evaluator
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Batch = tuple[Vector, Vector, Index]


@dataclass(frozen=True, slots=True)
class SampleGap:
    """How much cheaper than a plan the best one may be.

    Attributes
    ----------
    estimate : float
        Mean over the replications; on average it is not below the truth.
    high : float
        Upper end of the one-sided interval that begins at 0.
    least : float
        Mean of the replications' optima: on average not above the cost of the best plan.
    gaps : tuple of float
        That of each replication.
    """

    estimate: float
    high: float
    least: float
    gaps: tuple[float, ...]


def sample_gap(
    blocks: Blocks,
    plan: Vector,
    batches: Iterable[Batch],
    solve: Callable[[Vector, Vector, Index], Solution],
    confidence: float = 0.95,
) -> SampleGap | None:
    r"""Return an interval for how much a plan costs more than the best one.

    Each replication draws a batch, in which the plan and the batch's own best plan meet the same
    scenarios, so that what they share cancels:

    .. math:: G_m = \tfrac1N \textstyle\sum_s c(\hat x, \xi_s) - \min_x \tfrac1N
        \sum_s c(x, \xi_s) \ge 0, \quad
        \bar G + t_{\alpha, M-1}\, s_G / \sqrt{M}

    Since :math:`\mathbb{E}\, G_m` is at least the true gap, the interval from 0 up to that covers
    it with the confidence asked for, up to the normal approximation.

    Source: Mak, Morton & Wood, Operations Research Letters 24, 1999, 47-56.

    Parameters
    ----------
    blocks : Blocks
        A problem without rows in expectation; see :func:`~diversify.solver.priced.priced`.
    plan : numpy.ndarray
        First-stage point that was found without these batches, shape (first,).
    batches : iterable of tuple
        Data, probability and news of M independent batches, at least two.
    solve : callable
        Solves one.
    confidence : float
        Of the interval.

    Returns
    -------
    SampleGap or None
        None where the plan has no recourse in some batch, so that its cost has no bound.
    """
    gaps, optima = [], []
    for theta, probability, news in batches:
        # What is proven of the batch: its optimum, less what the solver left open.
        least = solve(theta, probability, news).bound
        evaluator = Evaluator(blocks, theta, probability, news)
        try:
            found = evaluator.evaluate(plan)
        finally:
            evaluator.close()
        if found.missing:
            return None
        cost = blocks.offset + float(probability @ found.totals)
        # Below 0 there is nothing but rounding.
        gaps.append(max(0.0, cost - least))
        optima.append(least)
    count = len(gaps)
    mean, spread = float(np.mean(gaps)), float(np.std(gaps, ddof=1))
    half = float(stdtrit(count - 1, confidence)) * spread / count**0.5
    return SampleGap(mean, mean + half, float(np.mean(optima)), tuple(gaps))
