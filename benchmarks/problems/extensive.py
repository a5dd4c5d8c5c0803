"""The extensive form of an instance, stacked by hand: what one would give to a solver as it is."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from benchmarks.problems.instance import Instance, Vector
from diversify.compile.blocks import OPS
from diversify.solver.problem import Problem


def extensive(instance: Instance) -> Problem:
    """Return all scenarios side by side, with the mean, the tail, or both as the objective.

    The tail is that of Rockafellar and Uryasev: a threshold, and an excess of each scenario.

    Parameters
    ----------
    instance : Instance
        Without rows in expectation and without news.

    Returns
    -------
    Problem
        Columns: the plan, each scenario's, then threshold and excesses where the tail counts.
    """
    b, count = instance.blocks, len(instance.theta)
    first, second = b.first, b.second
    once, each = np.flatnonzero(b.stage != OPS), np.flatnonzero(b.stage == OPS)
    values, right = b.entries.at(instance.theta), b.right.at(instance.theta)
    row = np.repeat(np.arange(b.matrix.shape[0]), np.diff(b.matrix.indptr))
    column, entry = b.matrix.indices, b.matrix.data
    place = np.full(b.matrix.shape[0], -1)
    place[once], place[each] = np.arange(len(once)), np.arange(len(each))
    top = (b.stage != OPS)[row]
    scenario = np.arange(count)[:, None]
    height = len(once) + count * len(each)
    at = np.concatenate([
        place[row[top]],
        (len(once) + scenario * len(each) + place[row[~top]]).ravel(),
    ])  # fmt: skip
    shifted = np.where(column[~top] < first, column[~top], column[~top] + scenario * second)
    where = np.concatenate([column[top], shifted.ravel()])
    data = np.concatenate([values[0, entry[top]], values[:, entry[~top]].ravel()])
    width = first + count * second
    matrix = sp.csr_array((data, (at, where)), shape=(height, width))
    cost = np.concatenate([
        b.cost.base[:first],
        (instance.probability[:, None] * b.cost.base[first:]).ravel(),
    ])  # fmt: skip
    sense = np.concatenate([b.sense[once], np.tile(b.sense[each], count)])
    side = np.concatenate([right[0, once], right[:, each].ravel()])
    problem = Problem(
        matrix,
        cost,
        _tiled(b.lower, first, count),
        _tiled(b.upper, first, count),
        np.where(sense >= 0, side, -np.inf),
        np.where(sense <= 0, side, np.inf),
        np.concatenate([b.integer[:first], np.tile(b.integer[first:], count)]),
        b.offset,
    )
    return problem if instance.objective is None else _with_tail(problem, instance)


def _tiled(values: Vector, first: int, count: int) -> Vector:
    return np.concatenate([values[:first], np.tile(values[first:], count)])


def _with_tail(problem: Problem, instance: Instance) -> Problem:
    """Add threshold, excesses and their rows: excess - cost + threshold >= 0."""
    objective = instance.objective
    assert objective is not None
    b, count = instance.blocks, len(instance.theta)
    plan = sp.csr_array(np.tile(b.cost.base[: b.first], (count, 1)))
    own = sp.kron(sp.eye_array(count), b.cost.base[b.first :][None, :])
    threshold, excess = sp.csr_array(np.ones((count, 1))), sp.eye_array(count)
    rows = sp.hstack([-plan, -own, threshold, excess])
    wide = sp.hstack([problem.matrix, sp.csr_array((problem.shape[0], 1 + count))])
    tail = objective.cvar * instance.probability / (1.0 - objective.level)
    return Problem(
        sp.csr_array(sp.vstack([wide, rows])),
        np.concatenate([objective.mean * problem.cost, [objective.cvar], tail]),
        np.concatenate([problem.lower, [-np.inf], np.zeros(count)]),
        np.concatenate([problem.upper, np.full(1 + count, np.inf)]),
        np.concatenate([problem.low, np.zeros(count)]),
        np.concatenate([problem.high, np.full(count, np.inf)]),
        np.concatenate([problem.integer, np.zeros(1 + count, dtype=bool)]),
        objective.mean * problem.offset,
    )
