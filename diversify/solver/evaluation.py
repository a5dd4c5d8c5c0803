"""What a point means in each scenario: costs by kind and shortages, from the named forms."""

from __future__ import annotations

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
    first = blocks.first
    forms = blocks.forms
    return Outcomes(
        probability=probability,
        plan_cost={k[1]: float(v[:first] @ plan) for k, v in forms.items() if k[0] == "plan cost"},
        cost={k[1]: recourse @ v[first:] for k, v in forms.items() if k[0] == "cost"},
        short={(k[1], k[2]): recourse @ v[first:] for k, v in forms.items() if k[0] == "short"},
    )


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
    first = blocks.first
    named = [key for key in blocks.forms if key[0] in ("cost", "short")]
    place = {key: i for i, key in enumerate(named)}
    return Outcomes(
        probability=probability,
        plan_cost={
            key[1]: float(vector[:first] @ plan)
            for key, vector in blocks.forms.items()
            if key[0] == "plan cost"
        },
        cost={key[1]: forms[:, i] for key, i in place.items() if key[0] == "cost"},
        short={(key[1], key[2]): forms[:, i] for key, i in place.items() if key[0] == "short"},
    )
