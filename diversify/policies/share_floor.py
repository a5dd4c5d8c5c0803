"""A floor under the share of named sites, owners, countries or blocs, domestic or recycled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from diversify.errors import InputError
from diversify.policies.counted import Entry
from diversify.policies.groups import members
from diversify.policies.share_policy import SharePolicy

if TYPE_CHECKING:
    from diversify.formulation import Network


class ShareFloor(SharePolicy):
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
    stage, material, buyer, period, look_through
        As in :class:`~diversify.policies.share_cap.ShareCap`. A floor that looks through
        counts what lots from the named groups yield, and no more.

    Examples
    --------
    >>> ShareFloor(by="domestic", share=0.4, stage="refine").sentence()
    'At least 40 % of every material at the refine stage is domestic in any period.'
    """

    kind: Literal["share_floor"] = "share_floor"
    by: Literal["site", "owner", "country", "bloc", "domestic", "stage"]

    upper = False
    refuses_gaps = True

    def sentence(self) -> str:
        """Return the floor as one sentence."""
        what = self.material or "every material"
        where = f" at the {self.stage} stage" if self.stage else ""
        who = "is domestic" if self.by == "domestic" else "comes from " + ", ".join(self.names)
        to = f" to {self.buyer}" if self.buyer else ""
        return f"At least {100 * self.share:g} % of {what}{where}{to} {who} {self._when()}."

    def _stages(self, network: Network) -> tuple[str, ...]:
        return ("delivered",) if self.by == "stage" else super()._stages(network)

    def _every(self, network: Network, stage: str, material: str) -> list[str]:
        if self.by != "stage":
            return super()._every(network, stage, material)
        lanes = network.lanes
        return [
            lane
            for lane in lanes.index[lanes["to_buyer"]]
            if network.contained(lane, material) > 0
            and self.buyer in (None, network.lane(lane, "destination"))
        ]

    def _entries(self, network: Network) -> list[Entry]:
        self._refuse_unclear()
        lanes = network.lanes
        if self.by == "domestic":
            return [Entry("domestic", {"domestic": frozenset(lanes.index[lanes["domestic"]])})]
        if self.by == "stage":
            self.known("names", self.names, network.stages)
            found = {name: list(lanes.index[lanes["stage"] == name]) for name in self.names}
        else:
            found = members(network, self.by)
            self.known("names", self.names, found)
        return [Entry(", ".join(self.names), {n: frozenset(found[n]) for n in self.names})]

    def _refuse_unclear(self) -> None:
        """Refuse names where none are meant, none where some are, and looking through nobody."""
        given = ", ".join(self.names)
        findings = []
        if self.by == "domestic" and self.names:
            findings.append(
                self.finding("names", given, "a domestic floor takes no names", "leave them out")
            )
        if self.by != "domestic" and not self.names:
            findings.append(
                self.finding("names", None, f"a floor by {self.by} needs names", "say whose share")
            )
        if self.by in ("domestic", "stage") and self.look_through:
            findings.append(
                self.finding(
                    "look_through",
                    str(self.look_through),
                    f"a floor by {self.by} cannot look through",
                    'use by = "country" or "bloc" with names',
                )
            )
        if findings:
            raise InputError(findings)
