"""What one more unit of a limit is worth: reduced costs, bounds, and limits that data scale."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import OPS, PLAN
from diversify.solver.extensive import Extensive
from diversify.solver.search import Search

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


def _none() -> Vector:
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class Worth:
    r"""Derivatives of the cost at a solved point, read from its multipliers.

    Attributes
    ----------
    slope : numpy.ndarray
        Change of cost with each first-stage column, with all recourse and all rows in expectation
        counted and the rows of the first stage not, shape (first,) [USD per unit].
    upper : numpy.ndarray
        Change of cost with the upper bound of each column, added up over the scenarios, shape
        (columns,); never positive.
    offered : numpy.ndarray
        Multiplier of each scenario row times what the first stage and the data leave it, added up
        over the scenarios, shape (rows,) [USD].

        .. math:: \textstyle\sum_s y_{i,s}\,(h_{i,s} - T_{i,s}\, x)
    """

    slope: Vector = field(default_factory=_none)
    upper: Vector = field(default_factory=_none)
    offered: Vector = field(default_factory=_none)

    @property
    def known(self) -> bool:
        """Whether there is anything to read."""
        return len(self.slope) > 0

    def over(self, blocks: Blocks) -> Worth:
        """Return the same for a problem without the last first-stage columns, and last rows."""
        if not self.known:
            return self
        more = len(self.slope) - blocks.first
        return Worth(
            self.slope[: blocks.first],
            np.delete(self.upper, blocks.first + np.arange(more))[: len(blocks.columns)],
            self.offered[: len(blocks.rows)],
        )


def extensive_worth(
    blocks: Blocks, extensive: Extensive, point: Vector, multipliers: Vector
) -> Worth:
    """Return the derivatives at a point of the extensive form.

    Parameters
    ----------
    blocks, extensive
        The problem.
    point, multipliers : numpy.ndarray
        Its linear solution.

    Returns
    -------
    Worth
        Exact.
    """
    problem, first = extensive.problem, blocks.first
    plan = blocks.stage[extensive.row] == PLAN
    reduced = problem.cost - problem.matrix.T @ multipliers
    slope = reduced[:first] + problem.matrix[plan][:, :first].T @ multipliers[plan]
    bound = np.where(np.isfinite(problem.upper), np.minimum(reduced, 0.0), 0.0)
    # At another bound than the upper one a reduced cost says nothing about it.
    bound[point < problem.upper - 1e-6 * (1.0 + np.abs(point))] = 0.0
    origin = np.arange(len(bound))
    own = extensive.where >= first
    at = np.broadcast_to(first + np.arange(blocks.second), extensive.where.shape)
    origin[extensive.where[own]] = at[own]
    upper = np.bincount(origin, bound, len(blocks.columns))
    side = np.where(np.isfinite(problem.low), problem.low, problem.high)
    left = side - problem.matrix[:, :first] @ point[:first]
    offered = np.bincount(extensive.row, multipliers * left, len(blocks.rows))
    return Worth(
        np.asarray(slope), np.asarray(upper, dtype=float), np.asarray(offered, dtype=float)
    )


def decomposed_worth(search: Search, multipliers: Vector) -> Worth:
    """Return the derivatives at the best plan of a search, from the multipliers of its master.

    Where scenarios share a cut their data are averaged, and a limit that some of them need and
    others do not counts for less than it is worth; with a cut for each scenario all is exact.

    Parameters
    ----------
    search : Search
        At its end.
    multipliers : numpy.ndarray
        Of the rows of the master.

    Returns
    -------
    Worth
        As far as the cuts tell.
    """
    frame, blocks, evaluator = search.frame, search.frame.blocks, search.evaluator
    first, count = blocks.first, len(frame.rows)
    own = frame.money * multipliers[:count]
    once = blocks.stage[frame.rows] == PLAN
    matrix = frame.matrix[:, :first]
    slope = frame.money * frame.cost[:first] - matrix[~once].T @ own[~once]
    # Added up over the cuts of each cluster: multipliers, weight of the cost, weight of risk.
    total = np.zeros((frame.clusters, len(blocks.rows)))
    money = np.zeros(frame.clusters)
    risk = np.zeros((frame.clusters, len(frame.expected)))
    mass = np.bincount(evaluator.cluster, evaluator.probability, frame.clusters)
    for cut, weight in zip(search.pool.cuts, multipliers[count:], strict=True):
        if weight == 0.0:
            continue
        share = weight * frame.factor(cut) * frame.money
        slope[cut.columns] += share * cut.slope
        total[cut.cluster, cut.rows] += share * cut.multipliers
        money[cut.cluster] += share * (cut.weight * mass[cut.cluster] + cut.tail * cut.mass)
        risk[cut.cluster] += share * cut.risk * mass[cut.cluster]
    reduced = slope - matrix[once].T @ own[once]
    upper = np.zeros(len(blocks.columns))
    upper[:first] = np.where(np.isfinite(blocks.upper[:first]), np.minimum(reduced, 0.0), 0.0)
    theta = _averages(evaluator.theta, evaluator.cluster, evaluator.probability, frame.clusters)
    upper[first:] = _scenario_bounds(blocks, frame.expected, theta, total, money, risk)
    offered = np.zeros(len(blocks.rows))
    rows = np.flatnonzero((blocks.stage == OPS) & total.any(axis=0))
    left = _left(blocks, rows, theta, search.best)
    offered[rows] = (total[:, rows] * left).sum(axis=0)
    return Worth(np.asarray(slope), upper, offered)


def _averages(theta: Vector, cluster: Index, probability: Vector, count: int) -> Vector:
    # Losses have no probability, and count as much as each other.
    weight = np.maximum(probability, 1e-12)
    spread = sp.csr_array((weight, (cluster, np.arange(len(cluster)))), shape=(count, len(cluster)))
    return np.asarray((spread @ theta) / np.asarray(spread.sum(axis=1)).reshape(-1, 1))


def _left(blocks: Blocks, rows: Index, theta: Vector, plan: Vector) -> Vector:
    """Return right sides less the first stage's part, shape (K, rows)."""
    right = blocks.right
    left = right.base[rows] + np.asarray((right.slope[rows] @ theta.T).T)
    part = blocks.matrix[rows]
    at = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
    mine = part.indices < blocks.first
    entries, columns = part.data[mine], part.indices[mine]
    values = blocks.entries.base[entries] + np.asarray((blocks.entries.slope[entries] @ theta.T).T)
    give = sp.csr_array(
        (np.ones(len(entries)), (np.arange(len(entries)), at[mine])),
        shape=(len(entries), len(rows)),
    )
    return np.asarray(left - (values * plan[columns]) @ give)


def _scenario_bounds(
    blocks: Blocks, expected: Index, theta: Vector, total: Vector, money: Vector, risk: Vector
) -> Vector:
    """Return the change of cost with upper bounds of scenario columns, shape (second,)."""
    found = np.zeros(blocks.second)
    bounded = blocks.first + np.flatnonzero(
        np.isfinite(blocks.upper[blocks.first :]) & (blocks.upper[blocks.first :] > 0)
    )
    pattern = blocks.matrix.tocoo()
    live = np.isin(pattern.col, bounded)
    rows, columns, entries = pattern.row[live], pattern.col[live], pattern.data[live]
    ops = blocks.stage[rows] == OPS
    place = {int(row): r for r, row in enumerate(expected)}
    priced = np.array([place.get(int(row), len(expected)) for row in rows], dtype=np.int64)
    for k in np.flatnonzero(money > 0):
        values = blocks.entries.base[entries] + blocks.entries.slope[entries] @ theta[k]
        paid = np.zeros(len(blocks.columns))
        np.add.at(paid, columns[ops], values[ops] * total[k, rows[ops]])
        # Only a column that rows pay for was kept in by its bound.
        wanted = np.flatnonzero(paid > 0)
        cost = money[k] * (blocks.cost.base + blocks.cost.slope @ theta[k])
        np.add.at(cost, columns, np.r_[risk[k], 0.0][priced] * values)
        reduced = np.minimum(cost[wanted] - paid[wanted], 0.0)
        found[wanted - blocks.first] += reduced
    return found
