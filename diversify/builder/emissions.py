"""Emissions of a tonne of a material, from ore to metal, where the tables have them."""

from __future__ import annotations

from functools import cache

from diversify import data


@cache
def emissions_of(material: str) -> tuple[float, str]:
    """Return the emissions of making a material [t CO2e/t], and where the figure is from.

    Parameters
    ----------
    material : str
        The word that the tables use.

    Returns
    -------
    float
        World average from ore to metal; 0 where the table ``impacts`` has none.
    str
        Words for a note; empty where there is none.

    Examples
    --------
    >>> emissions_of("tungsten")
    (12.6, 'emissions: world average from ore to metal, 2008, NUSS-ECKELMAN-2014')
    >>> emissions_of("natural_graphite")
    (0.0, '')
    """
    rows = data.table("impacts", allow_empty=True)
    rows = rows[(rows["material"] == material) & (rows["measure"] == "emissions")]
    if rows.empty:
        return 0.0, ""
    row = rows.iloc[0]
    # Kilograms per kilogram are tonnes per tonne.
    where = f"{row['year']}, {row['source']}"
    return float(row["value"]), f"emissions: world average from ore to metal, {where}"
