"""Shares that look through to the mine: which lots a row counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from diversify.policies.groups import Atoms
from diversify.policies.shares import ShareRow

if TYPE_CHECKING:
    from diversify.formulation import Network
    from diversify.formulation.lots import Cell

LookThrough = Literal[False, True, "touched"]


def track(
    network: Network,
    rows: Sequence[ShareRow],
    names: Mapping[str, Sequence[str]],
    groups: Atoms,
    look_through: LookThrough,
) -> list[ShareRow]:
    """Return the rows with the lots that they count.

    Parameters
    ----------
    network : Network
        The network of the case.
    rows : sequence of ShareRow
        Which material is counted where.
    names : mapping
        Names that each label of a group stands for.
    groups : Atoms
        Sites of each name, apart by when they belong to it.
    look_through : bool or "touched"
        Whether only the mine counts, or every site on the way.

    Returns
    -------
    list of ShareRow
        Without those that no lot can count for.
    """
    from diversify.formulation.look_through import alike, find_lots

    wanted = {label: [p for name in names[label] for p in groups.parts[name]] for label in names}
    asked = {part: groups.sites[part] for parts in wanted.values() for part in parts}
    found: dict[int, ShareRow] = {}
    for materials in alike(network, dict.fromkeys(row.material for row in rows)):
        mine = [(i, row) for i, row in enumerate(rows) if row.material in materials]
        lanes = {lane for _, row in mine for lane in row.every}
        lots = find_lots(network, materials, lanes, asked, touched=look_through == "touched")
        for i, row in mine:
            cells = lots.cells(row.every, wanted[row.group])
            apart = frozenset(
                (cell, t)
                for cell in cells
                for t in row.periods
                if not _counts(cell, t, wanted[row.group], groups)
            )
            if len(apart) < len(cells) * len(row.periods):
                found[i] = replace(row, lanes=(), cells=cells, lots=lots, apart=apart)
    return [found[i] for i in sorted(found)]


def _counts(cell: Cell, t: int, wanted: Sequence[str], groups: Atoms) -> bool:
    """Say whether lots count in a period for any of the parts that are wanted."""
    return any(
        part in wanted and (part not in groups.periods or t in groups.periods[part])
        for part in cell[1]
    )


def through_words(look_through: LookThrough) -> str:
    """Return what a sentence says about looking through, with a comma before it."""
    if look_through == "touched":
        return ", counted for everyone who mined it or worked on it"
    return ", counted by where it was mined" if look_through else ""


def through_name(look_through: LookThrough) -> str:
    """Return what a name says about looking through."""
    return "touched" if look_through == "touched" else "look-through" if look_through else ""
