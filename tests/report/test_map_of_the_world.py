"""The outlines and their projection."""

from __future__ import annotations

import json

import numpy as np
import pytest

from diversify.case.bundled import data_path
from diversify.case.codes import countries
from diversify.report.outlines import SIZE, outlines
from diversify.report.projection import equal_earth

RADIUS = 6371.0  # km, the mean radius of the Earth
# Land areas in million km2, from atlases; the outlines are coarse, so 3 % either way.
AREAS = {"AUS": 7.69, "BRA": 8.52, "COD": 2.34, "ZAF": 1.22, "CHN": 9.6, "RUS": 17.1}


def area(rings: list[tuple[list[float], list[float]]]) -> float:
    total = 0.0
    for xs, ys in rings:
        x, y = np.array(xs), np.array(ys)
        total += float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2
    return abs(total)


def test_the_projection_keeps_areas_everywhere() -> None:
    # An area of the sphere is cos(latitude) per square of the angles.
    lon, lat = np.meshgrid(np.linspace(-170, 170, 18), np.linspace(-85, 85, 18))
    step = 1e-4
    xa, ya = equal_earth(lon + step, lat)
    xb, yb = equal_earth(lon - step, lat)
    xc, yc = equal_earth(lon, lat + step)
    xd, yd = equal_earth(lon, lat - step)
    turn = (2 * np.radians(step)) ** 2
    found = ((xa - xb) * (yc - yd) - (xc - xd) * (ya - yb)) / turn
    np.testing.assert_allclose(found, np.cos(np.radians(lat)), rtol=2e-6)


@pytest.mark.parametrize("code", AREAS)
def test_countries_have_their_size(code: str) -> None:
    found = area(outlines().rings[code]) / SIZE**2 * RADIUS**2 / 1e6
    assert found == pytest.approx(AREAS[code], rel=0.03)


def test_every_outline_is_a_known_country_and_no_point_is_off_the_map() -> None:
    found = outlines()
    assert set(found.rings) <= set(countries())
    for rings in found.rings.values():
        for x, y in rings:
            assert len(x) == len(y) >= 3
            assert max(map(abs, x)) <= 271
            assert max(map(abs, y)) <= 132


def test_marks_lie_in_their_country_and_small_countries_have_one() -> None:
    marks = outlines().marks
    x, y = marks["AUS"]
    centre = equal_earth([134.0], [-25.0])
    assert abs(x - 100 * centre[0][0]) < 8
    assert abs(y - 100 * centre[1][0]) < 8
    singapore = equal_earth([103.85], [1.29])
    assert marks["SGP"] == pytest.approx((100 * singapore[0][0], 100 * singapore[1][0]), abs=0.1)


def test_the_outlines_say_where_they_come_from_and_are_small() -> None:
    path = data_path("outlines.json")
    content = json.loads(path.read_text("utf-8"))
    assert {"source", "year", "licence", "unit", "note"} <= set(content)
    assert content["licence"] == "public domain"
    assert path.stat().st_size < 300_000


def test_land_of_no_agreed_country_is_drawn_in_no_countrys_colour() -> None:
    # A place on the Crimean peninsula, in no country's rings.
    x, y = equal_earth([34.2], [45.2])
    place = (SIZE * float(x[0]), SIZE * float(y[0]))
    owners = [c for c, rings in outlines().rings.items() if any(holds(r, place) for r in rings)]
    assert owners == []
    x, y = equal_earth([10.0], [51.0])
    place = (SIZE * float(x[0]), SIZE * float(y[0]))
    assert [c for c, r in outlines().rings.items() if any(holds(p, place) for p in r)] == ["DEU"]


def holds(ring: tuple[list[float], list[float]], place: tuple[float, float]) -> bool:
    """Whether a place lies in a ring, by the parity of crossings."""
    x, y = np.array(ring[0]), np.array(ring[1])
    nx, ny = np.roll(x, -1), np.roll(y, -1)
    across = (y > place[1]) != (ny > place[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        where = x + (place[1] - y) / (ny - y) * (nx - x)
    return bool((across & (place[0] < where)).sum() % 2)
