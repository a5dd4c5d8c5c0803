"""How long stocks last, beside how long disruptions do."""

from __future__ import annotations

from typing import Any

import pandas as pd

from diversify.case import Case
from diversify.report.drawing import Drawing, axis, base, label, lines, listed, nothing
from diversify.report.numbers import figure, grouped
from diversify.report.palette import COLOURS, INK, LIMIT

DAYS_A_MONTH = 365.0 / 12.0


def disruptions(case: Case) -> pd.DataFrame:
    """Return how long each outage lasts on average, for each commodity that feels it.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    pandas.DataFrame
        Columns commodity, hazard, days. A hazard counts for a commodity if it strikes a lane that
        carries it to a buyer, a site that such a lane leaves, or anything further up.
    """
    hazards = case.table("hazards")
    columns = ["commodity", "hazard", "days"]
    if hazards.empty or "duration_months" not in hazards:
        return pd.DataFrame(columns=columns)
    lanes = case.table("lanes")
    upstream = _upstream(lanes, set(case.buyers))
    months = dict(zip(hazards["hazard"], hazards["duration_months"], strict=True))
    # A rise of prices stops no supply.
    prices = dict(zip(hazards["hazard"], hazards["kind"] == "price", strict=True))
    rows = []
    for hazard, struck in case.exposure().items():
        days = float(months[hazard]) * DAYS_A_MONTH
        if not days > 0 or days == float("inf") or struck.demand or prices[hazard]:
            continue
        touched = {*struck.lanes}
        touched |= set(lanes.loc[lanes["origin"].isin(struck.sites), "lane"])
        rows += [(c, hazard, days) for c, every in upstream.items() if touched & every]
    return pd.DataFrame(rows, columns=columns)


def _upstream(lanes: pd.DataFrame, buyers: set[str]) -> dict[str, set[str]]:
    """Return all lanes through which each commodity that buyers get may have come."""
    into: dict[str, list[tuple[str, str]]] = {}
    final: dict[str, list[tuple[str, str]]] = {}
    for lane, origin, destination, commodity in zip(
        lanes["lane"], lanes["origin"], lanes["destination"], lanes["commodity"], strict=True
    ):
        into.setdefault(destination, []).append((lane, origin))
        if destination in buyers:
            final.setdefault(commodity, []).append((lane, origin))
    found = {}
    for commodity, last in final.items():
        seen = {lane for lane, _ in last}
        places = [origin for _, origin in last]
        done: set[str] = set()
        while places:
            place = places.pop()
            if place not in done:
                done.add(place)
                seen |= {lane for lane, _ in into.get(place, [])}
                places += [origin for _, origin in into.get(place, [])]
        found[commodity] = seen
    return found


def stocks(table: pd.DataFrame, outages: pd.DataFrame) -> Drawing:
    """Return the stock of each buyer in days of demand, beside the mean length of outages.

    Parameters
    ----------
    table : pandas.DataFrame
        The plan's stocks: columns buyer, commodity, tonnes, days, bought.
    outages : pandas.DataFrame
        Columns commodity, hazard, days, as :func:`disruptions` returns them.

    Returns
    -------
    Drawing
        A bar for each stock, and a cross for the mean time until each disruption is over.
    """
    shown = table[table["days"].notna()]
    if shown.empty:
        return nothing("No buyer can hold a stock in this case.")
    shown = shown.sort_values(["buyer", "commodity"]).reset_index(drop=True)
    many = shown["buyer"].nunique() > 1
    names = [
        f"{c}, {b}".replace("_", " ") if many else c.replace("_", " ")
        for b, c in zip(shown["buyer"], shown["commodity"], strict=True)
    ]
    days = shown["days"].tolist()
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": list(range(len(names))),
            "x": days,
            "width": 0.5,
            "marker": {"color": COLOURS[0]},
            "text": [f"{grouped(d)} days" for d in days],
            "textposition": "inside",
            "insidetextanchor": "start",
            "textfont": {"size": 12, "color": "#ffffff"},
            "constraintext": "none",
            "hovertext": [
                lines(
                    f"<b>{label(name)}</b>",
                    f"{figure(d, 4)} days of demand",
                    f"{grouped(t)} t, of which {grouped(b)} t bought for it",
                )
                for name, d, t, b in zip(names, days, shown["tonnes"], shown["bought"], strict=True)
            ],
            "hoverinfo": "text",
            "name": "stock held",
        }
    ]
    data[0]["textposition"] = "none"
    places, lengths, hover = [], [], []
    for i, commodity in enumerate(shown["commodity"]):
        mine = outages[outages["commodity"] == commodity].sort_values("days")
        for hazard, length in zip(mine["hazard"], mine["days"], strict=True):
            places.append(i)
            lengths.append(float(length))
            hover.append(
                lines(f"<b>{label(hazard)}</b>", f"lasts {grouped(length)} days on average")
            )
    if places:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "y": places,
                "x": lengths,
                "marker": {"symbol": "x-thin", "size": 11, "line": {"width": 2.5, "color": LIMIT}},
                "hovertext": hover,
                "hoverinfo": "text",
                "name": "mean time to recover, each disruption",
            }
        )
    longest = max([*days, *lengths, 1.0])
    layout = base(46 * len(names) + 96) | {
        "margin": {"l": 10, "r": 16, "t": 6, "b": 48},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"color": INK},
        },
        "xaxis": axis(title={"text": "days"}, range=[0, 1.08 * longest], nticks=7),
        "yaxis": axis(
            tickmode="array",
            tickvals=list(range(len(names))),
            ticktext=[
                f"{label(n)}<br><b>{grouped(d)} days</b>" for n, d in zip(names, days, strict=True)
            ],
            range=[len(names) - 0.4, -0.6],
            showgrid=False,
            zeroline=False,
        ),
    }
    held = [(n, f"{grouped(d)} days") for n, d in zip(names, days, strict=True)]
    words = f"Stocks in days of demand: {listed(held, 6)}."
    if lengths:
        words += (
            f" The disruptions that matter last {grouped(min(lengths))} to "
            f"{grouped(max(lengths))} days on average."
        )
    rows: list[tuple[str | float, ...]] = [
        (n, d, t, b)
        for n, d, t, b in zip(names, days, shown["tonnes"], shown["bought"], strict=True)
    ]
    return Drawing(data, layout, words, ("stock", "days", "t", "of it bought, t"), rows)
