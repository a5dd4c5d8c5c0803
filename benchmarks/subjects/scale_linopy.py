"""The sourcing problem in linopy, written from its data alone."""

from __future__ import annotations

import logging
from typing import Any

import linopy
import pandas as pd
import xarray as xr

from benchmarks.clock import Clock
from benchmarks.problems import sourcing
from benchmarks.registry import Options, Repetition
from benchmarks.subjects.plain_linopy import matrices
from benchmarks.subjects.scale_highs import finished


def run(options: Options) -> Repetition:
    """Build the model, take its matrices, solve."""
    logging.disable(logging.WARNING)
    clock = Clock()
    with clock.phase("draw"):
        given = sourcing.make(options.draws, options.seed)
    with clock.phase("build"):
        model = written(given.data)
    with clock.phase("matrices"):
        problem = matrices(model, 0.0)
    return finished(problem, clock, options, given.sizes())


def written(data: sourcing.Data) -> Any:
    """Return the model of all scenarios."""
    supplier = pd.RangeIndex(sourcing.SUPPLIERS, name="i")
    period = pd.RangeIndex(sourcing.PERIODS, name="t")
    scenario = pd.RangeIndex(len(data.probability), name="s")
    left = xr.DataArray(data.available, dims=("s", "c", "t"), coords={"s": scenario, "t": period})
    mass = xr.DataArray(data.probability, coords=[scenario])
    m = linopy.Model()
    book = m.add_variables(0, sourcing.MOST_BOOKED, coords=[supplier], name="book")
    opening = m.add_variables(0, sourcing.MOST_STOCK, name="opening")
    flow = m.add_variables(0, coords=[supplier, period, scenario], name="flow")
    local = sourcing.SPOT * left.mean("c").transpose("t", "s")
    spot = m.add_variables(0, local, coords=[period, scenario], name="spot")
    short = m.add_variables(0, sourcing.DEMAND, coords=[period, scenario], name="short")
    stock = m.add_variables(0, sourcing.MOST_STOCK, coords=[period, scenario], name="stock")
    of = left.isel(c=xr.DataArray(data.country, coords=[supplier]))
    m.add_constraints(flow - of.transpose("i", "t", "s") * book <= 0, name="most")
    start = xr.DataArray((period == 0).astype(float), coords=[period])
    met = flow.sum("i") + spot + short - stock + stock.shift(t=1).fillna(0) + start * opening
    m.add_constraints(met == sourcing.DEMAND, name="balance")
    delivery = xr.DataArray(data.delivery, coords=[supplier, period])
    m.add_objective(
        (sourcing.BOOKING * sourcing.PERIODS * book).sum()
        + sourcing.STOCKING * opening
        + (delivery * mass * flow).sum()
        + (xr.DataArray(data.spot, coords=[period]) * mass * spot).sum()
        + (xr.DataArray(data.short, coords=[period]) * mass * short).sum()
        + (sourcing.HOLDING * mass * stock).sum()
    )
    return m
