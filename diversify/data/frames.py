"""Tables as typed frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diversify.data.catalogue import about
from diversify.data.rows import Row, Wanted, choose, cited, read_rows

if TYPE_CHECKING:
    import pandas as pd


def table(
    name: str,
    *,
    material: Wanted | None = None,
    country: Wanted | None = None,
    allow_empty: bool = False,
    **where: Wanted,
) -> pd.DataFrame:
    """Return rows of a bundled table, with the source of each.

    Parameters
    ----------
    name : str
        One of ``tables()``.
    material : str or iterable of str, optional
        Only these materials (also as hosts of by-products).
    country : str or iterable of str, optional
        Only these countries: ISO3, a bloc such as ``EU27``, ``WLD`` (the world) or ``OTH`` (all
        others), in any column of countries that the table has.
    allow_empty : bool
        Return an empty frame for a material, country, stage or year that has no row here.
    **where
        Wanted values of other columns, such as ``year=2024`` or ``importer="JPN"``.

    Returns
    -------
    pandas.DataFrame
        Numbers are floats (NaN where the source gives none), ``year`` is a whole number,
        ``verified`` a truth value, all else text (empty where there is none).

    Raises
    ------
    InputError
        If the table, a column, a material or another value is not there; with candidates.

    Examples
    --------
    >>> rows = table("trade", material="lithium", importer="JPN", year=2024, hs92="283691")
    >>> rows.sort_values("share")["exporter"].iloc[-1]
    'CHL'
    """
    chosen = choose(
        read_rows(name), material=material, country=country, where=where, allow_empty=allow_empty
    )
    return _frame(name, chosen.columns, chosen.rows)


def sources(frame: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return what is known of the sources that rows cite, or of all sources.

    Parameters
    ----------
    frame : pandas.DataFrame, optional
        Rows of a table.

    Returns
    -------
    pandas.DataFrame
        Columns source, title, obtained_from, tier, licence, reference, note.

    Examples
    --------
    >>> sources(table("reserves", material="cobalt"))["title"].str[:22].to_list()
    ['U.S. Geological Survey']
    """
    every = read_rows("sources")
    if frame is None:
        return _frame("sources", every.columns, every.rows)
    rows = cited([{"source": key} for key in frame["source"].unique()])
    return _frame("sources", every.columns, rows)


def _frame(name: str, columns: tuple[str, ...], rows: tuple[Row, ...] | list[Row]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(columns), dtype="str")
    for column in about(name).numbers:
        frame[column] = frame[column].replace("", "nan").map(float).astype(float)
    if "year" in columns:
        frame["year"] = frame["year"].astype(int)
    if "verified" in columns:
        frame["verified"] = frame["verified"].eq("yes")
    return frame
