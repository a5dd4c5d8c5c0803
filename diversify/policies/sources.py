"""How many sources there are: what the least and the largest number have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, Field

from diversify.errors import InputError
from diversify.policies.base import OPEN
from diversify.policies.counted import Counted, Entry, Key
from diversify.policies.groups import By, members
from diversify.policies.shares import ShareRow, measured, parts

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView

PLURAL = {"site": "sites", "owner": "owners", "country": "countries", "bloc": "blocs"}
# A share that is met to the tolerance of the solver counts.
NEARLY = 1e-6


def _number(value: float) -> float:
    if value != int(value):
        raise ValueError("a number of sources is whole")
    return value


@dataclass(frozen=True)
class Linked:
    """What a policy has to link: what groups deliver, and whether they are sources.

    Attributes
    ----------
    groups : dict
        Rows by material, stage and period.
    found : dict
        The same rows by material, stage, period and group: the index of ``used``.
    part : callable
        What a row delivers [t].
    used : pyomo.environ.Var
        Yes or no.
    limits : dict
        The most that a group, and that all together, can deliver [t].
    level : pyomo.environ.Param
        The number of sources.
    """

    groups: Mapping[Key, Sequence[ShareRow]]
    found: Mapping[tuple[str, ...], ShareRow]
    part: Callable[[ShareRow], Any]
    used: Any
    limits: Mapping[ShareRow, tuple[float, float]]
    level: Any


class Sources(Counted):
    """A limit on the number of groups that deliver.

    Attributes
    ----------
    count : float
        The level, a whole number.
    """

    by: By
    count: Annotated[float, Field(ge=1, allow_inf_nan=False), AfterValidator(_number)] = OPEN

    unit = "USD per source"
    level_field = "count"

    @property
    def level_value(self) -> float:
        """Return the number of sources."""
        return self.count

    def _counted(self) -> str:
        """Return how many of what, in words."""
        if self.names:
            return f"{self.count:g} of {', '.join(self.names)}"
        return f"{self.count:g} {self.by if self.count == 1 else PLURAL[self.by]}"

    @property
    @abstractmethod
    def least_share(self) -> float:
        """Return the share that makes a group a source."""

    def with_level(self, value: float) -> Self:
        """Return the policy at another number."""
        return self.model_copy(update={"count": value})

    def constrain(self, build: Build) -> None:
        """Add a yes or no for each group, what it asks for, and the count."""
        active = set(build.network.active)
        rows = [
            row
            for row in self.share_rows(build.network)
            if any(pair in active for pair in row.booked)
        ]
        groups = self.indexed(rows)
        if not groups:
            self.empty(build, "it counts no booked volume of this case")
            return
        self._refuse_impossible(groups)
        level = build.level(self.name, self.count)
        part = parts(build, self.name, rows)
        found: dict[tuple[str, ...], ShareRow] = {
            (*key, row.group): row for key, members in groups.items() for row in members
        }
        used = build.add_variable("plan", self.name, list(found), " used", binary=True)
        limits = self._limits(build.network, rows)

        def counted(*key: str) -> object:
            total = sum(used[(*key, row.group)] for row in groups[key])  # type: ignore[index]
            return total <= level if self.upper else total >= level

        self.link(build, Linked(groups, found, part, used, limits, level))
        build.add_rows("plan", self.name, list(groups), counted)

    @abstractmethod
    def link(self, build: Build, linked: Linked) -> None:
        """Add the rows between what a group delivers and whether it is a source."""

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the number of sources of each material, stage and period."""
        groups = self.indexed(self.share_rows(view.network))
        shares = measured(view, [row for rows in groups.values() for row in rows])
        sign = 1.0 if self.upper else -1.0
        found: dict[str, float] = {}
        for (material, stage, period), rows in groups.items():
            known = [shares[row.label] for row in rows if row.label in shares]
            if known:
                where = f" to {self.buyer}" if self.buyer else ""
                edge = self.least_share + sign * NEARLY
                found[f"{material} at {stage}{where} in {period}"] = float(
                    sum(share > edge for share in known)
                )
        return found

    def _entries(self, network: Network) -> list[Entry]:
        groups = members(network, self.by)
        self.known("names", self.names, groups)
        if self.by == "bloc" and not self.names:
            remedy = f"one or more of {sorted(groups)}"
            finding = self.finding("names", None, "a number of blocs needs names", remedy)
            raise InputError([finding])
        return [Entry(name, {name: frozenset(groups[name])}) for name in self.names or groups]

    def _refuse_impossible(self, groups: dict[Key, list[ShareRow]]) -> None:
        """Refuse what no plan can keep."""

    def _limits(
        self, network: Network, rows: Sequence[ShareRow]
    ) -> dict[ShareRow, tuple[float, float]]:
        """Return the most that each group, and that all together, can deliver [t]."""
        from diversify.formulation.linking import most_delivered, reach

        quotas = {str(lane): float(q) for lane, q in network.lanes["quota"].items()}
        reached = reach(network, quotas)
        found: dict[ShareRow, tuple[float, float]] = {}
        endless: dict[str, None] = {}
        for row in rows:
            most, open_ends = most_delivered(network, reached, row.material, row.every, row.periods)
            endless |= dict.fromkeys(open_ends)
            own, _ = most_delivered(network, reached, row.material, row.lanes, row.periods)
            found[row] = own, most
        if endless:
            raise InputError(
                [
                    self.finding(
                        None,
                        site,
                        f"to count sources, what site {site!r} can deliver must be finite",
                        "give the site a capacity, or its lanes quotas",
                    )
                    for site in endless
                ]
            )
        return found
