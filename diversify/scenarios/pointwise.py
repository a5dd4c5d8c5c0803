"""Scenarios from points: Sobol points or antithetic pairs, which cover what may happen evenly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.errors import Finding, InputError
from diversify.scenarios.batch import Scenarios
from diversify.scenarios.beginnings import joined, once, threshold
from diversify.scenarios.events import write_events
from diversify.scenarios.hazards import Hazards, Process, read_hazards
from diversify.scenarios.outages import labels
from diversify.scenarios.streams import (
    BEGIN,
    HIT,
    LENGTH,
    MIXTURE,
    SIZE,
    Mirrored,
    Points,
    Spread,
)

Mask = NDArray[np.bool_]
Vector = NDArray[np.float64]
# Dimensions for which scipy has Sobol points.
DIMENSIONS = 21_201


def sobol(case: Case, count: int, seed: int) -> Scenarios:
    """Return equally likely scenarios from scrambled Sobol points.

    One coordinate each decides when a hazard or shock first begins, how long that lasts and how
    much it takes; hazards that a copula joins have one for each period. What comes later in a
    scenario is drawn independently. The law of each scenario is that of
    :func:`diversify.scenarios.outages`.

    Parameters
    ----------
    case : Case
        A case with hazards.
    count : int
        Number of scenarios; where it is no power of two it is rounded up if the case says so, and
        a remark is made if it does not.
    seed : int
        Of the scrambling.

    Returns
    -------
    Scenarios
        Each with the same probability.

    Raises
    ------
    InputError
        If there are more dimensions than Sobol points are known for.
    """
    hazards = read_hazards(case)
    power = 1 << (count - 1).bit_length()
    remarks: tuple[str, ...] = ()
    if power != count and case.settings.scenarios.round_up:
        remarks = (f"{power} Sobol points were drawn: {count} is not a power of two",)
        count = power
    elif power != count:
        remarks = (
            f"{count} Sobol points are not a power of two, so they do not balance: ask for "
            f"{power}, or write round_up = true under [scenarios]",
        )
    joint = hazards.copula.names if hazards.copula is not None else ()
    single = [(BEGIN, shock.name) for shock in hazards.shocks]
    single += [(BEGIN, p.name) for p in hazards.processes if p.strike > 0 and p.name not in joint]
    single += [(LENGTH, process.name) for process in hazards.processes]
    single += [(SIZE, process.name) for process in hazards.processes if process.size.varies]
    grids = [(BEGIN, name) for name in joint]
    if hazards.copula is not None and hazards.copula.df is not None:
        grids.append((MIXTURE, ""))
    needed = len(single) + len(grids) * hazards.periods
    if needed > DIMENSIONS:
        raise _refused(
            "method",
            "sobol",
            f"the hazards need {needed:,} dimensions, and Sobol points are known for "
            f"{DIMENSIONS:,}",
            'write method = "monte_carlo"',
        )
    points = Spread(seed, count, single, grids, hazards.periods)
    return from_points(hazards, points, count, seed, "sobol", remarks)


def antithetic(case: Case, count: int, seed: int) -> Scenarios:
    """Return equally likely scenarios in pairs that mirror each other, such as early and late.

    Parameters
    ----------
    case : Case
        A case with hazards.
    count : int
        Number of scenarios, even.
    seed : int
        Of the first half.

    Returns
    -------
    Scenarios
        Scenario ``i`` and scenario ``i + count / 2`` are a pair.

    Raises
    ------
    InputError
        If the number is odd.
    """
    if count % 2:
        raise _refused(
            "count",
            str(count),
            "antithetic scenarios come in pairs, and the number is odd",
            f"ask for {count + 1}",
        )
    points = Mirrored(seed, count)
    return from_points(read_hazards(case), points, count, seed, "antithetic", ())


def from_points(
    hazards: Hazards,
    points: Points,
    count: int,
    seed: int,
    source: str,
    remarks: tuple[str, ...],
) -> Scenarios:
    """Return the scenarios that some points stand for, all equally likely."""
    periods = hazards.periods
    shocks = {
        shock.name: (once(points, shock.name, shock.strike, periods), shock.hit)
        for shock in hazards.shocks
    }
    latent: dict[str, Vector] = {}
    if hazards.copula is not None:
        numbers = {name: points.grid(BEGIN, name, periods) for name in hazards.copula.names}
        latent = joined(hazards.copula, numbers, points)
    values = np.ones((count, len(hazards.names), periods))
    for process in hazards.processes:
        if hazards.copula is not None and process.name in latent:
            begins: Mask = latent[process.name] < threshold(hazards.copula, process.strike)
        elif process.strike > 0:
            begins = once(points, process.name, process.strike, periods)
        else:
            begins = np.zeros((count, periods), dtype=np.bool_)
        if process.shock:
            came, hit = shocks[process.shock]
            begins = begins | (came & (points.later(HIT, process.name, periods) < hit))
        column = hazards.names.index(process.name)
        write_marked(values, column, process, begins, points)
    values.setflags(write=False)
    return Scenarios(
        hazards.names,
        values,
        np.full(count, 1.0 / count),
        labels(count),
        seed,
        source,
        hazards.announced,
        remarks,
    )


def write_marked(
    values: Vector, column: int, process: Process, begins: Mask, points: Points
) -> None:
    """Write the outages of a hazard: the first of each scenario has its point, others draws."""
    rows, starts = np.nonzero(begins)
    first = np.r_[True, rows[1:] != rows[:-1]][: len(rows)]
    marks: dict[int, Vector] = {}
    for purpose, needed in ((LENGTH, process.length.kind != "fixed"), (SIZE, process.size.varies)):
        if needed:
            u = points.later(purpose, process.name, begins.shape[1])[rows, starts]
            u[first] = points.once(purpose, process.name)[rows[first]]
            marks[purpose] = u
    write_events(
        values,
        column,
        rows,
        starts,
        process.length.at(marks[LENGTH]) if LENGTH in marks else process.length.mean,
        process.size.at(marks[SIZE]) if SIZE in marks else process.size.mean,
        process.sign,
    )


def _refused(column: str, value: str, message: str, remedy: str) -> InputError:
    return InputError(
        [
            Finding.error(
                table="scenarios", column=column, value=value, message=message, remedy=remedy
            )
        ]
    )
