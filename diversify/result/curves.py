"""How likely each loss is, as points of a curve that figures can draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.result.view import View

Vector = NDArray[np.float64]
POINTS = 200
COLUMNS = ["what", "sample", "loss", "probability"]


def loss_curves(view: View, fresh: View | None) -> pd.DataFrame:
    """Return the chance of at least each loss, in the plan's own scenarios and in fresh ones.

    Parameters
    ----------
    view : View
        The plan in the scenarios that it was made for.
    fresh : View or None
        The same plan in scenarios that it has not seen.

    Returns
    -------
    pandas.DataFrame
        Columns what (``cost``, or the material that is short), sample (``in sample`` or
        ``fresh``), loss (USD, or a share of planned demand), probability.
    """
    rows = []
    for sample, seen in (("in sample", view), ("fresh", fresh)):
        if seen is not None:
            losses = {m: seen.shortage(m, None) for m in view.asked} | {"cost": seen.cost}
            for what, values in losses.items():
                points = zip(*exceedance(values, seen.probability), strict=True)
                rows += [(what, sample, float(x), float(p)) for x, p in points]
    return pd.DataFrame(rows, columns=COLUMNS)


def exceedance(losses: Vector, probability: Vector, most: int = POINTS) -> tuple[Vector, Vector]:
    r"""Return :math:`P(L \ge x)` at the losses that occur, thinned out to a number of points.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Shape (S,).
    most : int
        Largest number of points; the smallest and the largest loss are always among them.

    Returns
    -------
    tuple of numpy.ndarray
        Losses, rising, and the probability of at least each.

    Examples
    --------
    >>> x, p = exceedance(np.array([0.0, 2.0, 0.0, 1.0]), np.full(4, 0.25))
    >>> x.tolist(), p.tolist()
    ([0.0, 1.0, 2.0], [1.0, 0.5, 0.25])
    """
    values, where = np.unique(losses, return_inverse=True)
    mass = np.bincount(where.reshape(-1), probability, len(values))
    above = np.minimum(np.cumsum(mass[::-1])[::-1], 1.0)
    if len(values) > most:
        kept = np.unique(np.linspace(0, len(values) - 1, most).round().astype(np.int64))
        values, above = values[kept], above[kept]
    return values.astype(np.float64), above.astype(np.float64)
