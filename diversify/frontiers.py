"""What a policy costs at one level after another: the frontier."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.case import Case
from diversify.case.card import card
from diversify.compile import Blocks
from diversify.compile.compiler import compile_build
from diversify.errors import InputError, NotCertifiedError
from diversify.jobs import (
    Clock,
    Progress,
    job_scenarios,
    prepare,
    restricted,
    with_safe_chances,
)
from diversify.points import Run
from diversify.policies import Policy
from diversify.policies.axes import Axis, Given, find_axes
from diversify.report.figures.frontier import frontier as drawing
from diversify.report.numbers import spoken_money
from diversify.result.plan import Plan
from diversify.risk.mean_cvar import MeanCvar
from diversify.scenarios import Scenarios, outages
from diversify.solver.certificate import TOLERANCE
from diversify.solver.conflict import Conflict
from diversify.solver.decomposed import Way
from diversify.solver.methods import Method, usual_gap, usual_workers
from diversify.solver.sweep import Sweep

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Vector = NDArray[np.float64]
FRESH = 1_000
# Gap of each point of a problem that is decomposed: the steps between levels are far wider.
WIDER = 1e-4
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
    """The cheapest plan at each level of a policy, or at each pair of levels of two.

    Attributes
    ----------
    policy : str
        Name or kind of what was moved; of several, joined by " and ".
    levels : tuple of float
        Level of the first policy at each point; in the order given.
    plans : tuple of Plan or None
        One for each point; None where no plan keeps all limits.
    check : Check or None
        The cold solve that agrees; None where there was none: no level has a plan, or each was
        decomposed and has its own proof.
    seconds : dict
        Time of each phase of the whole sweep and in total.
    axes : tuple of str
        Name or kind of each policy that was moved.
    grid : tuple of dict
        Level of each of them at each point.
    conflicts : tuple of Conflict or None
        What clashes at each point without a plan.
    """

    policy: str
    levels: tuple[float, ...]
    plans: tuple[Plan | None, ...]
    check: Check | None
    seconds: dict[str, float]
    _points: pd.DataFrame = field(repr=False)
    axes: tuple[str, ...] = ()
    grid: tuple[dict[str, float], ...] = ()
    conflicts: tuple[Conflict | None, ...] = ()

    @property
    def points(self) -> pd.DataFrame:
        """One row for each point: level, status, point, objective, bound, gap, price, and more.

        With two policies there is a column for the levels of each besides, by its name.
        """
        return self._points.copy()

    def plot(self) -> Figure:
        """Return the cost at each level as one of plotly's figures."""
        return drawing(self.points, self.policy).figure()

    def _repr_html_(self) -> str:
        rows = [
            (f"level {row['level']:g}", spoken_money(row["objective"]))
            if row["objective"] == row["objective"]
            else (f"level {row['level']:g}", "no plan")
            for row in self.points.to_dict("records")
        ]
        return card(f"Frontier of {self.policy}", rows)


def frontier(
    case: Case,
    policy: Policy | str | Given,
    *others: Policy | Given,
    levels: Sequence[float] | None = None,
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
    check: bool | None = None,
    progress: Progress | None = None,
) -> Frontier:
    """Return the cheapest plan at each level of a policy, each with its certificate.

    The problem is compiled once, and each level starts from what was learnt at the one before.
    A level that no plan can keep is a point like the others, with the status ``infeasible``.

    Parameters
    ----------
    case : Case
        The case.
    policy : Policy, str or tuple
        Whose level is swept, with or without a level of its own; the name of one of the case's
        own policies; or a kind, such as ``"share_cap"``, for all of them of that kind. With its
        levels, as ``(policy, levels)``, there may be several of these: every combination is a
        point.
    *others : Policy or tuple
        What every plan keeps besides, and further policies with their levels.
    levels : sequence of float, optional
        In the unit of the policy: shares, days, limits; where ``policy`` comes without them.
    buyer, scenarios, seed
        As in :func:`diversify.solve`; all levels see the same scenarios.
    case_policies : bool, optional
        Whether the case's own policies count besides; omitted: only if ``policy`` is the name of
        one of them.
    gap : float, optional
        Relative gap of each point; omitted: as in :func:`diversify.solve`, but no less than 1e-4
        where points are decomposed.
    check : bool, optional
        Solve a middle level again from nothing; omitted: only where points are not decomposed.
    out_of_sample, method, objective, executor, workers, progress
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
    given, kept_besides = _sorted(policy, others, levels)
    kept, axes = find_axes(own, given, kept_besides, case_policies)
    loosest = {i: p for a in axes for i, p in zip(a.members, a.at[a.inward[0]], strict=True)}
    chosen = [loosest.get(i, p) for i, p in enumerate(kept)]
    job = prepare(own, chosen, buyer=list(own.buyers), case_policies=False)
    clock.start("scenarios")
    batch = job_scenarios(job.network.case, scenarios, seed)
    job = with_safe_chances(job, batch)
    fresh = None
    if batch.source != "listed" and batch.seed is not None and out_of_sample > 0:
        fresh = outages(job.network.case, out_of_sample, batch.seed + 1)
    clock.start("compile")
    blocks = compile_build(job.build)
    names = [kept[i].name for axis in axes for i in axis.members]
    _refuse_rowless([kept[i] for axis in axes for i in axis.members], blocks)
    clock.start("data")
    run = Run(job, blocks, batch, fresh, names)

    def sweep_over(whole: Blocks) -> Sweep:
        sweep = Sweep(
            whole,
            run.theta,
            run.probability,
            run.news,
            names,
            method=method,
            gap=gap,
            objective=objective,
            way=Way(executor, workers or usual_workers(len(run.theta))),
        )
        if gap is None and sweep.by_cuts:
            sweep.gap = max(WIDER, usual_gap(len(run.theta)))
        return sweep

    run.begin(sweep_over)
    clock.start("sweep")
    plans: dict[tuple[float, ...], Plan | Conflict | None] = {}
    seconds: dict[tuple[float, ...], float] = {}
    try:
        # From the loosest to the tightest: what cannot be kept comes last.
        for point in itertools.product(*(axis.inward for axis in axes)):
            point_clock = Clock(None)
            point_clock.start("solve")
            if progress is not None:
                progress(f"level {' and '.join(f'{level:g}' for level in point)}")
            moved = [p for a, level in zip(axes, point, strict=True) for p in a.at[level]]
            beyond = any(_tighter(point, other, axes) for other, p in plans.items() if not _is(p))
            plans[point] = run.point(moved, point_clock, beyond=beyond)
            seconds[point] = point_clock.stop()["total"]
        clock.start("check")
        wanted = not run.sweep.by_cuts if check is None else check
        found = _checked(run.sweep, axes, plans) if wanted else None
    finally:
        run.close()
    order = list(itertools.product(*([float(v) for v in levels] for _, levels in given)))
    rows = [_row(point, plans[point], seconds[point], axes, names) for point in order]
    several = [axis.label for axis in axes] if len(axes) > 1 else []
    return Frontier(
        policy=" and ".join(axis.label for axis in axes),
        levels=tuple(point[0] for point in order),
        plans=tuple(p if isinstance(p := plans[point], Plan) else None for point in order),
        check=found,
        seconds=clock.stop(),
        _points=pd.DataFrame(rows, columns=[*COLUMNS, *several]),
        axes=tuple(axis.label for axis in axes),
        grid=tuple(
            {axis.label: level for axis, level in zip(axes, point, strict=True)} for point in order
        ),
        conflicts=tuple(p if isinstance(p := plans[point], Conflict) else None for point in order),
    )


def _sorted(
    policy: Policy | str | Given, others: Sequence[Policy | Given], levels: Sequence[float] | None
) -> tuple[list[Given], list[Policy]]:
    """Return what is moved with its levels, and what is only kept."""
    given: list[Given] = []
    kept: list[Policy] = []
    if isinstance(policy, tuple):
        given.append(policy)
    else:
        given.append((policy, () if levels is None else levels))
    for other in others:
        if isinstance(other, tuple):
            given.append(other)
        else:
            kept.append(other)
    return given, kept


def _refuse_rowless(policies: Sequence[Policy], blocks: Blocks) -> None:
    why = "it has no row in this case, so there is nothing to sweep"
    findings = [
        policy.finding(None, None, why, "sweep a policy that matches something")
        for policy in policies
        if policy.name not in blocks.levels
    ]
    if findings:
        raise InputError(findings)


def _is(found: Plan | Conflict | None) -> bool:
    return isinstance(found, Plan)


def _tighter(point: Sequence[float], other: Sequence[float], axes: Sequence[Axis]) -> bool:
    """Say whether no level of a point is looser than that of another."""
    return all(
        a <= b if axis.upper else a >= b for a, b, axis in zip(point, other, axes, strict=True)
    )


def _row(
    point: tuple[float, ...],
    found: Plan | Conflict | None,
    seconds: float,
    axes: Sequence[Axis],
    names: Sequence[str],
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, float("nan"))
    row |= {"level": point[0], "method": "", "unit": "", "seconds": seconds}
    if len(axes) > 1:
        row |= {axis.label: level for axis, level in zip(axes, point, strict=True)}
    if not isinstance(found, Plan):
        return row | {"status": "infeasible", "point": "none"}
    prices = found.prices
    mine = names[: len(axes[0].members)]
    whole = prices[prices["policy"].isin(mine) & (prices["row"] == "all")]
    proof = found.certificate
    if proof is not None:
        row |= {"primal": proof.primal, "dual": proof.dual}
    return row | {
        "status": found.status,
        "point": found.point,
        "objective": found.objective,
        "bound": found.record.bound,
        "gap": found.record.gap,
        "price": float(whole["price"].sum()),
        "unit": whole["unit"].iloc[0],
        "method": found.record.method,
    }


def _checked(
    sweep: Sweep, axes: Sequence[Axis], plans: Mapping[tuple[float, ...], Plan | Conflict | None]
) -> Check | None:
    """Solve a middle level from nothing; both costs must lie above each other's bound."""
    known = [(point, plan) for point, plan in plans.items() if isinstance(plan, Plan)]
    if not known:
        return None
    point, plan = known[len(known) // 2]
    level = point[0]
    clock = Clock(None)
    clock.start("solve")
    moved = [p for axis, at in zip(axes, point, strict=True) for p in axis.at[at]]
    cold = sweep.cold(np.array([p.symbol_value(p.level_value) for p in moved]))
    slack = TOLERANCE * (1.0 + abs(cold.objective))
    if plan.objective < cold.bound - slack or cold.objective < plan.record.bound - slack:
        raise NotCertifiedError(
            f"at the level {level:g} the sweep found {plan.objective:.10g} with the bound "
            f"{plan.record.bound:.10g}, and a cold solve {cold.objective:.10g} with the bound "
            f"{cold.bound:.10g}: they contradict each other"
        )
    return Check(level, plan.objective, cold.objective, clock.stop()["total"])
