"""N-1 and N-k: the plan survives the loss of any site, owner, country, bloc, lane or corridor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from diversify.errors import InputError
from diversify.losses import Losses, every_loss
from diversify.policies.survival import Survival

if TYPE_CHECKING:
    from diversify.formulation import Network


class SurviveLoss(Survival):
    r"""The loss of any ``k`` of a kind leaves shortage of at most a fraction of demand.

    .. math:: \max_{|U| = k}\ short_m(U) \le limit \cdot demand_m

    Each loss is a scenario of its own that is never drawn and costs nothing: only that it can be
    survived counts.

    Parameters
    ----------
    by : {"site", "owner", "country", "bloc", "lane", "corridor"}
        What is lost.
    k : int
        How many at a time.
    months : float, optional
        How long; omitted: to the end of the horizon.
    limit : float
        Largest part of the demand during the loss that may stay unmet; 0 by default.
    names, stage, material, buyer, from_period
        Whom to lose, what to count, and when it begins: see
        :class:`~diversify.policies.survival.Survival`.

    Examples
    --------
    >>> SurviveLoss(by="country", months=6, limit=0.05, material="Dy").sentence()
    'The loss of any one country for 6 months leaves at most 5 % of the demand for Dy unmet.'
    """

    kind: Literal["survive_loss"] = "survive_loss"
    k: int = Field(default=1, ge=1)
    months: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    def default_name(self) -> str:
        """Return a name such as ``survive_loss country refine``."""
        many = f"{self.k}" if self.k > 1 else None
        parts = ["survive_loss", many, self.by, *self.names, self.stage, self.material, self.buyer]
        return " ".join(p for p in parts if p)

    def sentence(self) -> str:
        """Return the policy as one sentence."""
        many = "one" if self.k == 1 else f"{self.k}"
        noun = self.by if self.k == 1 else {"country": "countries"}.get(self.by, f"{self.by}s")
        whom = f" of {', '.join(self.names)}" if self.names else ""
        where = f" at the {self.stage} stage" if self.stage else ""
        how_long = f" for {self.months:g} months" if self.months else ""
        when = f" from {self.from_period} on" if self.from_period else ""
        return f"The loss of any {many} {noun}{whom}{where}{how_long}{when} {self.tail()}."

    def losses(self, network: Network) -> Losses:
        """Return the loss of each combination of ``k``."""
        units = self.units(network)
        if units and len(units) < self.k:
            what = f"only {len(units)} can be lost"
            raise InputError([self.finding("k", self.k, what, f"ask for at most {len(units)}")])
        try:
            (length,) = self.lengths(network)
            return every_loss(self.name, units, self.k, self.start(network), length)
        except ValueError as error:
            raise InputError(
                [self.finding("k", self.k, str(error), "lose fewer at a time, or give names")]
            ) from None

    def lengths(self, network: Network) -> set[float]:
        """Return the one length of all losses, in periods."""
        left = float(network.case.periods - self.start(network))
        if self.months is None:
            return {left}
        return {min(left, self.months / (12 * network.case.period_years))}
