"""The steps of a solve, kept apart so that tests can look between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.compile import Blocks
from diversify.compile.compiler import compile_build, policies_added
from diversify.formulation import Network, build_network, start_build
from diversify.policies import Policy
from diversify.scenarios import Scenarios, listed
from diversify.solver.data import scenario_data
from diversify.solver.extensive import Extensive, stack
from diversify.solver.highs import run

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """A case with policies as arrays: the blocks, the data of each scenario, and its news."""

    network: Network
    blocks: Blocks
    batch: Scenarios
    theta: Vector
    news: NDArray[np.int64]

    def stacked(self, *, full: bool = False) -> Extensive:
        """The extensive form; in full, no scenario's periods before news are left out."""
        news = np.zeros_like(self.news) if full else self.news
        return stack(self.blocks, self.theta, self.batch.probability, news)


def parts(case: Case, policies: Sequence[Policy] = (), batch: Scenarios | None = None) -> Parts:
    network = build_network(case)
    build = policies_added(start_build(network), policies)
    blocks = compile_build(build)
    batch = listed(case) if batch is None else batch
    theta, news = scenario_data(blocks, network, batch, build.levels)
    return Parts(network, blocks, batch, theta, news)


def optimum(extensive: Extensive) -> tuple[float, Vector]:
    """The optimal cost and point."""
    answer = run(extensive.problem, mip_gap=1e-9)
    assert answer.status == "optimal"
    assert answer.point is not None
    return float(extensive.problem.cost @ answer.point) + extensive.problem.offset, answer.point
