"""The draws of the static comparison: 50 suppliers in 10 countries, one split of purchases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.risk import cvar
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
SUPPLIERS, COUNTRIES = 50, 10
LEVEL, CAP = 0.95, 0.2
CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class Static:
    """Costs, delivered fractions (S, n) and the limit on CVaR."""

    cost: Vector
    delivered: Vector
    limit: float

    def sizes(self) -> dict[str, int]:
        """Return what a table shows."""
        return {"scenarios": len(self.delivered), "suppliers": len(self.cost)}

    def residual(self, x: Vector) -> float:
        """Return by how much a split breaks its total, its bounds or the limit."""
        count = len(self.delivered)
        tail = cvar.value(1.0 - self.delivered @ x, np.full(count, 1.0 / count), LEVEL)
        parts = (tail - self.limit, abs(x.sum() - 1.0), -x.min(), x.max() - CAP)
        return float(max(0.0, *parts))


def make(count: int, seed: int, times: float = 1.1) -> Static:
    """Draw yields, own outages and outages of countries; safer suppliers cost more.

    The limit is ``times`` the CVaR of equal shares: at 1.0 more than half of the suppliers are
    used, at 1.3 about a quarter.
    """
    rng = np.random.default_rng(seed)
    country = rng.integers(0, COUNTRIES, SUPPLIERS)
    rate = rng.uniform(0.02, 0.15, COUNTRIES)
    own = rng.uniform(0.01, 0.1, SUPPLIERS)
    cost = rng.uniform(0.8, 1.2, SUPPLIERS) / (own + rate[country] + 0.1)
    delivered = np.empty((count, SUPPLIERS))
    for start in range(0, count, CHUNK):
        part = delivered[start : start + CHUNK]
        size = len(part)
        down = (rng.random((size, COUNTRIES)) < rate) * rng.uniform(0.3, 1.0, (size, COUNTRIES))
        part[:] = rng.beta(5, 1, part.shape)
        part *= 1.0 - down[:, country]
        part *= rng.random(part.shape) >= own
    equal = 1.0 - delivered.mean(axis=1)
    limit = times * cvar.value(equal, np.full(count, 1.0 / count), LEVEL)
    return Static(cost, delivered, float(limit))


def linear_problem(given: Static) -> Problem:
    """Return the linear problem of Rockafellar and Uryasev: ``[x | tau | z]``."""
    count, n = given.delivered.shape
    tail = np.r_[np.zeros(n), 1.0, np.full(count, 1.0 / ((1.0 - LEVEL) * count))]
    total = np.r_[np.ones(n), np.zeros(count + 1)]
    rows = sp.hstack(
        [sp.csr_array(given.delivered), sp.csr_array(np.ones((count, 1))), sp.eye_array(count)]
    )
    return Problem(
        sp.csr_array(sp.vstack([rows, tail[None], total[None]])),
        np.r_[given.cost, np.zeros(count + 1)],
        np.r_[np.zeros(n), -np.inf, np.zeros(count)],
        np.r_[np.full(n, CAP), np.full(count + 1, np.inf)],
        np.r_[np.ones(count), -np.inf, 1.0],
        np.r_[np.full(count, np.inf), given.limit, 1.0],
        np.zeros(n + 1 + count, dtype=bool),
    )
