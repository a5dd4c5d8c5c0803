"""Facility location with a conditional value at risk: 16 sites to open or not, 50 customers.

Customers and sites lie in a square; transport costs what it is long. Opening a site costs a fixed
amount; demand is random, customer by customer with a common part; what is not delivered is lost at
a high cost. A site that is not open delivers nothing to anybody, written customer by customer:
``delivered <= demand * open``, since no demand exceeds a capacity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.problems.instance import Instance, Sheet, Term
from diversify.risk.mean_cvar import MeanCvar

Vector = NDArray[np.float64]
SITES, CUSTOMERS = 16, 50
OPENING, CAPACITY = (6_000.0, 9_000.0), (700.0, 1_000.0)
DEMAND, COMMON, OWN = (20.0, 100.0), 0.25, 0.35  # mean; spread of all, of each, as fractions
TRANSPORT, LOST = 20.0, 100.0  # per tonne: across the side of the square; not delivered
OBJECTIVE = MeanCvar(level=0.9, mean=1.0, cvar=1.0)


@dataclass(frozen=True, slots=True)
class Data:
    """What the problem is made of.

    Attributes
    ----------
    opening, capacity : numpy.ndarray
        Of each site, shape (I,).
    transport : numpy.ndarray
        Per tonne, shape (I, J).
    demand : numpy.ndarray
        Shape (S, J).
    """

    opening: Vector
    capacity: Vector
    transport: Vector
    demand: Vector


def make(scenarios: int, seed: int, *, sites: int = SITES, customers: int = CUSTOMERS) -> Instance:
    """Return the problem with demands drawn.

    Parameters
    ----------
    scenarios : int
        How many, equally likely.
    seed : int
        Of the demands; the map is the same for every seed.
    sites, customers : int
        Fewer make a small problem.

    Returns
    -------
    Instance
        With the objective and ``data`` for other formulations.
    """
    data = _data(scenarios, seed, sites, customers)
    sheet = Sheet(f"demand[{j}]" for j in range(customers))
    opened = [
        sheet.plan(f"open[{i}]", float(data.opening[i]), 0.0, 1.0, integer=True)
        for i in range(sites)
    ]
    sent = [
        [sheet.ops(f"sent[{i},{j}]", float(data.transport[i, j])) for j in range(customers)]
        for i in range(sites)
    ]
    lost = [sheet.ops(f"lost[{j}]", LOST) for j in range(customers)]
    for i in range(sites):
        leaving = [Term(column, 1.0) for column in sent[i]]
        most = Term(opened[i], -float(data.capacity[i]))
        sheet.row(f"capacity[{i}]", [*leaving, most], -1, 0.0)
        for j in range(customers):
            linked = Term(opened[i], 0.0, j, -1.0)
            sheet.row(f"link[{i},{j}]", [Term(sent[i][j], 1.0), linked], -1, 0.0)
    for j in range(customers):
        coming = [Term(sent[i][j], 1.0) for i in range(sites)]
        sheet.row(f"demand[{j}]", [*coming, Term(lost[j], 1.0)], 1, 0.0, {j: 1.0})
    probability = np.full(scenarios, 1.0 / scenarios)
    return Instance(
        sheet.blocks(), data.demand, probability, scenarios, objective=OBJECTIVE, data=data
    )


def _data(scenarios: int, seed: int, sites: int, customers: int) -> Data:
    fixed = np.random.default_rng(1)
    here, there = fixed.random((sites, 2)), fixed.random((customers, 2))
    distance = np.sqrt(((here[:, None] - there[None]) ** 2).sum(axis=2))
    opening, capacity = fixed.uniform(*OPENING, sites), fixed.uniform(*CAPACITY, sites)
    mean = fixed.uniform(*DEMAND, customers)
    rng = np.random.default_rng(seed)
    common = COMMON * rng.standard_normal((scenarios, 1))
    own = OWN * rng.standard_normal((scenarios, customers))
    demand = mean * np.exp(common + own)
    # The linking rows say min(demand, capacity): here that is the demand.
    demand = np.minimum(demand, capacity.min())
    return Data(opening, capacity, TRANSPORT * distance, demand)
