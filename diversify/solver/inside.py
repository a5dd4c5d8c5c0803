"""Losses that a plan has to survive, written out as part of its first stage."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile.blocks import OPS, PLAN, TRIAL, Affine, Blocks

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


def with_losses(blocks: Blocks, policies: list[str], theta: Vector, news: Index) -> Blocks:
    r"""Return the problem in which the plan also says what is done in some losses.

    .. math:: T(\theta_k)\, x + W(\theta_k)\, y_k \lesseqgtr h(\theta_k) \quad \forall k

    with :math:`y_k` among the first-stage columns. What is done there costs nothing: only that it
    can be done counts. As rows of the first stage losses are kept exactly from the start; as
    scenarios of probability zero they would have to be learned cut by cut.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    policies : list of str
        Name of the policy that asks to survive each loss, K of them.
    theta : numpy.ndarray
        Data of each loss, shape (K, P).
    news : numpy.ndarray
        Periods before each, in which the loss is the plan, shape (K,).

    Returns
    -------
    Blocks
        Levels of policies stay symbols; ``origin`` says which row each new row is a copy of.
    """
    if not len(theta):
        return blocks
    first, rows = blocks.first, len(blocks.rows)
    parts = [_copy(blocks, policy, theta[k], int(news[k])) for k, policy in enumerate(policies)]
    width = sum(len(part.columns) for part in parts)
    place = np.r_[np.arange(first), np.arange(first + width, len(blocks.columns) + width)]
    at, start = [], first
    for part in parts:
        own = np.where(part.where < first, part.where, part.where - first + start)
        at.append(own)
        start += len(part.columns)
    counts = np.concatenate([part.counts for part in parts])
    old = len(blocks.entries.base)
    # One is added so that position 0 is not a stored zero, which scipy would be free to drop.
    pattern = sp.csr_array(
        (
            np.r_[blocks.matrix.data + 1, old + 1 + np.arange(int(counts.sum()))],
            np.concatenate([place[blocks.matrix.indices], *at]),
            np.r_[blocks.matrix.indptr, blocks.matrix.indptr[-1] + np.cumsum(counts)],
        ),
        shape=(rows + len(counts), len(blocks.columns) + width),
    )
    pattern.sort_indices()
    pattern.data = pattern.data.astype(np.int64) - 1
    chosen = np.concatenate([part.columns for part in parts])
    origin = np.concatenate([part.rows for part in parts])

    def spread(values: NDArray, middle: NDArray) -> NDArray:  # type: ignore[type-arg]
        return np.asarray(np.r_[values[:first], middle, values[first:]])

    none, nothing = np.full(width, -1), np.zeros(width)
    slope = blocks.cost.slope
    free = sp.csr_array((width, slope.shape[1]))
    twin = spread(blocks.twin, none)
    names = [f"loss {k} {blocks.columns[c]}" for k, part in enumerate(parts) for c in part.columns]
    return dataclasses.replace(
        blocks,
        columns=(*blocks.columns[:first], *names, *blocks.columns[first:]),
        rows=(
            *blocks.rows,
            *(f"loss {k} {blocks.rows[r]}" for k, part in enumerate(parts) for r in part.rows),
        ),
        first=first + width,
        matrix=pattern,
        entries=_joined(blocks.entries, [part.entries for part in parts]),
        right=_joined(blocks.right, [part.right for part in parts]),
        sense=np.r_[blocks.sense, blocks.sense[origin]],
        stage=np.r_[blocks.stage, np.full(len(origin), PLAN)].astype(np.int8),
        cost=Affine(
            spread(blocks.cost.base, nothing),
            sp.csr_array(sp.vstack([slope[:first], free, slope[first:]])),
        ),
        lower=spread(blocks.lower, blocks.lower[chosen]),
        upper=spread(blocks.upper, blocks.upper[chosen]),
        integer=spread(blocks.integer, blocks.integer[chosen]).astype(bool),
        column_period=spread(blocks.column_period, none).astype(np.int64),
        row_period=np.r_[blocks.row_period, np.full(len(origin), -1)],
        twin=twin.astype(np.int64),
        policy=np.r_[blocks.policy, blocks.policy[origin]],
        forms={key: spread(vector, nothing) for key, vector in blocks.forms.items()},
        origin=np.r_[np.arange(rows), origin],
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """One loss: its columns and rows of the blocks, and the non-zeros row by row.

    ``where`` has a first-stage column as it is, and the i-th own column as ``first + i``.
    """

    columns: Index
    rows: Index
    counts: Index
    where: Index
    entries: Affine
    right: Affine


def _copy(blocks: Blocks, policy: str, theta: Vector, before: int) -> _Part:
    first = blocks.first
    period, twin = blocks.column_period[first:], blocks.twin[first:]
    early = (period >= 0) & (period < before)
    # Rows of other policies are about scenarios.
    own = blocks.policies.index(policy)
    asked = (blocks.stage == OPS) & (blocks.policy < 0)
    asked |= (blocks.stage == TRIAL) & (blocks.policy == own)
    asked &= (blocks.row_period < 0) | (blocks.row_period >= before)
    rows = np.flatnonzero(asked)
    part = blocks.matrix[rows]
    used = np.unique(part.indices[part.indices >= first]) - first
    columns = used[~early[used]]
    where = np.full(len(blocks.columns), -1, dtype=np.int64)
    where[:first] = np.arange(first)
    where[first:][early] = twin[early]
    where[first + columns] = first + np.arange(len(columns))
    at = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
    target = where[part.indices]
    live = target >= 0
    return _Part(
        (first + columns).astype(np.int64),
        rows,
        np.bincount(at[live], minlength=len(rows)),
        target[live],
        _fixed(blocks, blocks.entries, part.data[live], theta),
        _fixed(blocks, blocks.right, rows, theta),
    )


def _fixed(blocks: Blocks, numbers: Affine, chosen: Index, theta: Vector) -> Affine:
    """Return some numbers with all data put in but the levels of policies."""
    data = theta.copy()
    levels = np.array(sorted(blocks.levels.values()), dtype=np.int64)
    data[levels] = 0.0
    slope = numbers.slope[chosen]
    keep = np.zeros(len(theta))
    keep[levels] = 1.0
    left = sp.csr_array(slope @ sp.diags_array(keep))
    left.eliminate_zeros()
    return Affine(numbers.base[chosen] + slope @ data, left)


def _joined(numbers: Affine, more: list[Affine]) -> Affine:
    return Affine(
        np.concatenate([numbers.base, *(part.base for part in more)]),
        sp.csr_array(sp.vstack([numbers.slope, *(part.slope for part in more)])),
    )
