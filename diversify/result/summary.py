"""A plan as one JSON object, with the keys that other programs rely on."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from diversify.result.plan import Plan


def summary(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain data that JSON can hold.

    Parameters
    ----------
    plan : Plan
        A solved plan.

    Returns
    -------
    dict
        The keys of ``--json``; what is not a number is None.
    """
    record = plan.record
    certificate = record.certificate
    return {
        "status": record.status,
        "point": record.point,
        "reason": record.reason or None,
        "objective": record.objective,
        "bound": _number(record.bound),
        "gap": _number(record.gap),
        "certificate": None
        if certificate is None
        else {"primal": certificate.primal, "dual": certificate.dual, "gap": certificate.gap},
        "scenarios": record.scenarios,
        "distinct_scenarios": record.distinct_scenarios,
        "method": record.method,
        "seconds": record.seconds["total"],
        "seed": record.seed,
        "shares": records(plan.shares()),
        "stocks": records(plan.stocks),
        "pools": records(plan.pools),
        "risk": records(plan.risk),
        "costs": {row.kind: row.usd for row in plan.costs.itertuples()},
        "prices": records(plan.prices),
        "conflict": [],
        "case": plan.case.name,
        "buyers": list(plan.case.buyers),
        "policies": [policy.sentence() for policy in plan.policies],
        "portfolio": records(plan.portfolio),
        "decisions": records(plan.decisions),
        "marginal_costs": records(plan.marginal_costs),
        "value_added": records(plan.value_added),
        "common_goods": records(plan.common_goods),
        "phases": record.seconds,
        "size": record.size,
        "ranges": record.ranges,
        "digests": record.digests,
        "versions": record.versions,
        "warnings": list(record.warnings),
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain data; NaN and infinity become None."""
    columns = [[_plain(value) for value in frame[name].tolist()] for name in frame.columns]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    return _number(value) if isinstance(value, float) else value


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
