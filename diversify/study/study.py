"""A case made ready to be solved again and again: other samples, other rates, known futures."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from diversify.answers import fresh_view
from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.compile.compiler import compile_build
from diversify.errors import InfeasibleError, NotCertifiedError, SolverError
from diversify.jobs import Job, job_scenarios
from diversify.result.view import View
from diversify.risk.mean_cvar import MeanCvar
from diversify.scenarios import Scenarios
from diversify.solver.data import scenario_data, trial_data
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.information import (
    Information,
    mean_value_cost,
    plan_cost,
    plan_helpers,
    wait_and_see,
)
from diversify.solver.methods import FEW, LARGE, expected_size, solve_batch, unfit, usual_gap
from diversify.solver.objective import with_mean_cvar
from diversify.solver.priced import priced
from diversify.solver.saa import Batch, SampleGap, sample_gap
from diversify.solver.solution import Solution
from diversify.solver.trials import solve_with_trials
from diversify.study.known import known_costs

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
TRACE = 1e-3
# Relative gap of a replication: what is left open there widens the interval by as much.
NEAR = 1e-4
# By how much nearer the second try of a decomposition goes, and how near at most.
CLOSER = 0.1
FINEST = 1e-6


class Study:
    """A job with its compiled problem, and the problem in which budgets have prices.

    Parameters
    ----------
    job : Job
        The case, made ready.
    batch : Scenarios
        The sample that it is solved over.
    gap : float, optional
        Relative gap of each solve.
    objective : MeanCvar, optional
        What is minimised; omitted: the expected cost.
    """

    def __init__(
        self,
        job: Job,
        batch: Scenarios,
        gap: float | None = None,
        objective: MeanCvar | None = None,
    ) -> None:
        self.job = job
        self.batch = batch
        self._gap = gap
        self.blocks = compile_build(job.build)
        self._trials = trial_data(self.blocks, job.network, job.build.levels)
        self.sample = self.data(batch)
        # With its threshold among the first stage, a mean–CVaR is an expectation like any other.
        self.whole = with_mean_cvar(self.blocks, objective or MeanCvar())
        self.solution = self.solve(self.whole, *self.sample)
        # With budgets as prices nothing couples the scenarios, and the best plan stays the best.
        self.priced = priced(self.whole, self.sample[0][0], self.solution.row_multiplier)

    def data(self, batch: Scenarios) -> Batch:
        """Return data, probability and news of the distinct scenarios of a batch."""
        distinct, _ = batch.distinct()
        job = self.job
        theta, news = scenario_data(self.blocks, job.network, distinct, job.build.levels)
        return theta, distinct.probability, news

    def solve(self, blocks: Blocks, theta: Vector, probability: Vector, news: Index) -> Solution:
        """Return the best plan of some scenarios, which also survives what it has to."""
        return solve_with_trials(
            blocks,
            self._trials,
            lambda whole: _surely(whole, theta, probability, news, self._gap),
        )[0]

    @cached_property
    def mean_plan(self) -> Vector | None:
        """The plan that is best for the mean of the sample, or None where there is none.

        What only serves to write policies down takes its best values for the sample.
        """
        whole, first = self.priced, self.whole.first
        alone = self.solve if self._trials.losses else solve_extensive
        try:
            plan = alone(whole, *self.data(_mean(self.batch))).plan
            free = self._loose
            if free is None:
                return plan
            value = np.where(whole.integer[:first], np.round(plan), plan)
            lower, upper = whole.lower.copy(), whole.upper.copy()
            lower[:first] = np.where(free, lower[:first], value)
            upper[:first] = np.where(free, upper[:first], value)
            held = dataclasses.replace(whole, lower=lower, upper=upper, cones=())
            return solve_batch(held, *self.sample).plan
        except InfeasibleError:
            # A limit that every scenario keeps may be out of reach in their mean.
            return None

    def known_costs(self, batch: Batch) -> Vector:
        """Return what each scenario costs where it is known before anything is decided, (S,)."""
        alone = partial(self.solve, self.priced) if self._trials.losses else None
        return known_costs(self.priced, batch, alone)

    def view(self, point: Vector, batch: Scenarios) -> View:
        """Return a plan in other scenarios, each met as is cheapest then."""
        plan = dataclasses.replace(self.solution, plan=point[: self.blocks.first])
        return fresh_view(self.job, self.blocks, plan, batch, "news")

    def cost(self, point: Vector) -> float:
        """Return what a plan costs in the sample, budgets at their prices."""
        return plan_cost(self.priced, point, *self.sample)

    def best_cost(self, batch: Scenarios) -> float:
        """Return the cost of the best plan of a batch."""
        return self.solve(self.whole, *self.data(batch)).objective

    def worth(self) -> Information:
        """Return what it is worth to know the scenario, and not to plan for the mean.

        Who knows the scenario has the plan that is best for it; before its news it is its plan all
        the same, so that one scenario alone gives a value of 0.
        """
        whole, solution = self.priced, self.solution
        alone = partial(self.solve, whole) if self._trials.losses else None
        known = wait_and_see(whole, *self.sample, solve=alone)
        expected = bool((self.blocks.stage == EXPECTED).any())
        free = self._loose
        try:
            values = mean_value_cost(whole, self.data(_mean(self.batch)), self.sample, alone, free)
        except InfeasibleError:
            # A limit that every scenario keeps may be out of reach in their mean.
            values = math.inf
        recourse = solution.objective
        if expected and whole.integer.any():
            # With yes/no decisions the prices bound the cost of the best plan, and no more.
            recourse = self.solve(whole, *self.sample).objective
        return Information(known, recourse, values)

    def gap(self, point: Vector, count: int) -> SampleGap | None:
        """Return an interval for how much a plan costs more than the best one."""
        batch = self.batch
        seeds = np.random.SeedSequence([batch.seed or 0, 1]).generate_state(count)

        def batches() -> Iterator[Batch]:
            for seed in seeds.tolist():
                yield self.data(job_scenarios(self.job.network.case, batch.count, seed % 2**31))

        return sample_gap(self.priced, point, batches(), self.near)

    def near(self, theta: Vector, probability: Vector, news: Index) -> Solution:
        """Return a plan near the best of a batch with its bound, which is all that a gap needs."""
        return solve_with_trials(
            self.priced,
            self._trials,
            lambda whole: _surely(whole, theta, probability, news, NEAR, few=True),
        )[0]

    @property
    def _loose(self) -> NDArray[np.bool_] | None:
        """First-stage columns that are no part of a plan, and take their best values; or none."""
        added = self.whole.first - self.blocks.first
        expected = bool((self.blocks.stage == EXPECTED).any())
        if not (expected or added):
            return None
        own = plan_helpers(self.blocks)
        kept = own if expected else np.zeros_like(own)
        return np.asarray(np.r_[kept, np.ones(added, dtype=bool)])

    @property
    def decides_later(self) -> bool:
        """Whether a plan in fresh scenarios is more than its cost in each of them.

        There are yes/no decisions in each, such as those of a chance, or curved limits, whose
        tangents belong to the sample.
        """
        return bool(self.blocks.integer[self.blocks.first :].any() or self.blocks.curves)


def _mean(batch: Scenarios) -> Scenarios:
    """Return the scenario of the means, with a trace of the undisturbed one.

    Where recourse begins at once, as in the mean, what is booked costs nothing by itself, and many
    plans are equally good; the trace makes them pay for what they book.
    """
    mean = np.tensordot(batch.probability, batch.values, 1)
    return dataclasses.replace(
        batch,
        values=np.stack([mean, np.ones_like(mean)]),
        probability=np.array([1.0 - TRACE, TRACE]),
        labels=("mean", "undisturbed"),
    )


def _surely(
    whole: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    gap: float | None,
    *,
    few: bool = False,
) -> Solution:
    """Return the best plan of a batch, by decomposition where that serves.

    A decomposition whose plan did not prove itself mostly does so nearer to the best plan, and
    that takes far less time than to write all scenarios out.

    Parameters
    ----------
    whole : Blocks
        The problem.
    theta, probability, news : numpy.ndarray
        The scenarios.
    gap : float, optional
        Relative gap.
    few : bool
        Whether decomposition is also for what is not large.
    """
    large = few or expected_size(whole, news) > LARGE
    if len(theta) <= FEW or not large or unfit(whole, theta):
        return solve_batch(whole, theta, probability, news, gap=gap)
    within = usual_gap(len(theta)) if gap is None else gap
    for nearer in (within, CLOSER * within):
        try:
            return solve_batch(
                whole, theta, probability, news, method="decomposed", gap=max(nearer, FINEST)
            )
        except (NotCertifiedError, SolverError):
            continue
    return solve_batch(whole, theta, probability, news, method="extensive", gap=gap)
