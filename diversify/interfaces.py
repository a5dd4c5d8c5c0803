"""Every extension point on one page.

A policy is a class with ``constrain`` (rows in the template), ``measure`` (the same number, from a
plan) and ``sentence``; see :mod:`diversify.policies`. A risk measure is a module or object with
``value`` and ``constrain``; see :mod:`diversify.risk`. A scenario generator is a function from a
case, a number and a seed to :class:`diversify.scenarios.Scenarios`. Each proves itself with the
batteries of :mod:`diversify.testing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from diversify.formulation import Network
    from diversify.losses import Loss


class PlanView(Protocol):
    """What a policy's measure sees of a plan: numbers only, no model."""

    @property
    def network(self) -> Network:
        """The network of the case that the plan is for."""
        ...

    @property
    def booked(self) -> Mapping[tuple[str, int], float]:
        """Tonnes booked, by lane and period."""
        ...

    @property
    def activity(self) -> Mapping[tuple[str, str, int], float]:
        """Activity of the undisturbed plan [t], by site, recipe and period."""
        ...

    @property
    def planned_shortage(self) -> Mapping[tuple[str, str, int], float]:
        """What the undisturbed plan itself leaves short [t], by buyer, commodity and period."""
        ...

    @property
    def targets(self) -> Mapping[tuple[str, str], float]:
        """Stock targets [t], by buyer and commodity."""
        ...

    @property
    def probability(self) -> NDArray[np.float64]:
        """Probability of each scenario, shape (S,)."""
        ...

    @property
    def cost(self) -> NDArray[np.float64]:
        """Total discounted cost in each scenario [USD], shape (S,)."""
        ...

    @property
    def spend(self) -> float:
        """Discounted cost of the undisturbed plan without the value of lost output [USD]."""
        ...

    @property
    def trials(self) -> Mapping[Loss, Mapping[tuple[str, str], float]]:
        """Tonnes short in each loss that policies ask to survive, by buyer and commodity."""
        ...

    def shortage(self, material: str, buyer: str | None) -> NDArray[np.float64]:
        """Shortage of a material as a fraction of planned demand in each scenario, shape (S,)."""
        ...


class Generator(Protocol):
    """A scenario generator: the same case, number and seed give the same scenarios."""

    def __call__(self, case: object, count: int, seed: int) -> object:
        """Return a batch of scenarios."""
        ...
