"""Random numbers as the stoch file gives them, before they become arrays."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from diversify.smps.cards import Card, is_number
from diversify.smps.places import Place, Places


@dataclass(slots=True)
class Realisation:
    """One outcome of a group as the file gives it.

    Attributes
    ----------
    probability : float
        As written.
    values : dict
        Final value of each place that it mentions.
    parent : int
        Position of the outcome that it inherits from, -1 for the core.
    """

    probability: float
    values: dict[Place, float]
    parent: int = -1


@dataclass(slots=True)
class Draft:
    """Places that are random together, with their outcomes.

    Attributes
    ----------
    name : str
        What the file calls it.
    card : Card
        The line where it begins.
    known : int or None
        Period in which the file says that it becomes known.
    outcomes : list of Realisation
        In the order of the file; empty for a distribution.
    family, parameters : str and tuple of float
        Distribution with its two numbers and the mode of its section; empty for outcomes.
    """

    name: str
    card: Card
    known: int | None
    outcomes: list[Realisation] = field(default_factory=list)
    places: dict[Place, None] = field(default_factory=dict)
    family: str = ""
    parameters: tuple[float, float] = (0.0, 0.0)
    mode: str = "REPLACE"


def lead_of(words: tuple[str, ...], known: Container[str]) -> int:
    """Return how many names come before the value in a line of INDEP, 0 where that is unclear.

    Parameters
    ----------
    words : tuple of str
        One or two names, a value, perhaps a period, and a probability.
    known : container of str
        What the last of the names may be.

    Examples
    --------
    >>> lead_of(("RHS", "demand", "5", "later", "0.5"), {"demand"})
    2
    >>> lead_of(("demand", "5", "later", "0.5"), {"demand"})
    1
    """
    for count in (2, 1):
        rest = len(words) - count
        if rest in (2, 3) and is_number(words[count]) and words[count - 1] in known:
            return count
    return {3: 1, 4: 2, 5: 2}.get(len(words), 0)


def refuse_stages(drafts: list[Draft], places: Places) -> None:
    """Refuse what becomes known after the second period.

    Parameters
    ----------
    drafts : list of Draft
        All that is random.
    places : Places
        Where; its log takes the error.
    """
    names = places.periods.names
    for draft in drafts:
        known = draft.known
        if known is None:
            known = max((places.period(place) for place in draft.places), default=1)
        if known > 1:
            places.log.error(
                draft.card,
                f"{draft.name!r} becomes known in period {names[known]!r} of {len(names)} "
                "periods, but two stages are solved: to take it as known in the second period "
                "would give the later decisions foresight",
                f"let everything become known in {names[1]!r} if that is meant, or use a "
                "multi-stage solver",
            )
            return
