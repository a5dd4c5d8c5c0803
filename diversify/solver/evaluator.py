"""Exact evaluation of a plan: cost, risk and cuts, all scenarios at once."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.solver.cuts import Cut, merged
from diversify.solver.question import Question, Reply, ShardData
from diversify.solver.runners import Elsewhere, Here, Runner, Workers
from diversify.solver.split import Split

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# Shards of a large batch: enough to balance workers and to look at some at a time, few enough to
# keep chains long.
SHARDS = 48
LEAST = 40


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a plan's recourse costs under given weights of risk.

    Attributes
    ----------
    costs : numpy.ndarray
        Cost of each scenario from the news on, shape (S,); not a number without recourse.
    totals : numpy.ndarray
        Total cost of each scenario, that of the plan included, shape (S,).
    risks : numpy.ndarray
        What it adds to each row in expectation, from the news on, shape (S, R).
    forms : numpy.ndarray
        Its costs by kind and shortages, shape (S, F).
    cost : float
        Expected cost from the news on; infinite where a scenario has no recourse.
    risk : numpy.ndarray
        The scenarios' part of each row in expectation, shape (R,).
    cuts : list of Cut
        Exact at this plan.
    missing : int
        Scenarios without recourse.
    primal, dual : float
        Largest relative violations, recomputed.
    """

    costs: Vector
    totals: Vector
    risks: Vector
    forms: Vector
    cost: float
    risk: Vector
    cuts: list[Cut]
    missing: int
    primal: float
    dual: float


class Evaluator:
    """The recourse of a batch of scenarios, grouped by the period of their news.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    probability, news : numpy.ndarray
        Probability and periods before news of each scenario, shape (S,).
    cluster : numpy.ndarray, optional
        Cluster of each scenario, shape (S,): scenarios that share a cut; one by default.
    policies : bool
        Whether scenario rows of policies count.
    executor : concurrent.futures.Executor, optional
        Where to compute; here by default.
    workers : int
        Processes of our own, where there is no executor.
    order : numpy.ndarray, optional
        In which scenarios are solved, shape (S,); by their data by default.
    """

    def __init__(
        self,
        blocks: Blocks,
        theta: Vector,
        probability: Vector,
        news: Index,
        cluster: Index | None = None,
        *,
        policies: bool = True,
        executor: Executor | None = None,
        workers: int = 1,
        order: Index | None = None,
    ) -> None:
        self.blocks = blocks
        self.probability = probability
        self.theta = theta
        self._data: Vector = theta[0]
        self.cluster = np.zeros(len(theta), dtype=np.int64) if cluster is None else cluster
        self._expected = int((blocks.stage == EXPECTED).sum())
        self.members = shards(theta, news, order)
        data = [
            ShardData(
                blocks,
                int(news[chosen[0]]),
                theta[chosen],
                probability[chosen],
                self.cluster[chosen],
                policies,
            )
            for chosen in self.members
        ]
        # Position and value of a symbol that a sweep gives one value after the other.
        self.level: tuple[int | Index, float | Vector] | None = None
        # Groups of like multipliers to ask for, for each scenario, and those found last by shard.
        self.parts = 0.0
        self.splits: list[Split] = []
        self._solves = [0] * len(data)
        self._retries = [0] * len(data)
        self._bases = [0] * len(data)
        self.runner: Runner
        if executor is not None:
            self.runner = Elsewhere(data, executor)
        elif workers > 1:
            self.runner = Workers(data, workers)
        else:
            self.runner = Here(data)

    @property
    def level_data(self) -> Vector:
        """Data in which only the levels of policies may be read, shape (P,)."""
        if self.level is None:
            return self._data
        data = self._data.copy()
        data[self.level[0]] = self.level[1]
        return data

    @property
    def solves(self) -> int:
        """Number of linear problems solved."""
        return sum(self._solves)

    @property
    def retries(self) -> int:
        """Number of answers that did not prove themselves at first."""
        return sum(self._retries)

    @property
    def bases(self) -> int:
        """Number of bases in the bank."""
        return sum(self._bases)

    def evaluate(
        self,
        plan: Vector,
        risk: Vector | None = None,
        weight: float = 1.0,
        threshold: float | None = None,
    ) -> Evaluated:
        """Return the exact recourse of a plan that minimises ``weight * cost + risk @ rows``.

        Parameters
        ----------
        plan : numpy.ndarray
            First-stage point, shape (first,).
        risk : numpy.ndarray, optional
            Weight of each row in expectation, shape (R,); none by default.
        weight : float
            1, or 0 to minimise the risk alone.
        threshold : float, optional
            Cost of a scenario beyond which it counts for the tail [USD].

        Returns
        -------
        Evaluated
            With one cut for each cluster, or with cuts that say which plans have recourse.
        """
        risk = np.zeros(self._expected) if risk is None else risk
        return self.evaluate_at(plan, [risk], weight, threshold)[0]

    def evaluate_at(
        self,
        plan: Vector,
        risks: list[Vector],
        weight: float = 1.0,
        threshold: float | None = None,
    ) -> list[Evaluated]:
        """Return the exact recourse of a plan under several weights of risk.

        Where a scenario has no risk that a higher weight could avoid, it is solved once.

        Parameters
        ----------
        plan : numpy.ndarray
            First-stage point, shape (first,).
        risks : list of numpy.ndarray
            Weights of the rows in expectation, shape (R,) each; the lowest first is cheapest.
        weight, threshold
            As in :meth:`evaluate`.

        Returns
        -------
        list of Evaluated
            One for each of the weights.
        """
        every = range(len(self.members))
        first, others = risks[0], tuple(risks[1:])
        question = Question(plan, first, weight, threshold, self.level, others, self.parts)
        replies = self.runner.ask(every, question)
        splits = [reply.split for reply in replies if reply.split is not None]
        if len(splits) == len(replies):
            self.splits = splits
        found = [self._joined(replies)]
        found += [self._joined([r.others[i] for r in replies]) for i in range(len(others))]
        return found

    def _count(self, i: int, reply: Reply) -> None:
        self._solves[i] = max(self._solves[i], reply.solves)
        self._retries[i] = max(self._retries[i], reply.retries)
        self._bases[i] = max(self._bases[i], reply.bases)

    def _joined(self, replies: list[Reply]) -> Evaluated:
        count = len(self.probability)
        costs, totals = np.zeros(count), np.zeros(count)
        risks = np.zeros((count, self._expected))
        forms = np.zeros((count, replies[0].forms.shape[1]))
        for i, (chosen, reply) in enumerate(zip(self.members, replies, strict=True)):
            costs[chosen], risks[chosen], forms[chosen] = reply.costs, reply.risks, reply.forms
            totals[chosen] = reply.costs + reply.before
            self._count(i, reply)
        missing = sum(reply.missing for reply in replies)
        cuts = [cut for reply in replies for cut in reply.cuts]
        if missing:
            cuts = [cut for cut in cuts if not (cut.weight or cut.tail or cut.risk.any())]
        return Evaluated(
            costs,
            totals,
            risks,
            forms,
            np.inf if missing else float(self.probability @ costs),
            self.probability @ risks,
            merged(cuts),
            missing,
            max(reply.primal for reply in replies),
            max(reply.dual for reply in replies),
        )

    def close(self) -> None:
        """End what was started to compute."""
        self.runner.close()


def shards(theta: Vector, news: Index, order: Index | None = None) -> list[Index]:
    """Return the scenarios of each shard: one news, neighbours that differ little.

    Parameters
    ----------
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    news : numpy.ndarray
        Periods before news, shape (S,).
    order : numpy.ndarray, optional
        In which neighbours differ little, shape (S,); by their data by default.

    Returns
    -------
    list of numpy.ndarray
        Positions of the scenarios, in the order of solving.
    """
    # In this order each solve starts near its end.
    order = ordered(theta) if order is None else order
    found = []
    most = max(LEAST, int(np.ceil(len(theta) / SHARDS)))
    for before in np.unique(news):
        chosen = order[news[order] == before]
        pieces = int(np.ceil(len(chosen) / most))
        found += [np.asarray(part) for part in np.array_split(chosen, pieces)]
    return found


def ordered(theta: Vector) -> Index:
    """Return the order in which neighbouring scenarios differ little, shape (S,)."""
    varies = np.flatnonzero((theta != theta[:1]).any(axis=0))
    if not len(varies):
        return np.arange(len(theta))
    return np.asarray(np.lexsort(theta[:, varies[::-1]].T), dtype=np.int64)
