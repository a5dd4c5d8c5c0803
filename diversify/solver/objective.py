"""A compiled problem whose objective is a mean–CVaR of cost, written with rows of its own."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import OPS, Affine
from diversify.risk.mean_cvar import MeanCvar

THRESHOLD, EXCESS, ROW = "cost threshold", "cost excess", "cost excess row"


def with_mean_cvar(blocks: Blocks, objective: MeanCvar) -> Blocks:
    r"""Return the problem that minimises a mean–CVaR of cost, as rows and columns.

    .. math:: \min\ mean\,\mathbb{E}[C] + cvar\,\bigl(\eta + \tfrac{1}{1-\alpha}
        \mathbb{E}[z]\bigr), \quad z \ge C - \eta, \quad z \ge 0

    Source: Rockafellar & Uryasev, Journal of Risk 2(3), 2000.

    Parameters
    ----------
    blocks : Blocks
        A problem that minimises expected cost.
    objective : MeanCvar
        Weights and level.

    Returns
    -------
    Blocks
        With one more column in each stage and one more row in the second. Where the objective is
        the expected cost, the blocks themselves.
    """
    if objective.plain:
        return blocks
    first, width = blocks.first, len(blocks.columns)
    # The threshold goes to the end of the first stage, the excess to the end of the second.
    place = np.r_[np.arange(first), np.arange(first + 1, width + 1)]
    priced = np.flatnonzero((blocks.cost.base != 0.0) | (np.diff(blocks.cost.slope.indptr) > 0))
    count = len(blocks.entries.base)
    fresh = np.arange(count, count + len(priced) + 2)
    row = sp.csr_array(
        (
            fresh + 1.0,
            (np.zeros(len(fresh), dtype=np.int64), np.r_[place[priced], first, width + 1]),
        ),
        shape=(1, width + 2),
    )
    moved = sp.csr_array(
        (blocks.matrix.data + 1.0, place[blocks.matrix.indices], blocks.matrix.indptr),
        shape=(blocks.matrix.shape[0], width + 2),
    )
    matrix = sp.csr_array(sp.vstack([moved, row]))
    pattern = sp.csr_array(
        (matrix.data.astype(np.int64) - 1, matrix.indices, matrix.indptr), shape=matrix.shape
    )
    symbols = blocks.entries.slope.shape[1]
    entries = Affine(
        np.r_[blocks.entries.base, -blocks.cost.base[priced], 1.0, 1.0],
        sp.csr_array(
            sp.vstack(
                [blocks.entries.slope, -blocks.cost.slope[priced], sp.csr_array((2, symbols))]
            )
        ),
    )

    def spread(values: NDArray[Any], threshold: float, excess: float) -> NDArray[Any]:
        return np.asarray(np.r_[values[:first], threshold, values[first:], excess])

    weight = objective.mean
    tail = objective.cvar / (1.0 - objective.level)
    slope = weight * blocks.cost.slope
    empty = sp.csr_array((1, symbols))
    twin = spread(blocks.twin, -1, -1).astype(np.int64)
    return dataclasses.replace(
        blocks,
        columns=(
            *blocks.columns[:first],
            THRESHOLD,
            *blocks.columns[first:],
            EXCESS,
        ),
        rows=(*blocks.rows, ROW),
        first=first + 1,
        matrix=pattern,
        entries=entries,
        right=Affine(
            np.r_[blocks.right.base, 0.0],
            sp.csr_array(sp.vstack([blocks.right.slope, empty])),
        ),
        sense=np.r_[blocks.sense, 1].astype(np.int8),
        stage=np.r_[blocks.stage, OPS].astype(np.int8),
        cost=Affine(
            spread(weight * blocks.cost.base, objective.cvar, tail),
            sp.csr_array(sp.vstack([slope[:first], empty, slope[first:], empty])),
        ),
        offset=(objective.mean + objective.cvar) * blocks.offset,
        lower=spread(blocks.lower, -np.inf, 0.0),
        upper=spread(blocks.upper, np.inf, np.inf),
        integer=spread(blocks.integer, False, False).astype(bool),
        column_period=spread(blocks.column_period, -1, -1).astype(np.int64),
        row_period=np.r_[blocks.row_period, -1],
        twin=np.where(twin >= 0, place[np.maximum(twin, 0)], -1),
        policy=np.r_[blocks.policy, -1],
        forms={key: spread(vector, 0.0, 0.0) for key, vector in blocks.forms.items()},
    )
