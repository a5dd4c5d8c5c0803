"""Plans to look at for their cuts alone: what a step does in one period, done in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import split_label
from diversify.solver.cuts import Cut
from diversify.solver.evaluator import Evaluator

if TYPE_CHECKING:
    from diversify.solver.search import Search

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# How far to go from the best plan. With 0.1 a search took half the plans that it took without,
# with 0.3 a little more, with 1 two thirds (docs/design/sweep.md).
REACH = 0.1
# What a cut is broken by, relative, is noise of the solver below this.
NOISE = 1e-6


class Prober:
    """Asks for cuts at plans that change every period as the master's point changes one.

    Where cuts say what lack costs in one period, the next master saves in another, and period by
    period the search learns the same thing. A plan that saves in all periods at once teaches all.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    """

    def __init__(self, blocks: Blocks) -> None:
        self._family = families(blocks.columns[: blocks.first])

    def fresh(self, search: Search, best: Vector, point: Vector) -> list[Cut]:
        """Return those cuts of a probe that the master's last point breaks.

        Parameters
        ----------
        search : Search
            At work.
        best, point : numpy.ndarray
            As in :meth:`cuts`.
        """
        box = search.lower[: search.first], search.upper[: search.first]
        found = []
        for cut in self.cuts(search.evaluator, best, point, search.price, box):
            columns, values, low = search.frame.solver_row(cut)
            if float(values @ search.proposed[columns]) < low - NOISE * (1.0 + abs(low)):
                found.append(cut)
        return found

    def cuts(
        self,
        evaluator: Evaluator,
        best: Vector,
        point: Vector,
        price: Vector,
        bounds: tuple[Vector, Vector],
    ) -> list[Cut]:
        """Return cuts, valid as all are, from near the best plan.

        Parameters
        ----------
        evaluator : Evaluator
            The recourse of the batch.
        best, point : numpy.ndarray
            Best plan so far and the master's point, shape (first,).
        price : numpy.ndarray
            Of each row in expectation, shape (R,).
        bounds : tuple of numpy.ndarray
            Of the plan, shape (first,) each.
        """
        move = spread(point - best, self._family)
        if not move.any():
            return []
        plan = np.clip(best + REACH * move, *bounds)
        return evaluator.evaluate(plan, price).cuts


def families(columns: tuple[str, ...]) -> Index:
    """Return which columns are the same thing in different periods, shape (columns,).

    Parameters
    ----------
    columns : tuple of str
        Labels; a number as the last part of one is taken for a period.

    Examples
    --------
    >>> families(("plan.book[a>b,0]", "plan.book[a>b,1]", "plan.target[b,oxide]")).tolist()
    [0, 0, 1]
    """
    place: dict[tuple[str, ...], int] = {}
    found = np.zeros(len(columns), dtype=np.int64)
    for i, label in enumerate(columns):
        name, index = split_label(label)
        kept = index[:-1] if index and index[-1].isdigit() else index
        found[i] = place.setdefault((name, *kept), len(place))
    return found


def spread(move: Vector, family: Index) -> Vector:
    """Return for every column the largest move of its family, up or down.

    Parameters
    ----------
    move : numpy.ndarray
        Change of each column, shape (columns,).
    family : numpy.ndarray
        From :func:`families`.

    Examples
    --------
    >>> spread(np.array([0.0, -2.0, 1.0, 3.0]), np.array([0, 0, 0, 1])).tolist()
    [-2.0, -2.0, -2.0, 3.0]
    """
    count = int(family.max(initial=-1)) + 1
    down, up = np.zeros(count), np.zeros(count)
    np.minimum.at(down, family, move)
    np.maximum.at(up, family, move)
    return np.asarray(np.where(-down > up, down, up)[family])
