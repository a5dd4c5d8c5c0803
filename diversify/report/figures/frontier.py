"""What a limit costs at each of its levels."""

from __future__ import annotations

from typing import Any

import pandas as pd

from diversify.report.drawing import Drawing, axis, base, label, lines, listed, nothing
from diversify.report.numbers import figure, joined, money_unit, spoken_money
from diversify.report.palette import COLOURS, INK, LIMIT

MEASURED = frozenset(
    {"level", "objective", "bound", "gap", "price", "primal", "dual", "seconds", "fresh"}
)
"""Columns of numbers that are found; other numbers are levels."""


def frontier(points: pd.DataFrame, policy: str) -> Drawing:
    """Return the cheapest cost at each level of a policy.

    Parameters
    ----------
    points : pandas.DataFrame
        Columns level, status, objective, and price, unit where known.
    policy : str
        Name of the policy.

    Returns
    -------
    Drawing
        A line through the levels that some plan keeps; levels that no plan keeps are crosses.
    """
    if points.empty:
        return nothing("No level was swept.")
    rows = points.sort_values("level")
    good = rows[rows["objective"].notna()]
    bad = rows[rows["objective"].isna()]
    if good.empty:
        return nothing(f"No plan keeps {policy} at any of the levels.")
    unit, size = money_unit(float(good["objective"].abs().max()))
    levels = good["level"].tolist()
    cost = [float(v) / size for v in good["objective"]]
    data: list[dict[str, Any]] = [
        _line(part, name, COLOURS[k % len(COLOURS)], size, unit)
        for k, (name, part) in enumerate(_lines(good))
    ]
    if len(bad):
        base_line = min(cost)
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": bad["level"].tolist(),
                "y": [base_line] * len(bad),
                "marker": {"symbol": "x", "size": 11, "color": LIMIT},
                "hovertext": [f"<b>level {x:g}</b><br>no plan keeps it" for x in bad["level"]],
                "hoverinfo": "text",
                "name": "no plan",
            }
        )
    layout = base(340) | {
        "margin": {"l": 10, "r": 20, "t": 10, "b": 48},
        "showlegend": len(data) > 1,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": axis(title={"text": f"level of {label(policy)}"}, zeroline=False),
        "yaxis": axis(title={"text": f"expected cost, {unit}"}, zeroline=False, tickformat=",.6~g"),
    }
    said = [(f"at {x:g}", spoken_money(y * size)) for x, y in zip(levels, cost, strict=True)]
    words = f"Cheapest cost at each level of {policy}: {listed(said, 12)}."
    if len(bad):
        words += f" No plan at {joined([f'{x:g}' for x in bad['level']])}."
    table: list[tuple[str | float, ...]] = [
        (
            float(r["level"]),
            str(r["status"]),
            "" if r["objective"] != r["objective"] else float(r["objective"]),
        )
        for r in rows.to_dict("records")
    ]
    return Drawing(data, layout, words, ("level", "status", "USD"), table)


def _price(row: dict[Any, Any]) -> str:
    price = row.get("price")
    if price is None or price != price:
        return ""
    return f"price {figure(float(price), 4)} {label(str(row.get('unit', '')))}"


def _lines(good: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the points of one line each: with two policies, one for each level of the second."""
    if not good["level"].duplicated().any():
        return [("cheapest plan", good)]
    others = [
        str(name)
        for name in good.columns
        if name not in MEASURED
        and pd.api.types.is_numeric_dtype(good[name])
        and not (good[name] == good["level"]).all()
    ]
    if not others:
        return [("cheapest plan", good)]
    second = others[0]
    return [(f"{second} {value:g}", part) for value, part in good.groupby(second)]


def _line(part: pd.DataFrame, name: str, colour: str, size: float, unit: str) -> dict[str, Any]:
    rows = part.to_dict("records")
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": part["level"].tolist(),
        "y": [float(v) / size for v in part["objective"]],
        "line": {"color": colour, "width": 2.5},
        "marker": {"size": 9, "color": colour, "line": {"color": INK, "width": 1}},
        "hovertext": [
            lines(
                f"<b>level {row['level']:g}</b>",
                label(name),
                f"{figure(float(row['objective']) / size, 6)} {unit}",
                _price(row),
            )
            for row in rows
        ],
        "hoverinfo": "text",
        "name": label(name),
    }
