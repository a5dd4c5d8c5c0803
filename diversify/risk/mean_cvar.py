"""What a plan minimises: the mean of its cost, its conditional value at risk, or both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.errors import Finding, InputError
from diversify.risk import cvar


@dataclass(frozen=True, slots=True)
class MeanCvar:
    r"""The weighted sum of mean and conditional value at risk of the total cost.

    .. math:: mean \cdot \mathbb{E}[C] + cvar \cdot CVaR_\alpha(C)

    Parameters
    ----------
    level : float
        Confidence, in [0, 1): 0.95 looks at the worst 5 %.
    mean, cvar : float
        Weights, 0 or more, not both 0.

    Raises
    ------
    InputError
        If the level or a weight is out of its range.

    Examples
    --------
    >>> half = MeanCvar(level=0.9, mean=0.5, cvar=0.5)
    >>> round(half.value(np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05])), 9)
    43.25
    """

    level: float = 0.95
    mean: float = 1.0
    cvar: float = 0.0

    def __post_init__(self) -> None:
        findings = []
        if not 0.0 <= self.level < 1.0:
            findings.append(("level", self.level, "the level is not in [0, 1)", "give e.g. 0.95"))
        for name, weight in (("mean", self.mean), ("cvar", self.cvar)):
            if not (math.isfinite(weight) and weight >= 0.0):
                findings.append((name, weight, "the weight is not 0 or more", "give 0 or more"))
        if self.mean == 0.0 and self.cvar == 0.0:
            findings.append(("mean", 0.0, "both weights are 0", "give one above 0"))
        if findings:
            raise InputError(
                [
                    Finding.error(
                        table="objective", column=column, value=str(value), message=what, remedy=do
                    )
                    for column, value, what, do in findings
                ]
            )

    @property
    def plain(self) -> bool:
        """Whether this is the expected cost itself."""
        return self.mean == 1.0 and self.cvar == 0.0

    def value(self, costs: NDArray[np.float64], probability: NDArray[np.float64]) -> float:
        """Return the objective of the costs of all scenarios.

        Parameters
        ----------
        costs, probability : numpy.ndarray
            Total cost [USD] and probability of each scenario, shape (S,).

        Returns
        -------
        float
            In USD.
        """
        worst = cvar.value(costs, probability, self.level) if self.cvar else 0.0
        return self.mean * float(probability @ costs) + self.cvar * worst

    def threshold(self, costs: NDArray[np.float64], probability: NDArray[np.float64]) -> float:
        """Return the cost beyond which the tail lies, with which the objective is a plain mean.

        Parameters as in :meth:`value`.

        Returns
        -------
        float
            In USD.
        """
        if self.level <= 0.0:
            return float(costs[probability > 0.0].min())
        return cvar.value_at_risk(costs, probability, self.level)

    def parts(
        self, costs: NDArray[np.float64], probability: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        r"""Return what each scenario adds to the objective, of which that is the mean.

        .. math:: mean\, C_s + cvar\, \bigl(\eta + \tfrac{1}{1-\alpha} (C_s - \eta)^+\bigr)

        Parameters as in :meth:`value`.

        Returns
        -------
        numpy.ndarray
            In USD, shape (S,).

        Examples
        --------
        >>> costs, probability = np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05])
        >>> half = MeanCvar(level=0.9, mean=0.5, cvar=0.5)
        >>> round(float(probability @ half.parts(costs, probability)), 9)
        43.25
        """
        if not self.cvar:
            return np.asarray(self.mean * costs)
        threshold = self.threshold(costs, probability)
        beyond = np.maximum(costs - threshold, 0.0) / (1.0 - self.level)
        return np.asarray(self.mean * costs + self.cvar * (threshold + beyond))
