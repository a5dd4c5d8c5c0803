"""Exclusion: nothing from the named sites, owners, countries or blocs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from diversify.errors import InputError
from diversify.policies.base import Names, Policy
from diversify.policies.groups import By, members

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView


class Exclude(Policy):
    r"""Nothing is booked from the named groups, from a period on.

    .. math:: \textstyle\sum_{l \in group} book_{l,t} \le 0 \quad \forall t \ge from

    Parameters
    ----------
    by : {"site", "owner", "country", "bloc"}
        What is excluded.
    names : list of str
        Who is excluded.
    stage, material : str, optional
        Only at this stage, only this material.
    from_period : str, optional
        Label of the first period of the exclusion; omitted: from the start.
    limit : float
        Tonnes of lane volume that remain allowed in each period.

    Examples
    --------
    >>> Exclude(by="country", names=["CHN"]).sentence()
    'Nothing is booked from CHN.'
    """

    kind: Literal["exclude"] = "exclude"
    by: By
    names: Names = Field(min_length=1)
    stage: str | None = None
    material: str | None = None
    from_period: str | None = None
    limit: float = Field(default=0.0, ge=0, allow_inf_nan=False)

    unit = "USD per tonne allowed in each period"

    def default_name(self) -> str:
        """Return a name such as ``exclude CHN refine``."""
        return " ".join(p for p in ["exclude", *self.names, self.stage, self.material] if p)

    @property
    def level_value(self) -> float:
        """Return the tonnes that remain allowed."""
        return self.limit

    def with_level(self, value: float) -> Exclude:
        """Return the exclusion with another remainder."""
        return self.model_copy(update={"limit": value})

    def sentence(self) -> str:
        """Return the exclusion as one sentence."""
        what = f" of {self.material}" if self.material else ""
        where = f" at the {self.stage} stage" if self.stage else ""
        when = f" from {self.from_period} on" if self.from_period else ""
        much = f"At most {self.limit:g} t a period" if self.limit else "Nothing"
        return f"{much}{what}{where} is booked from {' or '.join(self.names)}{when}."

    def constrain(self, build: Build) -> None:
        """Add one row for each name and period."""
        chosen = self._chosen(build.network)
        if not chosen:
            self.empty(build, "it excludes no lane of this case")
            return
        level = build.level(self.name, self.limit)
        book = build.model.plan.book
        build.add_rows(
            "plan",
            self.name,
            list(chosen),
            lambda *i: (
                sum(book[lane, build.network.case.period_labels.index(i[1])] for lane in chosen[i])
                <= level
            ),
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the tonnes booked from each name in each period."""
        labels = view.network.case.period_labels
        return {
            f"{name} in {label}": sum(
                view.booked.get((lane, labels.index(label)), 0.0) for lane in lanes
            )
            for (name, label), lanes in self._chosen(view.network).items()
        }

    def _chosen(self, network: Network) -> dict[tuple[str, str], list[str]]:
        groups = members(network, self.by)
        self.known("names", self.names, groups)
        self.known("stage", [self.stage] if self.stage else [], network.stages)
        self.known("material", [self.material] if self.material else [], network.materials)
        labels = network.case.period_labels
        self.known("from_period", [self.from_period] if self.from_period else [], labels)
        first = labels.index(self.from_period) if self.from_period else 0
        active = set(network.active)
        chosen: dict[tuple[str, str], list[str]] = {}
        silent = []
        for name in self.names:
            lanes = [
                lane
                for lane in groups[name]
                if self.stage in (None, network.lane(lane, "stage"))
                and (self.material is None or network.contained(lane, self.material) > 0)
            ]
            if not lanes and not self.allow_empty:
                silent.append(
                    self.finding(
                        "names",
                        name,
                        f"it matches nothing: no lane leaves {name!r}",
                        "correct it, or write allow_empty = true",
                    )
                )
            for t in network.periods[first:]:
                open_lanes = [lane for lane in lanes if (lane, t) in active]
                if open_lanes:
                    chosen[name, labels[t]] = open_lanes
        if silent:
            raise InputError(silent)
        return chosen
