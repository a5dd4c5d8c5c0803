"""A largest number of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from diversify.policies.base import Share
from diversify.policies.shares import whole
from diversify.policies.sources import Linked, Sources

if TYPE_CHECKING:
    from diversify.formulation import Build


class MaxSources(Sources):
    r"""At most so many groups deliver more than a share of a material at a stage.

    .. math:: x_g \le share \cdot V + \overline x_g\, used_g, \quad
        \textstyle\sum_g used_g \le count, \quad used_g \in \{0, 1\}

    with :math:`\overline x_g` what quotas, capacities and recipes let through at most.

    Parameters
    ----------
    by : {"site", "owner", "country", "bloc"}
        What is counted.
    count : float
        Largest number of sources.
    share : float
        Those that deliver no more than this share do not count.
    names : list of str, optional
        Count only these; needed for blocs.
    stage, material, buyer, period
        As in :class:`~diversify.policies.share_cap.ShareCap`.

    Examples
    --------
    >>> MaxSources(by="site", count=4, stage="refine", material="Nd").sentence()
    'At most 4 sites deliver any of Nd at the refine stage in any period.'
    """

    kind: Literal["max_sources"] = "max_sources"
    share: Share = 0.0

    @property
    def least_share(self) -> float:
        """Return the share above which a group is a source."""
        return self.share

    def sentence(self) -> str:
        """Return the number as one sentence."""
        what = f"of {self.material}" if self.material else "of a material"
        verb = "deliver" if self.count != 1 else "delivers"
        much = f"more than {100 * self.share:g} %" if self.share else "any"
        where = f" at the {self.stage} stage" if self.stage else " at any stage"
        to = f" to {self.buyer}" if self.buyer else ""
        return f"At most {self._counted()} {verb} {much} {what}{where}{to} {self._when()}."

    def link(self, build: Build, linked: Linked) -> None:
        """Let a group without a yes deliver no more than the share."""
        from diversify.formulation.linking import ROOM

        def rule(*index: str) -> object:
            row = linked.found[index]
            most, _ = linked.limits[row]
            beyond = linked.part(row) - self.share * whole(build, row)
            return beyond <= ROOM * most * linked.used[index]

        build.add_rows("plan", self.name, list(linked.found), rule, " link")
