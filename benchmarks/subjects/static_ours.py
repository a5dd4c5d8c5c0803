"""One split of purchases with a limit on CVaR, by this library."""

from __future__ import annotations

import diversify as dv
from benchmarks.clock import Clock
from benchmarks.registry import Options, Repetition
from benchmarks.static import CAP, LEVEL, make

allocate = dv.allocate  # so that the import of the solver is not timed


def run(options: Options) -> Repetition:
    """Solve; drawing is a phase of its own."""
    clock, drawing = Clock(), Clock()
    with drawing.phase("draw"):
        given = make(options.draws, options.seed, float(options.variant or 1.1))
    with clock.phase("solve"):
        found = allocate(given.cost, given.delivered, level=LEVEL, limit=given.limit, caps=CAP)
    values: dict[str, float | str] = {
        "optimum": found.cost,
        "residual": given.residual(found.x),
        "gap": found.certificate.gap,
    }
    return Repetition(
        {**drawing.seconds, **clock.total()},
        {**given.sizes(), "iterations": found.iterations},
        values,
    )
