"""A cap on the radioactive residues of the undisturbed plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from diversify.policies.amount_cap import AmountCap

if TYPE_CHECKING:
    from diversify.formulation import Network
    from diversify.formulation.forms import Form


class RadioactiveCap(AmountCap):
    r"""The undisturbed plan leaves at most an amount of radioactive residues.

    .. math:: \textstyle\sum_t \sum_{s,r} q_s\, run_{s,r,t} \le limit

    with the column ``radioactive`` of the sites: thorium and uranium in residues, as of monazite.

    Parameters
    ----------
    limit : float
        Largest amount [t].
    names, stage, period
        As in :class:`~diversify.policies.amount_cap.AmountCap`; lanes have no residues.

    Examples
    --------
    >>> RadioactiveCap(limit=20, names=["MYS"]).sentence()
    'The plan causes at most 20 t of radioactive residue in MYS over the horizon.'
    """

    kind: Literal["radioactive_cap"] = "radioactive_cap"

    unit = "USD per tonne of residue"
    what = "t of radioactive residue"

    def form(self, network: Network) -> Form:
        """Return the residues of all sites [t/t]."""
        from diversify.formulation.emissions import residue_form

        return residue_form(network)
