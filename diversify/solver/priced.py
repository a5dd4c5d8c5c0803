"""A compiled problem whose rows in expectation are prices: what remains is a mean, and splits."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED, Affine

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]


def priced(blocks: Blocks, theta: Vector, multipliers: Vector) -> Blocks:
    r"""Return the problem in which each row in expectation is a part of the cost instead.

    .. math:: \min\ c x + \mathbb{E}\, q y + \lambda (\mathbb{E}[g(x, y)] - b), \quad \lambda \ge 0

    For any prices its optimum is at most that of the problem; for those of the optimum of a linear
    problem it is the same (Rockafellar, Convex Analysis, 1970, section 28). Since it has no row
    that couples scenarios, what holds of expected cost holds of it.

    Parameters
    ----------
    blocks : Blocks
        A problem whose rows in expectation are upper limits.
    theta : numpy.ndarray
        Data of one scenario, for the levels of policies, shape (P,).
    multipliers : numpy.ndarray
        Of each row: change of cost with its right side, shape (rows,).

    Returns
    -------
    Blocks
        Without rows in expectation; the blocks themselves where there are none.
    """
    expected = np.flatnonzero(blocks.stage == EXPECTED)
    if not len(expected):
        return blocks
    price = np.maximum(-multipliers[expected], 0.0)
    block = blocks.matrix[expected]
    at = np.repeat(np.arange(len(expected)), np.diff(block.indptr))
    column, entry = block.indices.astype(np.int64), block.data
    width = len(blocks.columns)
    take = sp.csr_array((price[at], (column, np.arange(len(entry)))), shape=(width, len(entry)))
    base = take @ blocks.entries.base[entry]
    slope = sp.csr_array(take @ blocks.entries.slope[entry])
    # The first stage has one cost for all scenarios, so levels of policies are numbers there.
    whole = np.arange(width) < blocks.first
    base[whole] += (slope @ theta)[whole]
    slope = sp.csr_array(sp.diags_array((~whole).astype(np.float64)) @ slope)
    kept = np.flatnonzero(blocks.stage != EXPECTED)
    return dataclasses.replace(
        blocks,
        rows=tuple(blocks.rows[i] for i in kept.tolist()),
        matrix=blocks.matrix[kept],
        right=Affine(blocks.right.base[kept], blocks.right.slope[kept]),
        sense=blocks.sense[kept],
        stage=blocks.stage[kept],
        cost=Affine(blocks.cost.base + base, sp.csr_array(blocks.cost.slope + slope)),
        offset=blocks.offset - float(price @ blocks.right.at(theta)[expected]),
        row_period=blocks.row_period[kept],
        policy=blocks.policy[kept],
    )


def helpers(blocks: Blocks) -> Flags:
    """Say which columns only serve to write policies down, such as the threshold of a CVaR.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem, with its rows in expectation.

    Returns
    -------
    numpy.ndarray
        Shape (columns,): True where a column costs nothing and has a part in rows of policies
        only.
    """
    size = np.diff(blocks.matrix.indptr)
    owner = np.repeat(blocks.policy, size)
    width = len(blocks.columns)
    own = np.bincount(blocks.matrix.indices[owner >= 0], minlength=width) > 0
    other = np.bincount(blocks.matrix.indices[owner < 0], minlength=width) > 0
    free = (blocks.cost.base == 0.0) & (np.diff(blocks.cost.slope.indptr) == 0)
    return np.asarray(own & ~other & free)
