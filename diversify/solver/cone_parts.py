"""The cheapest point within round limits, found part by part, and the flat limits that prove it."""

from __future__ import annotations

import time

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile.blocks import Blocks
from diversify.solver.cones import LEAST, ROUNDS, WITHIN, Tangent, excess, tightened
from diversify.solver.problem import Problem
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# A share below this adds less to an index than a solver's tolerance.
SMALL = 5e-5
# How far a square may be underestimated, relative to the whole, without another tangent.
CLOSE = 1e-12
# Prices are read from the slopes, whose error is the root of that of a cone: so a few more rounds
# follow, down to this.
FINER = 1e-10
POLISH = 5
# The size, in small units, that a whole of a few tonnes is brought to.
FINE = 2.0**13


def keeping(
    blocks: Blocks, problem: Problem, theta: Vector, time_limit: float | None = None
) -> tuple[list[Tangent], Vector | None]:
    r"""Return the tangents that a linear problem needs, and its cheapest point within all cones.

    .. math:: \sum_g z_g \le \rho^2 V, \quad
        z_g \ge 2 a\, w_g^2 x_g - a^2 w_g^2 V \quad \forall\, a \ge 0

    is the cone :math:`\lVert w x \rVert \le \rho V`, with a column :math:`z_g` for each part.
    Tangents of single parts meet in more points than those of the whole cone, so a dozen rounds do
    where the cost is flat and others would need hundreds (Vielma et al. 2017). With
    the means :math:`\overline a_g` of their slopes, weighed by their multipliers, the tangent of
    the whole cone at the shares :math:`\overline a` proves no less than all of them.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem with its cones.
    problem : Problem
        An extensive form of it: the first-stage columns come first. Only its relaxation counts.
    theta : numpy.ndarray
        Data with the levels, shape (P,).
    time_limit : float, optional
        Seconds after which no more tangents are looked for.

    Returns
    -------
    list of Tangent
        At most one for each cone where there is a point; else those that show that there is none.
    numpy.ndarray or None
        The point, shape (columns,); None where there is none, or none was found in time.
    """
    end = np.inf if time_limit is None else time.monotonic() + time_limit
    parts = _Parts(blocks, problem, theta)
    polished = 0
    for _ in range(ROUNDS):
        status, point, multipliers = parts.lp.resolve(parts.lower, parts.upper)
        if status != "optimal":
            break
        kept = max(excess(cone, theta, point) for cone in blocks.cones) <= WITHIN
        found = parts.tangents(multipliers) if kept else []
        if not parts.refine(point, within=FINER if kept else WITHIN) or polished == POLISH:
            if not kept:
                break
            return found, point[: problem.shape[1]]
        polished += kept
        if time.monotonic() >= end:
            return found, point[: problem.shape[1]] if kept else None
    return tightened(blocks, problem, theta), None


class _Parts:
    """A problem with a column for the square of each part, and flat limits on it so far."""

    def __init__(self, blocks: Blocks, problem: Problem, theta: Vector) -> None:
        self.cones, self.theta = blocks.cones, theta
        rows, width = problem.shape
        sizes = [len(cone.parts) for cone in self.cones]
        self.start = width + np.r_[0, np.cumsum(sizes)].astype(np.int64)
        self.width, self.rows = int(self.start[-1]), rows
        squares = self.width - width
        self.lower = np.r_[problem.lower, np.zeros(squares)]
        self.upper = np.r_[problem.upper, np.full(squares, np.inf)]
        whole = Problem(
            sp.csr_array(sp.hstack([problem.matrix, sp.csr_array((rows, squares))])),
            np.r_[problem.cost, np.zeros(squares)],
            self.lower,
            self.upper,
            problem.low,
            problem.high,
            np.zeros(self.width, dtype=bool),
            problem.offset,
        )
        self.lp = WarmLp(whole, presolve=True)
        self.scale = np.zeros(0)
        # Cone, part and share of each tangent.
        self.cone: list[Index] = []
        self.part: list[Index] = []
        self.share: list[Vector] = []

    def refine(self, point: Vector, within: float) -> bool:
        """Add tangents where a point exceeds a cone, and say whether there were any."""
        at, part, share = [], [], []
        for k, cone in enumerate(self.cones):
            total = float(point[cone.whole])
            if excess(cone, self.theta, point) <= within or total <= 0.0:
                continue
            shares = np.maximum(point[cone.parts], 0.0) / total
            reached = point[self.start[k] : self.start[k + 1]]
            square = cone.weights**2 * shares**2 * total
            wrong = np.flatnonzero((shares > SMALL) & (square - reached > CLOSE * (1.0 + total)))
            at.append(np.full(len(wrong), k))
            part.append(wrong)
            share.append(shares[wrong])
        if not self.scale.size:
            return self._limit(point)
        if not sum(map(len, at)):
            return False
        self.cone.append(np.concatenate(at))
        self.part.append(np.concatenate(part))
        self.share.append(np.concatenate(share))
        self._add(self.cone[-1], self.part[-1], self.share[-1])
        return True

    def _limit(self, point: Vector) -> bool:
        """Limit the sums of squares, if a point exceeds a cone."""
        wholes = np.array([cone.whole for cone in self.cones])
        if all(excess(cone, self.theta, point) <= WITHIN for cone in self.cones):
            return False
        # A few tonnes are counted in small units: a solver's tolerance is absolute.
        power = np.floor(np.log2(FINE / (1.0 + np.abs(point[wholes]))))
        self.scale = 2.0 ** np.maximum(power, 0.0)
        sizes, count = np.diff(self.start), len(self.cones)
        radius = np.array([self.theta[cone.symbol] for cone in self.cones])
        at = np.r_[np.repeat(np.arange(count), sizes), np.arange(count)]
        columns = np.r_[np.arange(self.start[0], self.width), wholes]
        values = np.r_[np.repeat(self.scale, sizes), -self.scale * radius**2]
        limits = sp.csr_array((values, (at, columns)), shape=(count, self.width))
        self.lp.add_rows(limits, np.full(count, -np.inf), np.zeros(count))
        return True

    def _add(self, at: Index, part: Index, share: Vector) -> None:
        pairs = list(zip(at.tolist(), part.tolist(), strict=True))
        weight = np.array([self.cones[k].weights[g] for k, g in pairs]) ** 2
        columns = [
            (self.start[k] + g, self.cones[k].parts[g], self.cones[k].whole) for k, g in pairs
        ]
        values = np.column_stack([np.ones(len(at)), -2.0 * share * weight, share**2 * weight])
        values = (self.scale[at][:, None] * values).ravel()
        rows = np.repeat(np.arange(len(at)), 3)
        matrix = sp.csr_array(
            (values, (rows, np.array(columns, dtype=np.int64).ravel())),
            shape=(len(at), self.width),
        )
        self.lp.add_rows(matrix, np.zeros(len(at)), np.full(len(at), np.inf))

    def tangents(self, multipliers: Vector) -> list[Tangent]:
        """Return the tangent of each cone that has a price, at its mean shares."""
        if not self.cone:
            return []
        at, part = np.concatenate(self.cone), np.concatenate(self.part)
        share = np.concatenate(self.share)
        priced = np.maximum(multipliers[self.rows + len(self.cones) :], 0.0)
        found = []
        for k, cone in enumerate(self.cones):
            mine = at == k
            size = np.bincount(part[mine], priced[mine] * share[mine], minlength=len(cone.parts))
            # All parts are counted in the same multiplier, that of the sum of squares.
            unit = cone.weights * size
            length = float(np.linalg.norm(unit))
            if length > 0.0:
                unit = unit / length
                found.append(Tangent(k, cone.weights * np.where(unit > LEAST, unit, 0.0)))
        return found
