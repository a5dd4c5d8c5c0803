"""What each country supplies to the importers: now, and at most; mines behind refineries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from diversify.builder.facts import Facts, Output
from diversify.builder.needs import Need
from diversify.builder.origins import ore_flows
from diversify.builder.parameters import Parameters

THIN = 0.01
"""Ore that is less than this share of what a refinery takes goes over no lane of its own."""

FEWEST = 4
"""So many of the largest producers are kept, however small."""


@dataclass(slots=True)
class Place:
    """Supply of one country at one stage [t of its product a year], by importer."""

    country: str
    stage: str
    base: dict[str, float] = field(default_factory=dict)
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def now(self) -> float:
        """What it supplies to all importers now."""
        return sum(self.base.values())

    @property
    def more(self) -> float:
        """What it can supply beyond that."""
        return sum(self.extra.values())


@dataclass(slots=True)
class Chain:
    """Places of the last stage, mines behind them, and ore lanes, for one material."""

    facts: Facts
    needs: tuple[Need, ...]
    last: list[Place]
    mines: list[Place]
    ore: list[tuple[str, str]]
    left_out: list[str]


def make_chain(facts: Facts, needs: Sequence[Need], chosen: Parameters) -> Chain:
    r"""Return who supplies what to whom now, and at most.

    A country supplies an importer now with its share of the importer's need, and at most with

    .. math:: (1 + headroom)\,\max(now,\; need \cdot potential_c / world)

    Parameters
    ----------
    facts : Facts
        What the tables say of the material.
    needs : sequence of Need
        Of the importers.
    chosen : Parameters
        Assumptions.
    """
    made = facts.last
    stage = "refine" if facts.refine else "mine"
    room = _room(facts, chosen)
    kept = _kept(made, needs, chosen)
    last = [Place(country, stage) for country in kept]
    for need in needs:
        shares = {c: s for c, s in need.shares.items() if c in kept}
        whole = sum(shares.values())
        for place in last:
            now = need.primary * shares.get(place.country, 0.0) / whole
            part = need.primary * made.potential[place.country] / made.world
            place.base[need.importer.name] = now
            place.extra[need.importer.name] = (1 + room) * max(now, part) - now
    left = _left_out(stage, made, kept)
    if facts.mine is None or facts.refine is None:
        return Chain(facts, tuple(needs), last, [], [], left)
    mines, ore, less = _mines(facts, needs, last, chosen)
    return Chain(facts, tuple(needs), last, mines, ore, left + less)


def _room(facts: Facts, chosen: Parameters) -> float:
    minor = facts.byproduct >= chosen.byproduct_share
    return chosen.byproduct_headroom if minor else chosen.headroom


def _kept(made: Output, needs: Sequence[Need], chosen: Parameters) -> list[str]:
    """Return the countries that are kept: the large ones, and those that matter to an importer."""
    size = sorted(made.tonnes, key=lambda c: (-made.tonnes[c], c))
    large = [c for c in size if made.tonnes[c] / made.world >= chosen.smallest_share]
    kept = {*large[: chosen.countries], *size[:FEWEST]}
    for need in needs:
        # One in fifty of what an importer buys, as the customs data have at least one in a hundred.
        kept |= {c for c, share in need.shares.items() if share >= max(0.02, chosen.smallest_share)}
    return [c for c in size if c in kept]


def _left_out(stage: str, made: Output, kept: Sequence[str]) -> list[str]:
    rest = 1 - sum(made.tonnes[c] for c in kept) / made.world
    if rest < 0.005:
        return []
    return [f"{stage}: countries with {rest:.3f} of the world's output are left out"]


def _mines(
    facts: Facts, needs: Sequence[Need], last: list[Place], chosen: Parameters
) -> tuple[list[Place], list[tuple[str, str]], list[str]]:
    assert facts.mine is not None  # noqa: S101 - the caller asked
    names, refineries, flows = ore_flows(facts, chosen.year)
    columns = [refineries.index(place.country) for place in last]
    mix = flows[:, columns]
    mix = mix / mix.sum(axis=0)
    mix[mix < THIN] = 0.0
    mix /= mix.sum(axis=0)
    size = np.array([facts.mine.tonnes[c] for c in names])
    by_size = sorted(range(len(names)), key=lambda i: (-size[i], names[i]))
    order = [i for i in by_size if mix[i].sum() > 0]
    wanted = np.array([[p.base[n.importer.name] for n in needs] for p in last]) / chosen.recovery
    fed = mix @ wanted
    total = fed.sum()
    large = [i for i in order if size[i] / facts.mine.world >= chosen.smallest_share]
    kept = sorted(
        {*large[: chosen.countries], *(i for i in order if fed[i].sum() >= 0.02 * total)},
        key=order.index,
    )
    for column in range(mix.shape[1]):
        # A refinery whose mines were all too small keeps its largest.
        if mix[kept, column].sum() <= 0:
            kept.append(int(mix[:, column].argmax()))
    mix = mix[kept] / mix[kept].sum(axis=0)
    fed = mix @ wanted
    room = _room(facts, chosen)
    mines = [Place(names[i], "mine") for i in kept]
    for column, need in enumerate(needs):
        ore_need = need.primary / chosen.recovery
        for row, place in enumerate(mines):
            now = float(fed[row, column])
            part = ore_need * facts.mine.potential[place.country] / facts.mine.world
            place.base[need.importer.name] = now
            place.extra[need.importer.name] = (1 + room) * max(now, part) - now
    ore = [
        (mine.country, place.country)
        for row, mine in enumerate(mines)
        for column, place in enumerate(last)
        if mix[row, column] > 0
    ]
    left = _left_out("mine", facts.mine, [place.country for place in mines])
    return mines, ore, left


def cost_curve(made: Output, spread: float) -> dict[str, float]:
    r"""Return the cost of each country over the price: the largest producers are the cheapest.

    .. math:: k_c = 1 + spread\,\bigl(q_c - \tfrac12\bigr)

    with :math:`q_c` the part of the listed output that is cheaper, counting half of its own; the
    mean over output is 1.

    Examples
    --------
    >>> from diversify.builder.facts import ASSUMED
    >>> made = Output({"A": 60.0, "B": 40.0}, {}, 100.0, "", ASSUMED)
    >>> {c: round(k, 2) for c, k in cost_curve(made, 0.2).items()}
    {'A': 0.96, 'B': 1.06}
    """
    found: dict[str, float] = {}
    below = 0.0
    for country in sorted(made.tonnes, key=lambda c: (-made.tonnes[c], c)):
        part = made.tonnes[country] / made.listed
        found[country] = 1 + spread * (below + part / 2 - 0.5)
        below += part
    return found
