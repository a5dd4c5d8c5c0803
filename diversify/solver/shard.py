"""Some scenarios with one period of news: what a plan costs in them, and the cuts that prove it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

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
    others : tuple of numpy.ndarray
        Further weights of the rows to answer for, shape (R,) each.
    """

    plan: Vector
    risk: Vector
    weight: float = 1.0
    threshold: float | None = None
    level: tuple[int | Index, float | Vector] | None = None
    others: tuple[Vector, ...] = ()


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
    others : list of Reply
        Under the question's further weights.
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
    others: list[Reply] = field(default_factory=list)


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


@dataclass(slots=True)
class _Tally:
    """What is added up for one price while scenarios come in."""

    reply: Reply
    question: Question
    beyond: Vector
    total: list[Sums] = field(default_factory=list)
    tail: list[Sums] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Base:
    """What was answered for all scenarios at once, from which other prices are answered."""

    question: Question
    costs: Vector
    risks: Vector
    forms: Vector
    violations: tuple[float, float]
    span: slice
    theta: Vector
    own: Vector
    sums: Sums

    def serves(self, question: Question) -> bool:
        """Say whether a question is about the same but for the price of risk."""
        mine = self.question
        return (
            np.array_equal(mine.plan, question.plan)
            and mine.weight == question.weight
            and mine.threshold is None
            and question.threshold is None
            and _same_level(mine.level, question.level)
        )


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
        self._base: _Base | None = None
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
        questions = [question]
        questions += [dataclasses.replace(question, risk=each) for each in question.others]
        count = len(self._clusters)
        tallies = [_Tally(self._empty(each), each, np.zeros(count)) for each in questions]
        if self._base is not None and self._base.serves(question):
            for tally in tallies:
                self._again(tally, self._base)
        else:
            self._base = None
            left = self.recourse.left(question.plan)
            for start in range(0, len(self.data.theta), self._problems.chunk):
                self._chunk(tallies, left, start)
        replies = [self._finished(tally) for tally in tallies]
        problems = self._problems
        for reply in replies:
            reply.solves, reply.retries = problems.solves, problems.retries
            reply.bases = problems.bank.count if problems.bank is not None else 0
        replies[0].others = replies[1:]
        return replies[0]

    def _chunk(self, tallies: list[_Tally], left: tuple[Vector, sp.csr_array], start: int) -> None:
        """Answer for some scenarios under every price."""
        data, recourse, question = self.data, self.recourse, tallies[0].question
        span = slice(start, min(start + self._problems.chunk, len(data.theta)))
        place = np.arange(span.start, span.stop)
        theta = data.theta[span]
        if question.level is not None:
            theta = theta.copy()
            theta[:, question.level[0]] = question.level[1]
        own = recourse.cost(theta if recourse.random_cost else theta[0])
        price = question.weight * own + question.risk @ recourse.risk
        answers = self._problems.solve(left, theta, price, self._known[span], place)
        tally = tallies[0]
        self._note(tally.reply, place, answers, own)
        self._missing(tally.reply, answers, left, theta)
        mass, at = data.probability[span], self._place[span]
        parts = _parts(answers, theta)
        sums = self._cutter.sums(*parts, self._spread(at, mass))
        note = tally.reply
        known = (note.costs[span], note.risks[span], note.forms[span].copy())
        base = _Base(question, *known, (note.primal, note.dual), span, theta, own, sums)
        for other in tallies[1:]:
            self._again(other, base)
        if len(place) == len(data.theta) and len(question.risk) and not tally.reply.missing:
            self._base = base
        _collect(tally.total, sums)
        if question.threshold is not None:
            over = tally.reply.costs[span] + tally.reply.before >= question.threshold
            mass = np.where(over, mass, 0.0)
            tally.beyond += np.bincount(at, mass, len(self._clusters))
            _collect(tally.tail, self._cutter.sums(*parts, self._spread(at, mass)))

    def _again(self, tally: _Tally, base: _Base) -> None:
        """Answer under another price for the clusters whose answers it may change."""
        recourse, reply = self.recourse, tally.reply
        span, theta, own, sums = base.span, base.theta, base.own, base.sums
        reply.costs[span], reply.risks[span] = base.costs, base.risks
        reply.forms[span] = base.forms
        reply.primal, reply.dual = base.violations
        sums = Sums(sums.rows.copy(), sums.crossed.copy(), sums.own.copy())
        now = tally.question.weight * own + tally.question.risk @ recourse.risk
        changed = np.flatnonzero((tally.question.risk - base.question.risk) @ recourse.risk)
        moved = np.flatnonzero(~self._problems.unmoved(now, changed))
        if len(moved):
            at = self._place[span]
            touched = np.unique(at[moved])
            part = np.flatnonzero(np.isin(at, touched))
            chosen = np.searchsorted(part, moved)
            answers = self._problems.again(theta, now, part, chosen)
            self._note(reply, span.start + part, answers, own if own.ndim == 1 else own[part])
            reply.missing += int((~answers.feasible).sum())
            mass = self.data.probability[span][part]
            spread = self._spread(at[part], mass)
            new = self._cutter.sums(*_parts(answers, theta[part]), spread)
            sums.rows[touched] = new.rows[touched]
            sums.crossed[touched], sums.own[touched] = new.crossed[touched], new.own[touched]
        _collect(tally.total, sums)

    def _empty(self, question: Question) -> Reply:
        count, rows = len(self.data.theta), len(question.risk)
        return Reply(
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

    def _finished(self, tally: _Tally) -> Reply:
        reply, question = tally.reply, tally.question
        reply.forms += self._forms_before @ question.plan
        if not reply.missing:
            reply.cuts += self._cuts(question, tally.total[0], reply.risks)
            if tally.tail:
                reply.cuts += self._tail_cuts(question, tally.tail[0], tally.beyond)
        return reply

    def _spread(self, place: Index, mass: Vector) -> sp.csr_array:
        return sp.csr_array(
            (mass, (place, np.arange(len(place)))), shape=(len(self._clusters), len(place))
        )

    def _note(self, reply: Reply, span: Index, answers: Answers, own: Vector) -> None:
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


def _same_level(
    one: tuple[int | Index, float | Vector] | None, other: tuple[int | Index, float | Vector] | None
) -> bool:
    if one is None or other is None:
        return one is other
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def _collect(total: list[Sums], part: Sums) -> None:
    if total:
        total[0].add(part)
    else:
        total.append(part)
