"""Curved limits on losses of scenarios, kept by as many flat ones as it takes."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from diversify.compile.blocks import EXPECTED, Blocks, Curve
from diversify.errors import NotCertifiedError, StoppedError
from diversify.risk import entropic
from diversify.risk.divergences import DIVERGENCES
from diversify.solver.densities import Density, density, with_densities
from diversify.solver.evaluation import Outcomes
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Solve = Callable[[Blocks, Vector], Solution]
# How far a limit may be exceeded, relative to its size, before it gets more tangents.
WITHIN = 1e-9
# What rounding may leave of that where more tangents do not help.
ACCEPTED = 1e-6
# Densities converge within some ten rounds; this many say that something is wrong.
ROUNDS = 60


def losses(curve: Curve, outcomes: Outcomes, plan: Vector) -> Vector:
    """Return the losses that a curve limits, from what a plan costs and lacks.

    Parameters
    ----------
    curve : Curve
        The curve.
    outcomes : Outcomes
        Of a plan.
    plan : numpy.ndarray
        First-stage point, shape (first,).

    Returns
    -------
    numpy.ndarray
        Shape (S,); above a threshold, where the curve has one.
    """
    total = np.zeros(len(outcomes.probability))
    for key, share in curve.parts.items():
        if key[0] == "short":
            total = total + share * outcomes.short[key[1], key[2]]
        else:
            part = outcomes.cost if key[0] == "cost" else outcomes.plan_cost
            total = total + share * part[key[1]]
    if curve.above >= 0:
        return np.asarray(np.maximum(total - plan[curve.above], 0.0))
    return total


def exact(curve: Curve, found: Vector, probability: Vector) -> float:
    """Return the measure itself of some losses: the worst mean, or the entropic risk."""
    if curve.width < 0:
        return entropic.value(found, probability, 1.0 / curve.scale)
    return DIVERGENCES[curve.divergence].value(found, probability, curve.radius)


def excess(
    blocks: Blocks, theta: Vector, found: Solution, kept: Sequence[Density]
) -> list[tuple[float, Vector]]:
    """Return by how much each curve is exceeded, relative to its limit, and its losses.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem with its curves.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    found : Solution
        A point that keeps the flat limits.
    kept : sequence of Density
        Those.

    Returns
    -------
    list of tuple
        0 or less where the curve's limit holds exactly, or where no limit is needed since the
        flat ones say as much as the curve.
    """
    plan, seen = found.plan, found.outcomes
    levels = theta[0]
    result = []
    for k, curve in enumerate(blocks.curves):
        mine = losses(curve, seen, plan)
        middle = float(plan[curve.middle])
        width = curve.scale if curve.width < 0 else float(plan[curve.width])
        value = np.maximum(mine - middle + width, 0.0)
        for other in kept:
            if other.curve == k:
                value = np.maximum(value, other.ratio * (mine - middle) - other.penalty * width)
        fixed = middle + (curve.radius - 1.0) * width
        measured = exact(curve, mine, seen.probability)
        size = 1e-3 * float(np.abs(mine).max(initial=0.0))
        over = curve.weight * (measured - fixed - float(seen.probability @ value))
        size = max(size, curve.weight * abs(measured))
        for row in limits(blocks, curve):
            span = slice(blocks.matrix.indptr[row], blocks.matrix.indptr[row + 1])
            columns, entries = blocks.matrix.indices[span], blocks.matrix.data[span]
            first = columns < blocks.first
            amounts = (blocks.entries.base[entries] + blocks.entries.slope[entries] @ levels)[first]
            right = float((blocks.right.base[[row]] + blocks.right.slope[[row]] @ levels)[0])
            whole = float(amounts @ plan[columns[first]]) + curve.weight * (measured - fixed)
            over, size = min(over, whole - right), max(1e-3 * size, abs(right))
        result.append((over / max(size, 1e-12), mine))
    return result


def limits(blocks: Blocks, curve: Curve) -> list[int]:
    """Return the rows in expectation that a curve stands in; none where it is priced."""
    column = blocks.first + curve.value
    return [
        int(row)
        for row in np.flatnonzero((blocks.stage == EXPECTED) & (blocks.policy == curve.policy))
        if column
        in blocks.matrix.indices[blocks.matrix.indptr[row] : blocks.matrix.indptr[row + 1]]
    ]


def solve_curved(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    solve: Solve,
    *,
    time_limit: float | None = None,
) -> Solution:
    """Return the cheapest plan that keeps every curve.

    The flat limits never say more than the curves, so the bound of the last problem is one of the
    problem that is meant, and where its point keeps the curves it is the best.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem with its curves.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    probability : numpy.ndarray
        Shape (S,).
    solve : callable
        Solves blocks without curves.
    time_limit : float, optional
        Seconds for all rounds together.

    Returns
    -------
    Solution
        Over the rows and columns of ``blocks``.

    Raises
    ------
    NotCertifiedError
        If the curves are still exceeded after many rounds.
    InfeasibleError, UnboundedError, StoppedError
        As ``solve`` does.
    """
    begin = time.monotonic()
    kept: list[Density] = []
    if blocks.integer.any():
        # Most of the curve is found without yes/no decisions.
        loose = dataclasses.replace(blocks, integer=np.zeros_like(blocks.integer))
        kept = rounds(loose, theta, probability, solve, kept)[1]
    found = rounds(blocks, theta, probability, solve, kept, begin, time_limit)[0]
    return found.over(blocks)


def rounds(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    solve: Solve,
    kept: list[Density],
    begin: float = 0.0,
    time_limit: float | None = None,
) -> tuple[Solution, list[Density]]:
    """Return a point that keeps the curves, and the densities that it took.

    Parameters
    ----------
    blocks, theta, probability, solve
        As in :func:`solve_curved`.
    kept : list of Density
        To begin with.
    begin : float
        When the clock began to run.
    time_limit : float, optional
        Seconds since then.

    Returns
    -------
    Solution
        Over the rows of ``blocks`` and of the densities.
    list of Density
        In the order in which they were found.
    """
    last = np.inf
    for _ in range(ROUNDS):
        found = solve(*with_densities(blocks, theta, kept))
        over = excess(blocks, theta, found, kept)
        worst = max(share for share, _ in over)
        if worst <= WITHIN or (worst <= ACCEPTED and worst > 0.5 * last):
            return found, kept
        if found.status != "optimal":
            raise StoppedError("the time limit was reached before a plan was found")
        if time_limit is not None and time.monotonic() - begin > time_limit:
            raise StoppedError("the time limit was reached before a plan kept all limits")
        last = worst
        kept = [
            *kept,
            *(
                density(k, blocks, mine, probability)
                for k, (share, mine) in enumerate(over)
                if share > WITHIN
            ),
        ]
    raise NotCertifiedError(f"a curved limit is still exceeded by {worst:.1e} of its size")
