"""A cap on the share of any one site, owner, country or bloc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from diversify.errors import InputError
from diversify.policies.base import OPEN, Names, Policy, Share, period_groups
from diversify.policies.groups import By, members
from diversify.policies.shares import ShareRow, measured, part, volumes, whole

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView


class ShareCap(Policy):
    r"""No single group delivers more than a share of a material at a stage.

    .. math:: \textstyle\sum_{l \in group} content_{l,m}\, book_{l,t} \le share \cdot volume_{s,m,t}

    Parameters
    ----------
    by : {"site", "owner", "country", "bloc"}
        What is capped.
    share : float
        Largest share allowed, a fraction.
    names : list of str, optional
        Only these; omitted: each of them (for blocs, names must be given).
    stage, material : str, optional
        Only this one; omitted: each of them, separately.
    buyer : str, optional
        Count only what is delivered to this buyer.
    period : str
        ``"each"`` period on its own (default), each ``"year"``, the whole ``"horizon"``, or the
        label of one period.
    foreign_only : bool
        Do not cap what stays within the buyer's own countries, as "third country" rules say.

    Examples
    --------
    >>> ShareCap(by="country", share=0.65, stage="refine").sentence()
    'No country delivers more than 65 % of any material at the refine stage in any period.'
    """

    kind: Literal["share_cap"] = "share_cap"
    by: By
    share: Share = OPEN
    names: Names = ()
    stage: str | None = None
    material: str | None = None
    buyer: str | None = None
    period: str = "each"
    foreign_only: bool = False

    unit = "USD per unit of share"
    level_field = "share"

    def default_name(self) -> str:
        """Return a name such as ``share_cap country refine``."""
        parts = ["share_cap", self.by, *self.names, self.stage, self.material, self.buyer]
        return " ".join(p for p in parts if p)

    @property
    def level_value(self) -> float:
        """Return the share."""
        return self.share

    def with_level(self, value: float) -> ShareCap:
        """Return the cap at another share."""
        return self.model_copy(update={"share": value})

    def sentence(self) -> str:
        """Return the cap as one sentence."""
        who = " or ".join(self.names) if self.names else f"No {self.by}"
        verb = "delivers at most" if self.names else "delivers more than"
        foreign = " from outside" if self.foreign_only else ""
        what = self.material or "any material"
        where = f" at the {self.stage} stage" if self.stage else " at any stage"
        to = f" to {self.buyer}" if self.buyer else ""
        when = {"each": "in any period", "year": "in any year", "horizon": "over the horizon"}
        return (
            f"{who}{foreign} {verb} {100 * self.share:g} % of {what}{where}{to} "
            f"{when.get(self.period, 'in ' + self.period)}."
        )

    def constrain(self, build: Build) -> None:
        """Add one row for each material, stage, group and period."""
        rows = self.share_rows(build.network)
        if not rows:
            self.empty(build, "it caps no booked volume of this case")
            return
        level = build.level(self.name, self.share)
        found = {row.index: row for row in rows}
        build.add_rows(
            "plan",
            self.name,
            list(found),
            lambda *i: part(build, found[i]) <= level * whole(build, found[i]),
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the share of each row."""
        return measured(view, self.share_rows(view.network))

    def share_rows(self, network: Network) -> list[ShareRow]:
        """Return what the cap counts, after refusing names that the case does not have."""
        groups = members(network, self.by)
        self.known("names", self.names, groups)
        self.known("stage", [self.stage] if self.stage else [], network.stages)
        self.known("material", [self.material] if self.material else [], network.materials)
        self.known("buyer", [self.buyer] if self.buyer else [], network.buyers)
        if self.by == "bloc" and not self.names:
            raise InputError(
                [
                    self.finding(
                        "names", None, "a cap by bloc needs names", f"one of {sorted(groups)}"
                    )
                ]
            )
        spans = period_groups(network, self.period)
        self.known("period", [self.period] if not spans else [], network.case.period_labels)
        domestic = network.lanes["domestic"]
        rows = []
        for stage in [self.stage] if self.stage else network.stages:
            for material in [self.material] if self.material else network.materials:
                every = volumes(network, stage, material, self.buyer)
                inside = set(every)
                for group in self.names or groups:
                    lanes = [lane for lane in groups[group] if lane in inside]
                    if self.foreign_only:
                        lanes = [lane for lane in lanes if not domestic[lane]]
                    if not lanes:
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
        if self.names:
            silent = set(self.names) - {row.group for row in rows}
            if silent and not self.allow_empty:
                raise InputError(
                    [
                        self.finding(
                            "names",
                            name,
                            f"it matches nothing: {name!r} delivers no such volume",
                            "correct it, or write allow_empty = true",
                        )
                        for name in sorted(silent)
                    ]
                )
        return rows
