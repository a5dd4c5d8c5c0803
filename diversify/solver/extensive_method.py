"""Solve the extensive form and say what its multipliers mean."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import InfeasibleError, NotCertifiedError, StoppedError, UnboundedError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver import cones, curves
from diversify.solver.answer import Answer
from diversify.solver.certificate import TOLERANCE, Certificate, certify, primal_residual
from diversify.solver.cone_parts import keeping
from diversify.solver.evaluation import Outcomes, outcomes
from diversify.solver.extensive import Extensive, stack
from diversify.solver.highs import run
from diversify.solver.objective import with_mean_cvar
from diversify.solver.problem import Problem
from diversify.solver.ray import without_limit
from diversify.solver.solution import Solution
from diversify.solver.worth import extensive_worth

Vector = NDArray[np.float64]
# The certificate measures the gap of the exact cost, HiGHS that of its own, within its tolerances.
CLOSER = 0.1
NOTHING = Outcomes(np.zeros(0), {}, {}, {})


def solve_extensive(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: NDArray[np.int64],
    *,
    time_limit: float | None = None,
    gap: float = 1e-6,
    objective: MeanCvar | None = None,
    ask: Callable[[Problem], Answer] | None = None,
) -> Solution:
    """Return the cheapest plan of a batch of scenarios, with its certificate.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability : numpy.ndarray
        Shape (S,).
    news : numpy.ndarray
        Shape (S,): periods before news.
    time_limit : float, optional
        Seconds for the solver.
    gap : float
        Relative gap at which a mixed-integer problem counts as solved.
    objective : MeanCvar, optional
        What is minimised; the expected cost by default.
    ask : callable, optional
        Who answers the problem; HiGHS from a cold start by default.

    Returns
    -------
    Solution
        Certified, or stopped with a feasible point.

    Raises
    ------
    InfeasibleError, UnboundedError, StoppedError, NotCertifiedError
        Where there is no point, or none that may be called optimal.
    """
    if blocks.curves:

        def flat(more: Blocks, data: Vector) -> Solution:
            return solve_extensive(
                more,
                data,
                probability,
                news,
                time_limit=time_limit,
                gap=gap,
                objective=objective,
                ask=ask,
            )

        return curves.solve_curved(blocks, theta, probability, flat, time_limit=time_limit)
    whole = with_mean_cvar(blocks, objective or MeanCvar())
    extensive = stack(whole, theta, probability, news)
    end = np.inf if time_limit is None else time.monotonic() + time_limit
    more, near = _keeping(whole, extensive.problem, theta[0], end)
    while True:
        if more:
            whole = cones.with_tangents(whole, more)
            extensive = stack(whole, theta, probability, news)
        problem = extensive.problem
        left = None if time_limit is None else max(0.0, end - time.monotonic())
        try:
            answer = _run(problem, left, gap, ask)
        except UnboundedError:
            said = without_limit(whole, extensive)
            raise UnboundedError(f"the cost has no lower limit: {said}") from None
        if answer.point is None:
            raise StoppedError("the time limit was reached before a plan was found")
        point = answer.point
        more = cones.tangents(whole, theta[0], point[: whole.first])
        if not more:
            break
        if problem.integer.any():
            fixed, near = _keeping(whole, problem.fixed(point), theta[0], end)
            more = fixed or more
        if near is not None and _as_good(problem, near, answer, gap):
            point = near
            break
        if answer.status == "stopped":
            raise StoppedError("the time limit was reached before a plan was found")
        if not problem.integer.any():
            more, near = cones.tightened(whole, problem, theta[0]) or more, None
    linear, multipliers = problem, answer.multipliers
    if problem.integer.any():
        linear = problem.fixed(point)
        again = run(linear)
        if again.status == "optimal" and again.point is not None:
            # Any of the cheapest points has these multipliers; not each of them keeps the cones.
            if not cones.tangents(whole, theta[0], again.point[: whole.first]):
                point = again.point
            multipliers = again.multipliers
    cost = float(problem.cost @ point) + problem.offset
    if multipliers is None:
        multipliers = np.zeros(problem.shape[0])
    certificate, bound = certify(linear, point, multipliers)
    if problem.integer.any():
        bound = min(answer.bound, cost)
        certificate = Certificate(
            max(certificate.primal, primal_residual(problem, point)),
            certificate.dual,
            max(certificate.gap, (cost - bound) / (1.0 + abs(cost))),
            max(gap, TOLERANCE),
        )
    found = _solution(whole, extensive, answer, point, multipliers, certificate, cost, bound)
    if whole.first > blocks.first:
        found = found.over(blocks)
    recourse = extensive.recourse(point)[:, : blocks.second]
    seen = outcomes(blocks, found.plan, recourse, probability)
    return dataclasses.replace(found, outcomes=seen)


def _keeping(
    blocks: Blocks, problem: Problem, theta: Vector, end: float
) -> tuple[list[cones.Tangent], Vector | None]:
    """Return the tangents that a problem needs, and its cheapest point within all cones."""
    if not blocks.cones:
        return [], None
    left = None if end == np.inf else max(0.0, end - time.monotonic())
    return keeping(blocks, problem, theta, left)


def _as_good(problem: Problem, point: Vector, answer: Answer, gap: float) -> bool:
    """Say whether a point is one of the problem, and as cheap as the answer's within a gap.

    HiGHS may give one of many cheapest points, and each exceeds the cones elsewhere.
    """
    if answer.point is None or primal_residual(problem, point) > TOLERANCE:
        return False
    cost = float(problem.cost @ point)
    if answer.status == "stopped":
        return True
    whole = bool(problem.integer.any())
    cheapest = answer.bound - problem.offset if whole else float(problem.cost @ answer.point)
    allowed = CLOSER * TOLERANCE if not whole else gap
    return cost - cheapest <= allowed * (1.0 + abs(cost))


def _run(
    problem: Problem,
    time_limit: float | None,
    gap: float,
    ask: Callable[[Problem], Answer] | None,
) -> Answer:
    if ask is not None:
        answer = ask(problem)
    else:
        answer = run(
            problem,
            time_limit=time_limit,
            mip_gap=CLOSER * gap,
            solver=choose(problem),
            keep=True,
        )
    if answer.status == "infeasible":
        raise InfeasibleError("no plan keeps all limits")
    if answer.status == "unbounded":
        raise UnboundedError("the cost has no lower limit: something earns money without end")
    return answer


def choose(problem: Problem) -> str:
    """Return the algorithm that was faster on problems of this size (benchmarks/RESULTS.md)."""
    return "simplex"


def _solution(
    blocks: Blocks,
    extensive: Extensive,
    answer: Answer,
    point: Vector,
    multipliers: Vector,
    certificate: Certificate,
    objective: float,
    bound: float,
) -> Solution:
    proven = answer.status == "optimal"
    if proven and not certificate.ok:
        raise NotCertifiedError(
            f"the solver's point does not pass the certificate: primal {certificate.primal:.1e}, "
            f"dual {certificate.dual:.1e}, gap {certificate.gap:.1e}"
        )
    if not proven and certificate.primal > TOLERANCE:
        raise StoppedError("the time limit was reached before a plan was found")
    problem = extensive.problem
    level_price, row_price = prices(blocks, extensive, point, multipliers)
    total = np.asarray(np.bincount(extensive.row, multipliers, len(blocks.rows)), dtype=np.float64)
    return Solution(
        blocks=blocks,
        status="optimal" if proven else "stopped",
        point="certified" if proven else "feasible",
        plan=point[: blocks.first],
        outcomes=NOTHING,
        level_price=level_price,
        row_price=row_price,
        row_multiplier=total,
        certificate=certificate if proven else None,
        objective=objective,
        bound=bound,
        gap=max(0.0, objective - bound) / (1.0 + abs(objective)),
        method="extensive",
        size={
            "rows": problem.shape[0],
            "columns": problem.shape[1],
            "nonzeros": int(problem.matrix.nnz),
            "distinct_scenarios": len(extensive.where),
        },
        reason="" if proven else "interrupted" if answer.interrupted else "time limit",
        worth=extensive_worth(blocks, extensive, point, multipliers),
    )


def prices(
    blocks: Blocks, extensive: Extensive, point: Vector, multipliers: Vector
) -> tuple[dict[str, float], dict[tuple[str, int], float]]:
    r"""Return the change of cost with each policy level, in all and by row.

    .. math:: \frac{d\,cost}{d\,level} = \sum_i y_i
        \Bigl(\frac{\partial b_i}{\partial level} - \frac{\partial A_i}{\partial level} x\Bigr)

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    extensive : Extensive
        What was solved.
    point, multipliers : numpy.ndarray
        Its point and multipliers.

    Returns
    -------
    dict
        USD per unit of level, by policy.
    dict
        The same by policy and block row.
    """
    row_price: dict[tuple[str, int], float] = {}
    level_price = dict.fromkeys(blocks.policies, 0.0)
    rows = np.flatnonzero(blocks.policy[extensive.row] >= 0)
    recourse = np.append(point, 0.0)
    for i in rows[multipliers[rows] != 0.0]:
        block_row, scenario = int(extensive.row[i]), int(extensive.row_scenario[i])
        name = blocks.policies[blocks.policy[block_row]]
        symbol = blocks.levels[name]
        rate = blocks.right.slope[block_row, symbol]
        span = slice(blocks.matrix.indptr[block_row], blocks.matrix.indptr[block_row + 1])
        slopes = blocks.entries.slope[blocks.matrix.data[span]][:, [symbol]].toarray().ravel()
        for column, slope in zip(blocks.matrix.indices[span], slopes, strict=True):
            if slope != 0.0:
                at = (
                    column
                    if column < blocks.first
                    else extensive.where[scenario, column - blocks.first]
                )
                rate -= slope * recourse[at]
        value = float(multipliers[i] * rate)
        row_price[name, block_row] = row_price.get((name, block_row), 0.0) + value
        level_price[name] += value
    return level_price, row_price
