"""The same split by cvqp, an operator-splitting method, with its own settings."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from benchmarks.clock import Clock
from benchmarks.registry import NotInstalledError, Options, Repetition
from benchmarks.static import CAP, LEVEL, make


def run(options: Options) -> Repetition:
    """Solve; drawing is a phase of its own."""
    try:
        import cvqp
    except ImportError as error:
        raise NotInstalledError("pip install cvqp") from error
    clock, drawing = Clock(), Clock()
    with drawing.phase("draw"):
        given = make(options.draws, options.seed, float(options.variant or 1.1))
    n = len(given.cost)
    with clock.phase("solve"):
        found = cvqp.solve(
            None,
            given.cost,
            -given.delivered,
            sp.csr_matrix(sp.vstack([np.ones((1, n)), sp.identity(n)])),
            np.r_[1.0, np.zeros(n)],
            np.r_[1.0, np.full(n, CAP)],
            beta=LEVEL,
            kappa=given.limit - 1.0,
            settings=cvqp.Settings(time_limit=options.limit),
        )
    values: dict[str, float | str] = {
        "optimum": float(given.cost @ found.x),
        "residual": given.residual(found.x),
        "says": str(found.status),
    }
    return Repetition(
        {**drawing.seconds, **clock.total()},
        given.sizes(),
        values,
        stopped=found.status == "time_limit",
    )
