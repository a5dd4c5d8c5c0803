"""The second stage of one scenario for a given plan, solved by itself and from nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from random_draft import Instance
from scipy.optimize import linprog

from diversify.compile.blocks import EXPECTED, OPS

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Alone:
    """What recourse costs in one scenario, the plan included, and its part of expected rows."""

    total: float
    minimised: float
    risk: Vector


def alone(
    instance: Instance,
    plan: Vector,
    scenario: int,
    *,
    weight: float = 1.0,
    risk: Vector | None = None,
) -> Alone | None:
    """The cheapest recourse, found by scipy; None where there is none.

    What has a period before the news equals its twin in the plan, or zero; rows before the news
    are the plan's own.
    """
    b, theta = instance.blocks, instance.theta[scenario]
    news = instance.news[scenario]
    values, right = b.entries.at(theta)[b.matrix.data], b.right.at(theta)
    matrix = sp.csr_array((values, b.matrix.indices, b.matrix.indptr), shape=b.matrix.shape)
    expected = matrix[b.stage == EXPECTED][:, b.first :].toarray()
    cost = b.cost.at(theta)
    prices = np.zeros(len(expected)) if risk is None else risk
    minimised = weight * cost[b.first :] + prices @ expected
    rows = (b.stage == OPS) & ((b.row_period < 0) | (b.row_period >= news))
    least, most = b.lower[b.first :].copy(), b.upper[b.first :].copy()
    period, twin = b.column_period[b.first :], b.twin[b.first :]
    known = (period >= 0) & (period < news)
    least[known] = most[known] = np.where(twin >= 0, plan[twin], 0.0)[known]
    body = matrix[rows][:, b.first :]
    side = right[rows] - matrix[rows][:, : b.first] @ plan
    sense = b.sense[rows]
    if not body.shape[1]:
        broken = np.where(sense >= 0, side, 0) > 1e-9, np.where(sense <= 0, side, 0) < -1e-9
        if np.any(broken):
            return None
        return Alone(float(cost[: b.first] @ plan), 0.0, np.zeros(len(expected)))
    found = linprog(
        minimised,
        A_ub=sp.vstack([-body[sense > 0], body[sense < 0]]),
        b_ub=np.r_[-side[sense > 0], side[sense < 0]],
        A_eq=body[sense == 0],
        b_eq=side[sense == 0],
        bounds=np.c_[least, most],
        method="highs-ds",
    )
    if found.status == 2:
        return None
    assert found.status == 0, found.message
    # What the plan has before the news may have a price of its own in expected rows.
    part = expected[:, ~known] @ found.x[~known]
    paid = minimised[~known] @ found.x[~known]
    total = cost[: b.first] @ plan + cost[b.first :] @ found.x
    return Alone(float(total), float(paid), part)
