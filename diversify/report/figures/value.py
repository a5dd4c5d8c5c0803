"""Where value is added."""

from __future__ import annotations

import pandas as pd

from diversify.report.drawing import Drawing, axis, base, label, lines, listed, nothing
from diversify.report.flows import in_order, named
from diversify.report.numbers import figure, money_unit, spoken_money
from diversify.report.palette import COLOURS, INK, REST

MOST = 12


def value_added(table: pd.DataFrame) -> Drawing:
    """Return the value that each country adds, by stage.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns country, stage, usd.

    Returns
    -------
    Drawing
        A bar for each country, in pieces by stage.
    """
    if table.empty or not {"country", "stage", "usd"} <= set(table.columns):
        return nothing("No value added is known for this plan.")
    sums = table.groupby("country")["usd"].sum().sort_values(ascending=False)
    kept = [str(c) for c in sums.index if abs(sums[c]) > 1e-9 * abs(sums).max()][:MOST]
    unit, size = money_unit(float(abs(sums).max()))
    data = []
    for k, stage in enumerate(in_order(table["stage"])):
        part = table[table["stage"] == stage].groupby("country")["usd"].sum()
        values = [float(part.get(c, 0.0)) / size for c in kept]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "y": list(range(len(kept))),
                "x": values,
                "name": stage,
                "marker": {"color": COLOURS[k] if k < len(COLOURS) else REST},
                "hovertext": [
                    lines(f"<b>{label(named(c))}</b>", f"{label(stage)}: {figure(v, 5)} {unit}")
                    for c, v in zip(kept, values, strict=True)
                ],
                "hoverinfo": "text",
            }
        )
    layout = base(27 * len(kept) + 100) | {
        "barmode": "relative",
        "margin": {"l": 10, "r": 16, "t": 6, "b": 48},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"color": INK},
        },
        "xaxis": axis(title={"text": unit}, nticks=6),
        "yaxis": axis(
            tickmode="array",
            tickvals=list(range(len(kept))),
            ticktext=[label(named(c)) for c in kept],
            range=[len(kept) - 0.4, -0.6],
            showgrid=False,
            zeroline=False,
        ),
    }
    words = f"Value added: {listed([(named(c), spoken_money(float(sums[c]))) for c in kept], 6)}."
    rows: list[tuple[str | float, ...]] = [
        (named(str(c)), str(s), float(v))
        for c, s, v in zip(table["country"], table["stage"], table["usd"], strict=True)
    ]
    return Drawing(data, layout, words, ("country", "stage", "USD"), rows)
