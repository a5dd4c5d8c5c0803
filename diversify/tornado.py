"""What a plan costs if hazards strike more or less often than the case says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.case import Case
from diversify.jobs import job_scenarios
from diversify.result.view import View
from diversify.risk import cvar
from diversify.scenarios import Scenarios

Vector = NDArray[np.float64]

COLUMNS: Final = [
    "hazard",
    "factor",
    "rate_per_year",
    "cost",
    "cost_change",
    "cvar",
    "cvar_change",
    "best",
]


def rated_hazards(case: Case) -> list[tuple[str, str, str, float]]:
    """Return what strikes at a rate: table, key column, name and rate per year.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    list of tuple
        Hazards with a rate above 0, then common shocks.
    """
    found = []
    for table, key in (("hazards", "hazard"), ("shocks", "shock")):
        if table not in case.tables:
            continue
        rows = case.table(table)
        if "rate_per_year" in rows:
            names, rates = rows[key].tolist(), rows["rate_per_year"].tolist()
            found += [
                (table, key, str(n), float(r)) for n, r in zip(names, rates, strict=True) if r > 0
            ]
    return found


def tornado(
    case: Case,
    sample: Scenarios,
    look: Callable[[Scenarios], View],
    *,
    factors: Sequence[float] = (0.5, 2.0),
    level: float = 0.95,
    best: Callable[[Scenarios], float] | None = None,
) -> pd.DataFrame:
    """Return what a plan costs when the rate of one hazard after the other is another.

    All draws come from the same streams, so that what differs is the rate.

    Parameters
    ----------
    case : Case
        The case, restricted to its buyers.
    sample : Scenarios
        Draws at the rates of the case; as many are drawn at other rates, from the same seed.
    look : callable
        Returns the plan in a batch of scenarios.
    factors : sequence of float
        By which each rate is multiplied.
    level : float
        Confidence of the conditional value at risk of cost.
    best : callable, optional
        Returns the cost of the best plan for a batch.

    Returns
    -------
    pandas.DataFrame
        One row for each hazard and factor, the largest change of cost first: columns hazard,
        factor, rate_per_year, cost, cost_change, cvar, cvar_change [USD] and best, the cost of the
        plan that is best at that rate (NaN where it was not asked for).
    """
    known = rated_hazards(case)
    if not known:
        return nothing_rated()
    cost, worst = _figures(look(sample), level)
    rows: list[dict[str, Any]] = []
    for table, key, name, rate in known:
        for factor in factors:
            frame = case.raw(table)
            at = frame[key].astype(str).str.strip() == name
            frame.loc[at, "rate_per_year"] = rate * factor
            batch = job_scenarios(case.with_table(table, frame), sample.count, sample.seed)
            there, tail = _figures(look(batch), level)
            rows.append(
                {
                    "hazard": name,
                    "factor": factor,
                    "rate_per_year": rate * factor,
                    "cost": there,
                    "cost_change": there - cost,
                    "cvar": tail,
                    "cvar_change": tail - worst,
                    "best": float("nan") if best is None else best(batch),
                }
            )
    found = pd.DataFrame(rows, columns=COLUMNS).astype(nothing_rated().dtypes.to_dict())
    reach = found["cost_change"].abs().groupby(found["hazard"]).transform("max")
    order = np.lexsort((found["factor"], found["hazard"], -reach))
    return found.iloc[order].reset_index(drop=True)


def nothing_rated() -> pd.DataFrame:
    """Return the table of a case whose hazards have no rates."""
    return pd.DataFrame(columns=COLUMNS).astype({**dict.fromkeys(COLUMNS, float), "hazard": "str"})


def _figures(view: View, level: float) -> tuple[float, float]:
    """Return the expected cost and its conditional value at risk."""
    return (
        float(view.probability @ view.cost),
        cvar.value(view.cost, view.probability, level),
    )
