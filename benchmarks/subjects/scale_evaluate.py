"""The exact expected cost of one plan's recourse, by this library."""

from __future__ import annotations

from benchmarks.clock import Clock
from benchmarks.problems import sourcing
from benchmarks.registry import Options, Repetition
from diversify.solver.evaluator import Evaluator


def run(options: Options) -> Repetition:
    """Evaluate one plan over all distinct scenarios."""
    clock = Clock()
    with clock.phase("draw"):
        given = sourcing.make(options.draws, options.seed)
    with clock.phase("prepare"):
        evaluator = Evaluator(given.blocks, given.theta, given.probability, given.news)
    with clock.phase("evaluate"):
        cost = evaluator.evaluate(sourcing.plan()).cost
    sizes = {**given.sizes(), "recourse_problems": evaluator.solves}
    return Repetition(clock.total(), sizes, {"optimum": float(cost)})
