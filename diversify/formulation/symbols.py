"""Data symbols: what changes from scenario to scenario, so that the compiler can see it."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from diversify.formulation.network import Hazards, Network


def add_symbols(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Declare the scenario data of the template.

    Five families, all variables on the block ``m.data`` that the compiler treats as data:
    ``pre[t]`` is 1 while no news has come, else 0; ``avail[g, t]`` is the part of what was booked
    that the hazards of set :math:`g` leave; ``extra[g, t]`` is ``avail[g, t] (1 - pre[t])``, a
    symbol of its own because a product of two symbols would not be affine; ``surge[d, t]``
    multiplies demand; ``dear[p, t]`` is the rise of prices that the hazards of set :math:`p` bring,
    as a share, and 0 before news.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives the block ``data``.
    network : Network
        The network of the case.
    """
    m.data = pyo.Block()
    m.data.pre = pyo.Var(network.periods)
    m.data.avail = pyo.Var(range(len(network.hazard_sets)), network.periods)
    m.data.extra = pyo.Var(range(len(network.hazard_sets)), network.periods)
    m.data.surge = pyo.Var(range(len(network.surge_sets)), network.periods)
    m.data.dear = pyo.Var(range(len(network.rises.sets)), network.periods)


class Symbols:
    """Expressions of the data symbols for a lane, a site or a demand in a period."""

    def __init__(self, m: pyo.ConcreteModel, network: Network) -> None:
        self._m = m
        self._sets = {g: i for i, g in enumerate(network.hazard_sets)}
        self._surges = {d: i for i, d in enumerate(network.surge_sets)}
        self._network = network

    def pre(self, t: int) -> Any:
        """Return 1 before news, else 0."""
        return self._m.data.pre[t]

    def available(self, hazards: Hazards, t: int) -> Any:
        """Return the part of a booking that hazards leave."""
        return self._m.data.avail[self._sets[hazards], t] if hazards else 1.0

    def after_news(self, hazards: Hazards, t: int) -> Any:
        """Return the same after news, and 0 before."""
        return self._m.data.extra[self._sets[hazards], t] if hazards else 1 - self._m.data.pre[t]

    def surge(self, buyer: str, commodity: str, t: int) -> Any:
        """Return the multiplier of a demand."""
        hazards = self._network.demand_hazards[buyer, commodity]
        return self._m.data.surge[self._surges[hazards], t] if hazards else 1.0
