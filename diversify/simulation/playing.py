"""A plan played forward, and what its figures owe to foresight."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.compiler import compile_build
from diversify.errors import Finding, InputError
from diversify.evaluating import outcome_table, own_batch, recourse
from diversify.jobs import Clock, Job, Progress, ready
from diversify.result.plan import Plan
from diversify.result.point import plan_point
from diversify.result.view import View, make_view
from diversify.scenarios import Scenarios
from diversify.simulation.forward import RULES, Rule, play
from diversify.solver.data import scenario_data
from diversify.solver.evaluation import from_forms

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """A plan in a batch of scenarios, decided period by period with only what is known then.

    Attributes
    ----------
    rule : str
        How each period is decided.
    cost : float
        Expected total cost [USD, present value over the horizon]; infinite where at some point
        nothing at all can be done.
    cost_with_foresight : float or None
        The same where, from its first news on, the rest of each scenario is known; None where that
        was not asked for.
    scenarios, distinct_scenarios : int
        How many, and how many of them differ.
    seed : int or None
        Of the draws.
    problems : int
        Different problems of a period that were met.
    missing : int
        Distinct scenarios in which, at some point, nothing could be done.
    seconds : dict
        Time of each phase and in total.
    """

    rule: str
    cost: float
    cost_with_foresight: float | None
    scenarios: int
    distinct_scenarios: int
    seed: int | None
    problems: int
    missing: int
    seconds: dict[str, float]
    _tables: dict[str, pd.DataFrame] = field(repr=False)

    @property
    def foresight_gap(self) -> float | None:
        """What it costs not to know how a disruption goes on, with this rule [USD]; 0 or more."""
        known = self.cost_with_foresight
        return None if known is None else self.cost - known

    @property
    def shortage(self) -> pd.DataFrame:
        """Expected shortage: columns material, forward, foresight, gap [part of demand]."""
        return self._tables["shortage"].copy()

    @property
    def outcomes(self) -> pd.DataFrame:
        """Each scenario: columns scenario, probability, cost, foresight [USD], shortages."""
        return self._tables["outcomes"].copy()


def simulate(
    plan: Plan,
    scenarios: int | Scenarios | None = None,
    *,
    seed: int | None = None,
    rule: Rule = "myopic",
    ahead: int = 4,
    foresight: bool = True,
    progress: Progress | None = None,
) -> Simulation:
    """Return what a plan costs and lacks when nobody knows how long a disruption will last.

    Bookings, targets and capacities stay as they are. Each period is decided with only what has
    happened so far: see :func:`diversify.simulation.forward.play`. Budgets on risk are no part of
    that: what happens is what is cheapest by the rule.

    Parameters
    ----------
    plan, scenarios, seed
        As in :func:`diversify.evaluate`.
    rule : {"myopic", "rolling"}
        ``myopic`` draws stock before anything is short and fills it again as soon as that is not
        too dear; ``rolling`` rations it over the time that disruptions are expected to last.
    ahead : int
        Periods that the rolling rule looks ahead.
    foresight : bool
        Whether to compute the same with foresight, for the gap.
    progress : callable, optional
        Called with the name of each phase as it begins.

    Returns
    -------
    Simulation
        Costs and shortages, in all and by scenario.

    Raises
    ------
    InputError
        If there is no such rule, the plan's own scenarios cannot be made again, or the plan does
        not fit its case.

    Examples
    --------
    >>> import diversify as dv
    >>> found = dv.simulate(dv.solve(dv.example("first-steps")))
    >>> round(found.cost, 6), abs(round(found.foresight_gap, 6))
    (11.75, 0.0)
    """
    _refuse(rule, ahead)
    clock = Clock(progress)
    clock.start("build")
    job = ready(plan)
    batch = own_batch(plan, job, scenarios, seed)
    clock.start("compile")
    blocks = compile_build(job.build)
    point = plan_point(plan, blocks)
    return simulated(job, blocks, point, batch, clock, rule=rule, ahead=ahead, foresight=foresight)


def simulated(
    job: Job,
    blocks: Blocks,
    point: Vector,
    batch: Scenarios,
    clock: Clock,
    *,
    rule: Rule = "myopic",
    ahead: int = 4,
    foresight: bool = True,
) -> Simulation:
    """Return a first-stage point played forward; see :func:`simulate`.

    Parameters
    ----------
    job : Job
        The case, made ready.
    blocks : Blocks
        Its compiled problem.
    point : numpy.ndarray
        First-stage point, shape (first,).
    batch : Scenarios
        What is played.
    clock : Clock
        Stopped here.
    rule, ahead, foresight
        As in :func:`simulate`.

    Returns
    -------
    Simulation
        With its tables.
    """
    clock.start("simulate")
    distinct, where = batch.distinct()
    played = play(blocks, job.network, point, distinct, job.build.levels, rule=rule, ahead=ahead)
    view = _view(job, blocks, point, batch, played.forms[where])
    known = None
    if foresight:
        clock.start("foresight")
        theta, news = scenario_data(blocks, job.network, distinct, job.build.levels)
        found, _ = recourse(blocks, point, (theta, distinct.probability, news))
        known = _view(job, blocks, point, batch, found.forms[where])
    clock.start("tables")
    return Simulation(
        rule=rule,
        cost=float("inf") if played.missing else float(view.probability @ view.cost),
        cost_with_foresight=None if known is None else float(known.probability @ known.cost),
        scenarios=batch.count,
        distinct_scenarios=distinct.count,
        seed=batch.seed,
        problems=played.problems,
        missing=played.missing,
        seconds=clock.stop(),
        _tables={
            "shortage": _shortage(view, known),
            "outcomes": _outcomes(view, known, batch.labels),
        },
    )


def _view(job: Job, blocks: Blocks, point: Vector, batch: Scenarios, forms: Vector) -> View:
    return make_view(
        job.network, blocks, point, from_forms(blocks, point, forms, batch.probability)
    )


def _shortage(view: View, known: View | None) -> pd.DataFrame:
    rows = []
    for material in view.asked:
        forward = float(view.probability @ view.shortage(material, None))
        seen = None if known is None else float(view.probability @ known.shortage(material, None))
        rows.append(
            {
                "material": material,
                "forward": forward,
                "foresight": seen,
                "gap": None if seen is None else forward - seen,
            }
        )
    frame = pd.DataFrame(rows, columns=["material", "forward", "foresight", "gap"])
    return frame.astype({"material": "str", "forward": float, "foresight": float, "gap": float})


def _outcomes(view: View, known: View | None, labels: tuple[str, ...]) -> pd.DataFrame:
    table = outcome_table(view, labels)
    if known is not None:
        table.insert(3, "foresight", known.cost)
    return table


def _refuse(rule: str, ahead: int) -> None:
    findings = []
    if rule not in RULES:
        findings.append(
            Finding.error(
                table="simulate",
                column="rule",
                value=str(rule),
                message="there is no such rule",
                remedy=f"choose one of {', '.join(RULES)}",
            )
        )
    if ahead < 1:
        findings.append(
            Finding.error(
                table="simulate",
                column="ahead",
                value=str(ahead),
                message="the rolling rule looks at least one period ahead",
                remedy="give 1 or more",
            )
        )
    if findings:
        raise InputError(findings)
