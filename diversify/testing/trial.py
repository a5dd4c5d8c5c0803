"""Policies on a small case: their rows as text, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.compile import Blocks
from diversify.compile.compiler import build_with, compile_build
from diversify.errors import InfeasibleError
from diversify.formulation import Build
from diversify.policies import Policy
from diversify.result.view import View, make_view
from diversify.scenarios import Scenarios, listed, outages, undisturbed
from diversify.solver.data import scenario_data, trial_data
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.solution import Solution
from diversify.solver.trials import lost, solve_with_trials

Vector = NDArray[np.float64]


def policy_rows(case: Case, *policies: Policy) -> list[str]:
    """Return the compiled rows of policies as readable text, one row an entry.

    Parameters
    ----------
    case : Case
        The case.
    *policies : Policy
        The policies; the rows of the case itself are left out.

    Returns
    -------
    list of str
        ``label: +coefficient column ... <= right side``; where a number depends on scenario data
        the symbol is shown.

    Examples
    --------
    >>> from diversify.policies import StockFloor
    >>> from diversify.testing import tiny_case
    >>> policy_rows(tiny_case(), StockFloor(days=73))
    ["plan.'stock_floor'[Works,oxide]: -91.25 plan.target[Works,oxide] <= -73"]
    """
    build = build_with(case, policies)
    blocks = compile_build(build)
    theta = blocks.level_values(build.levels)
    return [_row_text(blocks, theta, int(row)) for row in np.flatnonzero(blocks.policy >= 0)]


def _row_text(blocks: Blocks, theta: Vector, row: int) -> str:
    span = slice(blocks.matrix.indptr[row], blocks.matrix.indptr[row + 1])
    terms = []
    for column, entry in sorted(
        zip(blocks.matrix.indices[span], blocks.matrix.data[span], strict=True)
    ):
        number = _number_text(
            blocks, theta, blocks.entries.base[entry], blocks.entries.slope[[entry]]
        )
        terms.append(f"{number} {blocks.columns[column]}")
    right = _number_text(blocks, theta, blocks.right.base[row], blocks.right.slope[[row]])
    sense = {1: ">=", -1: "<=", 0: "="}[int(blocks.sense[row])]
    return f"{blocks.rows[row]}: {' '.join(terms)} {sense} {right.removeprefix('+')}"


def _number_text(blocks: Blocks, theta: Vector, base: float, slope: Any) -> str:
    levels = set(blocks.levels.values())
    fixed = float(base) + sum(
        float(factor) * float(theta[symbol])
        for symbol, factor in zip(slope.indices, slope.data, strict=True)
        if symbol in levels
    )
    free = [
        f"{factor:+.10g}*{blocks.symbols[symbol]}"
        for symbol, factor in zip(slope.indices, slope.data, strict=True)
        if symbol not in levels
    ]
    return "".join([f"{fixed + 0.0:+.10g}", *free])


@dataclass(frozen=True, slots=True)
class Trial:
    """What a solve of the battery found; an infeasible one costs infinitely much.

    Attributes
    ----------
    objective : float
        Cost [USD].
    price : float
        Change of cost with the level of the policy.
    view : View or None
        The plan, None where there is none.
    """

    objective: float
    price: float = 0.0
    view: View | None = None


def trial(case: Case, policies: Sequence[Policy], scenarios: Scenarios | None = None) -> Trial:
    """Return what the cheapest plan costs, and the price of the first policy.

    Parameters
    ----------
    case : Case
        A small case: it is solved as one problem.
    policies : sequence of Policy
        What the plan keeps; the case's own policies are left out.
    scenarios : Scenarios, optional
        Omitted: the listed ones, or 20 draws.

    Returns
    -------
    Trial
        With a certified plan, or an infinite cost.
    """
    build = build_with(case, policies)
    network, blocks = build.network, compile_build(build)
    batch = scenarios or _scenarios(case)
    theta, news = scenario_data(blocks, network, batch, build.levels)
    trials = trial_data(blocks, network, build.levels)
    try:
        solution, _ = solve_with_trials(
            blocks,
            trials,
            lambda whole: solve_extensive(whole, theta, batch.probability, news),
        )
    except InfeasibleError:
        return Trial(math.inf)
    gone = lost(blocks, solution.plan, trials)
    view = make_view(network, blocks, solution.plan, solution.outcomes, gone)
    return Trial(solution.objective, _price(solution, build, policies), view)


def _price(solution: Solution, build: Build, policies: Sequence[Policy]) -> float:
    """Return the price of the first policy's level."""
    if not policies:
        return 0.0
    name = policies[0].name
    return solution.level_price.get(name, 0.0) * build.level_scale.get(name, 1.0)


def _scenarios(case: Case) -> Scenarios:
    if case.scenario_source == "listed":
        return listed(case)
    rated = (case.table("hazards")["rate_per_year"] > 0).any()
    return outages(case, 20, 1) if rated else undisturbed(case)
