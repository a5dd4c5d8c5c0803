"""The exact expected cost of one plan's recourse, by one warm HiGHS solve after another."""

from __future__ import annotations

import time
from typing import Any

import highspy
import numpy as np
import scipy.sparse as sp

from benchmarks.clock import Clock
from benchmarks.plain_highs import model
from benchmarks.problems import sourcing
from benchmarks.registry import Options, Repetition
from diversify.solver.problem import Problem

Vector = sourcing.Vector
CHUNK = 10_000


def run(options: Options) -> Repetition:
    """Change the bounds, solve from the last basis, add up; the problem is written by hand."""
    clock = Clock()
    with clock.phase("draw"):
        given = sourcing.make(options.draws, options.seed)
    with clock.phase("prepare"):
        h = _solver(given.data)
    total, begin, solves = 0.0, time.perf_counter(), 0
    with clock.phase("solve"):
        for start in range(0, len(given.probability), CHUNK):
            part = slice(start, start + CHUNK)
            upper = bounds(given.data.available[part], sourcing.plan())
            for mass, most in zip(given.probability[part].tolist(), upper, strict=True):
                total += mass * _cost(h, most)
            solves += len(upper)
            if time.perf_counter() - begin > options.limit:
                break
    sizes = {**given.sizes(), "recourse_problems": solves}
    if solves < len(given.probability):
        return Repetition(clock.total(), sizes, stopped=True)
    return Repetition(clock.total(), sizes, {"optimum": total})


def _cost(h: Any, most: Vector) -> float:
    columns = np.arange(len(most), dtype=np.int32)
    h.changeColsBounds(len(most), columns, np.zeros(len(most)), most)
    h.run()
    if h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError("HiGHS did not solve a scenario")
    return float(h.getInfo().objective_function_value)


def bounds(available: Vector, plan: Vector) -> Vector:
    """Return the upper bounds of flows, spot, shortage and stock, shape (S, columns)."""
    count, periods = len(available), sourcing.PERIODS
    country = np.arange(sourcing.SUPPLIERS) % sourcing.COUNTRIES
    flows = available[:, country] * plan[:-1, None]
    spot = sourcing.SPOT * available.mean(axis=1)
    short = np.full((count, periods), sourcing.DEMAND)
    stock = np.full((count, periods), sourcing.MOST_STOCK)
    return np.hstack([flows.reshape(count, -1), spot, short, stock])


def _solver(data: sourcing.Data) -> Any:
    periods, suppliers = sourcing.PERIODS, sourcing.SUPPLIERS
    one = sp.eye_array(periods)
    carried = sp.csr_array(np.eye(periods, k=-1) - np.eye(periods))
    matrix = sp.csr_array(sp.hstack([*[one] * suppliers, one, one, carried]))
    cost = np.concatenate(
        [data.delivery.ravel(), data.spot, data.short, np.full(periods, sourcing.HOLDING)]
    )
    right = np.full(periods, sourcing.DEMAND)
    right[0] -= sourcing.plan()[-1]
    most = np.full(len(cost), np.inf)
    none = np.zeros(len(cost), dtype=bool)
    problem = Problem(matrix, cost, np.zeros(len(cost)), most, right, right, none)
    # What costs least in a loop of small problems: no presolve, no threads.
    return model(problem, {"presolve": "off", "threads": 1})
