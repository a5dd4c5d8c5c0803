"""Worst case: the largest loss of any scenario with positive probability."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from diversify.formulation import Build


def value(
    losses: NDArray[np.float64], probability: NDArray[np.float64], level: float = 1.0
) -> float:
    """Return the largest loss among scenarios that can happen.

    Parameters and unit as in :meth:`diversify.risk.base.Measure.value`; the level is not used.

    Examples
    --------
    >>> value(np.array([1.0, 5.0, 9.0]), np.array([0.5, 0.5, 0.0]))
    5.0
    """
    return float(losses[probability > 0].max())


def constrain(
    build: Build,
    policy: str,
    index: list[Any],
    loss: Callable[..., Any],
    limit: Any,
    level: float,
) -> None:
    r"""Keep the loss of every scenario at or below a limit.

    .. math:: loss_{i,s} \le limit \quad \forall s

    Parameters as in :meth:`diversify.risk.base.Measure.constrain`; the level is not used.
    """
    build.add_rows("ops", policy, index, lambda *i: loss(*i) <= limit)
