"""The problems by name."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.problems import facility, farmer, lands, sourcing
from benchmarks.problems.instance import Instance

MAKERS: dict[str, Callable[[int, int], Instance]] = {
    "facility": facility.make,
    "farmer": farmer.make,
    "farmer-mpi-sppy": farmer.make_as_mpisppy,
    "lands": lands.make,
    "sourcing": sourcing.make,
}


def instance(problem: str, draws: int, seed: int) -> Instance:
    """Return a problem with its scenarios."""
    return MAKERS[problem](draws, seed)
