"""Scenarios as data vectors of the compiled problem."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import Finding, InputError
from diversify.formulation import Network
from diversify.scenarios import Scenarios

Information = Literal["news", "clairvoyant"]


def scenario_data(
    blocks: Blocks,
    network: Network,
    scenarios: Scenarios,
    levels: dict[str, float],
    information: Information = "news",
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the data vector of each scenario and the period in which its news comes.

    Where several hazards act on one lane or site, the tightest counts.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    network : Network
        The network that it was compiled from.
    scenarios : Scenarios
        A batch over the hazards of the same case.
    levels : dict
        Value of each policy level.
    information : {"news", "clairvoyant"}
        ``clairvoyant`` lets recourse begin in the first period, before any news; it exists for the
        value of perfect information only.

    Returns
    -------
    numpy.ndarray
        Shape (S, P).
    numpy.ndarray
        Shape (S,): number of periods before news.

    Raises
    ------
    InputError
        If there is no such information.
    """
    known = get_args(Information)
    if information not in known:
        raise InputError(
            [
                Finding.error(
                    table="solve",
                    column="information",
                    value=str(information),
                    message="there is no such information",
                    remedy=f"choose one of {', '.join(known)}",
                )
            ]
        )
    count, periods = scenarios.count, network.case.periods
    place = {name: i for i, name in enumerate(scenarios.hazards)}
    news = scenarios.first_news if information == "news" else np.zeros(count, dtype=np.int64)
    pre = (np.arange(periods) < news[:, None]).astype(np.float64)
    avail = np.ones((count, len(network.hazard_sets), periods))
    for g, hazards in enumerate(network.hazard_sets):
        avail[:, g] = scenarios.values[:, [place[h] for h in hazards]].min(axis=1)
    extra = avail * (1.0 - pre[:, None, :])
    surge = np.ones((count, len(network.surge_sets), periods))
    for d, hazards in enumerate(network.surge_sets):
        surge[:, d] = scenarios.values[:, [place[h] for h in hazards]].prod(axis=1)
    parts = [pre, *(a.reshape(count, -1) for a in (avail, extra, surge))]
    theta = np.concatenate(parts, axis=1)
    fixed = blocks.level_values(levels)[theta.shape[1] :]
    return np.concatenate([theta, np.tile(fixed, (count, 1))], axis=1), news
