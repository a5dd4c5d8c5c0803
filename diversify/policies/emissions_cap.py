"""A cap on the greenhouse gases of the undisturbed plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from diversify.policies.amount_cap import AmountCap

if TYPE_CHECKING:
    from diversify.formulation import Network
    from diversify.formulation.forms import Form


class EmissionsCap(AmountCap):
    r"""The undisturbed plan emits at most an amount of greenhouse gases.

    .. math:: \textstyle\sum_t \bigl(\sum_l e_l\, book_{l,t}
        + \sum_{s,r} e_s\, run_{s,r,t}\bigr) \le limit

    with the columns ``emissions`` of lanes and sites. What is bought for stocks before the first
    period comes from outside the network and is not counted.

    Parameters
    ----------
    limit : float
        Largest amount [t CO2e].
    names, stage, period
        As in :class:`~diversify.policies.amount_cap.AmountCap`.

    Examples
    --------
    >>> EmissionsCap(limit=50_000, period="year").sentence()
    'The plan causes at most 50,000 t CO2e in each year.'
    """

    kind: Literal["emissions_cap"] = "emissions_cap"

    unit = "USD per t CO2e"
    what = "t CO2e"

    def form(self, network: Network) -> Form:
        """Return the emissions of all sites and lanes [t CO2e/t]."""
        from diversify.formulation.emissions import emission_form

        return emission_form(network)
