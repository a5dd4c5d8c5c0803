"""Two plans of the same case, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from diversify.errors import Finding, InputError

if TYPE_CHECKING:
    from diversify.result import Plan

LEAST_SHARE = 0.005
LEAST = 1e-6


def refuse_strangers(plans: tuple[Plan, ...]) -> None:
    """Refuse to compare plans of different cases.

    Parameters
    ----------
    plans : tuple of Plan
        One or two.

    Raises
    ------
    InputError
        With both digests, if they differ.
    """
    digests = [plan.record.digests["case"] for plan in plans]
    if len(set(digests)) > 1:
        raise InputError(
            [
                Finding.error(
                    table="plan",
                    column="case",
                    value=" and ".join(digests),
                    message="the plans are of different cases and cannot be compared: "
                    f"{plans[0].case.name} has the digest {digests[0]}, "
                    f"{plans[1].case.name} has {digests[1]}",
                    remedy="compare plans of one case, made for the same buyers",
                    code="F112",
                )
            ]
        )


def differences(plans: tuple[Plan, ...], names: tuple[str, ...]) -> pd.DataFrame:
    """Return what differs between two plans, one figure a row.

    Parameters
    ----------
    plans : tuple of Plan
        Two plans of one case.
    names : tuple of str
        What they are called.

    Returns
    -------
    pandas.DataFrame
        Columns figure, unit, one for each plan, difference (the second less the first). What is
        the same is left out, and shares that differ by less than half a point.
    """
    sides = [_figures(plan) for plan in plans]
    rows = []
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        kind, what, unit = key
        a, b = (side.get(key, 0.0) for side in sides)
        least = LEAST_SHARE if kind == "share" else LEAST * max(abs(a), abs(b))
        if abs(a - b) > least:
            rows.append((f"{kind}: {what}", unit, a, b, b - a))
    return pd.DataFrame(rows, columns=["figure", "unit", *names, "difference"])


def _figures(plan: Plan) -> dict[tuple[str, str, str], float]:
    found: dict[tuple[str, str, str], float] = {}
    costs = plan.costs
    for kind, usd in zip(costs["kind"], costs["usd"], strict=True):
        found["cost", kind.replace("_", " "), "USD"] = float(usd)
    for row in plan.risk.to_dict("records"):
        level = "" if row["level"] != row["level"] else f" {row['level']:g}"
        found["risk", f"{row['budget']}, {row['measure']}{level}", ""] = float(row["value"])
    for row in plan.stocks.to_dict("records"):
        found["stock", f"{row['commodity']}, {row['buyer']}", "t"] = float(row["tonnes"])
    for row in plan.shares("country").to_dict("records"):
        key = ("share", f"{row['material']}, {row['stage']}, {row['name']}", "")
        found[key] = float(row["share"])
    return found
