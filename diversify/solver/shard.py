"""Some scenarios with one period of news: what a plan costs in them, and the cuts that prove it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.solver.cuts import Cut, Cutter, Sums, Terms, make_cut
from diversify.solver.evaluation import scenario_forms
from diversify.solver.phase_one import infeasibility
from diversify.solver.recourse import before_cost, prepare_recourse
from diversify.solver.subproblems import Answers, Subproblems

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# So many scenarios without recourse get a cut each at one plan.
MISSING = 8


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every shard.

    Attributes
    ----------
    plan : numpy.ndarray
        First-stage point, shape (first,).
    risk : numpy.ndarray
        Weight of each row in expectation, shape (R,).
    weight : float
        Weight of the cost: 1, or 0 to minimise the risk alone.
    threshold : float or None
        Cost of a scenario, plan included, beyond which it counts for the tail [USD].
    level : tuple or None
        Position of a symbol and its value in every scenario, instead of that of the shard.
    """

    plan: Vector
    risk: Vector
    weight: float = 1.0
    threshold: float | None = None
    level: tuple[int | Index, float | Vector] | None = None


@dataclass(slots=True)
class Reply:
    """What a shard answers.

    Attributes
    ----------
    costs : numpy.ndarray
        Cost of each scenario from the news on, shape (S,).
    risks : numpy.ndarray
        What it adds to each row in expectation, shape (S, R).
    forms : numpy.ndarray
        Its costs by kind and shortages, in the order of the named forms, shape (S, F).
    before : float
        Cost of the plan itself and of what is done before the news, the same for all.
    cuts : list of Cut
        Exact at the plan.
    missing : int
        Scenarios without recourse.
    primal, dual : float
        Largest relative violations, recomputed.
    solves, retries, bases : int
        Linear problems so far, those solved again cold, bases in the bank.
    """

    costs: Vector
    risks: Vector
    forms: Vector
    before: float
    cuts: list[Cut]
    missing: int
    primal: float
    dual: float
    solves: int
    retries: int
    bases: int


@dataclass(frozen=True, slots=True)
class ShardData:
    """What a shard is made from; it can be sent to another machine.

    Attributes
    ----------
    blocks : Blocks
        The compiled problem.
    before : int
        Number of periods before the news of its scenarios.
    theta : numpy.ndarray
        Their data, shape (S, P), in the order of solving.
    probability, cluster : numpy.ndarray
        Shape (S,).
    policies : bool
        Whether scenario rows of policies count.
    """

    blocks: Blocks
    before: int
    theta: Vector
    probability: Vector
    cluster: Index
    policies: bool


class Shard:
    """A shard at work: it keeps its solver and its bank from plan to plan.

    Parameters
    ----------
    data : ShardData
        What it is made from.
    """

    def __init__(self, data: ShardData) -> None:
        self.data = data
        self.recourse = prepare_recourse(
            data.blocks, data.before, policies=data.policies, theta=data.theta[0]
        )
        self._problems = Subproblems(self.recourse)
        self._cutter = Cutter(self.recourse)
        self._known = np.full(len(data.theta), -1, dtype=np.int64)
        self._clusters, self._place = np.unique(data.cluster, return_inverse=True)
        blocks = data.blocks
        first = blocks.first
        self._plan_cost = blocks.cost.base[:first] + before_cost(self.recourse)
        vectors = list(scenario_forms(blocks).values())
        forms = np.array(vectors).reshape(len(vectors), len(blocks.columns))
        self._forms = sp.csr_array(forms[:, first + self.recourse.columns])
        period, twin = blocks.column_period[first:], blocks.twin[first:]
        known = np.flatnonzero((period >= 0) & (period < data.before) & (twin >= 0))
        self._forms_before = np.zeros((len(vectors), first))
        np.add.at(self._forms_before.T, twin[known], forms[:, first + known].T)

    def ask(self, question: Question) -> Reply:
        """Return the exact answer to a question about a plan.

        Parameters
        ----------
        question : Question
            Plan, prices of risk, threshold.

        Returns
        -------
        Reply
            With a cut for each cluster of the shard.
        """
        data, recourse = self.data, self.recourse
        count, rows = len(data.theta), len(question.risk)
        left = recourse.left(question.plan)
        reply = Reply(
            np.zeros(count),
            np.zeros((count, rows)),
            np.zeros((count, self._forms.shape[0])),
            float(self._plan_cost @ question.plan),
            [],
            missing=0,
            primal=0.0,
            dual=0.0,
            solves=0,
            retries=0,
            bases=0,
        )
        total: list[Sums] = []
        tail: list[Sums] = []
        beyond = np.zeros(len(self._clusters))
        for start in range(0, count, self._problems.chunk):
            span = slice(start, min(start + self._problems.chunk, count))
            theta = data.theta[span]
            if question.level is not None:
                theta = theta.copy()
                theta[:, question.level[0]] = question.level[1]
            own = recourse.cost(theta if recourse.random_cost else theta[0])
            price = question.weight * own + question.risk @ recourse.risk
            answers = self._problems.solve(left, theta, price, self._known[span])
            self._note(reply, span, answers, own)
            self._missing(reply, answers, left, theta)
            mass = data.probability[span]
            place = self._place[span]
            _collect(total, self._cutter.sums(*_parts(answers, theta), self._spread(place, mass)))
            if question.threshold is not None:
                over = reply.costs[span] + reply.before >= question.threshold
                mass = np.where(over, mass, 0.0)
                beyond += np.bincount(place, mass, len(self._clusters))
                _collect(
                    tail, self._cutter.sums(*_parts(answers, theta), self._spread(place, mass))
                )
        reply.forms += self._forms_before @ question.plan
        if not reply.missing:
            reply.cuts += self._cuts(question, total[0], reply.risks)
            if tail:
                reply.cuts += self._tail_cuts(question, tail[0], beyond)
        problems = self._problems
        reply.solves, reply.retries = problems.solves, problems.retries
        reply.bases = problems.bank.count if problems.bank is not None else 0
        return reply

    def _spread(self, place: Index, mass: Vector) -> sp.csr_array:
        return sp.csr_array(
            (mass, (place, np.arange(len(place)))), shape=(len(self._clusters), len(place))
        )

    def _note(self, reply: Reply, span: slice, answers: Answers, own: Vector) -> None:
        reply.costs[span] = np.where(answers.feasible, (answers.points * own).sum(axis=1), np.nan)
        reply.risks[span] = answers.points @ self.recourse.risk.T
        reply.forms[span] = np.asarray((self._forms @ answers.points.T).T)
        reply.primal = max(reply.primal, answers.primal)
        reply.dual = max(reply.dual, answers.dual)

    def _missing(
        self, reply: Reply, answers: Answers, left: tuple[Vector, sp.csr_array], theta: Vector
    ) -> None:
        """Add a cut for some of the scenarios that have no recourse."""
        gone = np.flatnonzero(~answers.feasible)
        room = max(0, MISSING - reply.missing)
        reply.missing += len(gone)
        chosen = gone[np.linspace(0, len(gone) - 1, min(room, len(gone))).astype(np.int64)]
        for s in np.unique(chosen).tolist():
            side = left[0] + left[1] @ theta[s]
            duals, own = infeasibility(self.recourse, self._problems.sider, side, theta[s])
            one = sp.csr_array(np.ones((1, 1)))
            sums = self._cutter.sums(duals[None], np.array([own]), theta[s : s + 1], one)
            size = 1.0 / max(1.0, float(np.abs(duals).max()))

            def make(_: int, terms: Terms, size: float = size) -> Cut:
                scaled = Terms(
                    size * terms.constant, size * terms.slope, terms.rows, size * terms.multipliers
                )
                return make_cut(0, scaled, np.zeros(len(self.recourse.risk)))

            reply.cuts += self._cutter.cuts(sums, np.zeros(1, dtype=np.int64), make)

    def _cuts(self, question: Question, sums: Sums, risks: Vector) -> list[Cut]:
        seen = self._spread(self._place, self.data.probability) @ risks

        def make(k: int, terms: Terms) -> Cut:
            at = int(self._clusters[k])
            return make_cut(at, terms, question.risk, weight=question.weight, seen=seen[k])

        return self._cutter.cuts(sums, np.arange(len(self._clusters)), make)

    def _tail_cuts(self, question: Question, sums: Sums, beyond: Vector) -> list[Cut]:
        def make(k: int, terms: Terms) -> Cut:
            mass = float(beyond[k])
            whole = Terms(
                terms.constant, terms.slope + mass * self._plan_cost, terms.rows, terms.multipliers
            )
            return make_cut(int(self._clusters[k]), whole, 0.0 * question.risk, tail=1.0, mass=mass)

        return self._cutter.cuts(sums, np.flatnonzero(beyond), make)


def _parts(answers: Answers, theta: Vector) -> tuple[Vector, Vector, Vector]:
    return answers.multipliers, answers.own, theta


def _collect(total: list[Sums], part: Sums) -> None:
    if total:
        total[0].add(part)
    else:
        total.append(part)
