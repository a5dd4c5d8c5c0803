"""The way of a material from mine to buyer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from diversify.report.drawing import Drawing, base, label, lines, listed, nothing, shortened
from diversify.report.flows import By, Flows, in_order, named
from diversify.report.numbers import grouped
from diversify.report.palette import INK, PAGE, REST

MOST = 9
LEAST = 0.01
"""So many places a stage have a node of their own, if they move so much; the others share one."""
OTHERS = "others"


def sankey(
    flows: Flows,
    material: str,
    period: str | None = None,
    by: By = "country",
    colours: dict[str, str] | None = None,
) -> Drawing:
    """Return the flows of a material as bands from mine to buyer.

    Parameters
    ----------
    flows : Flows
        The bookings.
    material : str
        Which material.
    period : str, optional
        One period instead of the horizon.
    by : {"country", "owner", "site"}
        What a place is.
    colours : dict, optional
        Colour of each country.

    Returns
    -------
    Drawing
        Bands are as wide as the tonnes of the material that are booked.
    """
    rows = flows.of(material, period)
    if rows.empty:
        return nothing(f"No trade of {material} is booked in {period or 'any period'}.")
    here, there = f"{by}", f"next_{by}"
    rows = rows.rename(columns={"destination": "next_site"})
    rows["from"] = [*zip(rows["stage"], rows[here], strict=True)]
    buyer = rows["next_stage"] == ""
    rows["to"] = [
        ("", site) if last else (stage, place)
        for last, stage, place, site in zip(
            buyer, rows["next_stage"], rows[there], rows["next_site"], strict=True
        )
    ]
    ends = _gathered(rows)
    rows["from"] = [ends.get(key, key) for key in rows["from"]]
    rows["to"] = [ends.get(key, key) for key in rows["to"]]
    rows = rows[rows["from"] != rows["to"]]
    links = rows.groupby(["from", "to"], sort=False)["mass"].sum().reset_index()
    order = in_order(list({key[0] for key in [*links["from"], *links["to"]]}))
    weight = _weights(links)
    nodes = sorted(weight, key=lambda k: (_place(order, k[0]), k[1] == OTHERS, -weight[k], k[1]))
    position = {key: i for i, key in enumerate(nodes)}
    home = _homes(rows, by)
    known = colours or {}
    shade = [known.get(home.get(key, key[1]), REST) for key in nodes]
    texts = [_text(key, by) for key in nodes]
    total = float(links[[key[0] == "" for key in links["to"]]]["mass"].sum())
    tallest = max(sum(key[0] == stage for key in nodes) for stage in {k[0] for k in nodes})
    data: dict[str, Any] = {
        "type": "sankey",
        "arrangement": "snap",
        "valueformat": ",.4~g",
        "valuesuffix": " t",
        "node": {
            "label": [label(shortened(text)) for text in texts],
            "color": shade,
            "pad": 17,
            "thickness": 14,
            "line": {"color": PAGE, "width": 1},
            "customdata": [
                lines(label(text), _stage(key[0]), f"{grouped(weight[key])} t")
                for key, text in zip(nodes, texts, strict=True)
            ],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        "link": {
            "source": [position[key] for key in links["from"]],
            "target": [position[key] for key in links["to"]],
            "value": [round(v, 9) for v in links["mass"].tolist()],
            "color": [f"fade({shade[position[key]]})" for key in links["from"]],
            "customdata": [
                f"{label(_text(a, by))} to {label(_text(b, by))}: {grouped(m)} t"
                for a, b, m in zip(links["from"], links["to"], links["mass"], strict=True)
            ],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        "textfont": {"color": INK},
    }
    height = max(240, 36 * tallest + 60)
    layout = base(height) | {"margin": {"l": 8, "r": 8, "t": 10, "b": 14}}
    when = period or "the whole horizon"
    inflow = links[[key[0] == "" for key in links["to"]]].sort_values("mass", ascending=False)
    top = [
        (_text(a, by), f"{grouped(m)} t")
        for a, m in zip(inflow["from"], inflow["mass"], strict=True)
    ]
    words = (
        f"Flows of {material} in {when}: {grouped(total)} t reach the buyers, from {listed(top)}."
    )
    return Drawing(
        [data],
        layout,
        words,
        ("from", "stage", "to", "next stage", "t"),
        [
            (_text(a, by), _stage(a[0]), _text(b, by), _stage(b[0]), float(m))
            for a, b, m in zip(links["from"], links["to"], links["mass"], strict=True)
        ],
    )


Key = tuple[str, str]


def _gathered(rows: pd.DataFrame) -> dict[Key, Key]:
    """Say which places are drawn as one, because there are too many at their stage."""
    weight: dict[Key, float] = {}
    for end in ("from", "to"):
        for key, mass in rows.groupby(end, sort=False)["mass"].sum().items():
            weight[key] = max(weight.get(key, 0.0), float(mass))  # type: ignore[index,call-overload]
    found: dict[Key, Key] = {}
    for stage in {key[0] for key in weight} - {""}:
        mine = sorted((k for k in weight if k[0] == stage), key=lambda k: (-weight[k], k[1]))
        whole = sum(weight[key] for key in mine)
        kept = [key for key in mine[:MOST] if weight[key] >= LEAST * whole]
        if len(mine) > len(kept) + 1:
            found |= dict.fromkeys(mine[len(kept) :], (stage, OTHERS))
    return found


def _weights(links: pd.DataFrame) -> dict[Key, float]:
    weight: dict[Key, float] = {}
    for end in ("from", "to"):
        sums = links.groupby(end, sort=False)["mass"].sum()
        for key, mass in zip(sums.index.tolist(), sums.tolist(), strict=True):
            weight[key] = max(weight.get(key, 0.0), float(mass))
    return weight


def _homes(rows: pd.DataFrame, by: By) -> dict[Key, str]:
    """Return the country of each place, so that its colour is the same in every figure."""
    if by == "country":
        return {}
    found = {
        **dict(zip(rows["to"], rows["next_country"], strict=True)),
        **dict(zip(rows["from"], rows["country"], strict=True)),
    }
    return {key: country for key, country in found.items() if key[1] != OTHERS}


def _place(order: list[str], stage: str) -> int:
    return order.index(stage) if stage in order else len(order)


def _text(key: Key, by: By) -> str:
    name = named(key[1]) if by == "country" else key[1]
    return f"{name}, {key[0]}" if key[0] else name


def _stage(stage: str) -> str:
    return stage or "buyer"
