"""The master problem: the first stage with lower bounds on what recourse costs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED, PLAN
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.cuts import Cut
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# HiGHS 1.15.1 drops coefficients below this; the proof counts them all.
DROPPED = 1e-9
# Rows with coefficients beyond this are scaled down; those without money always to about this.
LARGE = 16.0


@dataclass
class Pool:
    """Cuts in the master, with the number of solves that each has been idle."""

    cuts: list[Cut] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)

    def idled(self, multipliers: Vector, patience: int) -> Index:
        """Take note of which cuts are active; return those that have not been for too long."""
        active = np.abs(multipliers) > 1e-12
        self.idle = [0 if live else idle + 1 for live, idle in zip(active, self.idle, strict=True)]
        return np.flatnonzero(np.array(self.idle, dtype=np.int64) > patience)

    def drop(self, gone: Index) -> None:
        """Forget some cuts."""
        left = set(gone.tolist())
        self.cuts = [cut for i, cut in enumerate(self.cuts) if i not in left]
        self.idle = [idle for i, idle in enumerate(self.idle) if i not in left]


@dataclass(frozen=True, slots=True)
class Frame:
    """What of the master does not change while cuts come in.

    Attributes
    ----------
    blocks : Blocks
        The compiled problem.
    clusters : int
        Number of clusters K.
    money : float
        The unit in which the master counts money [USD].
    rows : numpy.ndarray
        Block rows of the master: those of the first stage, then those in expectation.
    matrix : scipy.sparse.csr_array
        Over the columns ``[plan | theta_k | rho_rk | over_r | zeta_k | eta]``: expected cost of
        each cluster, its part in each row in expectation, what such a row is exceeded by (nothing,
        unless a search lets it), each cluster's expected cost beyond the threshold, the threshold.
        The last two exist where the tail of the cost counts.
    tail : bool
        Whether the tail of the cost counts.
    constant : float
        Constant of the objective in the unit of money.
    low, high, cost, lower, upper : numpy.ndarray
        Right sides, costs in the unit of money, and bounds.
    """

    blocks: Blocks
    clusters: int
    money: float
    rows: Index
    expected: Index
    tail: bool
    constant: float
    matrix: sp.csr_array
    low: Vector
    high: Vector
    cost: Vector
    lower: Vector
    upper: Vector

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.matrix.shape[1]

    @property
    def limits(self) -> Vector:
        """Size of the right side of each row in expectation, in its unit, shape (R,)."""
        return np.abs(self.high[len(self.rows) - len(self.expected) :])

    @property
    def positive(self) -> bool:
        """Whether no scenario can add less than nothing to a row in expectation."""
        start = self.blocks.first + self.clusters
        return bool((self.lower[start : start + len(self.expected) * self.clusters] >= 0.0).all())

    def theta_column(self, cluster: int) -> int:
        """Return the column of a cluster's cost."""
        return self.blocks.first + cluster

    def rho_columns(self, cluster: int) -> Index:
        """Return the columns of a cluster's part in each row in expectation."""
        start = self.blocks.first + self.clusters
        return start + np.arange(len(self.expected)) * self.clusters + cluster

    @property
    def over(self) -> slice:
        """The columns of what rows in expectation are exceeded by."""
        start = self.blocks.first + (1 + len(self.expected)) * self.clusters
        return slice(start, start + len(self.expected))

    def zeta_column(self, cluster: int) -> int:
        """Return the column of a cluster's expected cost beyond the threshold."""
        return int(self.over.stop) + cluster

    def factor(self, cut: Cut) -> float:
        """Return by what a cut is multiplied to be a row: a power of two over a unit of money."""
        priced = cut.weight != 0.0 or cut.tail != 0.0
        unit = self.money if priced else 1.0
        largest = max(
            np.abs(cut.slope).max(initial=0.0) / unit,
            np.abs(cut.risk).max(initial=0.0) / unit,
            cut.weight,
            cut.tail,
        )
        # A cut on risk alone has no money in it: counted in money a solver would drop half of it.
        # Where its coefficients are noise, its right side says how large it is.
        sized = largest if priced else max(largest, abs(cut.constant))
        if sized <= 0.0:
            return 1.0 / unit
        power = np.ceil(np.log2(sized / LARGE))
        return float(2.0 ** -(max(0.0, power) if priced else power) / unit)

    def cut_row(self, cut: Cut) -> tuple[Index, Vector, float]:
        """Return columns, values and lower side of a cut as a row."""
        live = np.flatnonzero(cut.risk)
        columns = [cut.columns, self.rho_columns(cut.cluster)[live]]
        values = [-cut.slope, cut.risk[live]]
        if cut.weight:
            columns.append(np.array([self.theta_column(cut.cluster)]))
            values.append(np.array([cut.weight * self.money]))
        elif cut.tail:
            columns.append(np.array([self.zeta_column(cut.cluster), self.width - 1]))
            values.append(np.array([cut.tail, cut.mass]) * self.money)
        factor = self.factor(cut)
        return np.concatenate(columns), factor * np.concatenate(values), factor * cut.constant

    def solver_row(self, cut: Cut) -> tuple[Index, Vector, float]:
        """Return a cut as a row without what the solver would drop by itself."""
        columns, values, low = self.cut_row(cut)
        large = np.abs(values) > DROPPED
        return columns[large], values[large], low

    def solver_rows(self, cuts: list[Cut]) -> tuple[sp.csr_array, Vector]:
        """Return several cuts as rows for the solver, and their lower sides."""
        rows = [self.solver_row(cut) for cut in cuts]
        starts = np.r_[0, np.cumsum([len(row[0]) for row in rows])]
        values = np.concatenate([row[1] for row in rows])
        columns = np.concatenate([row[0] for row in rows])
        matrix = sp.csr_array((values, columns, starts), shape=(len(rows), self.width))
        return matrix, np.array([row[2] for row in rows])

    def problem(self, cuts: list[Cut], *, exact: bool = False) -> Problem:
        """Return the master with some cuts as a linear problem.

        With ``exact``, rows of cuts are counted in USD, and nothing is left out of them: the form
        in which multipliers prove a bound.
        """
        rows = [self.cut_row(cut) if exact else self.solver_row(cut) for cut in cuts]
        at = np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows])
        extra = sp.csr_array(
            (
                np.concatenate([row[1] for row in rows]) if rows else np.zeros(0),
                (at, np.concatenate([row[0] for row in rows]) if rows else at),
            ),
            shape=(len(rows), self.width),
        )
        unit = self.money if exact else 1.0
        count = self.width - self.blocks.first
        return Problem(
            sp.csr_array(sp.vstack([self.matrix, unit * extra])),
            self.cost,
            self.lower,
            self.upper,
            np.r_[self.low, [unit * row[2] for row in rows]],
            np.r_[self.high, np.full(len(rows), np.inf)],
            np.r_[self.blocks.integer[: self.blocks.first], np.zeros(count, dtype=bool)],
            self.constant,
            proof=exact,
        )


def unit_of_money(cost: Vector) -> float:
    """Return the power of two in which costs have sizes like those of tonnes.

    Examples
    --------
    >>> unit_of_money(np.array([3.0, 20_000_000.0]))
    1048576.0
    """
    largest = float(np.abs(cost).max(initial=1.0))
    return float(2.0 ** np.floor(np.log2(max(largest, 1e-6) / 16)))


def make_frame(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    cluster: Index,
    objective: MeanCvar | None = None,
) -> Frame:
    """Return the master of a batch of scenarios, without any cut.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P).
    probability, news, cluster : numpy.ndarray
        Probability, periods before news and cluster of each scenario, shape (S,).
    objective : MeanCvar, optional
        What is minimised; the expected cost by default.

    Returns
    -------
    Frame
        What scenarios do before their news is the plan's, so its cost is already in it.
    """
    first, clusters = blocks.first, int(cluster.max()) + 1
    expected = np.flatnonzero(blocks.stage == EXPECTED)
    rows = np.r_[np.flatnonzero(blocks.stage == PLAN), expected]
    values = blocks.entries.at(theta[0])
    dense = sp.csr_array(
        (values[blocks.matrix.data], blocks.matrix.indices, blocks.matrix.indptr),
        shape=blocks.matrix.shape,
    )
    chosen = dense[rows]
    before = _before(blocks, probability, news)
    own = sp.csr_array(chosen[:, :first] + chosen[:, first:] @ before)
    start = len(rows) - len(expected)
    count = len(expected)
    # The part of each cluster in each row in expectation is one column: rho.
    at = np.repeat(start + np.arange(count), clusters)
    rho = sp.csr_array(
        (np.ones(count * clusters), (at, np.arange(count * clusters))),
        shape=(len(rows), count * clusters),
    )
    over = sp.csr_array(
        (-np.ones(count), (start + np.arange(count), np.arange(count))), shape=(len(rows), count)
    )
    goal = objective or MeanCvar()
    tail = goal.cvar > 0
    spare = sp.csr_array((len(rows), clusters + 1 if tail else 0))
    none = sp.csr_array((len(rows), clusters))
    matrix = sp.csr_array(sp.hstack([own, none, rho, over, spare]))
    matrix.eliminate_zeros()
    right = blocks.right.at(theta[0])[rows]
    sense = blocks.sense[rows]
    cost = blocks.cost.at(theta[0])
    money = unit_of_money(cost)
    width = matrix.shape[1]
    lower, upper = np.full(width, -np.inf), np.full(width, np.inf)
    lower[:first], upper[:first] = blocks.lower[:first], blocks.upper[:first]
    lower[first + clusters : first + clusters * (1 + count)] = _least(
        blocks, dense, expected, probability, news, cluster, clusters
    )
    exceeding = first + clusters * (1 + count) + np.arange(count)
    lower[exceeding] = upper[exceeding] = 0.0
    if tail:
        lower[-clusters - 1 : -1] = 0.0
    return Frame(
        blocks=blocks,
        clusters=clusters,
        money=money,
        rows=rows,
        expected=expected,
        tail=tail,
        constant=(goal.mean + goal.cvar) * blocks.offset / money,
        matrix=matrix,
        low=np.where(sense >= 0, right, -np.inf),
        high=np.where(sense <= 0, right, np.inf),
        cost=np.r_[
            goal.mean * (cost[:first] + cost[first:] @ before) / money,
            np.full(clusters, goal.mean),
            np.zeros(count * clusters + count),
            np.full(clusters if tail else 0, goal.cvar / (1.0 - goal.level)),
            np.full(1 if tail else 0, goal.cvar),
        ],
        lower=lower,
        upper=upper,
    )


def _before(blocks: Blocks, probability: Vector, news: Index) -> sp.csr_array:
    """Return the probability that a scenario column is the plan's, at its twin, as a matrix."""
    first = blocks.first
    period, twin = blocks.column_period[first:], blocks.twin[first:]
    known = np.flatnonzero((period >= 0) & (twin >= 0))
    mass = np.array([probability[news > t].sum() for t in period[known]])
    return sp.csr_array((mass, (known, twin[known])), shape=(blocks.second, first))


def _least(
    blocks: Blocks,
    dense: sp.csr_array,
    expected: Index,
    probability: Vector,
    news: Index,
    cluster: Index,
    clusters: int,
) -> Vector:
    """Return lower bounds of rho from the bounds of the columns."""
    first = blocks.first
    period = blocks.column_period[first:]
    least = np.zeros((len(expected), clusters))
    for r, row in enumerate(expected):
        weights = dense[[row]].toarray().ravel()[first:]
        side = np.where(weights > 0, blocks.lower[first:], blocks.upper[first:])
        used = weights != 0
        for before in np.unique(news):
            live = used & ((period < 0) | (period >= before))
            value = float(weights[live] @ side[live]) if live.any() else 0.0
            members = news == before
            np.add.at(least[r], cluster[members], probability[members] * value)
    return least.ravel()
