"""Time to survive: demand is met while any node recovers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from diversify.errors import InputError
from diversify.losses import Loss, Losses
from diversify.policies.survival import Survival

if TYPE_CHECKING:
    from diversify.formulation import Network


class TimeToSurvive(Survival):
    r"""The plan survives the loss of each node for as long as it takes to recover.

    .. math:: TTS_n \ge TTR_n \quad \forall n

    The time to survive of a node is the longest time that demand can be met without it (Simchi-Levi
    et al., Interfaces 45(5), 2015); it is at least the time to recover exactly if a loss of that
    length leaves nothing short.

    Parameters
    ----------
    by : {"site", "owner", "country", "bloc", "lane", "corridor"}
        What a node is; a site by default.
    days : float, optional
        Time to recover; omitted: that of each site in the column ``recovery_months``, of which the
        longest counts for a group. Nodes without one are left out.
    limit : float
        Largest part of the demand meanwhile that may stay unmet; 0 by default.
    names, stage, material, buyer, from_period
        As in :class:`~diversify.policies.survive_loss.SurviveLoss`.

    Examples
    --------
    >>> TimeToSurvive(days=90, stage="refine").sentence()
    'The loss of any one site at the refine stage for 90 days leaves no material short.'
    """

    kind: Literal["time_to_survive"] = "time_to_survive"
    by: Literal["site", "owner", "country", "bloc", "lane", "corridor"] = "site"
    days: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    def default_name(self) -> str:
        """Return a name such as ``time_to_survive site 90 days``."""
        time = f"{self.days:g} days" if self.days else None
        parts = ["time_to_survive", self.by, *self.names, self.stage, self.material, time]
        return " ".join(p for p in parts if p)

    def sentence(self) -> str:
        """Return the policy as one sentence."""
        whom = f" of {', '.join(self.names)}" if self.names else ""
        where = f" at the {self.stage} stage" if self.stage else ""
        time = f"for {self.days:g} days" if self.days else "until it recovers"
        return f"The loss of any one {self.by}{whom}{where} {time} {self.tail()}."

    def losses(self, network: Network) -> Losses:
        """Return the loss of each node for as long as it takes to recover."""
        first = self.start(network)
        found = [(unit, self._length(network, unit.sites)) for unit in self.units(network)]
        kept = [(unit, length) for unit, length in found if length > 0]
        if found and not kept and not self.allow_empty:
            message = "no site that could be lost has a time to recover"
            remedy = "give days, or fill the column recovery_months of the sites"
            raise InputError([self.finding("days", None, message, remedy)])
        return Losses(
            tuple(unit for unit, _ in kept),
            tuple(Loss(self.name, (unit.name,), first, length) for unit, length in kept),
        )

    def lengths(self, network: Network) -> set[float]:
        """Return how many periods the losses last."""
        return {loss.length for loss in network.losses.every if loss.policy == self.name}

    def _length(self, network: Network, sites: frozenset[str]) -> float:
        left = float(network.case.periods - self.start(network))
        months = 12 * network.case.period_years
        if self.days is not None:
            return min(left, self.days / 365 * 12 / months)
        times = [float(network.site(site, "recovery_months")) for site in sites]
        return min(left, max(times, default=0.0) / months)
