"""A problem given to HiGHS whole: all scenarios side by side, from arrays."""

from __future__ import annotations

import diversify as dv
from benchmarks.clock import Clock
from benchmarks.plain_highs import solved
from benchmarks.problems.catalogue import MAKERS, instance
from benchmarks.problems.extensive import extensive
from benchmarks.registry import Options, Repetition
from diversify.errors import StoppedError
from diversify.solver.problem import Problem


def run(options: Options) -> Repetition:
    """Stack the arrays and solve; a bundled case goes through the library's own extensive form."""
    if options.problem not in MAKERS:
        return _case(options)
    clock = Clock()
    with clock.phase("draw"):
        given = instance(options.problem, options.draws, options.seed)
    with clock.phase("arrays"):
        problem = extensive(given)
    return finished(problem, clock, options, given.sizes())


def finished(problem: Problem, clock: Clock, options: Options, sizes: dict[str, int]) -> Repetition:
    """Solve the extensive form, in the same way for everybody who made one."""
    left = options.limit - sum(s for name, s in clock.seconds.items() if name != "draw")
    with clock.phase("solve"):
        found = solved(problem, max(left, 1.0), options.gap)
    values: dict[str, float | str] = {} if found.optimum is None else {"optimum": found.optimum}
    return Repetition(clock.total(), sizes, values, stopped=found.stopped)


def _case(options: Options) -> Repetition:
    case = dv.example(options.problem)
    try:
        plan = dv.solve(
            case,
            scenarios=options.draws,
            seed=options.seed,
            method="extensive",
            time_limit=options.limit,
            out_of_sample=0,
        )
    except StoppedError:
        return Repetition({"total": options.limit}, {"draws": options.draws}, stopped=True)
    record = plan.record
    return Repetition(
        dict(record.seconds),
        {"draws": record.scenarios, "distinct": record.distinct_scenarios},
        {"optimum": record.objective, "status": record.status},
        stopped=record.status == "stopped",
    )
