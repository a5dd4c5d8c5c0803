"""Scenarios put together in groups, fine where losses are near VaR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.solver.static_losses import Point, StaticProblem, Tail, added

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
BINS = 12
# Losses closer than this part of their size count as equal when scenarios are put together.
EQUAL = 1e-11


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Scenarios put together: mean row, mean shift and mass over the tail's probability."""

    rows: Vector
    shift: Vector
    mass: Vector


def group(problem: StaticProblem, point: Point, k: int, window: int) -> Groups:
    """Return the scenarios of a tail in groups: single near VaR, together farther away.

    Any partition gives a lower bound on CVaR, since the positive part is convex (Jensen); it is
    exact where no group has losses on both sides of VaR.

    Parameters
    ----------
    problem : StaticProblem
        The problem.
    point : Point
        Where losses are measured.
    k : int
        Position of the tail.
    window : int
        How many scenarios stay single.

    Returns
    -------
    Groups
        At most about twice ``window`` of them.
    """
    tail, loss, var = problem.tails[k], point.losses[k], float(point.var[k])
    possible = problem.probability > 0
    label = np.full(problem.count, -1, dtype=np.int64)
    if problem.count <= 2 * window:
        near = np.flatnonzero(possible)
    else:
        distance = np.where(possible, np.abs(loss - var), np.inf)
        reach = float(np.partition(distance, window - 1)[window - 1])
        if np.isinf(reach):
            near = np.flatnonzero(possible)
        else:
            near = np.flatnonzero(distance <= reach + EQUAL * (1.0 + abs(var)))
    label[near] = np.arange(len(near))
    count = len(near)
    if count > 2 * window:
        label[near], count = _together(problem, point, tail, near, loss, window)
    worse = np.flatnonzero((label < 0) & possible & (loss > var))
    if len(worse):
        bins = np.array_split(worse[np.argsort(loss[worse], kind="stable")], BINS)
        for part in (part for part in bins if len(part)):
            label[part] = count
            count += 1
    rest = np.flatnonzero((label < 0) & possible)
    few = len(rest) and float(problem.probability[rest].sum()) < 1e-3
    if few:
        label[rest] = count
        count += 1
    used = np.flatnonzero(label >= 0)
    rows, mass, shift = _sums(problem, tail, label[used], used, count)
    if len(rest) and not few:
        # The many mild scenarios are what is left: no pass over them.
        rows = np.vstack([rows, problem.mean - rows.sum(axis=0)])
        left = float(problem.probability[rest].sum())
        if tail.shift is not None:
            shift = np.r_[shift, problem.probability[rest] @ tail.shift[rest]]
        else:
            shift = np.r_[shift, 0.0]
        mass = np.r_[mass, left]
    return Groups(rows / mass[:, None], shift / mass, mass / tail.share)


def _together(
    problem: StaticProblem, point: Point, tail: Tail, near: Index, loss: Vector, window: int
) -> tuple[Index, int]:
    """Return labels that put together what is alike in all columns in use (ties at VaR)."""
    mix = np.random.default_rng(0).uniform(0.5, 1.5, problem.width)
    other = (problem.matrix @ (mix * tail.weight * point.x[: problem.width]))[near]
    unit = EQUAL * (1.0 + np.abs(other).max())
    key = np.round(loss[near] / unit) + 1j * np.round(other / unit)
    _, label = np.unique(key, return_inverse=True)
    label = label.reshape(-1).astype(np.int64)
    count = int(label.max()) + 1
    if count <= 2 * window:
        return label, count
    return label * (2 * window) // count, 2 * window


def _sums(
    problem: StaticProblem, tail: Tail, label: Index, used: Index, count: int
) -> tuple[Vector, Vector, Vector]:
    mass = problem.probability[used]
    rows = added(problem.matrix, label, used, mass, count)
    total = np.asarray(np.bincount(label, mass, count), dtype=np.float64)
    moved = mass * tail.shift[used] if tail.shift is not None else np.zeros(len(used))
    shift = np.asarray(np.bincount(label, moved, count), dtype=np.float64)
    return rows, total, shift
