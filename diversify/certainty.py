"""How sure the figures of a plan are, and what knowing more would be worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.case import Case
from diversify.errors import refuse_values
from diversify.jobs import Clock, Progress, job_scenarios, prepare, with_safe_chances
from diversify.policies import Policy
from diversify.policies.budgets import said_of
from diversify.result.ambiguity import ambiguity
from diversify.result.plan import Plan
from diversify.result.point import plan_point
from diversify.result.risks import interval, risks
from diversify.risk.mean_cvar import MeanCvar
from diversify.risk.tail import effective_number, tail_weights, too_few
from diversify.risk.worst_means import WORST_MEANS
from diversify.scenarios import Scenarios, outages
from diversify.solver.information import Information
from diversify.study import Study
from diversify.tornado import nothing_rated, tornado

Vector = NDArray[np.float64]

RADII: Final[Mapping[str, float]] = MappingProxyType({"tv": 0.05, "chi2": 0.05, "kl": 0.05})
"""Ambiguity sets of the report, and their radii."""


@dataclass(frozen=True, slots=True, eq=False)
class Confidence:
    """How sure the cost of a plan is, how far it may be from the best, and what knowing is worth.

    Where a budget on risk holds in expectation, costs are those of the problem in which what the
    budget counts is paid for at its price: for the best plan that is the cost itself.

    Attributes
    ----------
    cost, low, high : float
        Expected cost of the plan, or its mean–CVaR where that is minimised, in fresh scenarios with
        its 95 % interval [USD]; where scenarios are listed they are the truth, and the three are
        equal.
    optimality_gap, gap_high : float or None
        How much more the plan costs than the best one: estimate, and upper end of the one-sided
        95 % interval that begins at 0 [USD]; None where that cannot be said, and ``warnings`` says
        why.
    value_of_perfect_information : float
        What it would save to know the scenario before anything is decided [USD].
    value_of_stochastic_solution : float
        What it saves not to plan for the mean scenario [USD]; infinite where that plan has no
        recourse in some scenario.
    information : Information
        The costs behind both: wait-and-see, best plan, plan for the mean.
    tail_scenarios : float
        How many scenarios the worst ``1 - level`` of the sample are worth.
    level : float
        Confidence of what is called the tail.
    scenarios, replications, fresh : int
        In the sample and in each replication, replications, fresh draws; the last two are 0 where
        scenarios are listed.
    seed : int or None
        Of the sample; all other draws follow from it.
    warnings : tuple of str
        What is doubtful.
    seconds : dict
        Time of each phase and in total.
    """

    cost: float
    low: float
    high: float
    optimality_gap: float | None
    gap_high: float | None
    value_of_perfect_information: float
    value_of_stochastic_solution: float
    information: Information
    tail_scenarios: float
    level: float
    scenarios: int
    replications: int
    fresh: int
    seed: int | None
    warnings: tuple[str, ...]
    seconds: dict[str, float]
    _tables: dict[str, pd.DataFrame] = field(repr=False)

    @property
    def sensitivity(self) -> pd.DataFrame:
        """The plan at other rates of hazards; see :func:`diversify.tornado.tornado`."""
        return self._tables["sensitivity"].copy()

    @property
    def ambiguity(self) -> pd.DataFrame:
        """Worst means near the distribution: columns loss, set, radius, mean, worst."""
        return self._tables["ambiguity"].copy()

    @property
    def risk(self) -> pd.DataFrame:
        """Risk figures in the sample and out of it, as in ``plan.risk``."""
        return self._tables["risk"].copy()


def confidence(
    case: Case,
    *policies: Policy,
    plan: Plan | None = None,
    buyer: str | Sequence[str] | None = None,
    case_policies: bool | None = None,
    scenarios: int | Scenarios | None = None,
    replications: int = 10,
    fresh: int = 1_000,
    seed: int | None = None,
    level: float = 0.95,
    sensitivity: bool = True,
    resolve: bool = False,
    radii: Mapping[str, float] = RADII,
    gap: float | None = None,
    objective: MeanCvar | None = None,
    progress: Progress | None = None,
) -> Confidence:
    """Return how sure the cost of a plan is, and what knowing more would be worth.

    Parameters
    ----------
    case : Case
        The case; with a plan, that of the plan counts.
    *policies : Policy
        As in :func:`diversify.solve`; omitted with a plan: what the plan keeps.
    plan : Plan, optional
        The plan in question; omitted: the best one for the sample.
    buyer, case_policies
        As in :func:`diversify.solve`.
    scenarios : int or Scenarios, optional
        Size of the sample and of each replication; omitted: what the case says.
    replications : int
        Samples that bound the optimality gap (0 for none, else at least 2).
    fresh : int
        Fresh scenarios for the cost of the plan, at least 2.
    seed : int, optional
        Of the sample; omitted: that of the case, or a new one.
    level : float
        Confidence of what is called the tail.
    sensitivity : bool
        Whether to draw again with every hazard twice and half as frequent.
    resolve : bool
        Whether to find the best plan for each of these rates, too.
    radii : mapping
        Ambiguity sets of the report (``tv``, ``chi2``, ``kl``, ``wasserstein``) and their radii.
    gap : float, optional
        Relative gap of each solve, as in :func:`diversify.solve`.
    objective : MeanCvar, optional
        What is minimised; omitted: the expected cost. The gap and the values of information are in
        its unit.
    progress : callable, optional
        Called with the name of each phase as it begins.

    Returns
    -------
    Confidence
        A frozen record with its tables.

    Raises
    ------
    InputError
        If anything given is unclear, or the plan is not of its case and policies.
    InfeasibleError
        If no plan keeps all limits.

    Examples
    --------
    >>> import diversify as dv
    >>> found = dv.confidence(dv.example("first-steps"))
    >>> round(found.cost, 6), round(found.value_of_perfect_information, 6)
    (11.75, 0.0)
    """
    _refuse(replications, fresh, level, radii)
    clock = Clock(progress)
    clock.start("build")
    if plan is not None:
        case, buyer, case_policies = plan.case, list(plan.case.buyers), False
        policies = policies or plan.policies
    job = prepare(case, policies, buyer=buyer, case_policies=case_policies)
    clock.start("scenarios")
    whole = job.network.case
    batch = job_scenarios(whole, scenarios, seed)
    clock.start("solve")
    goal = objective or MeanCvar()
    study = Study(with_safe_chances(job, batch), batch, gap, goal)
    point = study.solution.plan
    if plan is not None:
        point = _completed(study, plan_point(plan, study.blocks), goal)
    said = [*study.solution.remarks, *said_of(study.job.policies), *batch.remarks]
    clock.start("values")
    worth = study.worth()
    drawn = batch.source != "listed" and batch.seed is not None
    clock.start("replications")
    far = _gap(study, point, replications, said) if drawn else _open(study, point)
    clock.start("evaluate")
    seen = study.view(point, batch)
    draws = outages(whole, fresh, (batch.seed or 0) + 1) if drawn else None
    view = seen if draws is None else study.view(point, draws)
    cost = goal.value(view.cost, view.probability)
    each = goal.parts(view.cost, view.probability)
    _, low, high = (cost, cost, cost) if draws is None else interval("expectation", each, 0.0)
    tail = effective_number(tail_weights(seen.cost, seen.probability, level))
    if drawn:
        alike = float(np.ptp(batch.probability)) == 0.0
        said += [few] if (few := too_few(tail, level, alike=alike)) else []
    tables = {
        "risk": risks(seen, study.job.policies, None if draws is None else view),
        "ambiguity": ambiguity(view, radii),
        "sensitivity": nothing_rated(),
    }
    if drawn and sensitivity:
        clock.start("sensitivity")
        best = study.best_cost if resolve else None
        tables["sensitivity"] = tornado(
            whole, batch, lambda other: study.view(point, other), level=level, best=best
        )
    return Confidence(
        cost=cost,
        low=low,
        high=high,
        optimality_gap=far[0],
        gap_high=far[1],
        value_of_perfect_information=worth.of_perfect_information,
        value_of_stochastic_solution=worth.of_stochastic_solution,
        information=worth,
        tail_scenarios=tail,
        level=level,
        scenarios=batch.count,
        replications=replications if drawn else 0,
        fresh=0 if draws is None else fresh,
        seed=batch.seed,
        warnings=tuple(said),
        seconds=clock.stop(),
        _tables=tables,
    )


def _completed(study: Study, point: Vector, goal: MeanCvar) -> Vector:
    """Return a plan with the threshold of the objective, where it has one, that is best for it."""
    if goal.plain:
        return point
    seen = study.view(point, study.batch)
    return np.append(point, goal.threshold(seen.cost, seen.probability))


Ends = tuple[float | None, float | None]


def _gap(study: Study, point: Vector, replications: int, said: list[str]) -> Ends:
    """Return the optimality gap of a plan of a sample and the end of its interval."""
    if not replications:
        return None, None
    if study.decides_later:
        why = "a limit is curved" if study.blocks.curves else "a chance is kept by yes/no decisions"
        said.append(f"the optimality gap is not known: {why} in each scenario")
        return None, None
    found = study.gap(point, replications)
    if found is None:
        said.append(
            "the optimality gap is not known: in a fresh sample the plan breaks a limit that holds "
            "in every scenario"
        )
        return None, None
    return found.estimate, found.high


def _open(study: Study, point: Vector) -> Ends:
    """Return what a plan of listed scenarios costs more than is proven of the best one."""
    solution = study.solution
    cost = solution.objective if point is solution.plan else study.cost(point)
    left = max(0.0, cost - solution.bound)
    return left, left


def _refuse(replications: int, fresh: int, level: float, radii: Mapping[str, float]) -> None:
    """Refuse numbers that mean nothing."""
    known = ", ".join(WORST_MEANS)
    asked = [
        (
            "replications",
            replications,
            replications == 1 or replications < 0,
            "give 0, or 2 or more",
        ),
        ("fresh", fresh, fresh < 2, "give 2 or more"),
        ("level", level, not 0.0 <= level < 1.0, "give a confidence such as 0.95"),
        *(("radii", name, name not in WORST_MEANS, f"known sets: {known}") for name in radii),
        *(
            ("radii", radius, not (math.isfinite(radius) and radius >= 0.0), "give 0 or more")
            for radius in radii.values()
        ),
    ]
    refuse_values("confidence", asked)
