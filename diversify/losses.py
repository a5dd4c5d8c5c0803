"""Losses that a plan has to survive: who is gone, from when, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MOST = 20_000


@dataclass(frozen=True, slots=True)
class Unit:
    """What can be lost as a whole: a site, an owner, a country, a lane.

    Attributes
    ----------
    name : str
        Unique, such as ``"country CHN"``.
    sites, lanes : frozenset of str
        What stands still with it.
    """

    name: str
    sites: frozenset[str] = frozenset()
    lanes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Loss:
    """Some units gone together, from the start of a period on.

    Attributes
    ----------
    policy : str
        Name of the policy that asks to survive it.
    units : tuple of str
        Names of the units.
    first : int
        Number of the first period.
    length : float
        How many periods it lasts; a fraction is a part of the last one.
    """

    policy: str
    units: tuple[str, ...]
    first: int
    length: float

    @property
    def label(self) -> str:
        """The loss in words."""
        return " and ".join(self.units)


@dataclass(frozen=True, slots=True)
class Losses:
    """All losses that some policies ask to survive.

    Attributes
    ----------
    units : tuple of Unit
        Everything that is lost in some of them.
    every : tuple of Loss
        In a fixed order.
    """

    units: tuple[Unit, ...] = ()
    every: tuple[Loss, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.every)

    def joined(self, other: Losses) -> Losses:
        """Return these losses and others."""
        known = {unit.name: unit for unit in (*self.units, *other.units)}
        return Losses(tuple(known[name] for name in sorted(known)), (*self.every, *other.every))


def group_units(by: str, groups: Mapping[str, Iterable[str]], *, sites: bool = True) -> list[Unit]:
    """Return the units that groups of sites or lanes make.

    Parameters
    ----------
    by : str
        What is grouped by, the first word of the names.
    groups : mapping
        Name of each group to its sites or lanes; groups without any are left out.
    sites : bool
        Whether they are sites.

    Returns
    -------
    list of Unit
        In the order of their names.
    """
    found = []
    for name in sorted(groups):
        held = frozenset(groups[name])
        if held:
            unit = Unit(f"{by} {name}", held) if sites else Unit(f"{by} {name}", lanes=held)
            found.append(unit)
    return found


def every_loss(
    policy: str, units: Iterable[Unit], together: int, first: int, length: float
) -> Losses:
    """Return each loss of some units together.

    Parameters
    ----------
    policy : str
        Name of the policy.
    units : iterable of Unit
        Candidates.
    together : int
        How many are lost at a time.
    first : int
        Number of the first period.
    length : float
        Periods that the loss lasts.

    Returns
    -------
    Losses
        One for each combination.

    Raises
    ------
    ValueError
        If there are more than 20,000 combinations.

    Examples
    --------
    >>> units = group_units("country", {"AUS": ["A"], "CHN": ["C1", "C2"], "USA": ["U"]})
    >>> [loss.label for loss in every_loss("N-2", units, 2, 0, 4).every]
    ['country AUS and country CHN', 'country AUS and country USA', 'country CHN and country USA']
    """
    known = tuple(units)
    if comb(len(known), together) > MOST:
        raise ValueError(f"{comb(len(known), together):,} combinations are more than {MOST:,}")
    return Losses(
        known,
        tuple(
            Loss(policy, tuple(unit.name for unit in chosen), first, length)
            for chosen in combinations(known, together)
        ),
    )


def struck_by(lanes: pd.DataFrame, unit: Unit) -> list[str]:
    """Return the lanes that a unit takes with it: its own, and those that leave its sites."""
    leaving = lanes["origin"].isin(unit.sites) | lanes.index.isin(unit.lanes)
    return [str(lane) for lane in lanes.index[leaving]]
