"""What policies and tables see of a solved plan: numbers by lane, buyer and scenario."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import make_label
from diversify.formulation import Network
from diversify.formulation.processing import find_drivers
from diversify.losses import Loss
from diversify.policies.shortage_budget import contained
from diversify.solver.evaluation import Outcomes

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """A solved plan as a policy's measure sees it.

    Attributes
    ----------
    network : Network
        The network of the case.
    booked : dict
        Tonnes booked by lane and period.
    activity : dict
        Tonnes of activity of the undisturbed plan by site, recipe and period.
    planned_shortage : dict
        Tonnes that the undisturbed plan leaves short by buyer, commodity and period.
    targets, bought : dict
        Stock targets, and what is bought for them before the first period [t].
    qualified : dict
        Whether each site that needs a decision is qualified.
    outcomes : Outcomes
        Costs and shortages of each scenario.
    spend : float
        Cost of the undisturbed plan without the value of lost output [USD].
    trials : dict
        What each loss that policies ask to survive leaves short, by buyer and commodity [t].
    """

    network: Network
    booked: dict[tuple[str, int], float]
    activity: dict[tuple[str, str, int], float]
    planned_shortage: dict[tuple[str, str, int], float]
    targets: dict[tuple[str, str], float]
    bought: dict[tuple[str, str], float]
    qualified: dict[str, bool]
    outcomes: Outcomes
    spend: float
    trials: dict[Loss, dict[tuple[str, str], float]] = field(default_factory=dict)

    @property
    def probability(self) -> Vector:
        """Probability of each scenario, shape (S,)."""
        return self.outcomes.probability

    @property
    def cost(self) -> Vector:
        """Total cost of each scenario [USD], shape (S,)."""
        return self.outcomes.total

    @property
    def asked(self) -> list[str]:
        """Materials with demand, of which something may be short."""
        return [
            material
            for material in self.network.materials
            if any(
                quantity > 0 and self.network.content[c].get(material)
                for (_, c, _), quantity in self.network.demand.items()
            )
        ]

    def shortage(self, material: str, buyer: str | None) -> Vector:
        """Shortage of a material as a fraction of planned demand in each scenario."""
        planned, lost = 0.0, np.zeros(len(self.probability))
        for (b, c, _), quantity in self.network.demand.items():
            if buyer in (None, b):
                planned += contained(self.network, c, material) * quantity
        for (b, c), tonnes in self.outcomes.short.items():
            if buyer in (None, b):
                lost = lost + contained(self.network, c, material) * tonnes
        return lost / planned


def make_view(
    network: Network,
    blocks: Blocks,
    plan: Vector,
    outcomes: Outcomes,
    trials: dict[Loss, dict[tuple[str, str], float]] | None = None,
) -> View:
    """Return the view of a plan.

    Parameters
    ----------
    network : Network
        The network of the case.
    blocks : Blocks
        The compiled problem.
    plan : numpy.ndarray
        First-stage point, shape (first,).
    outcomes : Outcomes
        What each scenario costs and lacks.
    trials : dict, optional
        What each loss that policies ask to survive leaves short.

    Returns
    -------
    View
        With tiny negative values of the solver set to zero.
    """
    named = dict(zip(blocks.columns[: blocks.first], np.maximum(plan, 0.0).tolist(), strict=True))
    places = list(network.stocks.index)
    booked = {(lane, t): named[make_label("plan.book", lane, t)] for lane, t in network.active}
    return View(
        network=network,
        booked=booked,
        activity=_activity(network, booked, named),
        planned_shortage=_planned_shortage(network, named),
        targets={(b, c): named[make_label("plan.target", b, c)] for b, c in places},
        bought={(b, c): named[make_label("plan.bought", b, c)] for b, c in places},
        qualified={
            site: named[make_label("plan.qualify", site)] > 0.5
            for site in network.sites.index[network.sites["decision"]]
        },
        outcomes=outcomes,
        spend=_spend(network, blocks, plan, outcomes),
        trials=trials or {},
    )


def _planned_shortage(
    network: Network, named: dict[str, float]
) -> dict[tuple[str, str, int], float]:
    return {
        (b, c, t): sum(
            named.get(make_label("plan.short", b, c, k, t), 0.0)
            for k, _, _ in network.tiers.get((b, c), [])
        )
        for b, c, t in network.demand
    }


def _activity(
    network: Network, booked: dict[tuple[str, int], float], named: dict[str, float]
) -> dict[tuple[str, str, int], float]:
    """Return what each recipe does: its own variable, or the flow that says it."""
    drivers = find_drivers(network)
    found = {}
    for site, recipe, t in network.runs:
        driver = drivers.get((site, recipe))
        if driver is None:
            found[site, recipe, t] = named[make_label("plan.run", site, recipe, t)]
        else:
            moved = sum(booked.get((lane, t), 0.0) for lane in driver.lanes)
            found[site, recipe, t] = moved / driver.amount
    return found


def _spend(network: Network, blocks: Blocks, plan: Vector, outcomes: Outcomes) -> float:
    """Add up what the undisturbed plan costs, by the twins of the scenario costs."""
    total = sum(outcomes.plan_cost.values())
    for key, form in blocks.forms.items():
        if key[0] == "cost" and key[1] not in ("shortage", "stock_resale", "pool_resale"):
            mine = form[blocks.first :]
            twin = blocks.twin[blocks.first :]
            known = (mine != 0) & (twin >= 0)
            total += float(mine[known] @ plan[twin[known]])
    return total
