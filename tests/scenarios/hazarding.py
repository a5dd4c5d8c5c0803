"""A small case with hazards, shocks, correlations and settings of the draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from diversify.case import Case
from diversify.testing import small_case

Row = Mapping[str, Any]


def hazard(label: str = "stop", /, **cells: Any) -> dict[str, Any]:
    """A hazard that strikes a site: 0.8 a year, 7.5 months, severity 0.6; None empties a cell."""
    row = {
        "hazard": label,
        "kind": "outage",
        "by": "site",
        "name": "A",
        "rate_per_year": 0.8,
        "duration_months": 7.5,
        "severity": 0.6,
    }
    return {key: cell for key, cell in {**row, **cells}.items() if cell is not None}


def hazard_case(
    *hazards: Row,
    shocks: Iterable[Row] = (),
    correlations: Iterable[tuple[str, str, float]] = (),
    scenarios: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Case:
    """Two sites, one buyer, eight quarters, and these hazards."""
    plain = small_case(
        **{"periods": 8, "period": "quarter", **settings},
        sites=[
            {"site": "A", "cost": 1, "country": "CHN"},
            {"site": "B", "cost": 2, "country": "AUS"},
        ],
        lanes=[
            {"origin": "A", "destination": "Works", "commodity": "metal", "corridor": "Malacca"},
            {"origin": "B", "destination": "Works", "commodity": "metal"},
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 50}],
    )
    tables = {name: plain.raw(name) for name in plain.tables}
    more = {
        "hazards": [dict(row) for row in hazards],
        "shocks": [dict(row) for row in shocks],
        "correlations": [
            dict(zip(("hazard_a", "hazard_b", "rho"), row, strict=True)) for row in correlations
        ],
    }
    tables |= {name: pd.DataFrame(rows) for name, rows in more.items() if rows}
    given = plain.settings.model_dump(by_alias=True)
    if scenarios is not None:
        given["scenarios"] = dict(scenarios)
    return Case.from_frames(given, tables)
