"""Shares and weights by country, as the indices of :mod:`diversify.indices` take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diversify.data.frames import table
from diversify.errors import Finding, InputError

if TYPE_CHECKING:
    import pandas as pd

WORST = 10.0
"""What the worst governed country weighs; the best weighs 0."""


def world_shares(material: str, *, stage: str = "mine", year: int | None = None) -> pd.Series:
    """Return the share of each country in the output of a material.

    Parameters
    ----------
    material : str
        As in ``materials()``.
    stage : str
        ``mine`` or ``refine``.
    year : int, optional
        Default: the last year in which the table has the material at this stage.

    Returns
    -------
    pandas.Series
        Shares by country, largest first. What the source counts as other countries is in the
        whole but has no share, so that the shares may sum to less than 1; pass ``total=1`` to
        :func:`diversify.indices.hhi` for a lower bound.

    Examples
    --------
    >>> world_shares("gallium", stage="refine", year=2024).round(3).to_dict()
    {'CHN': 0.989, 'RUS': 0.007, 'JPN': 0.004}
    """
    rows = table("production", material=material, stage=stage)
    chosen = _of_year("production", rows, year)
    tonnes = chosen[chosen["country"] != "WLD"].set_index("country")["tonnes"]
    shares = tonnes[tonnes > 0] / tonnes.sum()
    return shares.drop("OTH", errors="ignore").sort_values(ascending=False)


def import_shares(material: str, importer: str, *, year: int | None = None) -> pd.Series:
    """Return the share of each country in what an importer buys of a material.

    Parameters
    ----------
    material : str
        As in ``materials()``.
    importer : str
        ISO3 code, or ``EU27`` for imports from outside the Union.
    year : int, optional
        Default: the last year that the table has.

    Returns
    -------
    pandas.Series
        Shares by exporter, largest first, of the value of imports over all customs codes of the
        material; suppliers below one in a hundred of a code are left out, and the rest is the
        whole.

    Examples
    --------
    >>> import_shares("niobium", "EU27", year=2024).round(2).to_dict()
    {'BRA': 0.91, 'CAN': 0.09}
    """
    rows = table("trade", material=material, importer=importer)
    chosen = _of_year("trade", rows, year)
    values = chosen.groupby("exporter")["value_kusd"].sum()
    return (values / values.sum()).sort_values(ascending=False)


def governance_weights(
    indicator: str = "mean_of_six", *, year: int | None = None
) -> dict[str, float]:
    r"""Return the weight of each country, from 0 (best governed) to 10 (worst).

    .. math:: w = \min(10, \max(0, 10\,(2.5 - e) / 5))

    Parameters
    ----------
    indicator : str
        A Worldwide Governance Indicator, or the mean of the six.
    year : int, optional
        Default: for each country the last year that it has.

    Returns
    -------
    dict of str to float
        Weights by country; the estimates :math:`e` run from about -2.5 to 2.5. Territories without
        an estimate of their own are left out, and :func:`diversify.indices.hhi` refuses them:
        give them a weight.

    Examples
    --------
    >>> weights = governance_weights()
    >>> round(weights["CHN"], 2), round(weights["NOR"], 2)
    (5.49, 1.58)
    """
    rows = table("governance", indicator=indicator)
    if year is not None:
        rows = _of_year("governance", rows, year)
    rows = rows.sort_values("year", kind="stable").drop_duplicates("country", keep="last")
    scaled = (WORST * (2.5 - rows["estimate"]) / 5).clip(0, WORST)
    return {str(k): float(w) for k, w in zip(rows["country"], scaled, strict=True)}


def _of_year(name: str, rows: pd.DataFrame, year: int | None) -> pd.DataFrame:
    """Return the rows of a year, or of the last one; a year without any is refused."""
    known = sorted(set(rows["year"]))
    wanted = known[-1] if year is None else year
    if wanted not in known:
        message = f"the table {name} has no such row of this year"
        remedy = f"known: {', '.join(str(y) for y in known)}"
        raise InputError(
            [
                Finding.error(
                    table=name, column="year", value=str(year), message=message, remedy=remedy
                )
            ]
        )
    return rows[rows["year"] == wanted]
