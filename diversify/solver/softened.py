"""Limits of single scenarios, written as a limit on what exceeds them in expectation."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED, OPS, Affine, make_label

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# Beyond so many scenarios some share a cut, and prices of a limit of nothing settle badly.
MOST = 400
# No scenario is so unlikely that what it exceeds counts more than so many times.
DEAREST = 1e6


def softened(blocks: Blocks, theta: Vector, probability: Vector) -> Blocks:
    r"""Return the problem with recourse that exceeds limits of scenarios, and none that may.

    .. math:: a_i^\top y_s - d_i\, e_{i,s} \le b_i, \quad e \ge 0, \quad
        \mathbb{E}\bigl[\textstyle\sum_i e_i\bigr] / \min_s p_s \le 0

    So a plan that does not keep a worst case has a cost all the same, and cuts say by how much it
    misses: without, each scenario would have to be met again and again by cuts that know no cost.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    probability : numpy.ndarray
        Shape (S,).

    Returns
    -------
    Blocks
        With a column at the end of the second stage for each row of a policy that a scenario
        cannot exceed otherwise, and a row in expectation for each of these policies. The blocks
        themselves where there are none, or more than 400 scenarios.
    """
    rows = _hard(blocks) if len(theta) <= MOST else np.zeros(0, dtype=np.int64)
    if not len(rows):
        return blocks
    count, width = blocks.matrix.shape
    policies = np.unique(blocks.policy[rows])
    right = blocks.right.at(theta)[:, rows]
    size = np.maximum(1.0, np.abs(right).max(axis=0))
    weight = min(DEAREST, 1.0 / float(probability[probability > 0].min()))
    values = [blocks.sense[rows] * size, np.full(len(rows), weight)]
    at = [rows, count + np.searchsorted(policies, blocks.policy[rows])]
    column = width + np.arange(len(rows))
    start = len(blocks.entries.base)
    pattern = sp.coo_array(blocks.matrix)
    matrix = sp.csr_array(
        (
            np.r_[pattern.data, start + np.arange(2 * len(rows))] + 1.0,
            (
                np.concatenate([pattern.row, *at]),
                np.concatenate([pattern.col, column, column]),
            ),
        ),
        shape=(count + len(policies), width + len(rows)),
    )
    matrix = sp.csr_array((matrix.data.astype(np.int64) - 1, matrix.indices, matrix.indptr),
                          shape=matrix.shape)  # fmt: skip
    symbols = theta.shape[1]

    def longer(numbers: Affine, added: Vector) -> Affine:
        empty = sp.csr_array((len(added), symbols))
        return Affine(np.r_[numbers.base, added], sp.csr_array(sp.vstack([numbers.slope, empty])))

    none = np.zeros(len(rows))
    names = [make_label("exceeded", blocks.rows[i]) for i in rows]
    return dataclasses.replace(
        blocks,
        columns=(*blocks.columns, *names),
        rows=(*blocks.rows, *(make_label("exceeded", blocks.policies[p]) for p in policies)),
        matrix=matrix,
        entries=longer(blocks.entries, np.concatenate(values)),
        right=longer(blocks.right, np.zeros(len(policies))),
        sense=np.r_[blocks.sense, np.full(len(policies), -1)].astype(np.int8),
        stage=np.r_[blocks.stage, np.full(len(policies), EXPECTED)].astype(np.int8),
        cost=longer(blocks.cost, none),
        lower=np.r_[blocks.lower, none],
        upper=np.r_[blocks.upper, none + np.inf],
        integer=np.r_[blocks.integer, none].astype(bool),
        column_period=np.r_[blocks.column_period, none - 1].astype(np.int64),
        row_period=np.r_[blocks.row_period, np.full(len(policies), -1)].astype(np.int64),
        twin=np.r_[blocks.twin, none - 1].astype(np.int64),
        policy=np.r_[blocks.policy, np.full(len(policies), -1)].astype(np.int64),
        forms={key: np.r_[vector, none] for key, vector in blocks.forms.items()},
    )


def _hard(blocks: Blocks) -> Index:
    """Return the rows of policies in scenarios that no column of their own lets be exceeded."""
    rows = np.flatnonzero((blocks.stage == OPS) & (blocks.policy >= 0) & (blocks.sense != 0))
    once = np.bincount(
        blocks.matrix[np.flatnonzero(blocks.stage != EXPECTED)].indices,
        minlength=blocks.matrix.shape[1],
    )
    free = (once == 1) & (np.arange(blocks.matrix.shape[1]) >= blocks.first)
    fixed = np.diff(blocks.entries.slope.indptr) == 0
    found = []
    for row in rows:
        span = slice(blocks.matrix.indptr[row], blocks.matrix.indptr[row + 1])
        columns, entries = blocks.matrix.indices[span], blocks.matrix.data[span]
        gain = blocks.entries.base[entries] * blocks.sense[row]
        up = (gain > 0) & np.isinf(blocks.upper[columns])
        down = (gain < 0) & np.isinf(blocks.lower[columns])
        if not (free[columns] & fixed[entries] & (up | down)).any():
            found.append(row)
    return np.array(found, dtype=np.int64)
