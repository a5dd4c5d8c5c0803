"""Independent outages: each hazard strikes at random, lasts a while, and takes a part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.scenarios.batch import Scenarios


def outages(case: Case, count: int, seed: int) -> Scenarios:
    r"""Return equally likely scenarios in which each hazard strikes on its own.

    In each period a hazard begins with probability :math:`1 - e^{-\lambda \Delta}`, lasts a
    geometric number of periods whose mean is its duration (at least one), and takes its severity.
    Each hazard draws from a stream of its own, so that adding one hazard, or removing one, leaves
    the draws of the others as they were.

    Parameters
    ----------
    case : Case
        A case with hazards; those without a rate stay undisturbed.
    count : int
        Number of scenarios.
    seed : int
        The same seed gives the same scenarios.

    Returns
    -------
    Scenarios
        Shape (count, hazards, periods), each with probability ``1/count``.
    """
    table = case.table("hazards").sort_values("hazard")
    periods, years = case.periods, case.period_years
    values = np.ones((count, len(table), periods))
    for column, row in enumerate(table.to_dict("records")):
        rate = float(row["rate_per_year"])
        if not rate > 0:
            continue
        mean = max(1.0, float(row["duration_months"]) / 12 / years)
        down = _down(
            _stream(seed, str(row["hazard"])), count, periods, 1 - np.exp(-rate * years), mean
        )
        loss = float(row["severity"])
        values[:, column][down] = 1 + loss if row["kind"] == "demand" else 1 - loss
    width = len(str(count - 1))
    labels = tuple(f"draw {i:0{width}d}" for i in range(count))
    return Scenarios(
        tuple(table["hazard"]), values, np.full(count, 1.0 / count), labels, seed, "outages"
    )


def _stream(seed: int, name: str) -> np.random.Generator:
    """Give a hazard its own random stream, from the seed and its name."""
    return np.random.default_rng([seed, *name.encode()])


def _down(
    rng: np.random.Generator, count: int, periods: int, strike: float, mean: float
) -> NDArray[np.bool_]:
    begins = rng.random((count, periods)) < strike
    lasts = rng.geometric(1.0 / mean, (count, periods))
    ends = np.where(begins, np.arange(periods) + lasts, 0)
    return np.asarray(np.maximum.accumulate(ends, axis=1) > np.arange(periods))
