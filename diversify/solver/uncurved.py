"""A problem with flat limits in place of its curves, for asking why no plan keeps them all."""

from __future__ import annotations

import contextlib
import dataclasses

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile.blocks import Affine, Blocks
from diversify.errors import NotSolvedError, SolverError
from diversify.solver.curves import limits, rounds
from diversify.solver.densities import Density, with_densities
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# Scenarios in which the densities are looked for, the likeliest ones.
MOST = 40
# A row of no stage is left out.
NOWHERE = -1


def without_curves(
    blocks: Blocks, theta: Vector, probability: Vector, news: Index, most: int = MOST
) -> tuple[Blocks, Vector]:
    """Return a problem with the flat limits that say how far its curves can be kept, and its data.

    They are those of the plan in which what the curves limit is as small as can be, whatever it
    costs; so they show a clash where there is one, and what level could be kept.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    most : int
        Look at no more scenarios than this, the likeliest ones; in the others a flat limit says
        that the worst mean is at least the mean.

    Returns
    -------
    Blocks
        Without curves; as it came where it has none.
    numpy.ndarray
        Shape (S, P + 2 K).
    """
    if not blocks.curves:
        return blocks, theta
    chosen = np.argsort(-probability, kind="stable")[:most]
    mass = probability[chosen] / probability[chosen].sum()

    def flat(more: Blocks, data: Vector) -> Solution:
        return solve_extensive(more, data, mass, news[chosen])

    kept: list[Density] = []
    # Where there is no plan even so, other limits clash by themselves.
    with contextlib.suppress(NotSolvedError, SolverError):
        kept = rounds(_softened(blocks, theta[0]), theta[chosen], mass, flat, kept)[1]
    return with_densities(blocks, theta, [_over_all(one, chosen, len(theta)) for one in kept])


def _over_all(one: Density, chosen: Index, count: int) -> Density:
    ratio, penalty = np.ones(count), np.full(count, -1.0)
    ratio[chosen], penalty[chosen] = one.ratio, one.penalty
    return Density(one.curve, ratio, penalty)


def _softened(blocks: Blocks, levels: Vector) -> Blocks:
    """Return the problem that minimises what its curves limit, whatever it costs."""
    rows = sorted({row for curve in blocks.curves for row in limits(blocks, curve)})
    cost = np.zeros(len(blocks.columns))
    for row in rows:
        span = slice(blocks.matrix.indptr[row], blocks.matrix.indptr[row + 1])
        columns, entries = blocks.matrix.indices[span], blocks.matrix.data[span]
        right = float((blocks.right.base[[row]] + blocks.right.slope[[row]] @ levels)[0])
        cost[columns] += blocks.entries.base[entries] / max(abs(right), 1e-3)
    stage = blocks.stage.copy()
    stage[rows] = NOWHERE
    none = sp.csr_array(blocks.cost.slope.shape)
    integer = np.zeros_like(blocks.integer)
    return dataclasses.replace(
        blocks, cost=Affine(cost, none), stage=stage, offset=0.0, integer=integer
    )
