"""Round limits on the first stage, kept by as many flat ones as it takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile.blocks import PLAN, Affine, Blocks, Cone, make_label
from diversify.errors import InfeasibleError
from diversify.solver.cuts import Cut
from diversify.solver.extensive import stack
from diversify.solver.problem import Problem
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# How far a cone may be exceeded, relative to its right side, before it gets another tangent.
WITHIN = 1e-7
# A plan between two that keep a cone may exceed it by their rounding.
ACCEPTED = 4 * WITHIN
# Parts below this are left out of a tangent: a solver takes such coefficients for zero.
LEAST = 1e-8
# Tangents converge within some twenty rounds; this many say that something is wrong.
ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Tangent:
    r"""A flat limit that every point of a cone keeps.

    .. math:: \sum_g u_g \sqrt{w_g}\, x_g \le \rho V, \quad \lVert u \rVert \le 1

    Attributes
    ----------
    cone : int
        Position of the cone.
    slope : numpy.ndarray
        Coefficient of each part, shape (n,).
    """

    cone: int
    slope: Vector


def excess(cone: Cone, theta: Vector, plan: Vector) -> float:
    """Return by how much a plan exceeds a cone, relative to the total volume.

    Parameters
    ----------
    cone : Cone
        The cone.
    theta : numpy.ndarray
        Data with the level, shape (P,).
    plan : numpy.ndarray
        First-stage point, shape (first,).

    Returns
    -------
    float
        0 or less where the plan keeps it.
    """
    length = float(np.linalg.norm(cone.weights * plan[cone.parts]))
    radius, whole = float(theta[cone.symbol]), float(plan[cone.whole])
    return (length - radius * whole) / (1.0 + abs(whole))


def tangents(blocks: Blocks, theta: Vector, plan: Vector) -> list[Tangent]:
    """Return a tangent for each cone that a plan exceeds.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem with its cones.
    theta : numpy.ndarray
        Data with the levels, shape (P,).
    plan : numpy.ndarray
        First-stage point, shape (first,).

    Returns
    -------
    list of Tangent
        Each cuts the plan off; none where the plan keeps all cones.
    """
    found = []
    for k, cone in enumerate(blocks.cones):
        if excess(cone, theta, plan) > WITHIN:
            scaled = cone.weights * np.maximum(plan[cone.parts], 0.0)
            unit = scaled / np.linalg.norm(scaled)
            # Parts are 0 or more, so leaving some out keeps the limit true.
            found.append(Tangent(k, cone.weights * np.where(unit > LEAST, unit, 0.0)))
    return found


def keeps(blocks: Blocks, theta: Vector, plan: Vector) -> bool:
    """Say whether a plan keeps all cones."""
    return all(excess(cone, theta, plan) <= ACCEPTED for cone in blocks.cones)


def as_cut(blocks: Blocks, theta: Vector, tangent: Tangent, expected: int) -> Cut:
    """Return a tangent as a cut, which like those of recourse says which plans will do.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data with the levels, shape (P,).
    tangent : Tangent
        Of one of its cones.
    expected : int
        Number of rows in expectation R.

    Returns
    -------
    Cut
        It remembers its tangent.
    """
    cone = blocks.cones[tangent.cone]
    nothing, none = np.zeros(expected), np.zeros(0, dtype=np.int64)
    live = tangent.slope > 0.0
    columns = np.r_[cone.parts[live], cone.whole].astype(np.int64)
    # The cut holds where constant + slope @ plan is at most zero.
    slope = np.r_[tangent.slope[live], -theta[cone.symbol]]
    return Cut(
        0, 0.0, 0.0, 0.0, nothing, 0.0, columns, slope, none, np.zeros(0), nothing, tangent.cone
    )


def as_tangent(blocks: Blocks, cut: Cut) -> Tangent:
    """Return the tangent that a cut was made of."""
    parts = blocks.cones[cut.cone].parts
    slope = np.zeros(len(parts))
    # Both are in the order of the parts.
    slope[np.isin(parts, cut.columns[:-1])] = cut.slope[:-1]
    return Tangent(cut.cone, slope)


def with_tangents(blocks: Blocks, found: Sequence[Tangent]) -> Blocks:
    """Return the problem with tangents as rows of the policies that their cones belong to.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    found : sequence of Tangent
        In the order wanted.

    Returns
    -------
    Blocks
        With the rows behind all others; the level stays a symbol.
    """
    if not found:
        return blocks
    taken = len(blocks.rows)
    columns, base, slopes, starts = [], [], [], [0]
    symbols = blocks.entries.slope.shape[1]
    for tangent in found:
        cone = blocks.cones[tangent.cone]
        live = tangent.slope > 0.0
        columns.append(np.r_[cone.parts[live], cone.whole])
        base.append(np.r_[tangent.slope[live], 0.0])
        slopes.append((starts[-1] + int(live.sum()), cone.symbol))
        starts.append(starts[-1] + int(live.sum()) + 1)
    count = starts[-1]
    old = len(blocks.entries.base)
    # One is added so that position 0 is not a stored zero, which scipy would be free to drop.
    added = sp.csr_array(
        (old + 1 + np.arange(count), np.concatenate(columns), np.array(starts)),
        shape=(len(found), blocks.matrix.shape[1]),
    )
    kept = sp.csr_array(
        (blocks.matrix.data + 1, blocks.matrix.indices, blocks.matrix.indptr),
        shape=blocks.matrix.shape,
    )
    matrix = sp.csr_array(sp.vstack([kept, added]))
    pattern = sp.csr_array(
        (matrix.data.astype(np.int64) - 1, matrix.indices, matrix.indptr), shape=matrix.shape
    )
    at, symbol = np.array(slopes).T
    slope = sp.csr_array((-np.ones(len(at)), (at, symbol)), shape=(count, symbols))
    policy = [blocks.cones[tangent.cone].policy for tangent in found]
    return dataclasses.replace(
        blocks,
        rows=(*blocks.rows, *_labels(blocks, found, taken)),
        matrix=pattern,
        entries=Affine(
            np.r_[blocks.entries.base, *base],
            sp.csr_array(sp.vstack([blocks.entries.slope, slope])),
        ),
        right=Affine(
            np.r_[blocks.right.base, np.zeros(len(found))],
            sp.csr_array(sp.vstack([blocks.right.slope, sp.csr_array((len(found), symbols))])),
        ),
        sense=np.r_[blocks.sense, np.full(len(found), -1)].astype(np.int8),
        stage=np.r_[blocks.stage, np.full(len(found), PLAN)].astype(np.int8),
        row_period=np.r_[blocks.row_period, np.full(len(found), -1)],
        policy=np.r_[blocks.policy, policy],
    )


def _labels(blocks: Blocks, found: Sequence[Tangent], taken: int) -> list[str]:
    labels = []
    for i, tangent in enumerate(found):
        cone = blocks.cones[tangent.cone]
        family = f"plan.{blocks.policies[cone.policy]!r} tangent"
        labels.append(make_label(family, *cone.index, taken + i))
    return labels


def tightened(blocks: Blocks, problem: Problem, theta: Vector) -> list[Tangent]:
    """Return the tangents that the relaxation of a problem needs to keep every cone.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem with its cones.
    problem : Problem
        An extensive form of it: the first-stage columns come first.
    theta : numpy.ndarray
        Data with the levels, shape (P,).

    Returns
    -------
    list of Tangent
        With these rows the cheapest point keeps all cones, or there is no point.
    """
    found: list[Tangent] = []
    lp, width = WarmLp(problem.relaxed(), presolve=True), problem.shape[1]
    for _ in range(ROUNDS):
        status, point, _ = lp.resolve(problem.lower, problem.upper)
        if status != "optimal":
            return found
        more = tangents(blocks, theta, point)
        if not more:
            return found
        found += more
        add_tangents(lp, blocks, theta, more, width)
    return found


def add_tangents(
    lp: WarmLp, blocks: Blocks, theta: Vector, found: Sequence[Tangent], width: int
) -> None:
    """Add tangents as rows to a linear problem whose first columns are those of the first stage."""
    rows = [as_cut(blocks, theta, tangent, 0) for tangent in found]
    sizes = [len(row.columns) for row in rows]
    matrix = sp.csr_array(
        (
            np.concatenate([row.slope for row in rows]),
            np.concatenate([row.columns for row in rows]),
            np.r_[0, np.cumsum(sizes)],
        ),
        shape=(len(rows), width),
    )
    lp.add_rows(matrix, np.full(len(rows), -np.inf), np.zeros(len(rows)))


def clashing(blocks: Blocks, theta: Vector, probability: Vector, news: Index) -> Blocks:
    """Return an infeasible problem with the tangents that make it so.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem, whose cones cannot all be kept.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).

    Returns
    -------
    Blocks
        With rows for the cones, so that a conflict can name them; as it came where it has none.
    """
    if not blocks.cones:
        return blocks
    for size in (1, 8, 40, len(theta)):
        chosen = np.argsort(-probability, kind="stable")[:size]
        mass = probability[chosen] / probability[chosen].sum()
        extensive = stack(blocks, theta[chosen], mass, news[chosen])
        problem = extensive.problem
        if size == 1:
            once = np.flatnonzero(blocks.stage[extensive.row] == PLAN)
            problem = problem.only(once)
        found = tightened(blocks, problem.without_cost(), theta[0])
        whole = with_tangents(blocks, found)
        again = stack(whole, theta[chosen], mass, news[chosen]).problem
        if size >= len(theta) or _impossible(again):
            return whole
    raise InfeasibleError("no plan keeps all limits")


def _impossible(problem: Problem) -> bool:
    lp = WarmLp(problem.relaxed().without_cost())
    return lp.resolve(problem.lower, problem.upper)[0] == "infeasible"
