"""Scenarios as data vectors of the compiled problem."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import Finding, InputError
from diversify.formulation import Network
from diversify.losses import Loss
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

    Where several hazards act on one lane or site, the tightest counts; rises of demand and of
    prices multiply.

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
    scenarios = _with_units(network, scenarios)
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
    dear = network.rises.at(scenarios.values, scenarios.hazards) * (1.0 - pre[:, None, :])
    parts = [pre, *(a.reshape(count, -1) for a in (avail, extra, surge, dear))]
    theta = np.concatenate(parts, axis=1)
    fixed = blocks.level_values(levels)[theta.shape[1] :]
    theta = np.concatenate([theta, np.tile(fixed, (count, 1))], axis=1)
    return theta, news


def _with_units(network: Network, scenarios: Scenarios) -> Scenarios:
    """Return a batch in which nothing that policies ask to survive is lost."""
    missing = [u.name for u in network.losses.units if u.name not in scenarios.hazards]
    if not missing:
        return scenarios
    whole = np.ones((scenarios.count, len(missing), scenarios.periods))
    return dataclasses.replace(
        scenarios,
        hazards=(*scenarios.hazards, *missing),
        values=np.concatenate([scenarios.values, whole], axis=1),
    )


@dataclass(frozen=True, slots=True)
class Trials:
    """The losses that policies ask to survive, as scenarios that are never drawn.

    Attributes
    ----------
    losses : tuple of Loss
        Which one each is.
    theta : numpy.ndarray
        Data of each, shape (K, P).
    news : numpy.ndarray
        Periods before each, shape (K,).
    """

    losses: tuple[Loss, ...]
    theta: NDArray[np.float64]
    news: NDArray[np.int64]


def trial_data(blocks: Blocks, network: Network, levels: dict[str, float]) -> Trials:
    """Return the data of each loss that a policy asks to survive.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    network : Network
        The network that it was compiled from, with the losses.
    levels : dict
        Value of each policy level.

    Returns
    -------
    Trials
        Nothing else happens in them.
    """
    every, periods = network.losses.every, network.case.periods
    hazards = sorted(network.case.table("hazards")["hazard"])
    units = [unit.name for unit in network.losses.units]
    values = np.ones((len(every), len(hazards) + len(units), periods))
    column = {name: len(hazards) + i for i, name in enumerate(units)}
    for k, loss in enumerate(every):
        gone = np.clip(loss.first + loss.length - np.arange(periods), 0.0, 1.0)
        gone[: loss.first] = 0.0
        for name in loss.units:
            values[k, column[name]] = 1.0 - gone
    if not every:
        empty = np.zeros((0, len(blocks.symbols)))
        return Trials((), empty, np.zeros(0, dtype=np.int64))
    batch = Scenarios(
        (*hazards, *units),
        values,
        np.full(len(every), 1.0 / len(every)),
        tuple(f"{loss.policy}: {loss.label}, {k}" for k, loss in enumerate(every)),
    )
    theta, news = scenario_data(blocks, network, batch, levels)
    return Trials(every, theta, news)
