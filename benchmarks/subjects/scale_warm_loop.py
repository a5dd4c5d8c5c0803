"""The exact expected cost of one plan's recourse, by one warm HiGHS solve after another."""

from __future__ import annotations

import time

import highspy
import numpy as np

from benchmarks.clock import Clock
from benchmarks.plain_highs import model
from benchmarks.problems.catalogue import instance
from benchmarks.problems.fixed import Second, Vector, plan_of
from benchmarks.registry import Options, Repetition


def run(options: Options) -> Repetition:
    """Change what differs, solve from the last basis, add up."""
    clock = Clock()
    with clock.phase("draw"):
        given = instance(options.problem, options.draws, options.seed)
    with clock.phase("prepare"):
        second = Second(given, plan_of(options.problem))
        # What costs least in a loop of small problems: no presolve, no threads.
        h = model(second.problem(), {"presolve": "off", "threads": 1})
        rows, columns = (np.arange(size, dtype=np.int32) for size in second.matrix.shape)
    total, begin, solves = 0.0, time.perf_counter(), 0
    with clock.phase("solve"):
        for part in second.sides():
            bounds, sides = _vary(part.lower, part.upper), _vary(part.low, part.high)
            for s, mass in enumerate(part.mass.tolist()):
                if bounds or s == 0:
                    h.changeColsBounds(len(columns), columns, part.lower[s], part.upper[s])
                if sides or s == 0:
                    h.changeRowsBounds(len(rows), rows, part.low[s], part.high[s])
                h.run()
                if h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                    raise RuntimeError("HiGHS did not solve a scenario")
                total += mass * float(h.getInfo().objective_function_value)
            solves += len(part.mass)
            if time.perf_counter() - begin > options.limit:
                break
    sizes = {**given.sizes(), "recourse_problems": solves}
    if solves < len(given.probability):
        return Repetition(clock.total(), sizes, stopped=True)
    return Repetition(clock.total(), sizes, {"optimum": total})


def _vary(low: Vector, high: Vector) -> bool:
    return bool((low != low[0]).any() or (high != high[0]).any())
