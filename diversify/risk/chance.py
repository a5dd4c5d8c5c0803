"""Chance: how often a loss exceeds a limit; the other face of value at risk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from diversify.risk.cvar import value_at_risk

if TYPE_CHECKING:
    from diversify.formulation import Build


def value(losses: NDArray[np.float64], probability: NDArray[np.float64], level: float) -> float:
    r"""Return the smallest loss that is not exceeded with at least the given probability.

    A limit on it and a limit on the chance are the same limit:

    .. math:: VaR_\alpha(L) \le x \iff \mathbb{P}(L > x) \le 1 - \alpha

    Parameters and unit as in :meth:`diversify.risk.base.Measure.value`, with the level in (0, 1).

    Examples
    --------
    >>> value(np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05]), 0.9)
    50.0
    """
    return value_at_risk(losses, probability, level)


def exceeded(losses: NDArray[np.float64], probability: NDArray[np.float64], limit: float) -> float:
    """Return the probability of a loss beyond a limit.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Loss and probability of each scenario, shape (S,).
    limit : float
        In the unit of the losses.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> exceeded(np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05]), 50.0)
    0.05
    """
    return float(probability[losses > limit].sum())


def constrain(
    build: Build,
    policy: str,
    index: list[Any],
    loss: Callable[..., Any],
    limit: Any,
    level: float,
    most: Callable[..., Any] | None = None,
) -> None:
    r"""Keep the chance that a loss exceeds a limit at or below ``1 - level``, exactly.

    .. math:: loss_i \le limit + (most_i - limit)\, y_i, \quad \mathbb{E}[y_i] \le 1 - \alpha,
        \quad y_i \in \{0, 1\}

    Parameters as in :meth:`diversify.risk.base.Measure.constrain`, with the level in (0, 1), and

    most : callable
        Pyomo expression of the largest loss that is possible in a scenario, for an index: no larger
        number than this is needed to free the row.

    Raises
    ------
    ValueError
        If no largest loss is given.
    """
    # Loaded where rows are made: to check policies takes no model.
    from pyomo.environ import Binary

    if most is None:
        raise ValueError("a chance needs the largest loss that is possible")
    beyond = build.add_variable("ops", policy, index, " beyond", domain=Binary)
    build.add_rows(
        "ops",
        policy,
        index,
        lambda *i: loss(*i) - (most(*i) - limit) * beyond[i] <= limit,
        tag=" beyond rows",
    )
    build.add_rows("expected", policy, index, lambda *i: beyond[i] <= 1.0 - level)
