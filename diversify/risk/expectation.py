"""Expectation: the probability-weighted mean of a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from diversify.formulation import Build


def value(
    losses: NDArray[np.float64], probability: NDArray[np.float64], level: float = 0.0
) -> float:
    """Return the expected loss.

    Parameters and unit as in :meth:`diversify.risk.base.Measure.value`; the level is not used.

    Examples
    --------
    >>> float(value(np.array([0.0, 10.0]), np.array([0.75, 0.25])))
    2.5
    """
    return float(probability @ losses)


def constrain(
    build: Build,
    policy: str,
    index: list[Any],
    loss: Callable[..., Any],
    limit: Any,
    level: float,
) -> None:
    r"""Keep the expected loss at or below a limit.

    .. math:: \mathbb{E}[loss_i] \le limit

    Parameters as in :meth:`diversify.risk.base.Measure.constrain`; the level is not used.
    """
    build.add_rows("expected", policy, index, lambda *i: loss(*i) <= limit)
