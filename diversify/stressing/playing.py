"""Plans in events: what they lose, what they pay, and how long they last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.result.view import View
from diversify.stressing.ground import Cut, Ground

Vector = NDArray[np.float64]
STEPS = 16
# What is short of a demand by less than this share of it is rounding of the solver.
NOTHING = 1e-7
DAYS_PER_MONTH = 365 / 12


@dataclass(frozen=True, slots=True)
class Played:
    """What some scenarios cost and lack, with one plan.

    Attributes
    ----------
    cost : numpy.ndarray
        Total cost [USD, present value], shape (S,).
    kinds : dict
        The same by kind, that of the plan included, each of shape (S,).
    short : dict
        Tonnes of each material that go unmet over the horizon, shape (S,).
    demand : dict
        Tonnes of each material that are needed over the horizon.
    """

    cost: Vector
    kinds: dict[str, Vector]
    short: dict[str, Vector]
    demand: dict[str, float]

    def part(self, some: slice) -> Played:
        """Return some of the scenarios."""
        return Played(
            self.cost[some],
            {kind: usd[some] for kind, usd in self.kinds.items()},
            {material: tonnes[some] for material, tonnes in self.short.items()},
            self.demand,
        )


@dataclass(frozen=True, slots=True)
class InEvents:
    """A plan without any event, in each event, and where each is heard of and does not happen.

    The last is what an event is compared with: who hears of one may leave the plan, draw down the
    stock and save its cost, which is no merit of the event.
    """

    calm: Played
    struck: Played
    spared: Played


def play(ground: Ground, point: Vector) -> InEvents:
    """Return a plan in every event of the ground."""
    count = len(ground.mapped)
    cuts: list[Cut] = [(e, length) for length in (np.inf, 0.0) for e in range(count)]
    both = _played(ground.play(point, cuts))
    struck, spared = both.part(slice(count)), both.part(slice(count, None))
    return InEvents(_played(ground.calm(point)), struck, spared)


def play_best(ground: Ground, position: int) -> Played:
    """Return the cheapest plan of an event that is certain and known from the start."""
    return _played(ground.best(position))


def _played(view: View) -> Played:
    network, outcomes = view.network, view.outcomes
    count = len(view.probability)
    kinds = {kind: np.full(count, usd) for kind, usd in outcomes.plan_cost.items()}
    for kind, usd in outcomes.cost.items():
        kinds[kind] = kinds.get(kind, 0.0) + usd
    demand: dict[str, float] = {}
    for (_, commodity, _), quantity in network.demand.items():
        for material, content in network.content[commodity].items():
            demand[material] = demand.get(material, 0.0) + content * quantity
    demand = {material: tonnes for material, tonnes in demand.items() if tonnes > 0}
    short = {material: np.zeros(count) for material in demand}
    for (_, commodity), tonnes in outcomes.short.items():
        for material, content in network.content[commodity].items():
            if material in short:
                short[material] += content * tonnes
    return Played(view.cost, kinds, short, demand)


def survived(ground: Ground, point: Vector) -> list[float]:
    """Return for how long each event may last before a plan must leave anything short [months].

    An event that ends earlier than it did, all of it at once, is met without shortage by the plan;
    looked for on a grid, and then within its cell, so to 1/256 of the length of the event.

    Parameters
    ----------
    ground : Ground
        The case and the events.
    point : numpy.ndarray
        First stage of the plan.

    Returns
    -------
    list of float
        The whole length of an event where nothing is short in it.
    """
    lasts = ground.lasts
    count = len(lasts)
    low, high = [0.0] * count, list(lasts)
    grid = np.arange(STEPS + 1) / STEPS
    for _ in range(2):
        cuts = [(e, low[e] + (high[e] - low[e]) * part) for e in range(count) for part in grid]
        # Where nothing happens stays the first of each event's own.
        cuts[:: STEPS + 1] = [(e, 0.0) for e in range(count)]
        view = ground.play(point, cuts)
        for e in range(count):
            mine = _missing(view, slice(e * (STEPS + 1), (e + 1) * (STEPS + 1)))[1:]
            lost = int(np.argmax(mine)) if mine.any() else STEPS
            width = (high[e] - low[e]) / STEPS
            low[e], high[e] = low[e] + lost * width, low[e] + min(lost + 1, STEPS) * width
    return low


def _missing(view: View, some: slice) -> NDArray[np.bool_]:
    """Return whether anything is short in some scenarios that is not short in the first of them."""
    size = dict.fromkeys(view.outcomes.short, 0.0)
    for (buyer, commodity, _), quantity in view.network.demand.items():
        if (buyer, commodity) in size:
            size[buyer, commodity] += quantity
    found = np.zeros(some.stop - some.start, dtype=np.bool_)
    for key, tonnes in view.outcomes.short.items():
        mine = tonnes[some]
        found |= mine > mine[0] + NOTHING * max(size[key], NOTHING)
    return found
