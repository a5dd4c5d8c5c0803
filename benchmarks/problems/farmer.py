"""The farmer of Birge & Louveaux: 500 acres, three crops, yields that depend on the weather.

Data: J. R. Birge and F. Louveaux, Introduction to Stochastic Programming, chapter 1. With three
scenarios the optimum is -108,390.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.problems.instance import Instance, Sheet, Term

PLANTING = {"wheat": 150.0, "corn": 230.0, "beets": 260.0}
NEED = {"wheat": 200.0, "corn": 240.0}
BUYING = {"wheat": 238.0, "corn": 210.0}
SELLING = {"wheat": 170.0, "corn": 150.0}
QUOTA, WITHIN, BEYOND = 6000.0, 36.0, 10.0
ACRES = 500.0
YIELDS = np.array([[2.0, 2.4, 16.0], [2.5, 3.0, 20.0], [3.0, 3.6, 24.0]])


def make(scenarios: int, seed: int) -> Instance:
    """Return the problem with as many scenarios: three weathers in turn, drawn yields on top.

    The first three have the yields of the book. Every other adds to each crop of its weather a
    number drawn between 0 and 1, from one stream.

    Parameters
    ----------
    scenarios : int
        How many; 3 gives the problem of the book.
    seed : int
        Of the draw.

    Returns
    -------
    Instance
        Every scenario equally likely.
    """
    extra = np.random.default_rng(seed).random((scenarios, 3))
    return _instance(scenarios, extra)


def make_as_mpisppy(scenarios: int, seed: int) -> Instance:
    """Return the problem with the yields that the farmer example of mpi-sppy draws.

    That example seeds NumPy's legacy stream with the number of the scenario.

    Parameters
    ----------
    scenarios, seed : int
        As in :func:`make`; the seed is not used.

    Returns
    -------
    Instance
        The same batch as that example's.
    """
    stream = np.random.RandomState()
    extra = np.zeros((scenarios, 3))
    for s in range(scenarios):
        stream.seed(s)
        extra[s] = stream.rand(3)
    return _instance(scenarios, extra)


def plan() -> NDArray[np.float64]:
    """Return a plan to evaluate: the optimum with three scenarios [acres], shape (3,)."""
    return np.array([170.0, 80.0, 250.0])


def _instance(scenarios: int, extra: NDArray[np.float64]) -> Instance:
    number = np.arange(scenarios)
    theta = YIELDS[number % 3] + np.where(number[:, None] < 3, 0.0, extra)
    sheet = Sheet(f"yield[{crop}]" for crop in PLANTING)
    acres = {crop: sheet.plan(f"acres[{crop}]", cost) for crop, cost in PLANTING.items()}
    bought = {crop: sheet.ops(f"bought[{crop}]", BUYING[crop]) for crop in NEED}
    sold = {crop: sheet.ops(f"sold[{crop}]", -SELLING[crop]) for crop in NEED}
    within = sheet.ops("sold within quota", -WITHIN, 0.0, QUOTA)
    beyond = sheet.ops("sold beyond quota", -BEYOND)
    sheet.row("land", [Term(column, 1.0) for column in acres.values()], -1, ACRES)
    for k, crop in enumerate(NEED):
        grown = Term(acres[crop], 0.0, k, 1.0)
        sheet.row(
            f"need[{crop}]", [grown, Term(bought[crop], 1.0), Term(sold[crop], -1.0)], 1, NEED[crop]
        )
    grown = Term(acres["beets"], 0.0, 2, -1.0)
    sheet.row("beets", [grown, Term(within, 1.0), Term(beyond, 1.0)], -1, 0.0)
    probability = np.full(scenarios, 1.0 / scenarios)
    return Instance(sheet.blocks(), theta, probability, scenarios)
