"""What shards have learnt of their recourse, as plain arrays: kept on disk and given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.solver.bank import Bank
from diversify.solver.shard import Shard

Index = NDArray[np.int64]
Bases = dict[int, Index]
"""Bases by shard, each of shape (bases, rows)."""


def bank_of(shard: Shard) -> Bank | None:
    """Return the bank of a shard, None where it has none."""
    return shard._problems.bank


def learnt(shards: Mapping[int, Shard]) -> Bases:
    """Return the bases of shards that have any.

    Parameters
    ----------
    shards : mapping
        Shards at work, by position.

    Returns
    -------
    dict
        Shape (bases, rows) by shard.
    """
    banks = {i: bank_of(shard) for i, shard in sorted(shards.items())}
    return {i: bank.bases() for i, bank in banks.items() if bank is not None and bank.count}


def teach(shard: Shard, bases: Index | None) -> None:
    """Give a shard bases of an earlier run; what does not fit it is left out.

    Parameters
    ----------
    shard : Shard
        New.
    bases : numpy.ndarray, optional
        Shape (bases, rows).
    """
    bank = bank_of(shard)
    if bank is not None and bases is not None:
        bank.learn(bases)


def flattened_bases(bases: Bases) -> dict[str, NDArray[Any]]:
    """Return bases as three arrays: shards, shapes, and everything one behind the other."""
    order = sorted(bases)
    parts = [np.asarray(bases[i], dtype=np.int64).ravel() for i in order]
    return {
        "base_shard": np.array(order, dtype=np.int64),
        "base_shape": np.array([bases[i].shape for i in order], dtype=np.int64).reshape(-1, 2),
        "base": np.concatenate([np.zeros(0, dtype=np.int64), *parts]),
    }


def bases_from(arrays: Mapping[str, NDArray[Any]]) -> Bases:
    """Return the bases that arrays hold, none where there are no such arrays.

    Parameters
    ----------
    arrays : mapping
        From :func:`flattened_bases`.

    Returns
    -------
    dict
        Shape (bases, rows) by shard.

    Raises
    ------
    ValueError
        If shapes and numbers do not go together.

    Examples
    --------
    >>> held = {3: np.array([[0, 1], [1, 2]])}
    >>> {i: part.tolist() for i, part in bases_from(flattened_bases(held)).items()}
    {3: [[0, 1], [1, 2]]}
    """
    if "base_shard" not in arrays:
        return {}
    shard, shape, whole = arrays["base_shard"], arrays["base_shape"], arrays["base"]
    kinds = {part.dtype.kind for part in (shard, shape, whole)}
    if kinds != {"i"} or shape.shape != (len(shard), 2) or (shape < 0).any():
        raise ValueError("the bases are no whole numbers")
    ends = np.cumsum(shape.prod(axis=1))
    if int(ends[-1] if len(ends) else 0) != len(whole):
        raise ValueError("the bases have other shapes")
    parts = np.split(whole, ends[:-1]) if len(ends) else []
    return {
        int(i): part.reshape(tuple(size)).astype(np.int64)
        for i, size, part in zip(shard, shape, parts, strict=True)
    }
