"""How far apart the numbers of a compiled problem are, and which are the extreme ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import Affine
from diversify.errors import Finding, InputError
from diversify.solver.scaling import exponents

Vector = NDArray[np.float64]
Index = NDArray[np.int64]

DOUBTFUL = 1e8
REFUSED = 1e10
# Below ten times the tolerance of the solver a right side may as well be zero.
TINY = 1e-6
CHUNK = 4_000_000


@dataclass(frozen=True, slots=True)
class Range:
    """The smallest and largest magnitude of some numbers, zeros and infinities left out.

    Attributes
    ----------
    smallest, largest : float
        Magnitudes; 0 where there is no number.
    smallest_at, largest_at : str
        Labels of the row, the column, or both.
    """

    smallest: float = 0.0
    largest: float = 0.0
    smallest_at: str = ""
    largest_at: str = ""

    @property
    def ratio(self) -> float:
        """Largest over smallest, 1 where there is no number."""
        return self.largest / self.smallest if self.smallest > 0 else 1.0

    def __str__(self) -> str:
        return f"{self.smallest:.2g} to {self.largest:.2g}"


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges of a compiled problem over all its scenarios.

    Attributes
    ----------
    matrix, cost, bounds, right : Range
        Coefficients, costs of the columns, bounds of the columns, right sides of the rows, each in
        the units of the case.
    scaled : Range
        Coefficients after rows and columns were brought as close together as powers of two can:
        what is left is in the data, not in the units. The labels say which do not fit.
    """

    matrix: Range
    cost: Range
    bounds: Range
    right: Range
    scaled: Range

    def sentence(self) -> str:
        """Return the ranges as one sentence."""
        return (
            f"Coefficients range from {self.matrix} ({self.scaled} once scaled), costs from "
            f"{self.cost}, bounds from {self.bounds}, right sides from {self.right}."
        )

    def records(self) -> dict[str, dict[str, float | str]]:
        """Return the ranges as plain data, with the keys of ``--json``."""
        names = ("matrix", "cost", "bounds", "right", "scaled")
        found = {name: getattr(self, name) for name in names}
        return {name: {**asdict(part), "ratio": part.ratio} for name, part in found.items()}


def ranges(blocks: Blocks, theta: Vector) -> Ranges:
    """Return the ranges of a compiled problem over a batch of scenarios.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem of one scenario.
    theta : numpy.ndarray
        Data of each scenario, shape (S, P), policy levels included.

    Returns
    -------
    Ranges
        With the labels of the extreme rows and columns.
    """
    rows = np.repeat(np.arange(len(blocks.rows)), np.diff(blocks.matrix.indptr))
    columns = blocks.matrix.indices.astype(np.int64)
    entry = blocks.matrix.data
    low, high = (part[entry] for part in _magnitudes(blocks.entries, theta))

    def place(i: int) -> str:
        return f"{blocks.columns[columns[i]]} in {blocks.rows[rows[i]]}"

    bounds = np.abs(np.concatenate([blocks.lower, blocks.upper]))
    bounds[~np.isfinite(bounds)] = 0.0
    return Ranges(
        matrix=_range(low, high, place),
        cost=_range(*_magnitudes(blocks.cost, theta), lambda i: blocks.columns[i]),
        bounds=_range(bounds, bounds, lambda i: blocks.columns[i % len(blocks.columns)]),
        right=_range(*_magnitudes(blocks.right, theta), lambda i: blocks.rows[i]),
        scaled=_scaled(blocks, rows, columns, low, high, place),
    )


def remark(found: Ranges) -> str:
    """Return what is doubtful about the ranges of a problem, empty where nothing is.

    Parameters
    ----------
    found : Ranges
        What :func:`ranges` returned.

    Returns
    -------
    str
        A warning where coefficients span more than 1e8 after scaling, or where a right side or a
        bound is so small that the solver's tolerance hides it.

    Raises
    ------
    InputError
        Where coefficients span more than 1e10 after scaling: the small terms of a row are then
        below what any solver can tell from zero, and residuals cannot show it.
    """
    worst = found.scaled
    where = f"{worst.smallest_at} is the smallest, {worst.largest_at} the largest"
    if worst.ratio > REFUSED:
        finding = Finding.error(
            table="model",
            value=f"{worst.ratio:.1e}",
            message=f"after scaling the coefficients still span more than {REFUSED:.0e}: {where}",
            remedy="write 0 for what is practically nothing, or correct the unit of the other",
            code="E84",
        )
        raise InputError([finding])
    said = []
    if worst.ratio > DOUBTFUL:
        said.append(
            f"The numbers are far apart: after scaling the coefficients span {worst.ratio:.1e} "
            f"({where}). {found.sentence()} [E84]"
        )
    for what, part in (("right side", found.right), ("bound", found.bounds)):
        if 0.0 < part.smallest < TINY:
            said.append(
                f"The {what} {part.smallest:.2g} at {part.smallest_at} is so small that the "
                "solver may take it for zero: use a smaller unit, or write 0. [E84]"
            )
    return " ".join(said)


def _range(low: Vector, high: Vector, label: Callable[[int], str]) -> Range:
    """Return the range of magnitudes that are each from ``low`` to ``high``, 0 for none."""
    used = np.flatnonzero(high > 0)
    if not len(used):
        return Range()
    least, most = used[np.argmin(low[used])], used[np.argmax(high[used])]
    return Range(float(low[least]), float(high[most]), label(int(least)), label(int(most)))


def _scaled(
    blocks: Blocks,
    rows: Index,
    columns: Index,
    low: Vector,
    high: Vector,
    place: Callable[[int], str],
) -> Range:
    used = np.flatnonzero(high > 0)
    if not len(used):
        return Range()
    at = rows[used], columns[used]
    shape = (len(blocks.rows), len(blocks.columns))
    found = exponents(*at, np.log2(low[used]), np.log2(high[used]), shape, ~blocks.integer)
    move = found.rows[at[0]] + found.columns[at[1]]
    return _range(
        np.ldexp(low[used], move), np.ldexp(high[used], move), lambda i: place(int(used[i]))
    )


def _magnitudes(numbers: Affine, theta: Vector) -> tuple[Vector, Vector]:
    """Return the smallest non-zero and the largest magnitude of each number over the scenarios."""
    low, high = np.abs(numbers.base), np.abs(numbers.base)
    slope = numbers.slope.tocsr()
    same: dict[Any, list[int]] = {}
    for i in np.flatnonzero(np.diff(slope.indptr)).tolist():
        span = slice(slope.indptr[i], slope.indptr[i + 1])
        key = (numbers.base[i], slope.indices[span].tobytes(), slope.data[span].tobytes())
        same.setdefault(key, []).append(i)
    groups = list(same.values())
    size = max(1, CHUNK // max(1, len(theta)))
    for begin in range(0, len(groups), size):
        chosen = groups[begin : begin + size]
        first = [members[0] for members in chosen]
        values = np.abs(numbers.base[first][:, None] + slope[first] @ theta.T)
        least = np.where(values > 0, values, np.inf).min(axis=1, initial=np.inf)
        most = values.max(axis=1, initial=0.0)
        for members, a, b in zip(chosen, least, most, strict=True):
            low[members], high[members] = (a, b) if b > 0 else (0.0, 0.0)
    return low, high
