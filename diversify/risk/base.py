"""What a risk measure is, and how to find one by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from diversify.risk import chance, cvar, entropic, expectation, worst

if TYPE_CHECKING:
    from diversify.formulation import Build

Vector = NDArray[np.float64]


class Measure(Protocol):
    """A risk measure has two faces that agree at the optimum (R6)."""

    def value(self, losses: Vector, probability: Vector, level: float) -> float:
        """Return the measure of a discrete distribution of losses.

        Parameters
        ----------
        losses, probability : numpy.ndarray
            Loss and probability of each scenario, shape (S,).
        level : float
            Confidence, such as 0.95, for measures that have one; the aversion of ``entropic``.

        Returns
        -------
        float
            In the unit of the losses.
        """
        ...

    def constrain(
        self,
        build: Build,
        policy: str,
        index: list[Any],
        loss: Callable[..., Any],
        limit: Any,
        level: float,
    ) -> None:
        """Add rows that keep the measure of each loss at or below a limit.

        Parameters
        ----------
        build : Build
            The template under construction.
        policy : str
            Name of the policy.
        index : list
            One loss for each.
        loss : callable
            Pyomo expression of the loss of one scenario, for an index.
        limit : pyomo.environ.Var
            Symbol of the limit, in the unit of the loss.
        level : float
            Confidence, for measures that have one; the aversion of ``entropic``.
        """
        ...


MEASURES: dict[str, Measure] = {
    "expectation": expectation,
    "cvar": cvar,
    "worst": worst,
    "chance": chance,
    "entropic": entropic,
}


def measure(name: str) -> Measure:
    """Return the risk measure of that name.

    Parameters
    ----------
    name : {"expectation", "cvar", "worst", "chance", "entropic"}
        The name, as in policies.

    Returns
    -------
    Measure
        Its two faces.

    Examples
    --------
    >>> import numpy as np
    >>> losses, probability = np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05])
    >>> round(measure("cvar").value(losses, probability, 0.9), 9)
    75.0
    """
    return MEASURES[name]
