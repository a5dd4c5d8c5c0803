"""What is asked of the tables most: a material, a unit, a distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt

from diversify.data.catalogue import unknown
from diversify.data.rows import read_rows

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""


@dataclass(frozen=True, slots=True)
class Material:
    """One material.

    Parameters
    ----------
    material
        The word by which all tables know it.
    name
        Its name for people.
    symbol
        Chemical symbol or formula, or empty.
    kind
        Metal, ore, industrial mineral, rare earth, group and so on.
    part_of
        The material or group that it belongs to, or empty.
    basis
        What a tonne of it counts where a table does not say otherwise.
    hosts
        What it is won with as a by-product.
    """

    material: str
    name: str
    symbol: str
    kind: str
    part_of: str
    basis: str
    hosts: tuple[str, ...]


@cache
def materials() -> dict[str, Material]:
    """Return all materials by the word that the tables use.

    Examples
    --------
    >>> gallium = materials()["gallium"]
    >>> gallium.symbol, gallium.hosts
    ('Ga', ('bauxite', 'zinc'))
    """
    hosts: dict[str, list[str]] = {}
    for row in read_rows("byproducts").rows:
        if row["host"]:
            hosts.setdefault(row["material"], []).append(row["host"])
    fields = ("material", "name", "symbol", "kind", "part_of", "basis")
    return {
        row["material"]: Material(
            **{field: row[field] for field in fields}, hosts=tuple(hosts.get(row["material"], ()))
        )
        for row in read_rows("materials").rows
    }


def unit(name: str) -> str:
    """Return the units of a table's values, joined by a semicolon where there are several.

    Examples
    --------
    >>> unit("production"), unit("prices")
    ('t', 'USD/kg')
    """
    found = read_rows(name)
    if "unit" not in found.columns:
        return ""
    return "; ".join(sorted({row["unit"] for row in found.rows}))


def distance(origin: str, destination: str) -> float:
    r"""Return the great-circle distance between the capitals of two countries [km].

    Parameters
    ----------
    origin, destination : str
        ISO3 codes.

    Returns
    -------
    float
        Not a sea distance: ``table("freight")`` has a rule of thumb for the detour.

    Raises
    ------
    InputError
        If the capital of one is not known.

    Notes
    -----
    The haversine formula,
    :math:`d = 2R\arcsin\sqrt{\sin^2\tfrac{\Delta\varphi}{2} +
    \cos\varphi_1\cos\varphi_2\sin^2\tfrac{\Delta\lambda}{2}}`.

    Examples
    --------
    >>> round(distance("CHN", "JPN"), -2)
    2100.0
    """
    (lat_a, lon_a), (lat_b, lon_b) = _capital(origin), _capital(destination)
    chord = sin((lat_b - lat_a) / 2) ** 2
    chord += cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def _capital(country: str) -> tuple[float, float]:
    known = _capitals()
    if country not in known:
        raise unknown("country", country, list(known), "the table capitals has no such country")
    return known[country]


@cache
def _capitals() -> dict[str, tuple[float, float]]:
    """Return latitude and longitude of each capital [radians]."""
    return {
        row["country"]: (radians(float(row["latitude"])), radians(float(row["longitude"])))
        for row in read_rows("capitals").rows
    }
