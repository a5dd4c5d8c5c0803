"""What :func:`diversify.allocate` is given, checked: all findings at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.errors import InputError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.static_findings import Findings

Vector = NDArray[np.float64]
CHUNK = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Checked arrays; caps and least in the unit of demand."""

    cost: Vector
    delivered: Vector
    demand: float
    levels: tuple[float, ...]
    limits: tuple[float, ...]
    objective: MeanCvar
    probability: Vector
    shortage_cost: float
    delivered_cost: Vector
    caps: Vector
    rows: Vector
    low: Vector
    high: Vector
    fixed: Vector
    least: Vector
    most: int
    decides: bool
    mip_gap: float
    time_limit: float | None

    @property
    def count(self) -> int:
        """Number of suppliers."""
        return len(self.cost)


def read_input(
    cost: Any,
    delivered: Any,
    demand: Any,
    level: Any,
    limit: Any,
    objective: MeanCvar | None,
    probability: Any,
    shortage_cost: Any,
    delivered_cost: Any,
    caps: Any,
    rows: Any,
    fixed: Any,
    least: Any,
    max_suppliers: Any,
    mip_gap: Any,
    time_limit: Any,
) -> Given:
    """Return what was given as checked arrays.

    Parameters
    ----------
    cost, delivered, demand, level, limit, objective, probability, shortage_cost, delivered_cost, \
caps, rows, fixed, least, max_suppliers, mip_gap, time_limit
        As in :func:`diversify.allocate`.

    Returns
    -------
    Given
        Ready to be made a problem.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    note = Findings()
    prices = note.numbers("cost", cost)
    matrix = _matrix(note, delivered)
    if prices is not None and (prices.ndim != 1 or not len(prices)):
        note.add(
            "cost",
            f"shape {prices.shape}",
            "there is not one cost for each supplier",
            "give a list of numbers",
        )
        prices = None
    if prices is None or matrix is None:
        raise InputError(note.found)
    count = len(prices)
    if matrix.shape[1] != count:
        note.add(
            "delivered",
            f"shape {matrix.shape}",
            "suppliers and costs differ in number",
            f"give {count} columns",
        )
    needed = _positive(note, "demand", demand)
    gap = _positive(note, "mip_gap", mip_gap)
    seconds = 1.0 if time_limit is None else _positive(note, "time_limit", time_limit)
    levels, limits = _limits(note, level, limit)
    if not limits and objective is None:
        note.add(
            "limit",
            None,
            "there is neither a limit nor an objective",
            "give limit = 0.03, or an objective",
        )
    if objective is not None and not isinstance(objective, MeanCvar):
        note.add(
            "objective",
            type(objective).__name__,
            "it is not a MeanCvar",
            "give MeanCvar(level=0.95, mean=0.5, cvar=0.5)",
        )
        objective = None
    lost = note.each("shortage_cost", shortage_cost, 1, 0.0)
    most_share = note.each("caps", caps, count, 1.0)
    if (most_share > 1).any():
        note.add(
            "caps",
            float(most_share.max()),
            "a share is above 1",
            "shares are fractions from 0 to 1",
        )
    extra, low, high = _rows(note, rows, count)
    smallest = note.each("least", least, count, 0.0)
    charges = note.each("fixed", fixed, count, 0.0)
    most = count
    if max_suppliers is not None:
        if isinstance(max_suppliers, bool) or not isinstance(max_suppliers, int | np.integer):
            note.add("max_suppliers", max_suppliers, "it is not a whole number", "give 1 or more")
        elif max_suppliers < 1:
            note.add("max_suppliers", max_suppliers, "it is below 1", "give 1 or more")
        else:
            most = min(count, int(max_suppliers))
    paid = note.each("delivered_cost", delivered_cost, count, 0.0)
    mass = _probability(note, probability, len(matrix))
    if note.found:
        raise InputError(note.found)
    return Given(
        cost=prices,
        delivered=matrix,
        demand=needed,
        levels=levels,
        limits=limits,
        objective=objective if objective is not None else MeanCvar(),
        probability=mass,
        shortage_cost=float(lost[0]),
        delivered_cost=paid,
        caps=most_share * needed,
        rows=extra,
        low=low,
        high=high,
        fixed=charges,
        least=smallest,
        most=most,
        mip_gap=gap,
        time_limit=None if time_limit is None else seconds,
        decides=bool(charges.any() or smallest.any() or most < count),
    )


def _matrix(note: Findings, given: Any) -> Vector | None:
    values = note.numbers("delivered", given)
    if values is None:
        return None
    if values.ndim != 2 or not values.size:
        note.add(
            "delivered",
            f"shape {values.shape}",
            "it is not a table of scenarios by suppliers",
            "give shape (scenarios, suppliers)",
        )
        return None
    # In pieces: a mask over all would be as large as a vector of scenarios for every supplier.
    for start in range(0, len(values), CHUNK):
        part = values[start : start + CHUNK]
        if not (part.min() >= 0.0 and part.max() <= 1.0):
            row, column = np.argwhere(~((part >= 0.0) & (part <= 1.0)))[0].tolist()
            note.add(
                "delivered",
                f"{part[row, column]} at [{start + row}, {column}]",
                "a delivered fraction is not from 0 to 1",
                "give fractions, not percent",
            )
            return None
    return np.ascontiguousarray(values)


def _positive(note: Findings, name: str, given: Any) -> float:
    value = note.numbers(name, given)
    if value is None:
        return 1.0
    if value.shape != () or not float(value) > 0:
        note.add(name, given, "it is not one number above 0", "give a number above 0")
        return 1.0
    return float(value)


def _limits(note: Findings, level: Any, limit: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if limit is None:
        return (), ()
    levels, limits = note.numbers("level", level), note.numbers("limit", limit)
    if levels is None or limits is None:
        return (), (1.0,)
    levels, limits = np.atleast_1d(levels), np.atleast_1d(limits)
    if len(levels) != len(limits) and len(levels) == 1:
        levels = np.repeat(levels, len(limits))
    if levels.shape != limits.shape or levels.ndim != 1 or not len(limits):
        note.add(
            "level",
            levels.tolist(),
            "levels and limits differ in number",
            "give one level for each limit",
        )
    if not ((levels >= 0) & (levels < 1)).all():
        note.add("level", levels.tolist(), "a level is not in [0, 1)", "give e.g. 0.95")
    if not ((limits >= 0) & (limits <= 1)).all():
        note.add(
            "limit",
            limits.tolist(),
            "a limit is not from 0 to 1",
            "it is a fraction of demand: 0.03 for 3 %",
        )
    return tuple(levels.tolist()), tuple(limits.tolist())


def _rows(note: Findings, given: Any, count: int) -> tuple[Vector, Vector, Vector]:
    none = np.zeros((0, count)), np.zeros(0), np.zeros(0)
    if given is None:
        return none
    if not isinstance(given, Sequence) or len(given) != 3:
        note.add("rows", type(given).__name__, "these are not rows", "give (matrix, low, high)")
        return none
    matrix = note.numbers("rows", given[0])
    low = note.numbers("rows", given[1], infinite=True)
    high = note.numbers("rows", given[2], infinite=True)
    if matrix is None or low is None or high is None:
        return none
    matrix, low, high = np.atleast_2d(matrix), np.atleast_1d(low), np.atleast_1d(high)
    if matrix.shape != (len(low), count) or low.shape != high.shape or low.ndim != 1:
        note.add(
            "rows",
            f"shapes {matrix.shape}, {low.shape}, {high.shape}",
            "the shapes do not fit",
            f"give ({count} columns, one low and one high a row)",
        )
        return none
    if not np.isfinite(matrix).all():
        note.add("rows", None, "a coefficient is missing or infinite", "give numbers")
        return none
    if (low > high).any() or np.isposinf(low).any() or np.isneginf(high).any():
        note.add("rows", None, "a low side is above its high side", "swap them")
    return matrix, low, high


def _probability(note: Findings, given: Any, count: int) -> Vector:
    if given is None:
        return np.full(count, 1.0 / count)
    mass = note.numbers("probability", given)
    if mass is None:
        return np.full(count, 1.0 / count)
    if mass.shape != (count,):
        note.add(
            "probability",
            f"shape {mass.shape}",
            "there is not one for each scenario",
            f"give {count}",
        )
    elif (mass < 0).any():
        note.add("probability", float(mass.min()), "a probability is negative", "give 0 or more")
    elif abs(float(mass.sum()) - 1.0) > 1e-9:
        note.add(
            "probability",
            float(mass.sum()),
            "probabilities do not add up to 1",
            "divide them by their sum",
        )
    return mass
