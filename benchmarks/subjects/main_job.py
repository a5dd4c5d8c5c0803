"""The main job, as a user runs it."""

from __future__ import annotations

import diversify as dv
from benchmarks.clock import Clock
from benchmarks.registry import Options, Repetition

solve = dv.solve  # so that the import of the solver is not timed


def run(options: Options) -> Repetition:
    """Read and solve the case; the phases are those that the plan records."""
    clock = Clock()
    with clock.phase("read"):
        case = dv.example(options.case)
    plan = solve(case, scenarios=options.scenarios, seed=options.seed)
    phases = {**clock.seconds, **plan.record.seconds}
    phases["total"] = clock.seconds["read"] + plan.record.seconds["total"]
    certificate = plan.certificate
    return Repetition(
        phases,
        {"scenarios": plan.record.scenarios, **plan.record.size},
        {
            "optimum": plan.objective,
            "status": f"{plan.status}, {plan.point}",
            "method": plan.record.method,
            "largest residual": max(certificate.primal, certificate.dual, certificate.gap)
            if certificate
            else "none",
        },
    )
