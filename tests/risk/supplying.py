"""One buyer, and suppliers of whom only a part arrives."""

from __future__ import annotations

import math

import numpy as np

from diversify.case import Case
from diversify.testing import small_case


def suppliers(
    costs: list[float],
    up: np.ndarray,
    mass: np.ndarray,
    *,
    capacity: float = math.inf,
    short: float = 0.0,
) -> Case:
    """A tonne is wanted and bought at prices that are paid for what is delivered.

    ``up`` says what part of each supplier's deliveries comes in each scenario, shape (S, n);
    ``short`` what a tonne costs that is not delivered.
    """
    names = [f"S{i}" for i in range(len(costs))]
    return small_case(
        sites=[
            {"site": n, "cost": c, "capacity": capacity} for n, c in zip(names, costs, strict=True)
        ],
        lanes=[
            {"origin": n, "destination": "Works", "commodity": "metal", "take_or_pay": 1}
            for n in names
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": short}],
        hazards=[{"hazard": f"stop {n}", "by": "site", "name": n} for n in names],
        scenarios={
            f"{s}": (p, {f"stop {n}": [part] for n, part in zip(names, row, strict=True)})
            for s, (row, p) in enumerate(zip(up.tolist(), mass.tolist(), strict=True))
        },
    )
