"""A case made ready to be solved again and again: other samples, other rates, known futures."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from diversify.answers import fresh_view
from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.compile.compiler import compile_build
from diversify.errors import InfeasibleError, NotCertifiedError, SolverError
from diversify.jobs import Job, job_scenarios
from diversify.result.view import View
from diversify.scenarios import Scenarios
from diversify.solver.data import scenario_data, trial_data
from diversify.solver.information import (
    Information,
    mean_value_cost,
    plan_cost,
    plan_helpers,
    wait_and_see,
)
from diversify.solver.methods import FEW, Method, solve_batch, unfit
from diversify.solver.priced import priced
from diversify.solver.saa import Batch, SampleGap, sample_gap
from diversify.solver.solution import Solution
from diversify.solver.trials import solve_with_trials

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
TRACE = 1e-3
# Relative gap of a replication: what is left open there widens the interval by as much.
NEAR = 1e-4


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
    """

    def __init__(self, job: Job, batch: Scenarios, gap: float | None = None) -> None:
        self.job = job
        self.batch = batch
        self._gap = gap
        self.blocks = compile_build(job.build)
        self._trials = trial_data(self.blocks, job.network, job.build.levels)
        self.sample = self.data(batch)
        self.solution = self.solve(self.blocks, *self.sample)
        # With budgets as prices nothing couples the scenarios, and the best plan stays the best.
        self.priced = priced(self.blocks, self.sample[0][0], self.solution.row_multiplier)

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
            lambda whole: solve_batch(whole, theta, probability, news, gap=self._gap),
        )[0]

    def view(self, point: Vector, batch: Scenarios) -> View:
        """Return a plan in other scenarios, each met as is cheapest then."""
        plan = dataclasses.replace(self.solution, plan=point)
        return fresh_view(self.job, self.blocks, plan, batch, "news")

    def cost(self, point: Vector) -> float:
        """Return what a plan costs in the sample, budgets at their prices."""
        return plan_cost(self.priced, point, *self.sample)

    def best_cost(self, batch: Scenarios) -> float:
        """Return the cost of the best plan of a batch."""
        return self.solve(self.blocks, *self.data(batch)).objective

    def worth(self) -> Information:
        """Return what it is worth to know the scenario, and not to plan for the mean.

        Who knows the scenario has the plan that is best for it; before its news it is its plan all
        the same, so that one scenario alone gives a value of 0.
        """
        whole, solution = self.priced, self.solution
        alone = partial(self.solve, whole) if self._trials.losses else None
        known = wait_and_see(whole, *self.sample, solve=alone)
        expected = bool((self.blocks.stage == EXPECTED).any())
        free = plan_helpers(self.blocks) if expected else None
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

        return sample_gap(self.priced, point, batches(), self._near)

    def _near(self, theta: Vector, probability: Vector, news: Index) -> Solution:
        """Return a plan near the best of a batch with its bound, which is all that a gap needs."""
        fits = not unfit(self.priced, theta) and len(theta) > FEW
        method: Method = "decomposed" if fits else "auto"

        def solve(whole: Blocks, method: Method) -> Solution:
            return solve_batch(whole, theta, probability, news, method=method, gap=NEAR)

        def sure(whole: Blocks) -> Solution:
            try:
                return solve(whole, method)
            except (NotCertifiedError, SolverError):
                if method == "auto":
                    raise
                return solve(whole, "auto")

        return solve_with_trials(self.priced, self._trials, sure)[0]

    @property
    def decides_later(self) -> bool:
        """Whether there are yes/no decisions in each scenario, such as those of a chance."""
        return bool(self.blocks.integer[self.blocks.first :].any())


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
