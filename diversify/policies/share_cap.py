"""A cap on the share of any one site, owner, country or bloc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from diversify.errors import InputError
from diversify.policies.counted import Entry
from diversify.policies.groups import By, members
from diversify.policies.share_policy import SharePolicy

if TYPE_CHECKING:
    from diversify.formulation import Network


class ShareCap(SharePolicy):
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
    look_through : bool or "touched"
        True: a tonne counts for those who mined it, wherever it was refined; ``"touched"``: for
        everyone who mined it or worked on it (:mod:`diversify.formulation.lots`).

    Examples
    --------
    >>> ShareCap(by="country", share=0.65, stage="refine").sentence()
    'No country delivers more than 65 % of any material at the refine stage in any period.'
    """

    kind: Literal["share_cap"] = "share_cap"
    by: By
    foreign_only: bool = False

    def sentence(self) -> str:
        """Return the cap as one sentence."""
        who = " or ".join(self.names) if self.names else f"No {self.by}"
        verb = "delivers at most" if self.names else "delivers more than"
        foreign = " from outside" if self.foreign_only else ""
        what = self.material or "any material"
        where = f" at the {self.stage} stage" if self.stage else " at any stage"
        to = f" to {self.buyer}" if self.buyer else ""
        return f"{who}{foreign} {verb} {100 * self.share:g} % of {what}{where}{to} {self._when()}."

    def _entries(self, network: Network) -> list[Entry]:
        groups = members(network, self.by)
        self.known("names", self.names, groups)
        if self.by == "bloc" and not self.names:
            raise InputError(
                [
                    self.finding(
                        "names", None, "a cap by bloc needs names", f"one of {sorted(groups)}"
                    )
                ]
            )
        domestic = network.lanes["domestic"]
        return [
            Entry(
                name,
                {
                    name: frozenset(
                        lane for lane in groups[name] if not (self.foreign_only and domestic[lane])
                    )
                },
            )
            for name in self.names or groups
        ]

    def _groups(self, network: Network) -> dict[str, list[str]]:
        groups = super()._groups(network)
        if not self.foreign_only:
            return groups
        buyers = [self.buyer] if self.buyer else network.buyers
        home = frozenset().union(*(network.case.countries_of(buyer) for buyer in buyers))
        return {
            name: [site for site in sites if network.site(site, "country") not in home]
            for name, sites in groups.items()
        }
