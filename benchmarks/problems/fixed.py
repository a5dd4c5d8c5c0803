"""Plans whose recourse is evaluated, and that recourse written out for a plain solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.problems import farmer, lands, sourcing
from benchmarks.problems.instance import Instance
from diversify.compile.blocks import OPS
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
CHUNK = 10_000
PLANS: dict[str, Callable[[], Vector]] = {
    "farmer": farmer.plan,
    "lands": lands.plan,
    "sourcing": sourcing.plan,
}


def plan_of(problem: str) -> Vector:
    """Return the plan of a problem that is evaluated, shape (first,)."""
    return PLANS[problem]()


@dataclass(frozen=True, slots=True)
class Sides:
    """Bounds of columns and rows in some scenarios, and their probabilities.

    Attributes
    ----------
    mass : numpy.ndarray
        Shape (S,).
    lower, upper : numpy.ndarray
        Of the columns, shape (S, columns).
    low, high : numpy.ndarray
        Of the rows, shape (S, rows).
    """

    mass: Vector
    lower: Vector
    upper: Vector
    low: Vector
    high: Vector


class Second:
    """The second stage for one plan, one linear problem a scenario.

    A row over one column is a bound, as anybody would write it by hand.

    Parameters
    ----------
    given : Instance
        Its costs and its coefficients of the second stage are the same in every scenario.
    plan : numpy.ndarray
        First-stage point, shape (first,).
    """

    def __init__(self, given: Instance, plan: Vector) -> None:
        b = given.blocks
        self.given, self.plan = given, plan
        self._ops = np.flatnonzero(b.stage == OPS)
        part = b.matrix[self._ops]
        entries, column = part.data, part.indices
        row = np.repeat(np.arange(len(self._ops)), np.diff(part.indptr))
        mine = column >= b.first
        if b.entries.slope[entries[mine]].nnz or b.cost.slope.nnz:
            raise ValueError("the recourse matrix or its costs are random")
        self._entries, self._at = entries[~mine], row[~mine]
        self._x = plan[column[~mine]]
        shape = (len(self._ops), b.second)
        whole = sp.csr_array(
            (b.entries.base[entries[mine]], (row[mine], column[mine] - b.first)), shape=shape
        )
        alone = np.diff(whole.indptr) == 1
        self._rows, self._single = np.flatnonzero(~alone), np.flatnonzero(alone)
        single = whole[self._single]
        self._bounded, self._factor = single.indices, single.data
        self.cost, self.matrix = b.cost.base[b.first :], whole[self._rows]
        self._lower, self._upper = b.lower[b.first :], b.upper[b.first :]

    def sides(self) -> Iterator[Sides]:
        """Return the sides of all scenarios, some thousands at a time."""
        b, given = self.given.blocks, self.given
        take = sp.csr_array(
            (self._x, (self._at, np.arange(len(self._x)))), shape=(len(self._ops), len(self._x))
        )
        sense = b.sense[self._ops]
        slope = b.right.slope[self._ops] - take @ b.entries.slope[self._entries]
        base = b.right.base[self._ops] - take @ b.entries.base[self._entries]
        for start in range(0, len(given.theta), CHUNK):
            part = slice(start, start + CHUNK)
            right = np.asarray((slope @ given.theta[part].T).T) + base
            kept = right[:, self._rows]
            lower = np.tile(self._lower, (len(right), 1))
            upper = np.tile(self._upper, (len(right), 1))
            for r, j, factor in zip(self._single, self._bounded, self._factor, strict=True):
                value, kind = right[:, r] / factor, sense[r] * np.sign(factor)
                if kind >= 0:
                    lower[:, j] = np.maximum(lower[:, j], value)
                if kind <= 0:
                    upper[:, j] = np.minimum(upper[:, j], value)
            yield Sides(
                given.probability[part],
                lower,
                upper,
                np.where(sense[self._rows] >= 0, kept, -np.inf),
                np.where(sense[self._rows] <= 0, kept, np.inf),
            )

    def problem(self) -> Problem:
        """Return the problem of the first scenario."""
        first = next(self.sides())
        bounds = (side[0] for side in (first.lower, first.upper, first.low, first.high))
        return Problem(self.matrix, self.cost, *bounds, np.zeros(len(self.cost), dtype=bool))
