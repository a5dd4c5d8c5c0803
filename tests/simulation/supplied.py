"""One source and a stock: cases whose answers follow by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diversify.case import Case
from diversify.scenarios import Scenarios
from diversify.testing import small_case

Tiers = Sequence[tuple[float, float]]


def one_source(
    periods: int,
    scenarios: Mapping[str, tuple[float, Sequence[float]]] | None = None,
    *,
    tiers: Tiers = ((1.0, 100.0),),
    demand: float = 1.0,
    flex: float = 0.0,
    stock: Mapping[str, Any] | None = None,
    hazard: Mapping[str, Any] | None = None,
    second: float = 0.0,
    **settings: Any,
) -> Case:
    """Return a case of one source that may stop, a stock, and perhaps a second source.

    Parameters
    ----------
    periods : int
        Years.
    scenarios : mapping, optional
        Label to probability and availability of the source in each year.
    tiers : sequence of (float, float)
        Share and cost of each tier of shortage.
    demand, flex : float
        Demand a year [t], and extra volume that the lane may carry after news.
    stock, hazard : mapping, optional
        Further cells of the row of the stock and of the hazard.
    second : float
        Capacity of a second, dearer source that never stops [t a year].
    **settings
        As in ``case.toml``.
    """
    sites = [{"site": "A", "cost": 1.0, "country": "CHN"}]
    if second:
        sites.append({"site": "B", "cost": 5.0, "country": "AUS", "capacity": second})
    return small_case(
        sites=sites,
        lanes=[
            {"origin": row["site"], "destination": "W", "commodity": "metal", "flex": flex}
            for row in sites
        ],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": demand}],
        shortages=[
            {"buyer": "W", "commodity": "metal", "tier": k, "share": share, "cost": cost}
            for k, (share, cost) in enumerate(tiers, start=1)
        ],
        stocks=[{"buyer": "W", "commodity": "metal", **(stock or {})}],
        hazards=[{"hazard": "stop", "by": "site", "name": "A", **(hazard or {})}],
        scenarios=None
        if scenarios is None
        else {label: (p, {"stop": list(v)}) for label, (p, v) in scenarios.items()},
        periods=periods,
        **settings,
    )


def batch_of(values: np.ndarray) -> Scenarios:
    """Return equally likely scenarios of the one hazard, shape (S, T)."""
    count = len(values)
    labels = tuple(f"path {i}" for i in range(count))
    return Scenarios(("stop",), values[:, None, :], np.full(count, 1.0 / count), labels)
