"""What a point means in each scenario: costs by kind and shortages, from the named forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Costs and shortages of a plan in each scenario.

    Attributes
    ----------
    probability : numpy.ndarray
        Shape (S,).
    plan_cost : dict
        Cost of the plan itself by kind [USD].
    cost : dict
        Cost of each scenario by kind [USD], shape (S,).
    short : dict
        Shortage over the horizon by buyer and commodity [t], shape (S,).
    """

    probability: Vector
    plan_cost: dict[str, float]
    cost: dict[str, Vector]
    short: dict[tuple[str, str], Vector]

    @property
    def total(self) -> Vector:
        """Total cost of each scenario, that of the plan included [USD]."""
        return np.asarray(sum(self.cost.values()) + sum(self.plan_cost.values()))


def scenario_forms(blocks: Blocks) -> dict[tuple[str, ...], Vector]:
    """Return the named forms that a scenario has values of: costs by kind, and shortages.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem, with its named forms.

    Returns
    -------
    dict
        In the order of the blocks; each vector has shape (columns,).
    """
    return {key: form for key, form in blocks.forms.items() if key[0] in ("cost", "short")}


def outcomes(blocks: Blocks, plan: Vector, recourse: Vector, probability: Vector) -> Outcomes:
    """Return costs by kind and shortages of a plan in each scenario.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem, with its named forms.
    plan : numpy.ndarray
        First-stage point, shape (first,).
    recourse : numpy.ndarray
        Second-stage points, shape (S, second).
    probability : numpy.ndarray
        Shape (S,).

    Returns
    -------
    Outcomes
        Everything discounted to the start.
    """
    values = (recourse @ form[blocks.first :] for form in scenario_forms(blocks).values())
    return _named(blocks, plan, values, probability)


def from_forms(blocks: Blocks, plan: Vector, forms: Vector, probability: Vector) -> Outcomes:
    """Return the outcomes whose named forms have been computed scenario by scenario.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem, with its named forms.
    plan : numpy.ndarray
        First-stage point, shape (first,).
    forms : numpy.ndarray
        Costs by kind and shortages of each scenario, in the order of the blocks, shape (S, F).
    probability : numpy.ndarray
        Shape (S,).

    Returns
    -------
    Outcomes
        Everything discounted to the start.
    """
    return _named(blocks, plan, forms.T, probability)


def _named(blocks: Blocks, plan: Vector, values: Iterable[Vector], probability: Vector) -> Outcomes:
    """Return the outcomes of a plan whose named forms have these values, each of shape (S,)."""
    found = dict(zip(scenario_forms(blocks), values, strict=True))
    first = blocks.first
    return Outcomes(
        probability=probability,
        plan_cost={
            key[1]: float(form[:first] @ plan)
            for key, form in blocks.forms.items()
            if key[0] == "plan cost"
        },
        cost={key[1]: value for key, value in found.items() if key[0] == "cost"},
        short={(key[1], key[2]): value for key, value in found.items() if key[0] == "short"},
    )
