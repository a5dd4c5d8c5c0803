"""How likely losses are, in the scenarios of the plan and in fresh ones, beside their limits."""

from __future__ import annotations

from typing import Any

import pandas as pd

from diversify.report.drawing import Drawing, axis, base, label, lines, nothing
from diversify.report.numbers import figure, money_unit, percent
from diversify.report.palette import COLOURS, INK, LIMIT

SAMPLES = (("in sample", COLOURS[0], "solid"), ("fresh", COLOURS[1], "dash"))


def risk(table: pd.DataFrame, curve: pd.DataFrame, what: str, budgets: frozenset[str]) -> Drawing:
    """Return the probability that a loss is exceeded, with risk figures and limits.

    Parameters
    ----------
    table : pandas.DataFrame
        The plan's risk figures: columns budget, measure, level, value, limit, out_of_sample, low,
        high.
    curve : pandas.DataFrame
        Columns what, sample, loss, probability: the chance of at least this loss.
    what : str
        ``cost``, or a material whose shortage is shown.
    budgets : frozenset of str
        Names of budgets on cost; all others are on shortage.

    Returns
    -------
    Drawing
        Curves for both samples; each risk figure as a pair of marks with its 95 % interval, and a
        line for its limit. A value at risk stands at the probability that it speaks of.
    """
    mine = rows_of(table, what, budgets)
    curves = curve[curve["what"] == what]
    if mine.empty and curves.empty:
        return nothing(f"The plan has no risk figures of {what}.")
    unit, size, tick = ("shortage, share of planned demand", 1.0, ".2~%")
    if what == "cost":
        unit, size = money_unit(float(mine["value"].abs().max()))
        tick = ".5~g"
    data: list[dict[str, Any]] = []
    for sample, colour, dash in SAMPLES:
        line = curves[curves["sample"] == sample]
        if len(line):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [float(v) / size for v in [*line["loss"], line["loss"].iloc[-1]]],
                    "y": [*line["probability"].tolist(), 0.0],
                    "line": {"shape": "vh", "color": colour, "width": 2.5, "dash": dash},
                    "name": f"chance of more, {sample}",
                    "hovertemplate": f"%{{y:.2%}} chance of %{{x:{tick}}} or more<extra></extra>",
                }
            )
    data += _marks(mine, size, what)
    shapes, notes = _limits(mine, size, what)
    top = _top(curves, mine)
    layout = base(340) | {
        "margin": {"l": 10, "r": 20, "t": 10, "b": 48},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"color": INK, "size": 12},
        },
        "hovermode": "closest",
        "shapes": shapes,
        "annotations": notes,
        "xaxis": axis(
            title={"text": unit if what != "cost" else f"cost, {unit}, present value"},
            tickformat=tick,
            rangemode="normal" if what == "cost" else "tozero",
            zeroline=False,
            nticks=7,
        ),
        "yaxis": axis(title={"text": "probability"}, tickformat=".0~%", range=[0, top]),
    }
    said = [_words(row, size, what) for row in mine.to_dict("records")]
    rows: list[tuple[str | float, ...]] = [
        tuple(_cell(row[name]) for name in COLUMNS) for row in mine.to_dict("records")
    ]
    return Drawing(data, layout, " ".join(said) or f"Losses of {what}.", COLUMNS, rows)


COLUMNS = ("budget", "measure", "level", "value", "limit", "out_of_sample", "low", "high")


def rows_of(table: pd.DataFrame, what: str, budgets: frozenset[str]) -> pd.DataFrame:
    """Return the risk figures of cost, or of the shortage of a material."""
    on_cost = table["budget"].isin(budgets | {"cost"})
    if what == "cost":
        return table[on_cost].reset_index(drop=True)
    ends = table["budget"].map(lambda name: str(name).endswith(f": {what}"))
    return table[ends & ~on_cost].reset_index(drop=True)


def _marks(mine: pd.DataFrame, size: float, what: str) -> list[dict[str, Any]]:
    data = []
    places = [_height(row) for row in mine.to_dict("records")]
    for k, (column, symbol, name) in enumerate(
        (
            ("value", "circle", "risk figure, in sample"),
            ("out_of_sample", "diamond", "risk figure, fresh"),
        )
    ):
        kept = [
            (row, place)
            for row, place in zip(mine.to_dict("records"), places, strict=True)
            if row[column] == row[column]
        ]
        if not kept:
            continue
        mark: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "cliponaxis": False,
            "x": [row[column] / size for row, _ in kept],
            "y": [place for _, place in kept],
            "marker": {
                "symbol": symbol,
                "size": 11,
                "color": COLOURS[k],
                "line": {"color": INK, "width": 1.5},
            },
            "name": name,
            "hovertext": [
                lines(f"<b>{label(str(row['budget']))}</b>", label(_words(row, size, what)))
                for row, _ in kept
            ],
            "hoverinfo": "text",
        }
        if column == "out_of_sample":
            mark["error_x"] = {
                "type": "data",
                "symmetric": False,
                "array": [_span(row["high"], row[column], size) for row, _ in kept],
                "arrayminus": [_span(row[column], row["low"], size) for row, _ in kept],
                "color": COLOURS[k],
                "thickness": 2,
                "width": 6,
            }
        data.append(mark)
    return data


def _height(row: dict[Any, Any]) -> float:
    """Return where on the axis of probability a figure stands."""
    if row["measure"] in ("cvar", "chance") and row["level"] == row["level"]:
        return 1.0 - float(row["level"])
    return 0.0


def _span(high: float, low: float, size: float) -> float:
    gap = (high - low) / size
    return gap if 0 < gap < float("inf") else 0.0


def _limits(
    mine: pd.DataFrame, size: float, what: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    shapes, notes = [], []
    for row in mine.to_dict("records"):
        limit = row["limit"]
        if limit == limit and abs(limit) < float("inf"):
            shapes.append(
                {
                    "type": "line",
                    "x0": limit / size,
                    "x1": limit / size,
                    "yref": "paper",
                    "y0": 0,
                    "y1": 1,
                    "line": {"color": LIMIT, "width": 2, "dash": "dot"},
                }
            )
            notes.append(
                {
                    "x": limit / size,
                    "y": 0.98,
                    "yref": "paper",
                    "yanchor": "top",
                    "xanchor": "left",
                    "xshift": 4,
                    "showarrow": False,
                    "font": {"color": LIMIT},
                    "text": f"limit {_amount(limit, size, what)}<br>"
                    + label(spoken_measure(str(row["measure"]), row["level"])),
                    "align": "left",
                }
            )
    return shapes, notes


def _top(curves: pd.DataFrame, mine: pd.DataFrame) -> float:
    """Return an upper end at which the tail, not certainty, fills the figure."""
    places = [_height(row) for row in mine.to_dict("records")]
    tail = curves[(curves["probability"] < 1) & (curves["loss"] > 0)]["probability"]
    highest = max([float(tail.max()) if len(tail) else 0.0, *places, 0.05])
    return min(1.05, 1.3 * highest)


def spoken_measure(name: str, level: float) -> str:
    """Return what a risk measure says of a loss, to follow the amount.

    Examples
    --------
    >>> spoken_measure("cvar", 0.95), spoken_measure("chance", 0.9)
    ('in the worst 5 % of cases', 'or less in 90 % of cases')
    """
    if name == "cvar":
        return f"in the worst {percent(1.0 - level)} of cases"
    if name == "chance":
        return f"or less in {percent(level)} of cases"
    return {"expectation": "on average", "worst": "in the worst case"}.get(name, f"({name})")


def _amount(value: float, size: float, what: str) -> str:
    if what != "cost":
        return percent(value)
    return f"{figure(value / size, 4)}" + (" million USD" if size > 1 else " USD")


def _words(row: dict[Any, Any], size: float, what: str) -> str:
    name = "Cost" if what == "cost" else f"Shortage of {what}"
    spoken = spoken_measure(str(row["measure"]), row["level"])
    text = f"{name}: {_amount(row['value'], size, what)} {spoken}"
    if row["limit"] == row["limit"]:
        text += f" (limit {_amount(row['limit'], size, what)})"
    if row["out_of_sample"] == row["out_of_sample"]:
        text += f", {_amount(row['out_of_sample'], size, what)} in fresh scenarios"
    return text + "."


def _cell(value: Any) -> str | float:
    if isinstance(value, float):
        return value if value == value else ""
    return str(value)
