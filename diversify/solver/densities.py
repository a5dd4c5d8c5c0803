"""Densities: the tangents of curved limits, as rows of every scenario with data of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile.blocks import OPS, Affine, Blocks, make_label
from diversify.risk import entropic
from diversify.risk.divergences import DIVERGENCES

Vector = NDArray[np.float64]
# Smaller densities become 0, which is as true; a solver takes such coefficients for zero.
LEAST = 1e-6
FLOOR = 2e-9


@dataclass(frozen=True, slots=True)
class Density:
    """A flat limit in each scenario that every point of a curve keeps.

    Attributes
    ----------
    curve : int
        Position of the curve.
    ratio : numpy.ndarray
        Probability in another distribution over that of each scenario, shape (S,).
    penalty : numpy.ndarray
        What the divergence says of it less 1, rounded up, shape (S,).
    """

    curve: int
    ratio: Vector
    penalty: Vector


def density(curve: int, blocks: Blocks, found: Vector, probability: Vector) -> Density:
    """Return the tangent of a curve at some losses: the density of the worst distribution."""
    one = blocks.curves[curve]
    divergence = DIVERGENCES[one.divergence]
    if one.width < 0:
        worst = entropic.worst_probability(found, probability, 1.0 / one.scale)
    else:
        worst = divergence.worst_probability(found, probability, one.radius)
    ratio = np.divide(worst, probability, out=np.zeros_like(worst), where=probability > 0.0)
    ratio = np.where(ratio < LEAST, 0.0, ratio)
    penalty = divergence.generator(ratio) - 1.0
    if one.width >= 0:
        # There it is a coefficient, which must not be too small; a larger one is as true.
        penalty = np.where(np.abs(penalty) < FLOOR, FLOOR, penalty)
    return Density(curve, ratio, penalty)


def with_densities(
    blocks: Blocks, theta: Vector, found: Sequence[Density]
) -> tuple[Blocks, Vector]:
    r"""Return the problem with densities as rows of every scenario, and its data.

    .. math:: v_s - t_s\, (L_s - \eta) + (\varphi(t_s) - 1)\, a \ge 0

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    found : sequence of Density
        In the order wanted.

    Returns
    -------
    Blocks
        Without curves, with the rows behind all others and two more data symbols for each.
    numpy.ndarray
        Shape (S, P + 2 K).
    """
    plain = dataclasses.replace(blocks, curves=())
    if not found:
        return plain, theta
    known, more = len(blocks.symbols), 2 * len(found)
    columns: list[int] = []
    base: list[float] = []
    slopes: list[tuple[int, int, float]] = []
    right: list[tuple[int, int, float]] = []
    starts = [0]
    for i, one in enumerate(found):
        curve, ratio, penalty = blocks.curves[one.curve], known + 2 * i, known + 2 * i + 1
        terms = [
            (blocks.first + curve.value, 1.0, 0, 0.0),
            (blocks.first + curve.beside, 0.0, ratio, -1.0),
        ]
        if curve.width >= 0:
            terms.append((curve.width, 0.0, penalty, 1.0))
        else:
            right.append((i, penalty, -curve.scale))
        for column, number, symbol, slope in sorted(terms):
            if slope:
                slopes.append((len(columns), symbol, slope))
            columns.append(column)
            base.append(number)
        starts.append(len(columns))
    old, width = len(blocks.entries.base), blocks.matrix.shape[1]
    # One is added so that position 0 is not a stored zero, which scipy would be free to drop.
    added = sp.csr_array(
        (old + 1 + np.arange(len(columns)), np.array(columns), np.array(starts)),
        shape=(len(found), width),
    )
    kept = sp.csr_array(
        (blocks.matrix.data + 1, blocks.matrix.indices, blocks.matrix.indptr),
        shape=blocks.matrix.shape,
    )
    matrix = sp.csr_array(sp.vstack([kept, added]))
    policy = np.array([blocks.curves[one.curve].policy for one in found], dtype=np.int64)
    origin = blocks.origin
    if origin is not None:
        origin = np.r_[origin, len(blocks.rows) + np.arange(len(found))]
    whole = dataclasses.replace(
        plain,
        rows=(*blocks.rows, *(_label(blocks, one, i) for i, one in enumerate(found))),
        symbols=(*blocks.symbols, *(f"density {i // 2}.{i % 2}" for i in range(more))),
        matrix=sp.csr_array(
            (matrix.data.astype(np.int64) - 1, matrix.indices, matrix.indptr), shape=matrix.shape
        ),
        entries=_grown(blocks.entries, more, np.array(base), slopes),
        right=_grown(blocks.right, more, np.zeros(len(found)), right),
        cost=_grown(blocks.cost, more, np.zeros(0), []),
        sense=np.r_[blocks.sense, np.ones(len(found))].astype(np.int8),
        stage=np.r_[blocks.stage, np.full(len(found), OPS)].astype(np.int8),
        row_period=np.r_[blocks.row_period, np.full(len(found), -1)],
        policy=np.r_[blocks.policy, policy],
        origin=origin,
    )
    data = [part for one in found for part in (one.ratio, one.penalty)]
    return whole, np.column_stack([theta, *data])


def _label(blocks: Blocks, one: Density, i: int) -> str:
    curve = blocks.curves[one.curve]
    return make_label(f"ops.{blocks.policies[curve.policy]!r} density", *curve.index, i)


def _grown(
    numbers: Affine, more: int, base: Vector, slopes: list[tuple[int, int, float]]
) -> Affine:
    """Return affine numbers over more symbols, with further numbers behind them."""
    rows, symbols = numbers.slope.shape
    wide = sp.csr_array(sp.hstack([numbers.slope, sp.csr_array((rows, more))]))
    at, symbol, value = (list(part) for part in zip(*slopes, strict=True)) if slopes else ([],) * 3
    added = sp.csr_array(
        (np.array(value, dtype=float), (np.array(at, dtype=int), np.array(symbol, dtype=int))),
        shape=(len(base), symbols + more),
    )
    return Affine(np.r_[numbers.base, base], sp.csr_array(sp.vstack([wide, added])))
