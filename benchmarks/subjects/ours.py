"""The extensive form as this library makes it."""

from __future__ import annotations

from benchmarks.clock import Clock
from benchmarks.registry import Options, Repetition
from benchmarks.work import Work, solved, work
from diversify.compile.compiler import compile_build, policies_added
from diversify.formulation import start_build
from diversify.solver.certificate import certify
from diversify.solver.data import scenario_data
from diversify.solver.extensive import stack


def run(options: Options) -> Repetition:
    """Build one template, compile it once, stack the scenarios, solve, certify."""
    given: Work = work(options)
    clock = Clock()
    with clock.phase("build"):
        build = policies_added(start_build(given.network), given.policies)
    with clock.phase("compile"):
        blocks = compile_build(build)
    with clock.phase("stack"):
        theta, news = scenario_data(blocks, given.network, given.batch, build.levels)
        problem = stack(blocks, theta, given.batch.probability, news).problem
    answer, optimum = solved(problem, clock)
    with clock.phase("certify"):
        certificate, _ = certify(problem, answer.point, answer.multipliers)
    residual = max(certificate.primal, certificate.dual, certificate.gap)
    return Repetition(
        clock.total(), given.sizes(problem), {"optimum": optimum, "largest residual": residual}
    )
