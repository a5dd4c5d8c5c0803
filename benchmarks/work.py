"""The work that the subjects of the group ``extensive`` share: one case, one batch, one solver."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.clock import Clock
from benchmarks.registry import Options
from diversify import Scenarios, example
from diversify.formulation import Network
from diversify.jobs import prepare
from diversify.policies import Policy
from diversify.scenarios import outages
from diversify.solver.answer import Answer
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.solver.warm_lp import WarmLp


@dataclass(frozen=True, slots=True)
class Work:
    """A case made ready: everything but the model."""

    network: Network
    policies: tuple[Policy, ...]
    batch: Scenarios

    def sizes(self, problem: Problem) -> dict[str, int]:
        """Return the sizes of a problem made from this work."""
        rows, columns = problem.shape
        return {
            "distinct scenarios": self.batch.count,
            "rows": rows,
            "columns": columns,
            "nonzeros": int(problem.matrix.nnz),
        }


def work(options: Options) -> Work:
    """Return the work: the same for each subject, and not timed."""
    job = prepare(example(options.case), ())
    batch, _ = outages(job.network.case, options.few, options.seed).distinct()
    return Work(job.network, job.policies, batch)


def solved(problem: Problem, clock: Clock) -> tuple[Answer, float]:
    """Return the answer of HiGHS and the optimum, with the same settings for each subject."""
    with clock.phase("hand-over"):
        WarmLp(problem)
    with clock.phase("solve"):
        answer = run(problem, solver="simplex")
    if answer.status != "optimal" or answer.point is None or answer.multipliers is None:
        raise RuntimeError(f"HiGHS says {answer.status}")
    return answer, float(problem.cost @ answer.point) + problem.offset
