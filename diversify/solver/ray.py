"""Why the cost has no lower limit: what earns money without end, in the words of the case."""

from __future__ import annotations

import dataclasses

import numpy as np

from diversify.compile import Blocks
from diversify.compile.blocks import split_label
from diversify.solver.extensive import Extensive
from diversify.solver.highs import run

FAMILIES = {
    "book": "buying on {0}",
    "flow": "deliveries on {0}",
    "spot": "spot purchases on {0}",
    "run": "running {0}",
    "bought": "buying stock of {1} for {0}",
    "target": "the stock of {1} at {0}",
    "stock": "the stock of {1} at {0}",
    "expand": "building capacity at {0}",
}
# Of several that grow together, so many are named.
NAMED = 3
UNKNOWN = "something earns money without end"


def without_limit(blocks: Blocks, extensive: Extensive) -> str:
    r"""Return what of an unbounded problem earns money without end.

    The direction is found among those that keep every limit however far one goes:

    .. math:: \min\ c^\top d \quad \text{s.t. } A d \lesseqgtr 0,\ -1 \le d \le 1

    with the signs of :math:`d` that finite bounds leave.

    Parameters
    ----------
    blocks, extensive
        The problem.

    Returns
    -------
    str
        One clause, such as ``buying on A>Works:metal without limit earns 2 USD a tonne``.
    """
    problem = extensive.problem.relaxed()
    cone = dataclasses.replace(
        problem,
        lower=np.where(np.isfinite(problem.lower), 0.0, -1.0),
        upper=np.where(np.isfinite(problem.upper), 0.0, 1.0),
        low=np.where(np.isfinite(problem.low), 0.0, -np.inf),
        high=np.where(np.isfinite(problem.high), 0.0, np.inf),
    )
    answer = run(cone)
    if answer.point is None or float(cone.cost @ answer.point) >= 0.0:
        return UNKNOWN
    first = blocks.first
    origin = np.full(problem.shape[1], -1)
    origin[:first] = np.arange(first)
    own = extensive.where >= first
    at = np.broadcast_to(first + np.arange(blocks.second), extensive.where.shape)
    origin[extensive.where[own]] = at[own]
    size: dict[str, float] = {}
    for column in np.flatnonzero(np.abs(answer.point) > 1e-6).tolist():
        label, index = split_label(blocks.columns[origin[column]])
        family = label.split(".", 1)[-1]
        if family in FAMILIES:
            words = FAMILIES[family].format(*index)
            size[words] = max(size.get(words, 0.0), abs(float(answer.point[column])))
    if not size:
        return UNKNOWN
    named = sorted(size, key=lambda words: -size[words])[:NAMED]
    earned = -float(cone.cost @ answer.point) / max(size.values())
    more = f" and {len(size) - NAMED} more" if len(size) > NAMED else ""
    return f"{' with '.join(named)}{more} without limit earns {earned:,.6g} USD a tonne"
