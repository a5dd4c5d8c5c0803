"""From a solution to the plan that a user gets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from diversify.compile import Blocks
from diversify.jobs import Clock, Job, versions
from diversify.policies import policy_toml
from diversify.policies.budgets import said_of
from diversify.result import frames
from diversify.result.common_goods import common_goods
from diversify.result.curves import loss_curves
from diversify.result.decisions import decisions
from diversify.result.plan import Plan, Record
from diversify.result.remarks import sample_remarks
from diversify.result.risks import risks
from diversify.result.trade import with_trade_prices
from diversify.result.value_added import value_added
from diversify.result.view import View, make_view
from diversify.result.why import suppliers
from diversify.scenarios import Scenarios
from diversify.solver.data import Information, scenario_data
from diversify.solver.evaluation import from_forms
from diversify.solver.evaluator import Evaluator
from diversify.solver.price_range import PriceRange
from diversify.solver.ranges import Ranges
from diversify.solver.solution import Solution


def fresh_view(
    job: Job, blocks: Blocks, solution: Solution, batch: Scenarios, information: Information
) -> View:
    """Return a plan in scenarios that it was not made for, each met as is cheapest then.

    Parameters
    ----------
    job : Job
        The case, made ready.
    blocks : Blocks
        Its compiled problem.
    solution : Solution
        With the plan.
    batch : Scenarios
        Equally likely draws.
    information : {"news", "clairvoyant"}
        As in :func:`diversify.solve`.

    Returns
    -------
    View
        One entry for each draw.
    """
    distinct, where = batch.distinct()
    theta, news = scenario_data(blocks, job.network, distinct, job.build.levels, information)
    evaluator = Evaluator(blocks, theta, distinct.probability, news, policies=False)
    forms = evaluator.evaluate(solution.plan).forms
    result = from_forms(blocks, solution.plan, forms[where], batch.probability)
    return make_view(job.network, blocks, solution.plan, result)


def make_plan(
    job: Job,
    batch: Scenarios,
    solution: Solution,
    view: View,
    fresh: View | None,
    count: int,
    clock: Clock,
    spread: Ranges,
    doubt: str,
    held: Mapping[str, PriceRange] | None = None,
) -> Plan:
    """Return a solution as a plan, with its record and tables.

    Parameters
    ----------
    job : Job
        What was solved.
    batch : Scenarios
        The scenarios, repetitions included.
    solution : Solution
        What was found.
    view : View
        The plan in its own scenarios.
    fresh : View or None
        The plan in fresh scenarios.
    count : int
        How many of these there are.
    clock : Clock
        Stopped here.
    spread : Ranges
        Sizes of the numbers.
    doubt : str
        What is to be said about these, or nothing.
    held : mapping, optional
        Over which levels the price of each policy holds, where that is known.

    Returns
    -------
    Plan
        Frozen.
    """
    by_name = {policy.name: policy for policy in job.policies}
    tables = {
        "portfolio": frames.portfolio(view),
        "shares": frames.shares(view, job.policies),
        "stocks": frames.stocks(view),
        "decisions": decisions(solution, job.network),
        "costs": frames.costs(view),
        "value_added": value_added(view),
        "common_goods": common_goods(view),
        "risk": risks(view, job.policies, fresh),
        "loss_curves": loss_curves(view, fresh),
        "prices": with_trade_prices(frames.prices(solution, by_name, held), solution, job.network),
        "suppliers": suppliers(solution, job.network, by_name),
        "marginal_costs": frames.marginal_costs(solution, job.network),
        "first_stage": frames.first_stage(solution),
    }
    text = json.dumps([policy_toml(policy) for policy in job.policies], sort_keys=True)
    record = Record(
        status=solution.status,
        point=solution.point,
        objective=solution.objective,
        bound=solution.bound,
        gap=solution.gap,
        certificate=solution.certificate,
        method=solution.method,
        seed=batch.seed,
        scenarios=batch.count,
        distinct_scenarios=solution.size["distinct_scenarios"],
        out_of_sample=count,
        seconds=clock.stop(),
        size=solution.size,
        digests={
            "case": job.network.case.digest,
            "scenarios": batch.digest,
            "policies": hashlib.sha256(text.encode()).hexdigest(),
        },
        versions=versions(),
        warnings=(
            *(str(finding) for finding in job.network.case.warnings),
            *job.remarks,
            *solution.remarks,
            *said_of(job.policies),
            *sample_remarks(batch, view, job.policies),
            *((doubt,) if doubt else ()),
        ),
        ranges=spread.records(),
        reason=solution.reason,
    )
    return Plan(job.network.case, job.policies, record, tables)
