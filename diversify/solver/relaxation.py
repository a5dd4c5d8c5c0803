"""The smallest change of policy levels that makes an infeasible problem feasible."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import brentq

from diversify.compile import Blocks
from diversify.errors import SolverError
from diversify.policies import Policy
from diversify.solver.extensive import Extensive
from diversify.solver.highs import run
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
ROUNDS = 30


class OutOfTimeError(SolverError):
    """What was looked for could not be found in the time that it may take."""


def smallest_change(
    blocks: Blocks,
    extensive: Extensive,
    theta: Vector,
    policies: Mapping[str, Policy],
    free: Sequence[str],
    time_limit: float = np.inf,
) -> dict[str, float]:
    r"""Return the cheapest set of level changes after which a plan exists.

    A level can multiply a total that the plan decides (a cap on a share), so a row's violation is
    worth a change of level that depends on the plan. Each round solves

    .. math:: \min \textstyle\sum_p w_p\, \delta_p \quad \text{s.t. rows of } p
        \text{ relaxed by } rate_{i}(x_k)\, \delta_p

    with the rates of the round before, and reads off the change that its point really needs; this
    is Dinkelbach's method for ratios when one share is involved.

    Parameters
    ----------
    blocks, extensive
        The infeasible problem.
    theta : numpy.ndarray
        Its data, shape (S, P).
    policies : mapping
        The policies by name.
    free : sequence of str
        Names of the policies whose level may change.
    time_limit : float
        Seconds.

    Returns
    -------
    dict
        Change of level by policy; empty where no change of these levels helps.

    Raises
    ------
    OutOfTimeError
        If time does not suffice for any change.
    """
    end = time.monotonic() + max(0.0, time_limit)
    rows = {
        name: np.flatnonzero(np.isin(extensive.row, _rows_with_level(blocks, name)))
        for name in free
    }
    rows = {name: found for name, found in rows.items() if len(found)}
    if not rows:
        return {}
    rates = {name: np.ones(len(found)) for name, found in rows.items()}
    weights = {name: policies[name].priority / _scale(policies[name]) for name in rows}
    point = _elastic(extensive.problem, rows, rates, weights, max(0.0, time_limit))
    if point is None:
        return {}
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        rates = {name: _rates(blocks, extensive, theta, rows[name], name, point) for name in rows}
        try:
            left = max(0.0, end - time.monotonic())
            point = _elastic(extensive.problem, rows, rates, weights, left)
        except OutOfTimeError:
            if not best:
                raise
            break
        if point is None:
            break
        found = _needed(blocks, extensive, theta, rows, point)
        worth = sum(weights[name] * change for name, change in found.items())
        before = sum(weights[name] * change for name, change in best.items())
        if best and worth >= before - 1e-10 * (1.0 + before):
            break
        best = found
    upper = {name: policies[name].upper for name in rows}
    changes = {
        n: _of_level(policies[n], (1 if upper[n] else -1) * v) for n, v in best.items() if v > 1e-12
    }
    return changes if _allowed(policies, changes) else {}


def _of_level(policy: Policy, change: float) -> float:
    """Return the change of a level that changes its symbol by so much."""
    level = policy.level_value
    # Rounding beside zero would become a coefficient far too small.
    if abs(level + change) <= 1e-9 * max(1.0, abs(level)):
        return -level
    wanted = policy.symbol_value(level) + change
    if policy.symbol_value(level) == level and policy.symbol_value(level + change) == wanted:
        return change
    low, high = 0.0, max(level, 1e-3)
    while policy.symbol_value(high) < wanted:
        high *= 2.0
    if policy.symbol_value(low) >= wanted:
        return low - level
    return float(brentq(lambda x: policy.symbol_value(x) - wanted, low, high, xtol=1e-14)) - level


def _rows_with_level(blocks: Blocks, name: str) -> NDArray[np.int64]:
    """Return the block rows that hold the level of a policy; it may have others."""
    symbol = [blocks.levels[name]]
    entries = blocks.entries.slope[blocks.matrix.data][:, symbol].toarray().ravel() != 0.0
    at = np.repeat(np.arange(len(blocks.rows)), np.diff(blocks.matrix.indptr))
    right = blocks.right.slope[:, symbol].toarray().ravel() != 0.0
    return np.union1d(at[entries], np.flatnonzero(right))


def _scale(policy: Policy) -> float:
    return max(abs(policy.level_value), 1e-3)


def _allowed(policies: Mapping[str, Policy], changes: Mapping[str, float]) -> bool:
    """Say whether the changed levels are still levels: no share above 1 or below 0."""
    for name, change in changes.items():
        value = policies[name].level_value + change
        if value < -1e-9 or ("share" in type(policies[name]).model_fields and value > 1 + 1e-9):
            return False
    return True


def _elastic(
    problem: Problem,
    rows: Mapping[str, NDArray[np.int64]],
    rates: Mapping[str, Vector],
    weights: Mapping[str, float],
    time_limit: float,
) -> Vector | None:
    """Return the point that needs the least relaxation, or None if none helps."""
    count, width = problem.shape
    names = list(rows)
    at = np.concatenate([rows[name] for name in names])
    which = np.repeat(np.arange(len(names)), [len(rows[name]) for name in names])
    rate = np.concatenate([rates[name] for name in names])
    sign = np.where(np.isfinite(problem.high[at]), -1.0, 1.0)
    extra = sp.csr_array((sign * rate, (at, which)), shape=(count, len(names)))
    relaxed = Problem(
        sp.csr_array(sp.hstack([problem.matrix, extra])),
        np.r_[np.zeros(width), [weights[name] for name in names]],
        np.r_[problem.lower, np.zeros(len(names))],
        np.r_[problem.upper, np.full(len(names), np.inf)],
        problem.low,
        problem.high,
        np.r_[problem.integer, np.zeros(len(names), dtype=bool)],
    )
    answer = run(relaxed, time_limit=time_limit)
    if answer.status == "stopped":
        raise OutOfTimeError("the smallest change of levels could not be found in time")
    if answer.status != "optimal" or answer.point is None:
        return None
    return answer.point[:width]


def _rates(
    blocks: Blocks,
    extensive: Extensive,
    theta: Vector,
    rows: NDArray[np.int64],
    name: str,
    point: Vector,
) -> Vector:
    """Return how much each row gives way when the level changes by one, at a point."""
    symbol = blocks.levels[name]
    padded = np.append(point, 0.0)
    rates = np.empty(len(rows))
    for k, i in enumerate(rows):
        block_row, scenario = int(extensive.row[i]), int(extensive.row_scenario[i])
        rate = blocks.right.slope[block_row, symbol]
        span = slice(blocks.matrix.indptr[block_row], blocks.matrix.indptr[block_row + 1])
        slopes = blocks.entries.slope[blocks.matrix.data[span]][:, [symbol]].toarray().ravel()
        for column, slope in zip(blocks.matrix.indices[span], slopes, strict=True):
            if slope != 0.0:
                own = column >= blocks.first
                at = extensive.where[scenario, column - blocks.first] if own else column
                rate -= slope * padded[at]
        rates[k] = abs(rate)
    # A share of nothing gives way by nothing; a solver drops numbers up to 1e-9.
    return np.maximum(rates, 1e-8)


def _needed(
    blocks: Blocks,
    extensive: Extensive,
    theta: Vector,
    rows: Mapping[str, NDArray[np.int64]],
    point: Vector,
) -> dict[str, float]:
    """Return the change of each level that a point really needs."""
    problem = extensive.problem
    found = {}
    for name, mine in rows.items():
        activity = problem.matrix[mine] @ point
        wrong = np.maximum(
            0.0, np.maximum(problem.low[mine] - activity, activity - problem.high[mine])
        )
        rates = _rates(blocks, extensive, theta, mine, name, point)
        real = np.where(wrong > 1e-9 * (1.0 + np.abs(activity)), wrong / rates, 0.0)
        found[name] = float(real.max(initial=0.0))
    return found
