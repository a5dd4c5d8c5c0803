"""Who delivers how much at each stage, beside what the market offers and what is allowed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from diversify.report.drawing import (
    Drawing,
    axis,
    base,
    label,
    lines,
    listed,
    nothing,
    shortened,
)
from diversify.report.flows import By, Flows, named
from diversify.report.numbers import percent
from diversify.report.palette import INK, LIMIT, MUTED, REST

MOST = 8
AT_CAP = 1e-6


def shares(
    table: pd.DataFrame,
    flows: Flows,
    market: pd.DataFrame,
    material: str,
    by: By = "country",
    period: str | None = None,
    colours: dict[str, str] | None = None,
    before: tuple[str, pd.DataFrame] | None = None,
) -> Drawing:
    """Return the shares of a material at each stage as bars.

    Parameters
    ----------
    table : pandas.DataFrame
        The plan's shares over the horizon, with caps.
    flows : Flows
        The bookings, for the shares of one period.
    market : pandas.DataFrame
        What sites can deliver: columns site, stage, country, owner, material, tonnes.
    material : str
        Which material.
    by : {"country", "owner", "site", "bloc"}
        Whose shares.
    period : str, optional
        One period instead of the horizon; not for blocs.
    colours : dict, optional
        Colour of each country.
    before : tuple of str and pandas.DataFrame, optional
        Name and shares of another plan, drawn instead of those of the market.

    Returns
    -------
    Drawing
        A panel for each stage: bars for the plan, hollow diamonds for the market (or for the other
        plan), lines for caps.
    """
    mine = table[(table["material"] == material) & (table["by"] == by)]
    caps = {
        (stage, name): cap
        for stage, name, cap in zip(mine["stage"], mine["name"], mine["cap"], strict=True)
        if cap == cap
    }
    now = (
        _over_horizon(mine)
        if period is None or by == "bloc"
        else _in_period(flows, material, period, by)
    )
    stages = [stage for stage in flows.stages(material) if stage in now]
    if not stages:
        return nothing(f"No trade of {material} is booked in {period or 'any period'}.")
    then = {} if by == "bloc" and before is None else _before(before, market, material, by)
    known = colours or {}
    what = before[0] if before is not None else "capacity in the case"
    panels = [_panel(stage, now[stage], then.get(stage, {})) for stage in stages]
    size = [len(panel) + 1.4 for panel in panels]
    whole = sum(size)
    data: list[dict[str, Any]] = []
    layout = base(int(26 * whole) + 66)
    layout["xaxis"] = axis(
        range=[0, 1.42],
        tickformat=".0%",
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        anchor="free",
        position=0,
        zeroline=False,
    )
    shapes, notes = [], []
    top = 1.0
    table_rows: list[tuple[str | float, ...]] = []
    for i, (stage, names) in enumerate(zip(stages, panels, strict=True)):
        low = max(0.0, top - size[i] / whole)
        room = (top - low) * (1 - 1.1 / size[i])
        y = "y" if i == 0 else f"y{i + 1}"
        texts = [label(shortened(_name(name, by), 26)) for name in names]
        layout["yaxis" if i == 0 else f"yaxis{i + 1}"] = axis(
            domain=[low, low + room],
            tickmode="array",
            tickvals=list(range(len(names))),
            ticktext=texts,
            range=[len(names) - 0.4, -0.6],
            showgrid=False,
            zeroline=False,
            anchor="x",
        )
        if i:
            layout[f"yaxis{i + 1}"]["anchor"] = "free"
            layout[f"yaxis{i + 1}"]["position"] = 0
        values = [now[stage].get(name, 0.0) for name in names]
        market_values = [then.get(stage, {}).get(name) for name in names]
        hover = [
            lines(
                f"<b>{label(_name(name, by))}</b>, {stage}",
                f"plan: {percent(value)}",
                "" if other is None else f"{what}: {percent(other)}",
                _cap_words(caps.get((stage, name)), value),
            )
            for name, value, other in zip(names, values, market_values, strict=True)
        ]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "yaxis": y,
                "x": values,
                "y": list(range(len(names))),
                "marker": {"color": [known.get(name, REST) for name in names]},
                "hovertext": hover,
                "hoverinfo": "text",
                "width": 0.62,
                "name": "plan",
            }
        )
        data.append(
            {
                "type": "scatter",
                "mode": "text",
                "yaxis": y,
                "x": [1.03] * len(names),
                "y": list(range(len(names))),
                "text": [
                    percent(v) + (", at cap" if _at(caps.get((stage, n)), v) else "")
                    for n, v in zip(names, values, strict=True)
                ],
                "textposition": "middle right",
                "textfont": {"color": INK},
                "cliponaxis": False,
                "hoverinfo": "skip",
                "name": "share",
            }
        )
        points = [(v, k) for k, v in enumerate(market_values) if v is not None]
        if points:
            data.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "yaxis": y,
                    "x": [v for v, _ in points],
                    "y": [k for _, k in points],
                    "marker": {
                        "symbol": "diamond-open",
                        "size": 10,
                        "color": INK,
                        "line": {"width": 2},
                    },
                    "hoverinfo": "skip",
                    "name": what,
                }
            )
        for k, name in enumerate(names):
            cap = caps.get((stage, name))
            if cap is not None and cap < 1:
                shapes.append(_cap_line(cap, y, k))
        notes.append(
            {
                "text": f"<b>{label(stage)}</b>",
                "xref": "paper",
                "yref": "paper",
                "x": 0,
                "y": low + room,
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"color": MUTED},
            }
        )
        table_rows += [
            (stage, _name(n, by), v, "" if o is None else o, caps.get((stage, n), ""))
            for n, v, o in zip(names, values, market_values, strict=True)
        ]
        top = low
    layout |= {"shapes": shapes, "annotations": notes, "bargap": 0.3}
    layout["margin"] = {"l": 10, "r": 20, "t": 8, "b": 34}
    first = sorted(now[stages[-1]].items(), key=lambda pair: -pair[1])
    when = period if period and by != "bloc" else "the whole horizon"
    top_names = listed([(_name(n, by), percent(v)) for n, v in first])
    words = f"Shares of {material} by {by} in {when}. At the {stages[-1]} stage: {top_names}."
    return Drawing(data, layout, words, ("stage", by, "plan", what, "cap"), table_rows)


def _over_horizon(mine: pd.DataFrame) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for stage, name, share in zip(mine["stage"], mine["name"], mine["share"], strict=True):
        found.setdefault(stage, {})[name] = float(share)
    return found


def _in_period(flows: Flows, material: str, period: str, by: By) -> dict[str, dict[str, float]]:
    return _parts(flows.leaving(material, period), by, "mass")


def _before(
    other: tuple[str, pd.DataFrame] | None, market: pd.DataFrame, material: str, by: By
) -> dict[str, dict[str, float]]:
    if other is not None:
        table = other[1]
        return _over_horizon(table[(table["material"] == material) & (table["by"] == by)])
    return _parts(market[market["material"] == material], by, "tonnes")


def _parts(rows: pd.DataFrame, by: By, column: str) -> dict[str, dict[str, float]]:
    sums = rows.groupby(["stage", by])[column].sum()
    whole = sums.groupby(level=0).transform("sum")
    kept = sums[whole > 0] / whole[whole > 0]
    found: dict[str, dict[str, float]] = {}
    for key, share in zip(kept.index.tolist(), kept.tolist(), strict=True):
        found.setdefault(key[0], {})[key[1]] = share
    return found


def _panel(stage: str, now: dict[str, float], then: dict[str, float]) -> list[str]:
    """Return the names worth a bar: the largest of the plan, then of the market."""
    first = sorted((n for n in now if now[n] > 5e-4), key=lambda n: (-now[n], n))[:MOST]
    more = sorted((n for n in then if n not in now and then[n] > 0.1), key=lambda n: (-then[n], n))
    return [*first, *more[:2]] or sorted(now, key=lambda n: (-now[n], n))[:1]


def _name(name: str, by: By) -> str:
    return named(name) if by == "country" else name


def _at(cap: float | None, value: float) -> bool:
    return cap is not None and abs(value - cap) < AT_CAP


def _cap_words(cap: float | None, value: float) -> str:
    if cap is None:
        return ""
    return f"cap: {percent(cap)}" + (", at the cap" if _at(cap, value) else "")


def _cap_line(cap: float, y: str, k: int) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "x",
        "yref": y,
        "x0": cap,
        "x1": cap,
        "y0": k - 0.45,
        "y1": k + 0.45,
        "line": {"color": LIMIT, "width": 3, "dash": "solid"},
    }
