"""LandS of Louveaux & Smeers: four technologies of power stations, three modes of demand.

Data: F. V. Louveaux and Y. Smeers 1988; the batch of a million scenarios is that of J. Linderoth,
A. Shapiro and S. Wright 2006. Optima: 381.8533 with three scenarios, 225.6294001 with a million.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.problems.instance import Instance, Sheet, Term

INVEST = (10.0, 7.0, 16.0, 6.0)
LEAST, BUDGET = 12.0, 120.0
OPERATE = ((40.0, 24.0, 4.0), (45.0, 27.0, 4.5), (32.0, 19.2, 3.2), (55.0, 33.0, 5.5))


def make(scenarios: int, seed: int) -> Instance:
    """Return the problem with three independent demands, each on an even grid from 0 up to 4.

    Parameters
    ----------
    scenarios : int
        The cube of the number of grid points; 100**3 is the published batch.
    seed : int
        Not used: every combination is there.

    Returns
    -------
    Instance
        Every combination equally likely.

    Raises
    ------
    ValueError
        If the number is not a cube.
    """
    points = round(scenarios ** (1 / 3))
    if points**3 != scenarios:
        raise ValueError(f"{scenarios} is not a cube")
    grid = 4.0 * np.arange(points) / points
    axes = np.meshgrid(grid, grid, grid, indexing="ij")
    theta = np.stack([axis.ravel() for axis in axes], axis=1)
    return _instance(theta, np.full(scenarios, 1.0 / scenarios))


def make_small() -> Instance:
    """Return the problem with the three scenarios of 1988."""
    theta = np.array([[3.0, 3.0, 2.0], [5.0, 3.0, 2.0], [7.0, 3.0, 2.0]])
    return _instance(theta, np.array([0.3, 0.4, 0.3]))


def plan() -> NDArray[np.float64]:
    """Return a plan to evaluate: the optimum with three scenarios, shape (4,)."""
    return np.array([8.0 / 3.0, 4.0, 10.0 / 3.0, 2.0])


def _instance(theta: NDArray[np.float64], probability: NDArray[np.float64]) -> Instance:
    sheet = Sheet(f"demand[{j}]" for j in range(3))
    built = [sheet.plan(f"capacity[{i}]", cost) for i, cost in enumerate(INVEST)]
    made = [
        [sheet.ops(f"power[{i},{j}]", cost) for j, cost in enumerate(costs)]
        for i, costs in enumerate(OPERATE)
    ]
    sheet.row("least capacity", [Term(column, 1.0) for column in built], 1, LEAST)
    spent = [Term(column, cost) for column, cost in zip(built, INVEST, strict=True)]
    sheet.row("budget", spent, -1, BUDGET)
    for i, columns in enumerate(made):
        used = [Term(column, 1.0) for column in columns]
        sheet.row(f"capacity[{i}]", [*used, Term(built[i], -1.0)], -1, 0.0)
    for j in range(3):
        sheet.row(f"demand[{j}]", [Term(row[j], 1.0) for row in made], 1, 0.0, {j: 1.0})
    return Instance(sheet.blocks(), theta, probability, len(theta))
