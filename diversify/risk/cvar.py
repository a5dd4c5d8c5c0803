"""Conditional value at risk: the mean of the worst part of the losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from diversify.formulation import Build


def value(losses: NDArray[np.float64], probability: NDArray[np.float64], level: float) -> float:
    r"""Return the mean of the worst ``1 - level`` of the losses, splitting an atom where needed.

    .. math:: CVaR_\alpha(L) = \min_\tau\ \tau + \tfrac{1}{1-\alpha} \mathbb{E}[(L - \tau)^+]

    Source: Rockafellar & Uryasev, Journal of Risk 2(3), 2000; for atoms, Journal of Banking &
    Finance 26, 2002.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Loss and probability of each scenario, shape (S,).
    level : float
        Confidence, in [0, 1): 0.95 looks at the worst 5 %.

    Returns
    -------
    float
        In the unit of the losses.

    Examples
    --------
    >>> value(np.arange(1.0, 11.0), np.full(10, 0.1), 0.85)
    9.666666666666666
    """
    order = np.argsort(-losses, kind="stable")
    weights = probability[order]
    tail = 1.0 - level
    before = np.cumsum(weights) - weights
    taken = np.clip(tail - before, 0.0, weights)
    return float(taken @ losses[order] / taken.sum())


def value_at_risk(
    losses: NDArray[np.float64], probability: NDArray[np.float64], level: float
) -> float:
    """Return the smallest loss that is not exceeded with at least the given probability.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Loss and probability of each scenario, shape (S,).
    level : float
        Confidence, in (0, 1).

    Returns
    -------
    float
        In the unit of the losses: the lower quantile.

    Examples
    --------
    >>> value_at_risk(np.arange(1.0, 11.0), np.full(10, 0.1), 0.85)
    9.0
    """
    order = np.argsort(losses, kind="stable")
    reached = np.cumsum(probability[order]) >= level - 1e-12
    return float(losses[order][np.argmax(reached)])


def constrain(
    build: Build,
    policy: str,
    index: list[Any],
    loss: Callable[..., Any],
    limit: Any,
    level: float,
) -> None:
    r"""Keep the conditional value at risk of each loss at or below a limit.

    .. math:: \mathbb{E}\bigl[\tau_i + \tfrac{1}{1-\alpha} z_i\bigr] \le limit, \quad
        z_i \ge loss_i - \tau_i, \quad z_i \ge 0

    Parameters as in :meth:`diversify.risk.base.Measure.constrain`, with the level in (0, 1).
    """
    threshold = build.add_variable("plan", policy, index, " threshold")
    excess = build.add_variable("ops", policy, index, " excess", bounds=(0, None))
    build.add_rows(
        "ops", policy, index, lambda *i: excess[i] >= loss(*i) - threshold[i], tag=" excess rows"
    )
    build.add_rows(
        "expected",
        policy,
        index,
        lambda *i: threshold[i] + excess[i] / (1.0 - level) <= limit,
    )
