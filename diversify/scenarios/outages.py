"""Outages drawn period by period: each hazard strikes at random, lasts a while, takes a part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.scenarios.batch import Scenarios
from diversify.scenarios.beginnings import joined, threshold
from diversify.scenarios.events import write_events
from diversify.scenarios.hazards import Hazards, Process, read_hazards
from diversify.scenarios.streams import (
    BEGIN,
    HIT,
    LENGTH,
    SIZE,
    Plain,
    own_stream,
    stream,
)

Mask = NDArray[np.bool_]
Vector = NDArray[np.float64]


def outages(case: Case, count: int, seed: int) -> Scenarios:
    r"""Return equally likely scenarios in which hazards strike at random.

    In each period a hazard begins with probability :math:`1 - e^{-\lambda \Delta}`, on its own or,
    where the case has correlations, joined with others by a copula; a common shock begins each of
    its hazards with a probability. It lasts as long as its distribution says, by default a
    geometric number of periods whose mean is its duration (at least one), and takes its severity.
    Each hazard draws from streams of its own, so that adding one hazard, or removing one, leaves
    the draws of the others as they were.

    Parameters
    ----------
    case : Case
        A case with hazards; those without a rate or a shock stay undisturbed.
    count : int
        Number of scenarios.
    seed : int
        The same seed gives the same scenarios.

    Returns
    -------
    Scenarios
        Shape (count, hazards, periods), each with probability ``1/count``.
    """
    hazards = read_hazards(case)
    place = {name: i for i, name in enumerate(hazards.names)}
    values = np.ones((count, len(hazards.names), hazards.periods))
    shocks = {
        shock.name: (stream(seed, BEGIN, shock.name).random((count, hazards.periods)), shock)
        for shock in hazards.shocks
    }
    latent = _latent(hazards, count, seed)
    for process in hazards.processes:
        own = own_stream(seed, process.name)
        u = own.random((count, hazards.periods))
        if hazards.copula is not None and process.name in latent:
            begins = latent[process.name] < threshold(hazards.copula, process.strike)
        else:
            begins = u < process.strike
        if process.shock:
            came, shock = shocks[process.shock]
            hit = stream(seed, HIT, process.name).random((count, hazards.periods)) < shock.hit
            begins = begins | ((came < shock.strike) & hit)
        _write(values, place[process.name], process, begins, own, seed)
    values.setflags(write=False)
    return Scenarios(
        hazards.names,
        values,
        np.full(count, 1.0 / count),
        labels(count),
        seed,
        "outages",
        hazards.announced,
    )


def labels(count: int) -> tuple[str, ...]:
    """Return the names of draws.

    Examples
    --------
    >>> labels(11)[::10]
    ('draw 00', 'draw 10')
    """
    width = len(str(count - 1))
    return tuple([f"draw {i:0{width}d}" for i in range(count)])


def _latent(hazards: Hazards, count: int, seed: int) -> dict[str, Vector]:
    if hazards.copula is None:
        return {}
    numbers = {
        name: own_stream(seed, name).random((count, hazards.periods))
        for name in hazards.copula.names
    }
    return joined(hazards.copula, numbers, Plain(seed, count))


def _write(
    values: Vector,
    column: int,
    process: Process,
    begins: Mask,
    own: np.random.Generator,
    seed: int,
) -> None:
    rows, starts = np.nonzero(begins)
    name, length = process.name, process.length
    lasts: Vector | float = length.mean
    if length.kind == "geometric":
        lasts = own.geometric(1.0 / length.mean, begins.shape)[rows, starts].astype(np.float64)
    elif length.kind != "fixed":
        lasts = length.at(stream(seed, LENGTH, name).random(len(rows)))
    sizes: Vector | float = process.size.mean
    if process.size.varies:
        sizes = process.size.drawn(stream(seed, SIZE, name), len(rows))
    write_events(values, column, rows, starts, lasts, sizes, process.sign)
