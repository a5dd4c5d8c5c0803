"""A floor under the share of named sites, owners, countries or blocs, domestic or recycled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from diversify.errors import InputError
from diversify.policies.base import OPEN, Names, Policy, Share, period_groups
from diversify.policies.groups import members
from diversify.policies.shares import ShareRow, measured, part, volumes, whole

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView


class ShareFloor(Policy):
    r"""The named groups together deliver at least a share of a material at a stage.

    .. math:: \textstyle\sum_{l \in group} content_{l,m}\, book_{l,t} \ge share \cdot volume_{s,m,t}

    Parameters
    ----------
    by : {"site", "owner", "country", "bloc", "domestic", "stage"}
        ``domestic`` counts lanes within the buyer's own countries and needs no names; ``stage``
        counts what reaches buyers straight from the named stages, such as ``recycle``.
    share : float
        Smallest share allowed, a fraction.
    names : list of str
        Whose shares are added up.
    stage, material, buyer, period
        As in :class:`~diversify.policies.share_cap.ShareCap`.

    Examples
    --------
    >>> ShareFloor(by="domestic", share=0.4, stage="refine").sentence()
    'At least 40 % of every material at the refine stage is domestic in any period.'
    """

    kind: Literal["share_floor"] = "share_floor"
    by: Literal["site", "owner", "country", "bloc", "domestic", "stage"]
    share: Share = OPEN
    names: Names = ()
    stage: str | None = None
    material: str | None = None
    buyer: str | None = None
    period: str = "each"

    unit = "USD per unit of share"
    level_field = "share"
    upper = False

    def default_name(self) -> str:
        """Return a name such as ``share_floor domestic refine``."""
        parts = ["share_floor", self.by, *self.names, self.stage, self.material, self.buyer]
        return " ".join(p for p in parts if p)

    @property
    def level_value(self) -> float:
        """Return the share."""
        return self.share

    def with_level(self, value: float) -> ShareFloor:
        """Return the floor at another share."""
        return self.model_copy(update={"share": value})

    def sentence(self) -> str:
        """Return the floor as one sentence."""
        what = self.material or "every material"
        where = f" at the {self.stage} stage" if self.stage else ""
        who = "is domestic" if self.by == "domestic" else "comes from " + ", ".join(self.names)
        to = f" to {self.buyer}" if self.buyer else ""
        when = {"each": "in any period", "year": "in any year", "horizon": "over the horizon"}
        return (
            f"At least {100 * self.share:g} % of {what}{where}{to} {who} "
            f"{when.get(self.period, 'in ' + self.period)}."
        )

    def constrain(self, build: Build) -> None:
        """Add one row for each material, stage and period."""
        rows = self.share_rows(build.network)
        if not rows:
            self.empty(build, "it counts no booked volume of this case")
            return
        level = build.level(self.name, self.share)
        found = {row.index: row for row in rows}
        build.add_rows(
            "plan",
            self.name,
            list(found),
            lambda *i: part(build, found[i]) >= level * whole(build, found[i]),
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the share of each row."""
        return measured(view, self.share_rows(view.network))

    def share_rows(self, network: Network) -> list[ShareRow]:
        """Return what the floor counts, after refusing names that the case does not have."""
        chosen = self._chosen(network)
        spans = period_groups(network, self.period)
        self.known("period", [self.period] if not spans else [], network.case.period_labels)
        self.known("stage", [self.stage] if self.stage else [], network.stages)
        self.known("material", [self.material] if self.material else [], network.materials)
        self.known("buyer", [self.buyer] if self.buyer else [], network.buyers)
        group = ", ".join(self.names) or self.by
        rows, silent = [], []
        for stage in self._stages(network):
            for material in [self.material] if self.material else network.materials:
                every = self._every(network, stage, material)
                lanes = [lane for lane in every if lane in chosen]
                if not lanes:
                    # Leaving such a row out would drop the floor without a word (R1).
                    silent += [(stage, material)] if every else []
                    continue
                rows += [
                    ShareRow(
                        material,
                        stage,
                        group,
                        label,
                        tuple(lanes),
                        tuple(every),
                        tuple(span),
                        self.buyer,
                    )
                    for label, span in spans.items()
                ]
        if not self.allow_empty:
            self._refuse_silent(network, rows, silent)
        return rows

    def _stages(self, network: Network) -> tuple[str, ...]:
        if self.by == "stage":
            return ("delivered",)
        return (self.stage,) if self.stage else network.stages

    def _refuse_silent(
        self, network: Network, rows: list[ShareRow], silent: list[tuple[str, str]]
    ) -> None:
        remedy = "name the stage or the material that is meant, or write allow_empty = true"
        findings = [
            self.finding(None, None, f"it matches no {material} at the {stage} stage", remedy)
            for stage, material in silent
        ]
        counted = {lane for row in rows for lane in row.lanes}
        findings += [
            self.finding("names", name, f"it matches nothing: {name!r} delivers no such volume",
                         "correct it, or write allow_empty = true")
            for name, lanes in self._by_name(network).items()
            if rows and not counted & set(lanes)
        ]  # fmt: skip
        if findings:
            raise InputError(findings)

    def _every(self, network: Network, stage: str, material: str) -> list[str]:
        if self.by != "stage":
            return volumes(network, stage, material, self.buyer)
        lanes = network.lanes
        return [
            lane
            for lane in lanes.index[lanes["to_buyer"]]
            if network.contained(lane, material) > 0
            and self.buyer in (None, network.lane(lane, "destination"))
        ]

    def _chosen(self, network: Network) -> set[str]:
        lanes = network.lanes
        if self.by == "domestic":
            if self.names:
                what = f"a {self.by} floor takes no names"
                raise InputError(
                    [self.finding("names", ", ".join(self.names), what, "leave them out")]
                )
            return set(lanes.index[lanes["domestic"]])
        if not self.names:
            raise InputError(
                [
                    self.finding(
                        "names", None, f"a floor by {self.by} needs names", "say whose share"
                    )
                ]
            )
        return {lane for found in self._by_name(network).values() for lane in found}

    def _by_name(self, network: Network) -> dict[str, list[str]]:
        """Return the lanes of each name, after refusing names that the case does not have."""
        lanes = network.lanes
        if self.by == "domestic":
            return {}
        if self.by == "stage":
            self.known("names", self.names, network.stages)
            return {name: list(lanes.index[lanes["stage"] == name]) for name in self.names}
        groups = members(network, self.by)
        self.known("names", self.names, groups)
        return {name: groups[name] for name in self.names}
