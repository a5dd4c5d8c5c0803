"""The exact expected cost of one plan's recourse, by this library."""

from __future__ import annotations

from benchmarks.clock import Clock
from benchmarks.problems.catalogue import instance
from benchmarks.problems.fixed import plan_of
from benchmarks.registry import Options, Repetition
from diversify.solver.evaluator import Evaluator


def run(options: Options) -> Repetition:
    """Evaluate one plan over all distinct scenarios."""
    clock = Clock()
    with clock.phase("draw"):
        given = instance(options.problem, options.draws, options.seed)
    with clock.phase("prepare"):
        evaluator = Evaluator(given.blocks, given.theta, given.probability, given.news)
    with clock.phase("evaluate"):
        cost = evaluator.evaluate(plan_of(options.problem)).cost
    sizes = {**given.sizes(), "recourse_problems": evaluator.solves}
    return Repetition(clock.total(), sizes, {"optimum": float(cost)})
