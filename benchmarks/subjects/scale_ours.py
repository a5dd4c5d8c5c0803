"""A problem solved by this library, as it chooses to."""

from __future__ import annotations

import diversify as dv
from benchmarks.clock import Clock
from benchmarks.problems.catalogue import MAKERS, instance
from benchmarks.registry import Options, Repetition
from diversify.compile.compiler import compile_build
from diversify.jobs import prepare
from diversify.solver.methods import solve_batch

solve = dv.solve  # so that the import of the solver is not timed


def run(options: Options) -> Repetition:
    """Draw, then solve; a bundled case is solved as a user would."""
    if options.problem not in MAKERS:
        return _case(options)
    clock = Clock()
    with clock.phase("draw"):
        given = instance(options.problem, options.draws, options.seed)
    with clock.phase("solve"):
        found = solve_batch(
            given.blocks,
            given.theta,
            given.probability,
            given.news,
            objective=given.objective,
            gap=options.gap,
        )
    return Repetition(
        clock.total(),
        {**found.size, **given.sizes()},
        {
            "optimum": found.objective,
            "bound": found.bound,
            "gap": found.gap,
            "method": found.method,
            "status": f"{found.status}, {found.point}",
        },
    )


def _case(options: Options) -> Repetition:
    case = dv.example(options.problem)
    plan = solve(case, scenarios=options.draws, seed=options.seed, gap=options.gap, out_of_sample=0)
    record = plan.record
    matrix = compile_build(prepare(case, ()).build).matrix
    sizes = {
        **record.size,
        "draws": record.scenarios,
        "distinct": record.distinct_scenarios,
        "rows": matrix.shape[0],
        "columns": matrix.shape[1],
        "nonzeros": int(matrix.nnz),
    }
    return Repetition(
        dict(record.seconds),
        sizes,
        {
            "optimum": record.objective,
            "bound": record.bound,
            "gap": record.gap,
            "method": record.method,
            "status": f"{record.status}, {record.point}",
        },
    )
