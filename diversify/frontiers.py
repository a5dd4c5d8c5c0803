"""What a policy costs at one level after another: the frontier."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.answers import fresh_view, make_plan
from diversify.case import Case
from diversify.compile import Blocks
from diversify.compile.compiler import compile_build
from diversify.errors import InfeasibleError, InputError, NotCertifiedError
from diversify.jobs import Clock, Job, Progress, job_scenarios, prepare, restricted
from diversify.policies import Policy
from diversify.policies.levels import at_levels, swept
from diversify.result.plan import Plan
from diversify.result.view import make_view
from diversify.risk.mean_cvar import MeanCvar
from diversify.scenarios import Scenarios, outages
from diversify.solver.certificate import TOLERANCE
from diversify.solver.data import scenario_data
from diversify.solver.decomposed import Way
from diversify.solver.methods import Method, usual_workers
from diversify.solver.ranges import ranges, remark
from diversify.solver.solution import Solution
from diversify.solver.sweep import Sweep

FRESH = 1_000
COLUMNS = [
    "level", "status", "point", "objective", "bound", "gap", "price", "unit", "primal", "dual",
    "method", "seconds",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One level that was solved again from nothing, after the sweep.

    Attributes
    ----------
    level : float
        The middle one of those with a plan.
    swept, cold : float
        Cost found in the sweep and from nothing [USD].
    seconds : float
        Of the cold solve.
    """

    level: float
    swept: float
    cold: float
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Frontier:
    """The cheapest plan at each level of one policy.

    Attributes
    ----------
    policy : str
        Name of the policy whose level was swept.
    levels : tuple of float
        In the order given.
    plans : tuple of Plan or None
        One for each level; None where no plan keeps all limits.
    check : Check or None
        The cold solve that agrees; None where no level has a plan.
    seconds : dict
        Time of each phase of the whole sweep and in total.
    """

    policy: str
    levels: tuple[float, ...]
    plans: tuple[Plan | None, ...]
    check: Check | None
    seconds: dict[str, float]
    _points: pd.DataFrame = field(repr=False)

    @property
    def points(self) -> pd.DataFrame:
        """One row for each level: level, status, point, objective, bound, gap, price, and more."""
        return self._points.copy()


def frontier(
    case: Case,
    policy: Policy | str,
    *others: Policy,
    levels: Sequence[float],
    buyer: str | Sequence[str] | None = None,
    scenarios: int | Scenarios | None = None,
    seed: int | None = None,
    case_policies: bool | None = None,
    out_of_sample: int = FRESH,
    gap: float | None = None,
    method: Method = "auto",
    objective: MeanCvar | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Frontier:
    """Return the cheapest plan at each level of a policy, each with its certificate.

    The problem is compiled once, and each level starts from what was learnt at the one before.
    A level that no plan can keep is a point like the others, with the status ``infeasible``.

    Parameters
    ----------
    case : Case
        The case.
    policy : Policy or str
        Whose level is swept, with or without a level of its own; or the name of one of the case's
        own policies.
    *others : Policy
        What every plan keeps besides.
    levels : sequence of float
        In the unit of the policy: shares, days, limits.
    buyer, scenarios, seed
        As in :func:`diversify.solve`; all levels see the same scenarios.
    case_policies : bool, optional
        Whether the case's own policies count besides; omitted: only if ``policy`` is the name of
        one of them.
    out_of_sample, gap, method, objective, executor, workers, progress
        As in :func:`diversify.solve`.

    Returns
    -------
    Frontier
        A point and a plan for each level, and a cold solve that agrees with one of them.

    Raises
    ------
    InputError
        If anything in case, policies, levels or scenarios is unclear.
    NotCertifiedError
        If a point is not proven, or the cold solve does not agree.
    UnboundedError
        If the cost has no lower limit.

    Examples
    --------
    >>> import diversify as dv
    >>> cap = dv.ShareCap(by="country", foreign_only=False)
    >>> found = dv.frontier(dv.example("first-steps"), cap, levels=[1, 0.8, 0.2])
    >>> found.points[["level", "status", "objective"]].to_dict("list")
    {'level': [1.0, 0.8, 0.2], 'status': ['optimal', 'optimal', 'infeasible'],
     'objective': [10.0, 11.0, nan]}
    """
    clock = Clock(progress)
    clock.start("build")
    own = restricted(case, buyer)
    kept, place = swept(own, policy, others, case_policies)
    at = at_levels(kept[place], levels)
    first = next(iter(at.values()))
    chosen = (*kept[:place], first, *kept[place + 1 :])
    job = prepare(own, chosen, buyer=list(own.buyers), case_policies=False)
    name = first.name
    clock.start("scenarios")
    batch = job_scenarios(job.network.case, scenarios, seed)
    fresh = None
    if batch.source != "listed" and batch.seed is not None and out_of_sample > 0:
        fresh = outages(job.network.case, out_of_sample, batch.seed + 1)
    clock.start("compile")
    blocks = compile_build(job.build)
    if name not in blocks.levels:
        why = "it has no row in this case, so there is nothing to sweep"
        raise InputError([first.finding(None, None, why, "sweep a policy that matches something")])
    clock.start("data")
    distinct, _ = batch.distinct()
    theta, news = scenario_data(blocks, job.network, distinct, job.build.levels)
    sweep = Sweep(
        blocks,
        theta,
        distinct.probability,
        news,
        name,
        method=method,
        gap=gap,
        objective=objective,
        way=Way(executor, workers or usual_workers(distinct.count)),
    )
    clock.start("sweep")
    plans: dict[float, Plan | None] = {}
    seconds: dict[float, float] = {}
    try:
        # From the loosest to the tightest: what cannot be kept comes last.
        for level in sorted(at, reverse=first.upper):
            point_clock = Clock(None)
            point_clock.start("solve")
            if progress is not None:
                progress(f"level {level:g}")
            mine = dataclasses.replace(
                job, policies=tuple(at[level] if p.name == name else p for p in job.policies)
            )
            try:
                solution = sweep.at(level)
            except InfeasibleError:
                plans[level] = None
            else:
                plans[level] = _plan(
                    mine, blocks, batch, fresh, solution, sweep.theta(level), point_clock
                )
            seconds[level] = point_clock.stop()["total"]
        clock.start("check")
        check = _checked(sweep, plans)
    finally:
        sweep.close()
    order = [float(level) for level in levels]
    rows = [_row(level, plans[level], seconds[level], name) for level in order]
    return Frontier(
        policy=name,
        levels=tuple(order),
        plans=tuple(plans[level] for level in order),
        check=check,
        seconds=clock.stop(),
        _points=pd.DataFrame(rows, columns=COLUMNS),
    )


def _plan(
    job: Job,
    blocks: Blocks,
    batch: Scenarios,
    fresh: Scenarios | None,
    solution: Solution,
    theta: NDArray[np.float64],
    clock: Clock,
) -> Plan:
    """Return the plan of one level, with its tables and what it does in fresh scenarios."""
    clock.start("evaluate")
    view = make_view(job.network, blocks, solution.plan, solution.outcomes)
    beyond = None
    if fresh is not None:
        beyond = fresh_view(job, blocks, solution, fresh, "news")
    clock.start("tables")
    spread = ranges(blocks, theta)
    count = 0 if fresh is None else fresh.count
    return make_plan(job, batch, solution, view, beyond, count, clock, spread, remark(spread))


def _row(level: float, plan: Plan | None, seconds: float, name: str) -> dict[str, Any]:
    if plan is None:
        nothing: dict[str, Any] = dict.fromkeys(COLUMNS, float("nan"))
        empty = dict.fromkeys(("method", "unit"), "")
        return {
            **nothing,
            **empty,
            "level": level,
            "status": "infeasible",
            "point": "none",
            "seconds": seconds,
        }
    prices = plan.prices
    mine = prices[(prices["policy"] == name) & (prices["row"] == "all")]
    proof = plan.certificate
    return {
        "level": level,
        "status": plan.status,
        "point": plan.point,
        "objective": plan.objective,
        "bound": plan.record.bound,
        "gap": plan.record.gap,
        "price": float(mine["price"].iloc[0]),
        "unit": mine["unit"].iloc[0],
        "primal": float("nan") if proof is None else proof.primal,
        "dual": float("nan") if proof is None else proof.dual,
        "method": plan.record.method,
        "seconds": seconds,
    }


def _checked(sweep: Sweep, plans: dict[float, Plan | None]) -> Check | None:
    """Solve a middle level from nothing; both costs must lie above each other's bound."""
    known = [(level, plan) for level, plan in plans.items() if plan is not None]
    if not known:
        return None
    level, plan = known[len(known) // 2]
    clock = Clock(None)
    clock.start("solve")
    cold = sweep.cold(level)
    slack = TOLERANCE * (1.0 + abs(cold.objective))
    if plan.objective < cold.bound - slack or cold.objective < plan.record.bound - slack:
        raise NotCertifiedError(
            f"at the level {level:g} the sweep found {plan.objective:.10g} with the bound "
            f"{plan.record.bound:.10g}, and a cold solve {cold.objective:.10g} with the bound "
            f"{cold.bound:.10g}: they contradict each other"
        )
    return Check(level, plan.objective, cold.objective, clock.stop()["total"])
