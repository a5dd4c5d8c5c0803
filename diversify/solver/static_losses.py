"""Losses without recourse: their tails, and cuts from tails."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    r"""One loss and what is asked of its tail: a limit, or a weight in the objective.

    .. math:: loss_s(x) = constant + shift_s + direct \cdot x - \xi_s \cdot (weight \circ x)

    Attributes
    ----------
    level : float
        Confidence of CVaR, in [0, 1).
    weight, direct : numpy.ndarray
        Shape (n,).
    constant : float
        Part of the loss that nothing changes.
    limit : float or None
        Largest CVaR, or None where CVaR is in the objective.
    price : float
        Weight of CVaR in the objective, 0 for a limit.
    shift : numpy.ndarray or None
        Part of the loss of each scenario that nothing changes, shape (S,).
    """

    level: float
    weight: Vector
    direct: Vector
    constant: float = 0.0
    limit: float | None = None
    price: float = 0.0
    shift: Vector | None = None

    @property
    def share(self) -> float:
        """Probability of the tail."""
        return 1.0 - self.level


@dataclass(frozen=True, slots=True, eq=False)
class StaticProblem:
    """Minimise the cost of a first stage plus weighted CVaR, with CVaR within limits.

    Attributes
    ----------
    first : Problem
        The first stage; its first n columns are those in the losses.
    matrix : numpy.ndarray
        One row for each scenario, shape (S, n), in C order.
    probability : numpy.ndarray
        Shape (S,), adding up to 1.
    tails : tuple of Tail
        Limits and weights.
    """

    first: Problem
    matrix: Vector
    probability: Vector
    tails: tuple[Tail, ...]
    mean: Vector = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", self.probability @ self.matrix)

    @property
    def count(self) -> int:
        """Number of scenarios."""
        return len(self.probability)

    @property
    def width(self) -> int:
        """Number of columns in the losses."""
        return int(self.matrix.shape[1])

    def sample(self, count: int) -> StaticProblem:
        """Return the problem over some of the scenarios, always the same ones."""
        rows = np.sort(np.random.default_rng(count).permutation(self.count)[:count])
        mass = self.probability[rows]
        tails = tuple(t if t.shift is None else replace(t, shift=t.shift[rows]) for t in self.tails)
        return StaticProblem(self.first, self.matrix[rows], mass / mass.sum(), tails)


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    r"""A lower bound on the CVaR of a tail for every x: :math:`CVaR(x) \ge constant + slope x`."""

    tail: int
    constant: float
    slope: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """What a point costs in every scenario.

    Attributes
    ----------
    x : numpy.ndarray
        All columns of the first stage.
    losses : list of numpy.ndarray
        Of each tail, shape (S,).
    var, cvar : numpy.ndarray
        Of each tail.
    cuts : list of Cut
        The tight cut of each tail at this point.
    """

    x: Vector
    losses: list[Vector]
    var: Vector
    cvar: Vector
    cuts: list[Cut]


def tail_weights(losses: Vector, probability: Vector, share: float) -> tuple[Index, Vector, float]:
    r"""Return scenarios of the tail with weights :math:`\mu_s \le p_s / (1 - \alpha)`, and VaR.

    The weights add up to 1; the atom at VaR is split. Source: Rockafellar & Uryasev, Journal of
    Banking & Finance 26, 2002.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Shape (S,).
    share : float
        Probability of the tail, :math:`1 - \alpha`.

    Returns
    -------
    numpy.ndarray
        Positions of the scenarios, largest loss first.
    numpy.ndarray
        Their weights.
    float
        The smallest loss among them.

    Examples
    --------
    >>> where, weights, var = tail_weights(np.arange(1.0, 11.0), np.full(10, 0.1), 0.15)
    >>> where.tolist(), weights.round(9).tolist(), var
    ([9, 8], [0.666666667, 0.333333333], 9.0)
    """
    count = len(losses)
    top = min(count, int(share * count) + 2)
    while True:
        found = np.argpartition(losses, count - top)[count - top :] if top < count else None
        held = probability if found is None else probability[found]
        if top == count or held.sum() >= share:
            break
        top = min(count, 2 * top)
    chosen = np.arange(count) if found is None else found
    order = chosen[np.argsort(-losses[chosen], kind="stable")]
    mass = probability[order]
    taken = np.clip(share - (np.cumsum(mass) - mass), 0.0, mass)
    used = np.flatnonzero(taken > 0)
    weights = taken[used] / taken[used].sum()
    return order[used], weights, float(losses[order[used[-1]]])


def evaluate(problem: StaticProblem, x: Vector) -> Point:
    """Return losses, VaR, CVaR and tight cuts of a point, in one product for each distinct loss."""
    head = x[: problem.width]
    losses: list[Vector] = []
    known: dict[int, Vector] = {}
    var, value, cuts = [], [], []
    for k, tail in enumerate(problem.tails):
        if id(tail.weight) not in known:
            known[id(tail.weight)] = problem.matrix @ -(tail.weight * head)
        loss = known[id(tail.weight)] + (tail.constant + float(tail.direct @ head))
        if tail.shift is not None:
            loss += tail.shift
        where, weights, threshold = tail_weights(loss, problem.probability, tail.share)
        at = np.zeros(len(where), dtype=np.int64)
        row = added(problem.matrix, at, where, weights, 1)[0]
        constant = tail.constant + (0.0 if tail.shift is None else weights @ tail.shift[where])
        cuts.append(Cut(k, float(constant), tail.direct - tail.weight * row))
        losses.append(loss)
        var.append(threshold)
        value.append(float(weights @ loss[where]))
    return Point(x, losses, np.array(var), np.array(value), cuts)


def added(matrix: Vector, label: Index, rows: Index, weights: Vector, count: int) -> Vector:
    """Return weighted sums of rows by label, without a copy of the rows."""
    # Not COO: that would look for duplicates; rows in order of label are CSR already.
    order = np.argsort(label, kind="stable")
    start = np.r_[0, np.cumsum(np.bincount(label, minlength=count))]
    chosen = sp.csr_array((weights[order], rows[order], start), shape=(count, len(matrix)))
    return np.asarray(chosen @ matrix)
