"""Greenhouse gases and radioactive residues: what each tonne of activity and transport adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diversify.formulation.forms import Form
from diversify.formulation.network import Network


def emission_form(network: Network) -> Form:
    """Return the emissions of each lane and site as a form [t CO2e].

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    Form
        Only what is above zero: columns ``emissions`` of the lanes [t CO2e/t] and of the sites
        [t CO2e per t of activity].
    """
    return Form(_positive(network.lanes, "emissions"), _positive(network.sites, "emissions"))


def residue_form(network: Network) -> Form:
    """Return the radioactive residues of each site as a form [t].

    Parameters
    ----------
    network : Network
        The network of the case.

    Returns
    -------
    Form
        Only what is above zero: column ``radioactive`` of the sites [t per t of activity].
    """
    return Form({}, _positive(network.sites, "radioactive"))


def _positive(frame: Any, column: str) -> dict[str, float]:
    return {str(name): float(x) for name, x in frame[column].items() if x > 0}


def carbon_priced(network: Network) -> bool:
    """Whether emissions cost anything in the case."""
    return any(network.case.settings.carbon_prices) and bool(emission_form(network))


def carbon_cost(network: Network, block: Any, moved: Callable[[str, int], Any]) -> Any:
    r"""Return the cost of emissions as an expression [USD, present value].

    .. math:: \textstyle\sum_t d_t\, p_t \bigl(\sum_l e_l\, moved_{l,t}
        + \sum_{s,r} e_s\, run_{s,r,t}\bigr)

    Parameters
    ----------
    network : Network
        The network of the case.
    block : pyomo.environ.Block
        ``plan`` or ``ops``, with its activities.
    moved : callable
        Tonnes on a lane in a period: booked volumes in the plan, flows and spot in a scenario.

    Returns
    -------
    pyomo expression
        0 where emissions cost nothing.
    """
    form, prices, d = emission_form(network), network.case.settings.carbon_prices, network.discount
    return sum(
        d[t] * prices[t] * form.lanes[lane] * moved(lane, t)
        for lane, t in network.active
        if lane in form.lanes and prices[t] > 0
    ) + sum(
        d[t] * prices[t] * form.sites[site] * activity.expr
        for (site, _, t), activity in block.activity.items()
        if site in form.sites and prices[t] > 0
    )
