"""Exact evaluation of a plan: cost, risk and cuts, all scenarios at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.solver.cuts import Cut, make_cuts
from diversify.solver.recourse import prepare_recourse
from diversify.solver.subproblems import Subproblems

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a plan's recourse costs under given weights of risk.

    Attributes
    ----------
    costs : numpy.ndarray
        Cost of each scenario from the news on, times its probability, shape (S,).
    risks : numpy.ndarray
        Its part of each row in expectation, from the news on, shape (S, R).
    points : list of numpy.ndarray
        Points of each group of scenarios.
    cuts : list of Cut
        Exact at this plan.
    """

    costs: Vector
    risks: Vector
    points: list[Vector]
    cuts: list[Cut]

    @property
    def cost(self) -> float:
        """Expected cost from the news on."""
        return float(self.costs.sum())

    @property
    def risk(self) -> Vector:
        """The scenarios' part of each row in expectation, shape (R,)."""
        return np.asarray(self.risks.sum(axis=0))


class Evaluator:
    """The recourse of a batch of scenarios, grouped by the period of their news.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    probability, news, cluster : numpy.ndarray
        Shape (S,).
    policies : bool
        Whether scenario rows of policies count.
    """

    def __init__(
        self,
        blocks: Blocks,
        theta: Vector,
        probability: Vector,
        news: Index,
        cluster: Index,
        *,
        policies: bool = True,
    ) -> None:
        self.blocks = blocks
        self._members: list[Index] = []
        self._groups: list[Subproblems] = []
        self._risk: list[Vector] = []
        self._probability, self._cluster = probability, cluster
        # Neighbours in this order differ little, so that each solve starts near its end.
        order = np.lexsort(theta.T[::-1])
        values = blocks.entries.base
        expected = np.flatnonzero(blocks.stage == EXPECTED)
        for before in np.unique(news):
            members = order[news[order] == before]
            recourse = prepare_recourse(blocks, int(before), policies=policies)
            self._members.append(members)
            self._groups.append(Subproblems(recourse, theta[members]))
            weights = np.zeros((len(expected), len(recourse.columns)))
            for r, row in enumerate(expected):
                span = slice(blocks.matrix.indptr[row], blocks.matrix.indptr[row + 1])
                whole = np.zeros(len(blocks.columns))
                whole[blocks.matrix.indices[span]] = values[blocks.matrix.data[span]]
                weights[r] = whole[blocks.first + recourse.columns]
            self._risk.append(weights)

    @property
    def solves(self) -> int:
        """Number of linear problems solved."""
        return sum(group.solves for group in self._groups)

    def evaluate(self, plan: Vector, risk: Vector | None = None, weight: float = 1.0) -> Evaluated:
        """Return the exact recourse of a plan that minimises ``weight * cost + risk @ rows``.

        Parameters
        ----------
        plan : numpy.ndarray
            First-stage point, shape (first,).
        risk : numpy.ndarray, optional
            Weight of each row in expectation, shape (R,); none by default.
        weight : float
            1, or 0 to minimise the risk alone.

        Returns
        -------
        Evaluated
            With one cut for each cluster.
        """
        risk = np.zeros(len(self._risk[0])) if risk is None else risk
        count = len(self._probability)
        costs, risks = np.zeros(count), np.zeros((count, len(risk)))
        points, cuts = [], []
        for members, group, weights in zip(self._members, self._groups, self._risk, strict=True):
            price = (
                group.cost
                if weight == 1.0 and not risk.any()
                else weight * group.cost + risk @ weights
            )
            answers = group.solve(plan, price)
            mass = self._probability[members]
            costs[members] = mass * (answers.points @ group.cost)
            risks[members] = mass[:, None] * (answers.points @ weights.T)
            points.append(answers.points)
            cuts += make_cuts(
                group.recourse, answers, group.theta, mass, self._cluster[members], weight, risk
            )
        return Evaluated(costs, risks, points, _merged(cuts))

    def mixed(self, pool: list[Evaluated], weights: Vector) -> list[Vector]:
        """Return the points of each group, mixed with weights of shape (S, number of points)."""
        return [
            np.asarray(
                sum(weights[members, j, None] * item.points[g] for j, item in enumerate(pool))
            )
            for g, members in enumerate(self._members)
        ]

    def recourse(self, plan: Vector, points: list[Vector]) -> Vector:
        """Return second-stage points in the order of the scenarios, shape (S, second)."""
        whole = np.zeros((len(self._probability), self.blocks.second))
        for members, group, mine in zip(self._members, self._groups, points, strict=True):
            whole[members] = group.recourse.full(plan, mine)
        return whole


def _merged(cuts: list[Cut]) -> list[Cut]:
    """Add up cuts of one cluster that come from several groups."""
    found: dict[int, Cut] = {}
    for cut in cuts:
        other = found.get(cut.cluster)
        found[cut.cluster] = cut if other is None else _sum(other, cut)
    return [found[k] for k in sorted(found)]


def _sum(a: Cut, b: Cut) -> Cut:
    columns, slope = _added(a.columns, a.slope, b.columns, b.slope)
    rows, mass = _added(a.rows, a.mass, b.rows, b.mass)
    return Cut(a.cluster, a.weight, a.risk, a.constant + b.constant, columns, slope, rows, mass)


def _added(i: Index, x: Vector, j: Index, y: Vector) -> tuple[Index, Vector]:
    keys, where = np.unique(np.r_[i, j], return_inverse=True)
    total = np.bincount(where, np.r_[x, y], len(keys))
    return keys.astype(np.int64), np.asarray(total, dtype=np.float64)
