"""The first-stage point of a stored plan, for the problem that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import Finding, InputError
from diversify.result.plan import Plan
from diversify.solver.priced import helpers


def plan_point(plan: Plan, blocks: Blocks) -> NDArray[np.float64]:
    """Return the plan's first-stage point, after making sure that it belongs to the problem.

    Parameters
    ----------
    plan : Plan
        A solved plan, also one that was read from a folder.
    blocks : Blocks
        The compiled problem of its case and policies.

    Returns
    -------
    numpy.ndarray
        Shape (first,).

    Raises
    ------
    InputError
        If the plan has other variables, or the problem yes/no decisions after the news that are
        more than a policy's count of scenarios.
    """
    table = plan.first_stage
    names: Sequence[Any] = table["variable"].tolist()
    decided = (blocks.integer & ~helpers(blocks))[blocks.first :].any()
    if names != list(blocks.columns[: blocks.first]) or decided:
        raise InputError(
            [
                Finding.error(
                    table="plan",
                    message="the plan's first stage is not that of its case and policies, or it "
                    "has yes/no decisions after the news",
                    remedy="solve the case again with this version",
                )
            ]
        )
    return np.asarray(table["value"].to_numpy(dtype=np.float64, copy=True))
