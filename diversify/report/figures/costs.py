"""What the money is spent on."""

from __future__ import annotations

import pandas as pd

from diversify.report.drawing import Drawing, axis, base, label, listed, nothing
from diversify.report.numbers import figure, money_unit, percent, spoken_money
from diversify.report.palette import COLOURS, INK

NOTHING = 1e-9
SPOKEN = {"mine": "mining", "refine": "refining", "make": "making", "recycle": "recycling"}


def costs(table: pd.DataFrame) -> Drawing:
    """Return the expected costs by kind as bars, largest first.

    Parameters
    ----------
    table : pandas.DataFrame
        The plan's costs: columns kind, usd; the row ``total`` closes it.

    Returns
    -------
    Drawing
        Money that comes back, such as stock that is sold at the end, points to the left.
    """
    amounts = dict(zip(table["kind"].tolist(), table["usd"].tolist(), strict=True))
    total = amounts.pop("total", sum(amounts.values()))
    largest = max((abs(v) for v in [total, *amounts.values()]), default=0.0)
    kept = {k: v for k, v in amounts.items() if abs(v) > NOTHING * largest}
    if not kept:
        return nothing("The plan costs nothing.")
    kinds = sorted(kept, key=lambda k: (-kept[k], k))
    unit, size = money_unit(largest)
    values = [kept[k] / size for k in kinds]
    names = [spoken_cost(kind) for kind in kinds]
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.22 * (high - low)
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "y": list(range(len(kinds))),
            "x": values,
            "marker": {"color": [COLOURS[0] if v >= 0 else COLOURS[1] for v in values]},
            "text": [figure(v, 3) for v in values],
            "textposition": "outside",
            "textfont": {"color": INK},
            "cliponaxis": False,
            "hovertext": [
                f"<b>{label(name)}</b><br>{figure(v, 6)} {unit}"
                + (f"<br>{percent(v * size / total)} of the total" if total else "")
                for name, v in zip(names, values, strict=True)
            ],
            "hoverinfo": "text",
        }
    ]
    layout = base(28 * len(kinds) + 70) | {
        "margin": {"l": 10, "r": 16, "t": 6, "b": 48},
        "xaxis": axis(
            title={"text": f"{unit}, present value"},
            range=[low - (room if low < 0 else 0), high + room],
            zeroline=True,
            nticks=6,
        ),
        "yaxis": axis(
            tickmode="array",
            tickvals=list(range(len(kinds))),
            ticktext=[label(name) for name in names],
            range=[len(kinds) - 0.4, -0.6],
            showgrid=False,
            zeroline=False,
        ),
    }
    words = (
        f"Expected costs of {spoken_money(total)} by kind: "
        f"{listed([(n, spoken_money(kept[k])) for n, k in zip(names, kinds, strict=True)], 5)}."
    )
    rows = [(name, kept[kind]) for name, kind in zip(names, kinds, strict=True)]
    return Drawing(data, layout, words, ("kind", "USD"), [*rows, ("total", total)])


def spoken_cost(kind: str) -> str:
    """Return a kind of cost as one would say it.

    Examples
    --------
    >>> spoken_cost("mine"), spoken_cost("stock_purchase")
    ('mining', 'stock purchase')
    """
    return SPOKEN.get(kind, kind.replace("_", " "))
