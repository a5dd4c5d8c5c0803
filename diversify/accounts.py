"""Who pays what of a plan for several buyers, and what each lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import split_label
from diversify.compile.compiler import compile_build
from diversify.formulation import Network
from diversify.jobs import Job, job_scenarios, ready
from diversify.result.plan import Plan
from diversify.result.pools import pool_table
from diversify.scenarios import Scenarios
from diversify.solver.data import scenario_data
from diversify.solver.evaluator import Evaluator

Vector = NDArray[np.float64]
Owners = dict[tuple[str, str], float]
Forms = dict[tuple[str, ...], Vector]
# Columns of what a pool holds; those of what a member takes name the member.
POOLED = ("plan.pool_target", "ops.pool_level")


@dataclass(frozen=True, slots=True)
class Account:
    """One buyer's part of a plan, in expectation.

    Attributes
    ----------
    cost : float
        All costs [USD, present value], the value of lost output included.
    lost : float
        The value of lost output in it [USD, present value].
    demand, short : float
        Tonnes asked for over the horizon, and tonnes of them that are not delivered.
    """

    cost: float
    lost: float
    demand: float
    short: float

    @property
    def unit_cost(self) -> float:
        """Cost without the value of lost output, per tonne delivered [USD/t]."""
        delivered = self.demand - self.short
        return (self.cost - self.lost) / delivered if delivered > 0 else float("nan")

    @property
    def shortage(self) -> float:
        """Part of demand that is not delivered."""
        return self.short / self.demand if self.demand > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a plan takes of each site, lane and joint limit [t by name and period].

    Attributes
    ----------
    sites, lanes, limits : dict
        Activity of sites, bookings of lanes between sites, bookings under trade measures.
    """

    sites: dict[tuple[str, int], float]
    lanes: dict[tuple[str, int], float]
    limits: dict[tuple[str, int], float]


def accounts(
    plan: Plan, scenarios: Scenarios | None = None, job: Job | None = None
) -> dict[str, Account]:
    r"""Return each buyer's part of the expected cost of a plan, and what it lacks.

    Freight, duties, stocks and shortage are those of the buyer to whom they belong. What a site
    costs, with all that came in, is shared among the lanes that leave it by the value of what they
    carry, :math:`\sum_t d_t\, p_c\, E[flow_{l,t}]`, and so on down the chain: joint outputs share
    by value. What a pool holds is paid by its members in proportion to their entitlements. The
    parts add up to the expected cost. Each scenario is met as is cheapest, as
    :func:`diversify.evaluate` does.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    scenarios : Scenarios, optional
        The batch; omitted: that which the case gives with the plan's number and seed.
    job : Job, optional
        The case of the plan, made ready before by :func:`diversify.jobs.ready`.

    Returns
    -------
    dict
        By buyer.
    """
    job = job or ready(plan)
    network = job.network
    record = plan.record
    count = None if record.seed is None else record.scenarios
    batch = job_scenarios(network.case, count if scenarios is None else scenarios, record.seed)
    blocks = compile_build(job.build)
    distinct, _ = batch.distinct()
    theta, news = scenario_data(blocks, network, distinct, job.build.levels)
    point = plan.first_stage["value"].to_numpy(dtype=np.float64, copy=True)
    members = _members(blocks, network, point)
    forms = _forms(blocks, network, members)
    evaluator = Evaluator(replace(blocks, forms=forms), theta, distinct.probability, news)
    try:
        found = evaluator.evaluate(point)
    finally:
        evaluator.close()
    means = dict(zip(forms, (distinct.probability @ found.forms).tolist(), strict=True))
    total = float(distinct.probability @ found.totals)
    for owner, cost in _plan_costs(blocks, network, point, members).items():
        means["cost", *owner] = means.get(("cost", *owner), 0.0) + cost
    return _split(network, means, total)


def _members(blocks: Blocks, network: Network, point: Vector) -> dict[str, Owners]:
    """Return who pays what part of each pool."""
    plan = dict(zip(blocks.columns[: blocks.first], point.tolist(), strict=True))
    found: dict[str, Owners] = {}
    for row in pool_table(network, plan).to_dict("records"):
        found.setdefault(row["pool"], {})["buyer", row["buyer"]] = row["cost_share"]
    return found


def _owners(label: str, network: Network, members: Mapping[str, Owners]) -> Owners:
    """Return whose a column is, in parts that add up to 1: lanes, buyers or sites."""
    family, index = split_label(label)
    if family in POOLED:
        return members[index[0]]
    for part in index:
        for kind, names in (
            ("lane", network.lanes.index),
            ("buyer", network.buyers),
            ("site", network.sites.index),
        ):
            if part in names:
                return {(kind, part): 1.0}
    return {}


def _forms(blocks: Blocks, network: Network, members: Mapping[str, Owners]) -> Forms:
    """Return forms of the scenario columns: cost by owner, value by lane, tonnes short by buyer."""
    width = len(blocks.columns)
    forms: Forms = {}

    def add(key: tuple[str, ...], column: int, amount: float) -> None:
        if amount:
            forms.setdefault(key, np.zeros(width))[column] += amount

    for column in range(blocks.first, width):
        label = blocks.columns[column]
        family, index = split_label(label)
        cost = float(blocks.cost.base[column])
        for (kind, owner), part in _owners(label, network, members).items():
            add(("cost", kind, owner), column, part * cost)
            if family == "ops.short":
                add(("cost", "lost", owner), column, cost)
                add(("short", owner, ""), column, 1.0)
            if family in ("ops.flow", "ops.spot"):
                worth = network.discount[int(index[1])] * float(network.lane(owner, "value"))
                add(("cost", "value", owner), column, worth)
    return forms


def _plan_costs(
    blocks: Blocks, network: Network, point: Vector, members: Mapping[str, Owners]
) -> Owners:
    found: Owners = {}
    for column in np.flatnonzero(blocks.cost.base[: blocks.first] * point).tolist():
        cost = float(blocks.cost.base[column] * point[column])
        for owner, part in _owners(blocks.columns[column], network, members).items():
            found[owner] = found.get(owner, 0.0) + part * cost
    return found


def _split(
    network: Network, means: Mapping[tuple[str, ...], float], total: float
) -> dict[str, Account]:
    sites = {str(site): i for i, site in enumerate(network.sites.index)}
    rows = network.lanes
    ends = list(zip(rows.index, rows["origin"], rows["destination"], strict=True))
    value = {str(lane): max(means.get(("cost", "value", lane), 0.0), 0.0) for lane in rows.index}
    leaving = np.zeros(len(sites))
    for lane, origin, _ in ends:
        leaving[sites[origin]] += value[lane]
    own = np.array([means.get(("cost", "site", site), 0.0) for site in sites])
    passed = np.zeros((len(sites), len(sites)))
    part = {}
    for lane, origin, end in ends:
        of = leaving[sites[origin]]
        part[lane] = value[lane] / of if of > 0 else 0.0
        if end in sites:
            passed[sites[end], sites[origin]] += part[lane]
            own[sites[end]] += means.get(("cost", "lane", lane), 0.0)
    pool = np.linalg.solve(np.eye(len(sites)) - passed, own)
    cost = {b: means.get(("cost", "buyer", b), 0.0) for b in network.buyers}
    for lane, origin, end in ends:
        if end in cost:
            cost[end] += means.get(("cost", "lane", lane), 0.0) + part[lane] * pool[sites[origin]]
    # A site that costs and delivers nothing is everybody's, in proportion.
    known = sum(cost.values())
    scale = total / known if known else 1.0
    demand = dict.fromkeys(network.buyers, 0.0)
    for (buyer, _, _), quantity in network.demand.items():
        demand[buyer] += quantity
    return {
        b: Account(
            cost=float(cost[b] * scale),
            lost=means.get(("cost", "lost", b), 0.0),
            demand=demand[b],
            short=means.get(("short", b, ""), 0.0),
        )
        for b in network.buyers
    }


def usage(plan: Plan, job: Job | None = None) -> Usage:
    """Return what a plan takes of each site, of each lane between sites, and of joint limits.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    job : Job, optional
        Its case, made ready before by :func:`diversify.jobs.ready`.

    Returns
    -------
    Usage
        Tonnes above zero.
    """
    job = job or ready(plan)
    model, network = job.build.model, job.network
    variables = [
        variable
        for component in model.plan.component_objects(pyo.Var, descend_into=True)
        for variable in component.values()
    ]
    values = plan.first_stage["value"].tolist()
    for variable, value in zip(variables, values, strict=True):
        variable.set_value(max(value, 0.0), skip_validation=True)
    sites: dict[tuple[str, int], float] = {}
    for site, recipe, t in network.runs:
        tonnes = float(pyo.value(model.plan.activity[site, recipe, t].expr))
        sites[site, t] = sites.get((site, t), 0.0) + tonnes
    booked = {key: float(pyo.value(x)) for key, x in model.plan.book.items()}
    limits: dict[tuple[str, int], float] = {}
    for limit in network.measures.limits:
        for t in limit.spans:
            limits[limit.measure, t] = sum(booked.get((lane, t), 0.0) for lane in limit.lanes)
    between = set(network.lanes.index[~network.lanes["to_buyer"]])
    lanes = {key: tonnes for key, tonnes in booked.items() if key[0] in between}
    return Usage(*({k: v for k, v in found.items() if v > 0} for found in (sites, lanes, limits)))
