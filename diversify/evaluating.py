"""What a plan costs in any scenarios: exact recourse for all of them at once."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.compiler import compile_build
from diversify.errors import Finding, InfeasibleError, InputError
from diversify.jobs import Clock, Job, Progress, job_scenarios, ready
from diversify.policies.budgets import Budget
from diversify.result import frames
from diversify.result.plan import Plan
from diversify.result.point import plan_point
from diversify.result.risks import risks
from diversify.result.view import View, make_view
from diversify.risk import cvar
from diversify.scenarios import Scenarios, telling
from diversify.solver.data import Information, scenario_data
from diversify.solver.evaluation import from_forms
from diversify.solver.evaluator import Evaluated, Evaluator
from diversify.solver.methods import usual_workers

Vector = NDArray[np.float64]
Batch = tuple[Vector, Vector, NDArray[np.int64]]
LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A plan in a batch of scenarios, each met as is cheapest once it has happened.

    Attributes
    ----------
    cost : float
        Expected total cost [USD, present value over the horizon].
    cvar : float
        Mean of the worst 5 % of the costs [USD].
    scenarios, distinct_scenarios : int
        How many, and how many of them differ.
    seed : int or None
        Of the draws; None where they are listed or were given without one.
    in_sample : bool
        Whether these are the scenarios that the plan was made for; then risk figures flatter it
        and have no intervals.
    problems : int
        Linear problems solved.
    primal, dual : float
        Largest relative violations of the recourse and its multipliers, recomputed.
    budgets : tuple of str
        Budgets of the plan: recourse does not steer for them, so ``risk`` may exceed their limits.
    digests : dict
        SHA-256 of case and scenarios.
    seconds : dict
        Time of each phase and in total.
    """

    cost: float
    cvar: float
    scenarios: int
    distinct_scenarios: int
    seed: int | None
    in_sample: bool
    problems: int
    primal: float
    dual: float
    budgets: tuple[str, ...]
    digests: dict[str, str]
    seconds: dict[str, float]
    _tables: dict[str, pd.DataFrame] = field(repr=False)

    @property
    def costs(self) -> pd.DataFrame:
        """Expected cost by kind: columns kind, usd [present value]; the last row is the total."""
        return self._tables["costs"].copy()

    @property
    def shortage(self) -> pd.DataFrame:
        """Shortage by material: columns material, expectation, cvar, worst [part of demand]."""
        return self._tables["shortage"].copy()

    @property
    def risk(self) -> pd.DataFrame:
        """Risk figures: columns budget, measure, level, value, limit, low, high.

        ``low`` and ``high`` bound the value with 95 % confidence, where the scenarios are draws
        that the plan was not made for.
        """
        return self._tables["risk"].copy()

    @property
    def outcomes(self) -> pd.DataFrame:
        """Each scenario: columns scenario, probability, cost [USD], shortage of each material."""
        return self._tables["outcomes"].copy()


def evaluate(
    plan: Plan,
    scenarios: int | Scenarios | None = None,
    *,
    seed: int | None = None,
    information: Information = "news",
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Return what a plan costs and lacks in any scenarios, exactly.

    First-stage decisions stay as they are. In each scenario what follows the news is what is
    cheapest then. Budgets on risk are no part of that: a plan whose budgets bind was priced with
    recourse that also keeps them, so here it may cost less and be short more often.

    Parameters
    ----------
    plan : Plan
        A solved plan, also one that was read from a folder.
    scenarios : int or Scenarios, optional
        How many to draw, or a batch; omitted: those that the plan was made for.
    seed : int, optional
        Of the draws; omitted: one more than the plan's, whose draws the plan has not seen.
    information : {"news", "clairvoyant"}
        As in :func:`diversify.solve`.
    executor : concurrent.futures.Executor, optional
        Where large batches are computed.
    workers : int, optional
        Processes on this machine, where there is no executor; omitted: one, or as many as there
        are cores for more than 2,000 distinct scenarios.
    progress : callable, optional
        Called with the name of each phase as it begins.

    Returns
    -------
    Evaluation
        Costs, shortages and risk figures, in all and by scenario.

    Raises
    ------
    InputError
        If the plan's own scenarios cannot be made again, or the plan does not fit its case.
    InfeasibleError
        If a scenario leaves nothing at all that could be done; the message names it.

    Examples
    --------
    >>> import diversify as dv
    >>> plan = dv.solve(dv.example("first-steps"))
    >>> round(dv.evaluate(plan).cost, 6)
    11.75
    """
    clock = Clock(progress)
    clock.start("build")
    case, job = plan.case, ready(plan)
    clock.start("scenarios")
    batch = own_batch(plan, job, scenarios, seed)
    clock.start("compile")
    blocks = compile_build(job.build)
    point = plan_point(plan, blocks)
    clock.start("data")
    distinct, where = batch.distinct()
    theta, news = scenario_data(blocks, job.network, distinct, job.build.levels, information)
    clock.start("evaluate")
    found, problems = recourse(
        blocks, point, (theta, distinct.probability, news), executor=executor, workers=workers
    )
    if found.missing:
        lost = distinct.labels[int(np.flatnonzero(~np.isfinite(found.costs))[0])]
        raise InfeasibleError(
            f"in {found.missing} of {distinct.count} distinct scenarios the plan leaves nothing "
            f"that could be done; the first is {lost!r}"
        )
    clock.start("tables")
    outcomes = from_forms(blocks, point, found.forms[where], batch.probability)
    view = make_view(job.network, blocks, point, outcomes)
    seen = batch.digest == plan.record.digests["scenarios"]
    # Only of independent, equally likely draws is it known how far a figure may be off.
    risk = risks(view, job.policies, view if batch.source == "outages" and not seen else None)
    return Evaluation(
        cost=float(view.probability @ view.cost),
        cvar=cvar.value(view.cost, view.probability, LEVEL),
        scenarios=batch.count,
        distinct_scenarios=distinct.count,
        seed=batch.seed,
        in_sample=seen,
        problems=problems,
        primal=found.primal,
        dual=found.dual,
        budgets=tuple(policy.name for policy in job.policies if isinstance(policy, Budget)),
        digests={"case": case.digest, "scenarios": batch.digest},
        seconds=clock.stop(),
        _tables={
            "costs": frames.costs(view),
            "shortage": _shortage(view),
            "risk": risk.drop(columns="out_of_sample"),
            "outcomes": outcome_table(view, batch.labels),
        },
    )


def recourse(
    blocks: Blocks,
    point: Vector,
    batch: Batch,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
) -> tuple[Evaluated, int]:
    """Return what is cheapest in each scenario once it has happened, and the problems solved.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    point : numpy.ndarray
        First-stage point, shape (first,).
    batch : tuple
        Data, shape (S, P), probability and periods before news of each scenario, shape (S,).
    executor, workers
        As in :func:`evaluate`.
    """
    theta, probability, news = batch
    evaluator = Evaluator(
        blocks,
        theta,
        probability,
        news,
        policies=False,
        executor=executor,
        workers=workers or usual_workers(len(theta)),
    )
    try:
        return evaluator.evaluate(point), evaluator.solves
    finally:
        evaluator.close()


def own_batch(
    plan: Plan, job: Job, scenarios: int | Scenarios | None = None, seed: int | None = None
) -> Scenarios:
    """Return the scenarios that are asked for; the plan's own must come out as they were."""
    case, record = job.network.case, plan.record
    if scenarios is not None or seed is not None:
        fresh = seed if seed is not None or record.seed is None else record.seed + 1
        asked = record.scenarios if scenarios is None else scenarios
        return job_scenarios(case, asked, fresh, plain=True)
    count = None if record.seed is None else record.scenarios
    batch = job_scenarios(case, count, record.seed)
    made_for = record.digests["scenarios"]
    if batch.digest != made_for and record.seed is not None:
        # A plan of dv.stockpile is made for few draws that tell it much.
        batch = telling(case, record.scenarios, record.seed)
    if batch.digest != made_for:
        raise InputError(
            [
                Finding.error(
                    table="evaluate",
                    column="scenarios",
                    message="the plan was made for a batch that was given and is not kept with it",
                    remedy="give that batch again, or say how many scenarios to draw",
                )
            ]
        )
    return batch


def _shortage(view: View) -> pd.DataFrame:
    rows = []
    for material in view.asked:
        lost = view.shortage(material, None)
        rows.append(
            {
                "material": material,
                "expectation": float(view.probability @ lost),
                "cvar": cvar.value(lost, view.probability, LEVEL),
                "worst": float(lost[view.probability > 0].max()),
            }
        )
    return pd.DataFrame(rows, columns=["material", "expectation", "cvar", "worst"])


def outcome_table(view: View, labels: tuple[str, ...]) -> pd.DataFrame:
    """Return what each scenario costs and lacks, with its label and probability."""
    columns: dict[str, Any] = {
        "scenario": list(labels),
        "probability": view.probability,
        "cost": view.cost,
    }
    for material in view.asked:
        columns[f"shortage {material}"] = view.shortage(material, None)
    return pd.DataFrame(columns)
