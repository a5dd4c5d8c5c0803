"""What it costs to move a tonne from one country to another: freight and tariff."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from diversify import data
from diversify.builder.facts import Cited
from diversify.builder.names import Importer

DUTIES = ("Section 301", "import duty", "retaliatory", "antidumping")
"""Kinds of tariffs that are paid on the material itself and are not preliminary."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The rough line of sea freight: USD a tonne, and a tonne and kilometre."""

    fixed: float
    per_km: float
    detour: float
    cited: Cited


@cache
def rates() -> Rates:
    """Return the line of the table freight."""
    rows = data.table("freight", mode="sea")
    value = {str(q): float(v) for q, v in zip(rows["quantity"], rows["value"], strict=True)}
    first = rows[rows["quantity"] == "per_km"].iloc[0]
    cited = Cited(
        str(first["source"]), str(first["source_page"]), str(first["year"]), str(first["licence"])
    )
    return Rates(value["fixed"], value["per_km"], value["detour"], cited)


def freight(origin: str, destination: str, grade: float) -> float:
    """Return the freight of a tonne of content between two countries [USD/t].

    Parameters
    ----------
    origin, destination : str
        ISO3 codes; within a country only the fixed part is paid.
    grade : float
        Tonnes of content per tonne of cargo.

    Examples
    --------
    >>> round(freight("CHN", "JPN", 1.0), 1), freight("CHN", "CHN", 0.5)
    (26.7, 37.4)
    """
    line = rates()
    km = 0.0 if origin == destination else data.distance(origin, destination)
    return (line.fixed + line.per_km * line.detour * km) / grade


def tariff(importer: Importer, exporter: str, material: str, day: str) -> tuple[float, str]:
    """Return the duty of an importer on a material of a country, and a word on it."""
    if importer.holds(exporter):
        return 0.0, ""
    row = _duties(importer.name, material, day).get(exporter)
    return row or (0.0, "no tariff on record")


@cache
def _duties(importer: str, material: str, day: str) -> dict[str, tuple[float, str]]:
    """Return duty and a word on it by exporter; of several the latest counts."""
    rows = data.table("tariffs", material=material, allow_empty=True)
    rows = rows[
        (rows["importer"] == importer)
        & rows["kind"].isin(DUTIES)
        & (rows["since"] <= day)
        & (rows["rate"] > 0)
        & ~rows["product"].str.contains("batter|wafer|8101.94")
    ].sort_values("since")
    return {
        str(country): (float(rate), f"tariff: {kind}, {product} (table tariffs)")
        for country, rate, kind, product in zip(
            rows["exporter"], rows["rate"], rows["kind"], rows["product"], strict=True
        )
    }
