"""What each scenario costs where it is known before anything is decided."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.solver.alone import Alone
from diversify.solver.evaluator import ordered
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.saa import Batch
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Solve = Callable[[Vector, Vector, NDArray[np.int64]], Solution]


def known_costs(blocks: Blocks, batch: Batch, solve: Solve | None = None) -> Vector:
    """Return the cost of each scenario with the plan that is best for it alone [USD].

    Parameters
    ----------
    blocks : Blocks
        A problem without rows in expectation; see :func:`~diversify.solver.priced.priced`.
    batch : tuple
        Data, probability and news of the scenarios.
    solve : callable, optional
        Solves one scenario by itself, as where there are losses to be survived besides.

    Returns
    -------
    numpy.ndarray
        Shape (S,), each certified; their mean is the wait-and-see cost.
    """
    theta, _, news = batch
    one, costs = np.ones(1), np.zeros(len(theta))
    plain = not (blocks.integer.any() or blocks.cones or blocks.curves) and solve is None
    # Neighbours differ little, so that each solve starts near its end.
    line = ordered(theta)
    for before in np.unique(news).tolist():
        members = line[news[line] == before].tolist()
        alone = Alone(blocks, before, theta[members[0]]) if plain else None
        for s in members:
            some = slice(s, s + 1)
            found = None if alone is None else alone.cost(theta[s])
            if found is None:
                asked = solve or (lambda *data: solve_extensive(blocks, *data))
                found = asked(theta[some], one, news[some]).objective
            costs[s] = found
    return costs
