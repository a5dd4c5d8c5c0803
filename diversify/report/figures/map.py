"""The shares of one stage on a map of the world."""

from __future__ import annotations

from typing import Any

from diversify.report.drawing import Drawing, base, label, lines, listed, nothing
from diversify.report.flows import Flows, named
from diversify.report.numbers import grouped, percent
from diversify.report.outlines import Outlines, outlines
from diversify.report.palette import INK, LAND, SCALE

NOTE = "Areas are for orientation and say nothing on the status of any territory."
WIDE, LOW, HIGH = 262.0, -92.0, 128.0


def world_map(
    flows: Flows,
    material: str,
    stage: str,
    period: str | None = None,
    *,
    areas: bool = True,
) -> Drawing:
    """Return the shares of countries at a stage, as coloured areas or as circles.

    Parameters
    ----------
    flows : Flows
        The bookings.
    material : str
        Which material.
    stage : str
        At which stage.
    period : str, optional
        One period instead of the horizon.
    areas : bool
        Colour areas; if false, circles on plain land, without any border.

    Returns
    -------
    Drawing
        In the Equal Earth projection, so that areas can be compared. No border is drawn: only
        countries with a share stand out from the land.
    """
    rows = flows.leaving(material, period)
    rows = rows[rows["stage"] == stage]
    when = period or "the whole horizon"
    if rows.empty:
        return nothing(f"No trade of {material} at the {stage} stage is booked in {when}.")
    mass = rows.groupby("country")["mass"].sum().sort_values(ascending=False)
    whole = float(mass.sum())
    found = {str(c): (float(m) / whole, float(m)) for c, m in mass.items()}
    shapes = outlines()
    data = [] if not areas else _areas(shapes, found, stage)
    round_ones = {c: v for c, v in found.items() if not areas or c not in shapes.rings}
    data += _circles(shapes, round_ones, stage)
    layout = _layout(shapes, areas)
    top = [(named(code), percent(share)) for code, (share, _) in found.items()]
    missing = sorted(c for c in found if c not in shapes.marks)
    words = f"Where {material} comes from at the {stage} stage in {when}: {listed(top, 6)}." + (
        f" Not on the map: {', '.join(missing)}." if missing else ""
    )
    table: list[tuple[str | float, ...]] = [
        (named(code), share, tonnes) for code, (share, tonnes) in found.items()
    ]
    return Drawing(data, layout, words, ("country", "share", "t"), table)


def _areas(
    shapes: Outlines, found: dict[str, tuple[float, float]], stage: str
) -> list[dict[str, Any]]:
    data = []
    for code, (share, tonnes) in found.items():
        if code not in shapes.rings:
            continue
        xs: list[float | None] = []
        ys: list[float | None] = []
        for x, y in shapes.rings[code]:
            xs += [*x, x[0], None]
            ys += [*y, y[0], None]
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": xs[:-1],
                "y": ys[:-1],
                "fill": "toself",
                "fillcolor": f"scale({share:.4f})",
                "line": {"width": 0.5, "color": f"scale({share:.4f})", "simplify": False},
                "hoveron": "fills",
                "hoverinfo": "text",
                "text": _hover(code, stage, share, tonnes),
                "name": code,
            }
        )
    return data


def _circles(
    shapes: Outlines, found: dict[str, tuple[float, float]], stage: str
) -> list[dict[str, Any]]:
    """Return circles, and the scale of the colours; the scale is there without circles too."""
    shown = [code for code in found if code in shapes.marks]
    shares = [found[code][0] for code in shown]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [round(shapes.marks[code][0], 1) for code in shown] or [None],
            "y": [round(shapes.marks[code][1], 1) for code in shown] or [None],
            "marker": {
                # The area of a circle, not its radius, stands for the share.
                "size": [max(6.0, 60.0 * share**0.5) for share in shares] or [0],
                "color": shares or [0],
                "cmin": 0,
                "cmax": 1,
                "colorscale": SCALE,
                "opacity": 0.9,
                "line": {"color": INK, "width": 1},
                "showscale": True,
                "colorbar": {
                    "orientation": "h",
                    "thickness": 9,
                    "len": 0.5,
                    "x": 0.5,
                    "y": -0.02,
                    "yanchor": "top",
                    "outlinewidth": 0,
                    "tickformat": ".0%",
                    "dtick": 0.25,
                    "title": {"text": "share", "side": "top", "font": {"size": 12}},
                },
            },
            "text": [_hover(code, stage, *found[code]) for code in shown] or [""],
            "hoverinfo": "text",
            "name": "share",
        }
    ]


def _hover(code: str, stage: str, share: float, tonnes: float) -> str:
    return lines(
        f"<b>{label(named(code))}</b>",
        f"{percent(share)} at {label(stage)}",
        f"{grouped(tonnes)} t",
    )


def _layout(shapes: Outlines, areas: bool) -> dict[str, Any]:
    hidden = {"visible": False, "fixedrange": True}
    return base(400) | {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 58},
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": {**hidden, "range": [-WIDE, WIDE + 12]},
        "yaxis": {**hidden, "range": [LOW, HIGH], "scaleanchor": "x", "constrain": "domain"},
        "shapes": [
            {
                "type": "path",
                "path": shapes.land,
                "layer": "below",
                "fillcolor": LAND,
                # The same colour, so that no seam shows between neighbours.
                "line": {"color": LAND, "width": 0.6},
            }
        ],
    }
