"""Problems without recourse, solved the plainest way: every scenario in one LP, or plain cuts."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from diversify.solver.problem import Problem
from diversify.solver.static_losses import StaticProblem, Tail

INF = np.inf
CLOSE = 1e-8


def lp(problem: StaticProblem) -> Any:
    """The Rockafellar-Uryasev LP, one variable and row a scenario, solved by scipy."""
    first, mass = problem.first, problem.probability
    count, n, columns = problem.count, problem.width, first.shape[1]
    lots = len(problem.tails)
    total = columns + lots * (1 + count)
    cost = np.r_[first.cost, np.zeros(total - columns)]
    upper, right = [], []
    for k, tail in enumerate(problem.tails):
        at = columns + k * (1 + count)
        rows = np.zeros((count, total))
        rows[:, :n] = tail.direct - problem.matrix * tail.weight
        rows[:, at] = -1.0
        rows[:, at + 1 : at + 1 + count] = -np.eye(count)
        shift = 0.0 if tail.shift is None else tail.shift
        upper.append(rows)
        right.append(np.full(count, -tail.constant) - shift)
        row = np.zeros(total)
        row[at] = 1.0
        row[at + 1 : at + 1 + count] = mass / (1.0 - tail.level)
        if tail.limit is None:
            cost += tail.price * row
        else:
            upper.append(row[None])
            right.append(np.array([tail.limit]))
    dense = np.hstack([first.matrix.toarray(), np.zeros((first.shape[0], total - columns))])
    for side, sign in ((first.high, 1.0), (first.low, -1.0)):
        kept = np.isfinite(side)
        upper.append(sign * dense[kept])
        right.append(sign * side[kept])
    bounds = [*zip(first.lower, first.upper, strict=True)]
    bounds += ([(None, None)] + [(0, None)] * count) * lots
    return linprog(cost, np.vstack(upper), np.concatenate(right), bounds=bounds, method="highs")


def large(seed: int, count: int, *, ones: bool) -> tuple[Any, Any]:
    """Twelve suppliers with common and own outages; ``ones`` makes many ties."""
    rng = np.random.default_rng(seed)
    n = 12
    fail = rng.uniform(0.01, 0.15, n)
    up = (rng.random((count, n)) > fail).astype(float)
    matrix = up if ones else up * rng.beta(5, 1, (count, n))
    return 1 / (fail + 0.05) * rng.uniform(0.8, 1.2, n), matrix


def plain_cuts(cost: Any, matrix: Any, level: float, limit: float, cap: float) -> float:
    """The cheapest by the plainest cutting planes: whole sort, scipy's LP, nothing else."""
    count, n = matrix.shape
    rows: list[Any] = []
    while True:
        answer = linprog(
            cost,
            np.array(rows) if rows else None,
            np.full(len(rows), limit - 1.0) if rows else None,
            np.ones((1, n)),
            [1.0],
            bounds=[(0, cap)] * n,
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10},
        )
        losses = 1.0 - matrix @ answer.x
        order = np.argsort(-losses)
        weights = np.clip((1 - level) * count - np.arange(count), 0, 1) / ((1 - level) * count)
        if weights @ losses[order] <= limit + 1e-9:
            return float(answer.fun)
        rows.append(-(weights @ matrix[order]))


def choices(cost: Any, matrix: Any, given: dict[str, Any]) -> float:
    """The cheapest over every set of suppliers, each by the LP with every scenario."""
    count, n = matrix.shape
    best = INF
    for size in range(1, given["max_suppliers"] + 1):
        for chosen in combinations(range(n), size):
            inside = np.isin(np.arange(n), chosen)
            first = Problem(
                sp.csr_array(np.ones((1, n))),
                np.asarray(cost),
                np.where(inside, given["least"], 0.0),
                np.where(inside, given["caps"], 0.0),
                np.ones(1),
                np.ones(1),
                np.zeros(n, dtype=bool),
            )
            tail = Tail(given["level"], np.ones(n), np.zeros(n), 1.0, limit=given["limit"])
            answer = lp(StaticProblem(first, matrix, np.full(count, 1 / count), (tail,)))
            if answer.status == 0:
                best = min(best, answer.fun + given["fixed"][inside].sum())
    return best
