"""Entropic risk: the mean of a loss, and the more on top the larger the losses are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from diversify.risk.curved import Parts, worst_mean

if TYPE_CHECKING:
    from diversify.formulation import Build

Vector = NDArray[np.float64]


def value(losses: Vector, probability: Vector, level: float) -> float:
    r"""Return the entropic risk of a discrete distribution of losses.

    .. math:: \frac1\theta \log \mathbb{E}\, e^{\theta L}
        = \sup_Q\ \mathbb{E}_Q L - \tfrac1\theta KL(Q \,\|\, P)

    Source: Foellmer & Schied, Finance and Stochastics 6, 2002.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Loss and probability of each scenario, shape (S,).
    level : float
        The aversion :math:`\theta`, above 0, per unit of loss.

    Returns
    -------
    float
        In the unit of the losses: between the mean, for small aversion, and the worst case.

    Examples
    --------
    >>> round(value(np.array([0.0, 1.0]), np.array([0.5, 0.5]), 2.0), 9)
    0.716890415
    """
    # Loaded where it is used: to check policies takes no optimiser.
    from scipy.special import logsumexp

    possible = probability > 0.0
    # Counted from the largest loss, so that small aversions lose no digits.
    top = float(losses[possible].max())
    shape = level * (losses[possible] - top)
    if float(-shape.min()) < 1.0:
        total = np.log1p(float(probability[possible] @ np.expm1(shape)))
    else:
        total = logsumexp(shape, b=probability[possible])
    return top + float(total) / level


def worst_probability(losses: Vector, probability: Vector, level: float) -> Vector:
    r"""Return the distribution whose mean loss, less its penalty, is the entropic risk.

    .. math:: q_s \propto p_s\, e^{\theta L_s}

    Parameters as in :func:`value`.

    Returns
    -------
    numpy.ndarray
        Shape (S,), adding up to 1.

    Examples
    --------
    >>> worst_probability(np.array([0.0, np.log(3)]), np.array([0.5, 0.5]), 1.0).round(9).tolist()
    [0.25, 0.75]
    """
    possible = probability > 0.0
    top = losses[possible].max()
    shape = np.where(possible, losses, top) - top
    weight = probability * np.exp(level * shape)
    return np.asarray(weight / weight.sum())


def constrain(
    build: Build,
    policy: str,
    index: list[Any],
    loss: Callable[..., Any],
    limit: Any,
    level: float,
    parts: Parts | None = None,
) -> None:
    r"""Keep the entropic risk of each loss at or below a limit.

    .. math:: \mathbb{E}[v_i] + \eta_i - \tfrac1\theta \le limit, \quad
        v_i \ge \tfrac1\theta\, e^{\theta (loss_i - \eta_i)}

    with as many tangents of the curve as it takes.

    Parameters as in :meth:`diversify.risk.base.Measure.constrain`, with the aversion per unit of
    loss as the level, and

    parts : callable
        Shares of named forms of a scenario that the loss adds up, for an index.

    Raises
    ------
    ValueError
        If it is not said what the loss adds up.
    """
    if parts is None:
        raise ValueError("a curved limit needs to know what its loss adds up")
    worse = worst_mean(build, policy, index, loss, parts, divergence="kl", scale=1.0 / level)
    build.add_rows("expected", policy, index, lambda *i: worse(*i) <= limit)
