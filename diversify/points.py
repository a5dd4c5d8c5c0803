"""One point of a frontier after another: the same problem at other levels of some policies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from diversify.answers import make_plan
from diversify.api import clash
from diversify.compile import Blocks
from diversify.errors import InfeasibleError
from diversify.jobs import Clock, Job
from diversify.policies import Policy
from diversify.result.plan import Plan
from diversify.result.view import View, make_view
from diversify.scenarios import Scenarios
from diversify.solver.conflict import Conflict
from diversify.solver.data import Trials, scenario_data, trial_data
from diversify.solver.evaluation import from_forms
from diversify.solver.evaluator import Evaluator
from diversify.solver.ranges import ranges, remark
from diversify.solver.solution import Solution
from diversify.solver.sweep import Sweep
from diversify.solver.trials import having, lost, not_survived

Vector = NDArray[np.float64]
# Losses added at a time.
LOSSES = 6
# Scenarios in which a clash is looked for at a level beyond one that has none.
LOOKED = 40


class Run:
    """What is the same at all points: the compiled problem, its scenarios, the fresh ones.

    Parameters
    ----------
    job : Job
        The case, made ready.
    blocks : Blocks
        Its compiled problem.
    batch : Scenarios
        What every plan is made for.
    fresh : Scenarios or None
        What it is looked at in besides.
    names : list of str
        Names of the policies whose levels move.
    """

    def __init__(
        self, job: Job, blocks: Blocks, batch: Scenarios, fresh: Scenarios | None, names: list[str]
    ) -> None:
        self.job, self.blocks, self.batch, self.fresh = job, blocks, batch, fresh
        self.names = names
        distinct, _ = batch.distinct()
        self.theta, self.news = scenario_data(blocks, job.network, distinct, job.build.levels)
        self.probability = distinct.probability
        self.trials = trial_data(blocks, job.network, job.build.levels)
        self.sweep: Sweep
        self._chosen = np.zeros(0, dtype=np.int64)
        self._evaluator: Evaluator | None = None

    def begin(self, sweep_over: Callable[[Blocks], Sweep]) -> None:
        """Take what sweeps over a problem; it begins without any loss to survive."""
        self._sweep_over = sweep_over
        self.sweep = sweep_over(self.blocks)

    def point(
        self, moved: Sequence[Policy], clock: Clock, *, beyond: bool
    ) -> Plan | Conflict | None:
        """Return the plan at a point, or what clashes there.

        Parameters
        ----------
        moved : sequence of Policy
            The policies at their levels.
        clock : Clock
            Of this point.
        beyond : bool
            Whether a looser point has no plan already: then a clash in few scenarios is proof
            enough, and only where there is none the point is solved.

        Returns
        -------
        Plan, Conflict or None
            None where there is no plan and no clash was found.
        """
        by_name = {policy.name: policy for policy in moved}
        mine = dataclasses.replace(
            self.job, policies=tuple(by_name.get(p.name, p) for p in self.job.policies)
        )
        level = np.array([by_name[name].symbol_value(by_name[name].level_value)
                          for name in self.names])  # fmt: skip
        theta = self.theta.copy()
        theta[:, self.sweep.symbols] = level
        trials = dataclasses.replace(self.trials, theta=self.trials.theta.copy())
        trials.theta[:, self.sweep.symbols] = level
        asked = (mine, self.blocks, theta, self.probability, self.news, trials)
        known = clash(*asked, most=LOOKED) if beyond else None
        if known is not None:
            return known
        try:
            solution = self._survived(level, trials)
        except InfeasibleError:
            return clash(*asked, most=LOOKED) or clash(*asked)
        return self._plan(mine, solution, theta, trials, clock, _scales(moved))

    def _survived(self, level: Vector, trials: Trials) -> Solution:
        """Return the cheapest plan at a level that survives every loss that is asked for."""
        while True:
            found = self.sweep.at(level)
            found = found.over(self.blocks) if len(self._chosen) else found
            failed = np.setdiff1d(not_survived(self.blocks, found.plan, trials), self._chosen)
            if not len(failed):
                return found
            self._chosen = np.union1d(self._chosen, failed[:LOSSES])
            self.sweep.close()
            self.sweep = self._sweep_over(having(self.blocks, trials, self._chosen))

    def _plan(
        self,
        job: Job,
        solution: Solution,
        theta: Vector,
        trials: Trials,
        clock: Clock,
        scales: Mapping[str, float],
    ) -> Plan:
        """Return the plan of one point, with its tables and what it does in fresh scenarios."""
        clock.start("evaluate")
        solution = solution.priced({**self.job.build.level_scale, **scales})
        gone = lost(self.blocks, solution.plan, trials)
        view = make_view(job.network, self.blocks, solution.plan, solution.outcomes, gone)
        beyond = None if self.fresh is None else self._fresh_view(job, solution.plan)
        clock.start("tables")
        spread = ranges(self.blocks, theta)
        count = 0 if self.fresh is None else self.fresh.count
        doubt = remark(spread)
        return make_plan(job, self.batch, solution, view, beyond, count, clock, spread, doubt)

    def _fresh_view(self, job: Job, plan: Vector) -> View:
        """Return a plan in the fresh scenarios; policies are no part of what is done then."""
        fresh = self.fresh if self.fresh is not None else self.batch
        distinct, where = fresh.distinct()
        if self._evaluator is None:
            levels = self.job.build.levels
            theta, news = scenario_data(self.blocks, job.network, distinct, levels)
            self._evaluator = Evaluator(
                self.blocks, theta, distinct.probability, news, policies=False
            )
        forms = self._evaluator.evaluate(plan).forms
        result = from_forms(self.blocks, plan, forms[where], fresh.probability)
        return make_view(job.network, self.blocks, plan, result)

    def close(self) -> None:
        """Let go of everything that was kept."""
        self.sweep.close()
        if self._evaluator is not None:
            self._evaluator.close()


def _scales(moved: Sequence[Policy]) -> dict[str, float]:
    """Return how the symbol of each policy changes with its level, where it is not the level."""
    found = {}
    for policy in moved:
        level = policy.level_value
        step = 1e-6 * max(abs(level), 1e-3)
        if policy.symbol_value(level) != level or policy.symbol_value(level + step) != level + step:
            rise = policy.symbol_value(level + step) - policy.symbol_value(max(0.0, level - step))
            found[policy.name] = rise / (level + step - max(0.0, level - step))
    return found
