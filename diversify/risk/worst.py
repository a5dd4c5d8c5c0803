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

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Loss and probability of each scenario, shape (S,).
    level : float
        Not used; measures share one signature.

    Returns
    -------
    float
        In the unit of the losses.

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

    Parameters
    ----------
    build : Build
        The template under construction.
    policy : str
        Name of the policy.
    index : list
        One row for each, in every scenario.
    loss : callable
        Pyomo expression of the loss of one scenario, for an index.
    limit : pyomo.environ.Var
        Symbol of the limit, in the unit of the loss.
    level : float
        Not used.
    """
    build.add_rows("ops", policy, index, lambda *i: loss(*i) <= limit)
