"""A policy at many levels, one after the other, or one of these levels from nothing."""

from __future__ import annotations

import numpy as np

import diversify as dv
from benchmarks.clock import Clock
from benchmarks.registry import Options, Repetition

frontier = dv.frontier  # so that the import of the solver is not timed
# Kind of policy and its levels from the loosest to the tightest, by case.
SWEPT: dict[str, tuple[dv.ShareCap | str, float, float]] = {
    "first-steps": (dv.ShareCap(by="country", foreign_only=False), 1.0, 0.5),
    "rare-earths": ("share_cap", 1.0, 0.6),
}


def run(options: Options) -> Repetition:
    """Sweep as a user would; ``variant`` is the number of levels, and none the middle one alone."""
    policy, loosest, tightest = SWEPT[options.problem]
    count = int(options.variant or 1)
    levels = [0.5 * (loosest + tightest)]
    if count > 1:
        levels = np.linspace(loosest, tightest, count).round(12).tolist()
    clock = Clock()
    case = dv.example(options.problem)
    drawn = options.draws if options.draws > 1 else None
    with clock.phase("sweep"):
        found = frontier(
            case,
            policy,
            levels=levels,
            scenarios=drawn,
            seed=None if drawn is None else options.seed,
            gap=options.gap,
            check=False,
        )
    middle = found.points.iloc[count // 2]
    return Repetition(
        clock.total(),
        {"draws": options.draws, "levels": count},
        {
            "optimum": float(middle["objective"]),
            "gap": float(middle["gap"]),
            "method": str(middle["method"]),
            "status": f"{middle['status']}, {middle['point']}",
        },
    )
