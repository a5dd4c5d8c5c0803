"""Some scenarios with one period of news: what a plan costs in them, and the cuts that prove it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.cuts import Cut, Cutter, Sums, Terms, make_cut
from diversify.solver.evaluation import scenario_forms
from diversify.solver.phase_one import infeasibility
from diversify.solver.question import Question, Reply, ShardData
from diversify.solver.recourse import before_cost, prepare_recourse
from diversify.solver.split import Split, split
from diversify.solver.subproblems import Answers, Asked, Subproblems

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# So many scenarios without recourse get a cut each at one plan.
MISSING = 8
# Part of the scenarios whose answers are kept for other prices at most: each takes some 50 kB.
KEPT = 0.25


@dataclass(slots=True)
class _Tally:
    """What is added up for one price while scenarios come in."""

    reply: Reply
    question: Question
    beyond: Vector
    total: list[Sums] = field(default_factory=list)
    tail: list[Sums] = field(default_factory=list)
    # Multipliers and right sides of rows that differ between scenarios, by chunk.
    duals: list[tuple[Vector, Vector]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Base:
    """What was answered for a part of the scenarios, from which other prices are answered.

    Only scenarios whose answers another price may change are kept whole; what all others add to
    cuts is the same under every price.
    """

    question: Question
    costs: Vector
    risks: Vector
    forms: Vector
    violations: tuple[float, float]
    missing: int
    span: slice
    still: Sums
    at: Index
    asked: Asked
    own: Vector

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
        self._bases: list[_Base] = []
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
        if self._bases and self._bases[0].serves(question):
            for tally in tallies:
                for base in self._bases:
                    self._again(tally, base)
        else:
            self._bases = []
            left = self.recourse.left(question.plan)
            starts = range(0, len(self.data.theta), self._problems.chunk)
            bases = [self._chunk(tallies, left, start) for start in starts]
            kept = sum(len(base.at) for base in bases)
            if len(question.risk) and kept <= KEPT * len(self.data.theta):
                self._bases = bases
        replies = [self._finished(tally) for tally in tallies]
        replies[0].split = self._split(tallies[0])
        problems = self._problems
        for reply in replies:
            reply.solves, reply.retries = problems.solves, problems.retries
            reply.bases = problems.bank.count if problems.bank is not None else 0
        replies[0].others = replies[1:]
        return replies[0]

    def _chunk(self, tallies: list[_Tally], left: tuple[Vector, sp.csr_array], start: int) -> _Base:
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
        if question.parts:
            varied = np.flatnonzero(np.diff(left[1].indptr))
            sides = np.asarray((left[1][varied] @ theta.T).T)
            tally.duals.append((answers.multipliers[:, varied], sides))
        moving, asked = self._problems.movable(question.weight * own)
        fixed = mass.copy()
        fixed[moving] = 0.0
        still = self._cutter.sums(*parts, self._spread(at, fixed))
        note = tally.reply
        base = _Base(
            question,
            note.costs[span].copy(),
            note.risks[span].copy(),
            note.forms[span].copy(),
            (note.primal, note.dual),
            int((~answers.feasible).sum()),
            span,
            still,
            moving,
            asked,
            own if own.ndim == 1 else own[moving],
        )
        for other in tallies[1:]:
            self._again(other, base)
        _collect(tally.total, still)
        if len(moving):
            some = (answers.multipliers[moving], answers.own[moving], asked.theta)
            tally.total[0].add(self._cutter.sums(*some, self._spread(at[moving], mass[moving])))
        if question.threshold is not None:
            over = tally.reply.costs[span] + tally.reply.before >= question.threshold
            mass = np.where(over, mass, 0.0)
            tally.beyond += np.bincount(at, mass, len(self._clusters))
            _collect(tally.tail, self._cutter.sums(*parts, self._spread(at, mass)))
        return base

    def _again(self, tally: _Tally, base: _Base) -> None:
        """Answer under another price, which changes the answers of some scenarios at most."""
        recourse, reply, span = self.recourse, tally.reply, base.span
        reply.costs[span], reply.risks[span] = base.costs, base.risks
        reply.forms[span] = base.forms
        reply.primal = max(reply.primal, base.violations[0])
        reply.dual = max(reply.dual, base.violations[1])
        _collect(tally.total, base.still)
        if not len(base.at) or base.missing:
            reply.missing += base.missing
            return
        now = tally.question.weight * base.own + tally.question.risk @ recourse.risk
        changed = np.flatnonzero((tally.question.risk - base.question.risk) @ recourse.risk)
        answers = self._problems.again(base.asked, now, changed)
        place = span.start + base.at
        self._note(reply, place, answers, base.own)
        reply.missing += int((~answers.feasible).sum())
        spread = self._spread(self._place[place], self.data.probability[place])
        tally.total[0].add(self._cutter.sums(*_parts(answers, base.asked.theta), spread))

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

    def _split(self, tally: _Tally) -> Split | None:
        """Return groups of like multipliers, where they are asked for and all have recourse."""
        if not tally.duals or tally.reply.missing:
            return None
        multipliers, sides = (np.concatenate(part) for part in zip(*tally.duals, strict=True))
        most = int(np.ceil(tally.question.parts * len(sides)))
        return split(multipliers, sides, self.data.probability, self._place, most)

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
        # Added to from now on, while the part itself may be asked for again.
        total.append(Sums(part.rows.copy(), part.crossed.copy(), part.own.copy()))
