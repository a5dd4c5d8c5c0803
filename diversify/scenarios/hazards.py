"""The hazards of a case as random processes: what is drawn, and what strikes together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.case.correlations import correlation, nearest, smallest
from diversify.case.striking import RISING_KINDS
from diversify.scenarios.marks import Length, Size


@dataclass(frozen=True, slots=True)
class Process:
    """A hazard that is drawn.

    Attributes
    ----------
    name : str
        Of the hazard.
    strike : float
        Chance that an outage of its own begins in a period; 0 where only a shock begins one.
    length, size : Length, Size
        How long an outage lasts and how much it takes.
    sign : int
        -1 where it takes from availability, +1 where it adds to a multiplier.
    shock : str
        Name of its common shock, or nothing.
    """

    name: str
    strike: float
    length: Length
    size: Size
    sign: int
    shock: str


@dataclass(frozen=True, slots=True)
class Shock:
    """A common shock.

    Attributes
    ----------
    name : str
        Of the shock.
    strike : float
        Chance that it comes in a period.
    hit : float
        Chance that it strikes each of its hazards then.
    """

    name: str
    strike: float
    hit: float


@dataclass(frozen=True, slots=True, eq=False)
class Copula:
    """What joins the beginnings of some hazards.

    Attributes
    ----------
    names : tuple of str
        The hazards, sorted.
    matrix : numpy.ndarray
        Their correlations, shape (n, n).
    df : float or None
        Degrees of freedom of a t copula; None for a Gaussian one.
    """

    names: tuple[str, ...]
    matrix: NDArray[np.float64]
    df: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Hazards:
    """All that is drawn for a case.

    Attributes
    ----------
    names : tuple of str
        Every hazard of the case, sorted, also those that are not drawn.
    processes : tuple of Process
        Those that are.
    shocks : tuple of Shock
        Those with a hazard that is drawn.
    copula : Copula or None
        If the case has correlations.
    announced : tuple of (str, int)
        Hazards that are announced, and how many periods before.
    periods : int
        T.
    """

    names: tuple[str, ...]
    processes: tuple[Process, ...]
    shocks: tuple[Shock, ...]
    copula: Copula | None
    announced: tuple[tuple[str, int], ...]
    periods: int


def read_hazards(case: Case) -> Hazards:
    """Return the hazards of a case as random processes.

    Parameters
    ----------
    case : Case
        With or without hazards.

    Returns
    -------
    Hazards
        Rates as chances per period, lengths in periods.
    """
    table = case.table("hazards").sort_values("hazard")
    years = case.period_years
    processes = []
    for row in table.to_dict("records"):
        strike = _strike(float(row["rate_per_year"]), years)
        if strike == 0.0 and not row["shock"]:
            continue
        processes.append(
            Process(
                str(row["hazard"]),
                strike,
                _length(row, years),
                _size(row),
                1 if row["kind"] in RISING_KINDS else -1,
                str(row["shock"]),
            )
        )
    used = {process.shock for process in processes}
    shocks = tuple(
        Shock(
            str(row["shock"]),
            _strike(float(row["rate_per_year"]), years),
            float(row["probability"]),
        )
        for row in case.table("shocks").to_dict("records")
        if row["shock"] in used
    )
    return Hazards(
        tuple(table["hazard"]),
        tuple(processes),
        shocks,
        _copula(case),
        announced(case),
        case.periods,
    )


def announced(case: Case) -> tuple[tuple[str, int], ...]:
    """Return the hazards of a case that are announced, and how many whole periods before.

    Parameters
    ----------
    case : Case
        With or without hazards.

    Returns
    -------
    tuple of (str, int)
        Sorted; an announcement within the period before is none.
    """
    months = round(12 * case.period_years)
    table = case.table("hazards").sort_values("hazard")
    found = [
        (str(name), int(before // months))
        for name, before in zip(table["hazard"], table["announced_months"], strict=True)
        if before > 0
    ]
    return tuple(pair for pair in found if pair[1])


def _strike(rate: float, years: float) -> float:
    return float(1 - np.exp(-rate * years)) if rate > 0 else 0.0


def _length(row: Mapping[Hashable, Any], years: float) -> Length:
    kind = str(row["duration_distribution"])
    months = float(row["duration_months"])
    if kind == "geometric":
        return Length(kind, max(1.0, months / 12 / years))
    period = round(12 * years)
    sd = float(row["duration_sd_months"])
    return Length(kind, months / period, 0.0 if isnan(sd) else sd / period)


def _size(row: Mapping[Hashable, Any]) -> Size:
    low, high, sd = (float(row[f"severity_{part}"]) for part in ("low", "high", "sd"))
    mean = float(row["severity"])
    return Size(
        mean,
        0.0 if isnan(low) else low,
        0.0 if isnan(high) else high,
        0.0 if isnan(sd) else sd,
    )


def _copula(case: Case) -> Copula | None:
    table = case.table("correlations")
    if table.empty:
        return None
    names, matrix = correlation(
        list(zip(*(table[c].tolist() for c in ("hazard_a", "hazard_b", "rho")), strict=True))
    )
    settings = case.settings.scenarios
    if smallest(matrix) < 0:
        matrix = nearest(matrix)
    return Copula(names, matrix, settings.copula_df if settings.copula == "t" else None)
