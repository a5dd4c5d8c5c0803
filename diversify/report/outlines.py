"""Outlines of countries on the plane, and where to put a mark for each."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from diversify.case.bundled import data_path
from diversify.report.projection import equal_earth

SIZE = 100.0
"""Map units for the radius of the sphere: with these, whole numbers are fine enough."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """The bundled outlines, projected.

    Attributes
    ----------
    rings : dict
        Rings of each country by its code, each a pair of lists x and y.
    land : str
        All land as one path, in the words of SVG.
    marks : dict
        Where the mark of each country goes.
    source : str
        Where the outlines come from.
    """

    rings: dict[str, list[tuple[list[float], list[float]]]]
    land: str
    marks: dict[str, tuple[float, float]]
    source: str


@cache
def outlines() -> Outlines:
    """Return the bundled outlines in the Equal Earth projection, read once."""
    content = json.loads(data_path("outlines.json").read_text(encoding="utf-8"))
    rings = {
        code: [_projected(ring) for ring in parts] for code, parts in content["countries"].items()
    }
    other = [_projected(ring) for ring in content["other"]]
    every = [ring for parts in rings.values() for ring in parts] + other
    return Outlines(
        rings=rings,
        land="".join(_path(*ring) for ring in every),
        marks={**_capitals(), **{code: _middle(parts) for code, parts in rings.items()}},
        source=f"{content['source']}, {content['year']}",
    )


def _projected(flat: list[float]) -> tuple[list[float], list[float]]:
    x, y = equal_earth(flat[0::2], flat[1::2])
    return (x * SIZE).round(1).tolist(), (y * SIZE).round(1).tolist()


def _path(x: list[float], y: list[float]) -> str:
    points = "L".join(f"{a:g},{b:g}" for a, b in zip(x, y, strict=True))
    return f"M{points}Z"


def _capitals() -> dict[str, tuple[float, float]]:
    """Return places of the capitals, for countries that are too small to have an outline."""
    with data_path("capitals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    x, y = equal_earth(
        [float(row["longitude"]) for row in rows], [float(row["latitude"]) for row in rows]
    )
    places = zip((x * SIZE).tolist(), (y * SIZE).tolist(), strict=True)
    return {row["country"]: place for row, place in zip(rows, places, strict=True)}


def _middle(parts: list[tuple[list[float], list[float]]]) -> tuple[float, float]:
    """Return the centre of mass of the largest part."""
    best, centre = 0.0, (0.0, 0.0)
    for xs, ys in parts:
        x, y = np.array(xs), np.array(ys)
        cross = x * np.roll(y, -1) - np.roll(x, -1) * y
        area = cross.sum() / 2
        if abs(area) > best:
            best = abs(area)
            centre = (
                float(((x + np.roll(x, -1)) * cross).sum() / (6 * area)),
                float(((y + np.roll(y, -1)) * cross).sum() / (6 * area)),
            )
    return centre
