"""The same split as a linear problem with a row and a column a scenario, by HiGHS."""

from __future__ import annotations

from benchmarks.clock import Clock
from benchmarks.registry import Options, Repetition
from benchmarks.static import linear_problem, make
from diversify.solver.highs import run as highs


def run(options: Options) -> Repetition:
    """Build the arrays and solve; drawing is a phase of its own."""
    clock, drawing = Clock(), Clock()
    with drawing.phase("draw"):
        given = make(options.draws, options.seed, float(options.variant or 1.1))
    with clock.phase("build"):
        problem = linear_problem(given)
    with clock.phase("solve"):
        answer = highs(problem, time_limit=options.limit)
    stopped = answer.status != "optimal" or answer.point is None
    values: dict[str, float | str] = {}
    if not stopped and answer.point is not None:
        x = answer.point[: len(given.cost)]
        values = {"optimum": float(given.cost @ x), "residual": given.residual(x)}
    return Repetition({**drawing.seconds, **clock.total()}, given.sizes(), values, stopped=stopped)
