"""What policies that count booked volumes have in common: fields, names, rows and words."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from diversify.errors import InputError
from diversify.policies.base import Names, Policy, period_groups
from diversify.policies.groups import Times, atoms, sites_by, times
from diversify.policies.shares import ShareRow, volumes
from diversify.policies.tracking import LookThrough, through_name, through_words, track

if TYPE_CHECKING:
    from diversify.formulation import Network


Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row counts: under one label, the lanes that leave each of some names."""

    label: str
    lanes: Mapping[str, frozenset[str]]

    @property
    def every(self) -> frozenset[str]:
        """All lanes."""
        return frozenset().union(*self.lanes.values())


class Counted(Policy):
    """A limit on what groups of sites deliver out of a stage.

    Attributes
    ----------
    by : str
        What is grouped by.
    names, stage, material, buyer, period
        What is counted; what is left out means each one, separately.
    """

    by: str
    names: Names = ()
    stage: str | None = None
    material: str | None = None
    buyer: str | None = None
    period: str = "each"

    refuses_gaps: ClassVar[bool] = False

    @property
    def through(self) -> LookThrough:
        """Whether, and how, tonnes are counted for those who mined them."""
        return False

    def default_name(self) -> str:
        """Return a name made of the kind and of what is counted, such as ``share_cap country``."""
        what = [self.kind, self.by, *self.names, self.stage, self.material, self.buyer]
        return " ".join(p for p in [*what, through_name(self.through)] if p)

    def share_rows(self, network: Network) -> list[ShareRow]:
        """Return what is counted, after refusing names that the case does not have."""
        self._refuse_unknown(network)
        entries = self._entries(network)
        spans = period_groups(network, self.period)
        rows: list[ShareRow] = []
        pairs = []
        for stage in self._stages(network):
            for material in [self.material] if self.material else network.materials:
                every = tuple(self._every(network, stage, material))
                pairs += [(stage, material)] if every else []
                for entry in entries:
                    lanes = tuple(lane for lane in every if lane in entry.every)
                    if not lanes and not (every and self.through):
                        continue
                    rows += [
                        ShareRow(
                            material,
                            stage,
                            entry.label,
                            label,
                            lanes,
                            every,
                            tuple(span),
                            self.buyer,
                        )
                        for label, span in spans.items()
                    ]
        when = self._times(network)
        if self.through:
            names = {entry.label: tuple(entry.lanes) for entry in entries}
            split = atoms(self._groups(network), when, network.case.period_labels)
            rows = track(network, rows, names, split, self.through)
            states = {part for row in rows for _, state in row.cells for part in state}
            met = {name for name in split.parts if states & set(split.parts[name])}
        else:
            rows = _dated(network, rows, entries, when)
            counted = {lane for row in rows for lane in row.lanes}
            met = {n for entry in entries for n, lanes in entry.lanes.items() if counted & lanes}
        if not self.allow_empty:
            self._refuse_gaps(entries, rows, pairs, met)
        return rows

    def indexed(self, rows: Sequence[ShareRow]) -> dict[Key, list[ShareRow]]:
        """Return the rows of all groups together, by material, stage and period."""
        found: dict[Key, list[ShareRow]] = {}
        for row in rows:
            found.setdefault((row.material, row.stage, row.period), []).append(row)
        return found

    @abstractmethod
    def _entries(self, network: Network) -> list[Entry]:
        """Return what each row counts."""

    def _refuse_gaps(
        self,
        entries: Sequence[Entry],
        rows: Sequence[ShareRow],
        pairs: Sequence[tuple[str, str]],
        met: set[str],
    ) -> None:
        """Refuse names that no row counts and, for a floor, what no name delivers."""
        kept = {(row.stage, row.material) for row in rows}
        gaps = [pair for pair in pairs if pair not in kept] if self.refuses_gaps else []
        # Leaving such a row out would drop the floor without a word (R1).
        remedy = "name the stage or the material that is meant, or write allow_empty = true"
        findings = [
            self.finding(None, None, f"it matches no {material} at the {stage} stage", remedy)
            for stage, material in gaps
        ]
        findings += [
            self.finding(
                "names",
                name,
                f"it matches nothing: {name!r} delivers no such volume",
                "correct it, or write allow_empty = true",
            )
            for entry in entries
            for name in entry.lanes
            if name in self.names and (rows or not gaps) and name not in met
        ]
        if findings:
            raise InputError(findings)

    def _groups(self, network: Network) -> dict[str, list[str]]:
        """Return the sites that count for each group, to look through to them."""
        return sites_by(network, self.by)  # type: ignore[arg-type]

    def _times(self, network: Network) -> Times:
        """Return when sites belong to groups that change while the case runs."""
        return times(network, network.blocs) if self.by == "bloc" else {}

    def _stages(self, network: Network) -> tuple[str, ...]:
        return (self.stage,) if self.stage else network.stages

    def _every(self, network: Network, stage: str, material: str) -> list[str]:
        return volumes(network, stage, material, self.buyer)

    def _refuse_unknown(self, network: Network) -> None:
        self.known("stage", [self.stage] if self.stage else [], network.stages)
        self.known("material", [self.material] if self.material else [], network.materials)
        self.known("buyer", [self.buyer] if self.buyer else [], network.buyers)
        unknown = [] if period_groups(network, self.period) else [self.period]
        self.known("period", unknown, network.case.period_labels)

    def _when(self) -> str:
        when = {"each": "in any period", "year": "in any year", "horizon": "over the horizon"}
        return when.get(self.period, "in " + self.period) + through_words(self.through)


class Traced(Counted):
    """A policy that can look through to the mine.

    Attributes
    ----------
    look_through : bool or "touched"
        True counts a tonne for who mined it, however often it was worked on since; ``"touched"``
        for everyone who mined it or worked on it.
    """

    look_through: LookThrough = False

    @property
    def through(self) -> LookThrough:
        """Whether, and how, tonnes are counted for those who mined them."""
        return self.look_through


def _dated(
    network: Network, rows: Sequence[ShareRow], entries: Sequence[Entry], when: Times
) -> list[ShareRow]:
    """Return the rows with what does not count for a group at the time; none of nothing at all."""
    if not when:
        return list(rows)
    entry_of = {entry.label: entry for entry in entries}

    def counts(lane: str, t: int, lanes_of: Mapping[str, frozenset[str]]) -> bool:
        site = network.lane(lane, "origin")
        return any(
            lane in lanes and t in when.get(name, {}).get(site, (t,))
            for name, lanes in lanes_of.items()
        )

    found = []
    for row in rows:
        lanes_of = entry_of[row.group].lanes
        apart = frozenset((i, t) for i, t in row.booked if not counts(i, t, lanes_of))
        if len(apart) < len(row.booked):
            found.append(replace(row, apart=apart))
    return found
