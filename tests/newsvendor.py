"""A problem whose best plan and cost are known: buy now, or dearer once demand is known."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from diversify.compile import Affine, Blocks
from diversify.compile.blocks import OPS

COST, LATE, MOST = 1.0, 3.0, 10.0
# Buy x at 1 before, or what is missing at 3 later; demand is uniform from 0 to 10.
# c(x) = x + 3 (10 - x)^2 / 20 is least at 10 (1 - 1/3).
BEST = MOST * (1 - COST / LATE)


def true_cost(x: float) -> float:
    """Return what it costs on average to buy x before."""
    return COST * x + LATE * (MOST - x) ** 2 / (2 * MOST)


def newsvendor() -> Blocks:
    """x + y >= demand, in arrays: one column in each stage, one symbol."""
    none = np.full(2, -1, dtype=np.int64)
    return Blocks(
        columns=("x", "y"),
        rows=("demand",),
        symbols=("demand",),
        first=1,
        matrix=sp.csr_array((np.array([0, 1]), np.array([0, 1]), np.array([0, 2])), shape=(1, 2)),
        entries=Affine(np.ones(2), sp.csr_array((2, 1))),
        right=Affine(np.zeros(1), sp.csr_array(np.ones((1, 1)))),
        sense=np.array([1], dtype=np.int8),
        stage=np.array([OPS], dtype=np.int8),
        cost=Affine(np.array([COST, LATE]), sp.csr_array((2, 1))),
        offset=0.0,
        lower=np.zeros(2),
        upper=np.full(2, np.inf),
        integer=np.zeros(2, dtype=bool),
        column_period=none,
        row_period=none[:1],
        twin=none,
        policy=none[:1],
        policies=(),
        levels={},
        forms={},
    )
