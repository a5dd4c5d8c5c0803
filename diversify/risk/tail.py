"""How many scenarios a figure of the tail really rests on."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

ENOUGH: Final = 10.0
"""Scenarios in the tail below which a figure of it is hardly more than an anecdote."""


def tail_weights(losses: Vector, probability: Vector, level: float) -> Vector:
    """Return the probability of each scenario that lies in the worst ``1 - level``.

    Parameters
    ----------
    losses, probability : numpy.ndarray
        Loss and probability of each scenario, shape (S,).
    level : float
        Confidence, in [0, 1).

    Returns
    -------
    numpy.ndarray
        Shape (S,), adding up to ``1 - level``; an atom at the threshold counts in part.

    Examples
    --------
    >>> tail_weights(np.array([1.0, 3.0, 2.0]), np.array([0.5, 0.25, 0.25]), 0.5).tolist()
    [0.0, 0.25, 0.25]
    """
    order = np.argsort(-losses, kind="stable")
    weights = probability[order]
    before = np.cumsum(weights) - weights
    taken = np.zeros(len(losses))
    taken[order] = np.clip(1.0 - level - before, 0.0, weights)
    return taken


def effective_number(weights: Vector) -> float:
    r"""Return how many equally weighted scenarios some weighted ones are worth.

    .. math:: \Bigl(\sum_s w_s\Bigr)^2 \Big/ \sum_s w_s^2

    Source: Kish, Survey Sampling, 1965.

    Parameters
    ----------
    weights : numpy.ndarray
        0 or more, not all 0, shape (S,).

    Returns
    -------
    float
        From 1 to the number of weights that are not 0.

    Examples
    --------
    >>> effective_number(np.array([0.25, 0.25, 0.0])), effective_number(np.array([0.6, 0.2, 0.2]))
    (2.0, 2.2727272727272725)
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def too_few(number: float, level: float, *, alike: bool = True) -> str:
    """Return what to say of a tail with few scenarios, or nothing where there are enough.

    Parameters
    ----------
    number : float
        Effective number of scenarios in the tail.
    level : float
        Confidence.
    alike : bool
        Whether all scenarios weigh the same, so that the tail has its share of any number of them;
        else it is as the ones at hand are.

    Returns
    -------
    str
        A sentence with the number that would do.

    Examples
    --------
    >>> too_few(5.0, 0.95), too_few(4.0, 0.95, alike=False), too_few(10.0, 0.95)
    ('the worst 5 % of cases are 5 scenarios in effect, too few to know them by: draw at least 200',
     'the worst 5 % of cases are 4 scenarios in effect, too few to know them by: draw about 2.5
     times as many', '')
    """
    if number >= ENOUGH:
        return ""
    if alike:
        remedy = f"draw at least {int(np.ceil(ENOUGH / (1.0 - level) - 1e-9)):,}"
    else:
        remedy = f"draw about {np.ceil(10 * ENOUGH / number - 1e-9) / 10:,.10g} times as many"
    return (
        f"the worst {100 * (1 - level):.3g} % of cases are {number:.3g} scenarios in effect, too "
        f"few to know them by: {remedy}"
    )
