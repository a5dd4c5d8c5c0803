"""Cuts: lower bounds on the cost of recourse that hold for every plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.recourse import Recourse

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
ROUNDING = 1e-15


@dataclass(frozen=True, slots=True)
class Cut:
    r"""A lower bound on the weighted cost and risk of one cluster of scenarios.

    .. math:: w\,\theta_k + v\,\zeta_k + m\,\eta + \lambda^\top \rho_k \ge constant + slope^\top x

    It holds for every plan :math:`x`, by weak duality, whatever the solver said: multipliers of
    the right sign are enough. Without :math:`w` and :math:`v` it says which plans have recourse.

    Attributes
    ----------
    cluster : int
        Position of the cluster.
    weight : float
        Coefficient of the cluster's expected cost: 1 or 0.
    tail : float
        Coefficient of its expected cost beyond the threshold: 1 or 0.
    mass : float
        Coefficient of the threshold: the probability of the scenarios beyond it.
    risk : numpy.ndarray
        Weight of each row in expectation, shape (R,).
    constant : float
        Value at the plan of zeros.
    columns, slope : numpy.ndarray
        First-stage columns with a slope, and the slopes.
    rows, multipliers : numpy.ndarray
        Block rows with a multiplier, and the multipliers added up over the cluster.
    seen : numpy.ndarray
        The cluster's part in each row in expectation where the cut was made, shape (R,); it tells
        about other prices without proving anything.
    cone : int
        Position of the cone that it is a tangent of, else -1.
    """

    cluster: int
    weight: float
    tail: float
    mass: float
    risk: Vector
    constant: float
    columns: Index
    slope: Vector
    rows: Index
    multipliers: Vector
    seen: Vector
    cone: int = -1

    def value(self, plan: Vector, threshold: float = 0.0) -> float:
        """Return what it says of the weighted cost and risk for a plan."""
        return self.constant + float(self.slope @ plan[self.columns]) - self.mass * threshold


class Cutter:
    """Adds multipliers of scenarios of one group up to cuts.

    Everything is affine in the data once the multipliers are given, so what has to be added up is
    each multiplier, and its product with the data that its row depends on.

    Parameters
    ----------
    recourse : Recourse
        The second stage of the group.
    """

    def __init__(self, recourse: Recourse) -> None:
        self.recourse = recourse
        blocks = recourse.blocks
        count, width = len(recourse.rows), blocks.first
        entries = np.arange(len(recourse.plan_row))
        shape = (count, len(entries))
        take = sp.csr_array((np.ones(len(entries)), (recourse.plan_row, entries)), shape=shape)
        give = sp.csr_array(
            (np.ones(len(entries)), (entries, recourse.plan_column)), shape=(len(entries), width)
        )
        base = blocks.entries.base[recourse.plan_entry]
        self._base = sp.csr_array(take @ sp.diags_array(base) @ give)
        self._right = blocks.right.base[recourse.rows]
        right = blocks.right.slope[recourse.rows].tocoo()
        slope = blocks.entries.slope[recourse.plan_entry].tocoo()
        symbols = max(1, blocks.right.slope.shape[1])
        of_right = right.row.astype(np.int64) * symbols + right.col
        of_slope = recourse.plan_row[slope.row] * symbols + slope.col
        pairs = np.unique(np.r_[of_right, of_slope]).astype(np.int64)
        self._row, self._symbol = pairs // symbols, pairs % symbols
        self._right_slope = np.zeros(len(pairs))
        np.add.at(self._right_slope, np.searchsorted(pairs, of_right), right.data)
        self._slope = sp.csr_array(
            (slope.data, (np.searchsorted(pairs, of_slope), recourse.plan_column[slope.row])),
            shape=(len(pairs), width),
        )

    def sums(self, multipliers: Vector, own: Vector, theta: Vector, spread: sp.csr_array) -> Sums:
        """Return multipliers added up with weights.

        Parameters
        ----------
        multipliers : numpy.ndarray
            Shape (S, rows).
        own : numpy.ndarray
            What the columns' own bounds add, shape (S,).
        theta : numpy.ndarray
            Data, shape (S, P).
        spread : scipy.sparse.csr_array
            Weight of each scenario in each cluster, shape (K, S).

        Returns
        -------
        Sums
            Of each cluster, to be turned into cuts when all scenarios are in.
        """
        rows = np.asarray(spread @ multipliers)
        live = np.flatnonzero(multipliers[:, self._row].any(axis=0))
        crossed = np.zeros((len(rows), len(self._row)))
        if len(live):
            product = multipliers[:, self._row[live]] * theta[:, self._symbol[live]]
            crossed[:, live] = spread @ product
        return Sums(rows, crossed, np.asarray(spread @ own))

    def cuts(self, sums: Sums, clusters: Index, make: Callable[[int, Terms], Cut]) -> list[Cut]:
        """Return a cut for each cluster, made by a function of its position and terms."""
        constant = sums.own + sums.rows @ self._right + sums.crossed @ self._right_slope
        slope = -(sums.rows @ self._base + sums.crossed @ self._slope)
        found = []
        for k in clusters.tolist():
            live = np.flatnonzero(sums.rows[k])
            terms = Terms(
                float(constant[k]), slope[k], self.recourse.rows[live], sums.rows[k, live]
            )
            found.append(make(k, terms))
        return found


@dataclass(slots=True)
class Sums:
    """Multipliers of each cluster: by row, by row and data, and what own bounds add."""

    rows: Vector
    crossed: Vector
    own: Vector

    def add(self, other: Sums) -> None:
        """Add those of other scenarios of the same clusters."""
        self.rows += other.rows
        self.crossed += other.crossed
        self.own += other.own


@dataclass(frozen=True, slots=True)
class Terms:
    """Constant, dense slope, rows and multipliers of a bound."""

    constant: float
    slope: Vector
    rows: Index
    multipliers: Vector


def make_cut(
    cluster: int,
    terms: Terms,
    risk: Vector,
    *,
    weight: float = 0.0,
    tail: float = 0.0,
    mass: float = 0.0,
    seen: Vector | None = None,
) -> Cut:
    """Return the cut that terms make.

    Parameters
    ----------
    cluster : int
        Position of the cluster.
    terms : Terms
        What was added up.
    risk : numpy.ndarray
        Weight of each row in expectation, shape (R,).
    weight, tail, mass, seen
        As in :class:`Cut`.

    Returns
    -------
    Cut
        With the columns that it touches only.
    """
    # What is left of sums that cancel is rounding.
    used = np.flatnonzero(np.abs(terms.slope) > ROUNDING * np.abs(terms.slope).max(initial=0.0))
    return Cut(
        cluster,
        weight,
        tail,
        mass,
        risk,
        terms.constant,
        used,
        terms.slope[used],
        terms.rows,
        terms.multipliers,
        np.zeros(len(risk)) if seen is None else seen,
    )


def merged(cuts: list[Cut]) -> list[Cut]:
    """Return cuts with those of one cluster and kind that come from several groups added up.

    Parameters
    ----------
    cuts : list of Cut
        All made at one plan under one price; those of feasibility stand alone.

    Returns
    -------
    list of Cut
        In the order of clusters.
    """
    alone = [cut for cut in cuts if not (cut.weight or cut.tail or cut.risk.any())]
    found: dict[tuple[int, float, float], Cut] = {}
    for cut in cuts:
        if cut.weight or cut.tail or cut.risk.any():
            key = (cut.cluster, cut.weight, cut.tail)
            found[key] = _sum(found[key], cut) if key in found else cut
    return [*(found[key] for key in sorted(found)), *alone]


def _sum(a: Cut, b: Cut) -> Cut:
    columns, slope = _added(a.columns, a.slope, b.columns, b.slope)
    rows, multipliers = _added(a.rows, a.multipliers, b.rows, b.multipliers)
    return Cut(
        a.cluster,
        a.weight,
        a.tail,
        a.mass + b.mass,
        a.risk,
        a.constant + b.constant,
        columns,
        slope,
        rows,
        multipliers,
        a.seen + b.seen,
    )


def _added(i: Index, x: Vector, j: Index, y: Vector) -> tuple[Index, Vector]:
    keys, where = np.unique(np.r_[i, j], return_inverse=True)
    total = np.bincount(where, np.r_[x, y], len(keys))
    return keys.astype(np.int64), np.asarray(total, dtype=np.float64)
