"""Cuts as plain arrays, so that files need no pickle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.solver.cuts import Cut

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
NUMBERS = ("weight", "tail", "mass", "constant")
PAIRS = (("columns", "slope"), ("rows", "multipliers"))


def flattened(cuts: list[Cut], expected: int) -> dict[str, NDArray[Any]]:
    """Return cuts as arrays, one behind the other.

    Parameters
    ----------
    cuts : list of Cut
        K cuts.
    expected : int
        Number of rows in expectation R.

    Returns
    -------
    dict
        Numbers of shape (K,), ``risk`` and ``seen`` of shape (K, R), and for columns and rows
        where those of each cut begin, shape (K + 1,), positions and values.
    """
    found: dict[str, NDArray[Any]] = {
        "cluster": np.array([cut.cluster for cut in cuts], dtype=np.int64),
        "risk": np.array([cut.risk for cut in cuts], dtype=np.float64).reshape(len(cuts), expected),
        "seen": np.array([cut.seen for cut in cuts], dtype=np.float64).reshape(len(cuts), expected),
    }
    for name in NUMBERS:
        found[name] = np.array([getattr(cut, name) for cut in cuts], dtype=np.float64)
    for place, value in PAIRS:
        sizes = np.array([len(getattr(cut, place)) for cut in cuts], dtype=np.int64)
        found[f"{place}_start"] = np.r_[0, np.cumsum(sizes)].astype(np.int64)
        found[place] = _joined([getattr(cut, place) for cut in cuts], np.int64)
        found[value] = _joined([getattr(cut, value) for cut in cuts], np.float64)
    return found


def cuts_from(arrays: dict[str, NDArray[Any]], first: int, rows: int) -> list[Cut]:
    """Return the cuts that arrays hold.

    Parameters
    ----------
    arrays : dict
        From :func:`flattened`.
    first : int
        Number of first-stage columns.
    rows : int
        Number of block rows.

    Returns
    -------
    list of Cut
        Equal to those that were written.

    Raises
    ------
    ValueError
        If anything does not fit.
    """
    count = len(arrays["cluster"])
    for name in (*NUMBERS, "risk", "seen"):
        if len(arrays[name]) != count or not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} of the cuts does not fit")
    for (place, value), most in zip(PAIRS, (first, rows), strict=True):
        start, at, values = arrays[f"{place}_start"], arrays[place], arrays[value]
        whole = len(start) == count + 1 and start[0] == 0 and start[-1] == len(at) == len(values)
        if not whole or (np.diff(start) < 0).any() or not np.isfinite(values).all():
            raise ValueError(f"{place} of the cuts do not fit")
        if len(at) and not (at.min() >= 0 and at.max() < most):
            raise ValueError(f"{place} of the cuts are not those of the problem")
    c, r = arrays["columns_start"].tolist(), arrays["rows_start"].tolist()
    return [
        Cut(
            int(arrays["cluster"][k]),
            float(arrays["weight"][k]),
            float(arrays["tail"][k]),
            float(arrays["mass"][k]),
            arrays["risk"][k],
            float(arrays["constant"][k]),
            arrays["columns"][c[k] : c[k + 1]],
            arrays["slope"][c[k] : c[k + 1]],
            arrays["rows"][r[k] : r[k + 1]],
            arrays["multipliers"][r[k] : r[k + 1]],
            arrays["seen"][k],
        )
        for k in range(count)
    ]


def _joined(parts: list[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=kind), *parts]).astype(kind)
