"""How much to hold, how long it lasts, what a day more costs and saves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from diversify.answers import fresh_view, make_plan
from diversify.api import explain, refusal
from diversify.case import Case
from diversify.errors import InfeasibleError, refuse_values
from diversify.jobs import Clock, Job, Progress, job_scenarios, prepare, with_safe_chances
from diversify.policies import Policy
from diversify.result.plan import Plan
from diversify.result.view import make_view
from diversify.scenarios import Scenarios, outages, telling
from diversify.simulation.days import survived
from diversify.simulation.forward import Rule
from diversify.simulation.keeping import stock_table
from diversify.simulation.playing import Simulation, simulated
from diversify.solver.data import trial_data
from diversify.solver.information import Information
from diversify.solver.ranges import ranges, remark
from diversify.solver.trials import lost
from diversify.study import Study
from diversify.study.sampled import Sampled, in_fresh_draws, in_sample

SAMPLE = 120
"""Draws that the plan is made for, where more are asked for: the others are played forward."""
REPLICATIONS = 2
"""Batches of fresh draws that say how good the plan is; together as many as it was made for."""
SAMPLED_GAP = 7e-4
"""Relative gap at which a plan for a sample counts as optimal: sampling errs by far more."""
FRESH = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Stockpile:
    """How much each buyer holds, how long that lasts, and how sure it is.

    Attributes
    ----------
    plan : Plan
        The plan that the stocks belong to.
    simulation : Simulation
        That plan played forward, with the foresight gap.
    sampled : Sampled
        What it is worth to know the future and not to plan for the mean, and how much cheaper a
        better plan could be, each with its interval.
    warnings : tuple of str
        What is doubtful.
    seconds : dict
        Time of each phase and in total.
    """

    plan: Plan
    simulation: Simulation
    sampled: Sampled
    warnings: tuple[str, ...]
    seconds: dict[str, float]
    _tables: dict[str, pd.DataFrame] = field(repr=False)

    @property
    def stocks(self) -> pd.DataFrame:
        """Each stock: what is held, and what a day more would cost and save.

        Columns buyer, commodity, tonnes, days (of mean demand; empty without demand),
        cost_per_year (capital, storage, and what is lost in store), cost_of_one_more_day and
        loss_avoided_per_day [USD a year]. Where nothing but cost decides how much is held, the last
        two are equal.
        """
        return self._tables["stocks"].copy()

    @property
    def survival(self) -> pd.DataFrame:
        """Days survived against days to recover: see :func:`diversify.survival`."""
        return self._tables["survival"].copy()

    @property
    def information(self) -> Information:
        """What it costs with the future known, with the plan, and with the plan for the mean."""
        return self.sampled.information

    @property
    def foresight_gap(self) -> float | None:
        """What it costs not to know how a disruption goes on [USD, present value]."""
        return self.simulation.foresight_gap


def stockpile(
    case: Case,
    *policies: Policy,
    buyer: str | Sequence[str] | None = None,
    case_policies: bool | None = None,
    scenarios: int | Scenarios | None = None,
    seed: int | None = None,
    sample: int = SAMPLE,
    replications: int = REPLICATIONS,
    rule: Rule = "myopic",
    gap: float | None = None,
    progress: Progress | None = None,
) -> Stockpile:
    """Return how much to hold of each material, how many days it lasts, and what a day more costs.

    The plan is made for a sample of the scenarios, together with everything else that it decides:
    from whom to buy, whom to qualify, what to build. Then it is played forward in all of them.

    Parameters
    ----------
    case : Case
        The case.
    *policies : Policy
        As in :func:`diversify.solve`.
    buyer, case_policies, seed
        As in :func:`diversify.solve`.
    scenarios : int or Scenarios, optional
        How many to draw, or a batch; omitted: what the case says.
    sample : int
        Draws that the plan is made for, where there are more scenarios than that, by
        :func:`diversify.scenarios.telling`; listed scenarios all count.
    replications : int
        Batches of fresh draws in which the plan is compared with the best one, with that for the
        mean, and with knowing the future; with 0 these values are of the sample, without interval.
    rule : {"myopic", "rolling"}
        As in :func:`diversify.simulate`.
    gap : float, optional
        Relative gap at which the plan counts as optimal; omitted: 7e-4 where it is for a sample
        of the scenarios, else as in :func:`diversify.solve`.
    progress : callable, optional
        Called with the name of each phase as it begins.

    Returns
    -------
    Stockpile
        A frozen record with its tables.

    Raises
    ------
    InputError
        If anything given is unclear.
    InfeasibleError
        If no plan keeps all limits.

    Examples
    --------
    >>> import diversify as dv
    >>> found = dv.stockpile(dv.example("first-steps"))
    >>> found.plan.point, round(found.information.of_perfect_information, 6)
    ('certified', 0.0)
    """
    _refuse(sample, replications)
    clock = Clock(progress)
    clock.start("build")
    job = prepare(case, policies, buyer=buyer, case_policies=case_policies)
    clock.start("scenarios")
    batch = job_scenarios(job.network.case, scenarios, seed)
    few = _sample(job, batch, sample)
    job = with_safe_chances(job, few)
    clock.start("solve")
    try:
        sampled = SAMPLED_GAP if few.count < batch.count else None
        study = Study(job, few, sampled if gap is None else gap)
    except InfeasibleError:
        given: dict[str, Any] = {"buyer": buyer, "case_policies": case_policies}
        raise refusal(lambda: explain(case, *policies, scenarios=few, **given)) from None
    clock.start("tables")
    plan = _plan(study)
    point = study.solution.plan
    clock.start("days")
    stocks = stock_table(study, plan)
    survival = survived(job, study.blocks, point)
    clock.start("simulate")
    played = simulated(job, study.blocks, point, batch, Clock(None), rule=rule)
    clock.start("values")
    worth = _worth(study, replications, sample)
    return Stockpile(
        plan=plan,
        simulation=played,
        sampled=worth,
        warnings=(*plan.record.warnings, *_said(few, batch, played, worth)),
        seconds=clock.stop(),
        _tables={"stocks": stocks, "survival": survival},
    )


def _sample(job: Job, batch: Scenarios, sample: int) -> Scenarios:
    if batch.source == "listed" or batch.seed is None or batch.count <= sample:
        return batch
    # As one batch of draws, so that what is wrong with them is refused in the same words.
    job_scenarios(job.network.case, 1, batch.seed)
    return telling(job.network.case, sample, batch.seed)


def _worth(study: Study, replications: int, sample: int) -> Sampled:
    """Return what the plan is worth, in fresh draws where there are any."""
    batch, case = study.batch, study.job.network.case
    if batch.source == "listed" or batch.seed is None:
        return in_sample(study, truth=True)
    if not replications or study.decides_later:
        return in_sample(study, truth=False)
    count = max(2, min(sample, batch.count) // replications)
    seeds = np.random.SeedSequence([batch.seed, 1]).generate_state(replications)
    fresh = [telling(case, count, int(seed) % 2**31) for seed in seeds]
    found = in_fresh_draws(study, fresh)
    return in_sample(study, truth=False) if found is None else found


def _said(few: Scenarios, batch: Scenarios, played: Simulation, worth: Sampled) -> list[str]:
    said = []
    if few.count < batch.count:
        rare = ", the rare events among them often," if few.source == "importance" else ""
        said.append(
            f"the plan is of {few.count:,} draws{rare} and was played forward in {batch.count:,}"
        )
    if worth.gap is None:
        said.append(
            "what information is worth is of the sample, and how far the plan is from the best one "
            "is not known"
        )
    if played.missing:
        said.append(
            f"in {played.missing:,} of {played.distinct_scenarios:,} distinct scenarios nothing "
            "could be done at some point without foresight: firm demand is not met there"
        )
    return said


def _plan(study: Study) -> Plan:
    """Return the plan of a study, as :func:`diversify.solve` does."""
    job, blocks, batch = study.job, study.blocks, study.batch
    solution = study.solution.priced(job.build.level_scale)
    theta = study.sample[0]
    trials = trial_data(blocks, job.network, job.build.levels)
    gone = lost(blocks, solution.plan, trials)
    view = make_view(job.network, blocks, solution.plan, solution.outcomes, gone)
    fresh = None
    if batch.source != "listed" and batch.seed is not None:
        draws = outages(job.network.case, FRESH, batch.seed + 1)
        fresh = fresh_view(job, blocks, solution, draws, "news")
    spread = ranges(blocks, theta)
    count = 0 if fresh is None else FRESH
    return make_plan(job, batch, solution, view, fresh, count, Clock(None), spread, remark(spread))


def _refuse(sample: int, replications: int) -> None:
    """Refuse numbers that mean nothing."""
    asked = [
        ("sample", sample, sample < 1, "give 1 or more"),
        ("replications", replications, replications < 0, "give 0 or more"),
    ]
    refuse_values("stockpile", asked)
