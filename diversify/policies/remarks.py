"""What is allowed but worth saying about policies: repetitions, limits that never bind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diversify.errors import Finding
from diversify.policies.base import Policy
from diversify.policies.counted import Counted
from diversify.policies.hhi_cap import HhiCap
from diversify.policies.max_sources import MaxSources
from diversify.policies.share_cap import ShareCap

if TYPE_CHECKING:
    from diversify.formulation import Network


def without_repeats(policies: Sequence[Policy]) -> tuple[list[Policy], list[Finding]]:
    """Return policies without those that repeat an earlier one, and a warning for each of these.

    Parameters
    ----------
    policies : sequence of Policy
        As given.

    Returns
    -------
    list of Policy
        Each once, in the order given.
    list of Finding
        Warnings.

    Examples
    --------
    >>> from diversify.policies import StockFloor
    >>> without_repeats([StockFloor(days=60), StockFloor(days=60)])[1][0].message
    "policy 2 'stock_floor': same as policy 1, so it is left out"
    """
    kept: list[Policy] = []
    first: list[int] = []
    findings = []
    for number, policy in enumerate(policies, start=1):
        if policy in kept:
            same = first[kept.index(policy)]
            findings.append(
                _warning(
                    policy,
                    f"policy {number} {policy.name!r}: same as policy {same}, so it is left out",
                    "remove one of the two",
                    "C53",
                )
            )
        else:
            kept.append(policy)
            first.append(number)
    return kept, findings


def remarks(network: Network, policies: Sequence[Policy]) -> list[Finding]:
    """Return warnings about policies that never bind, or that look through to no mine.

    Parameters
    ----------
    network : Network
        The network of the case.
    policies : sequence of Policy
        What a plan is to keep.

    Returns
    -------
    list of Finding
        In the order of the policies.
    """
    found = []
    for policy in policies:
        if never_binds(network, policy):
            found.append(
                _warning(
                    policy,
                    f"policy {policy.name!r}: never binding: {policy.level_field} = "
                    f"{policy.level_value:g} is as much as there can be",
                    "lower it, or leave the policy out",
                    "C54",
                )
            )
        found += _begins(network, policy)
    return found


def never_binds(network: Network, policy: Policy) -> bool:
    """Return whether no plan at all can break a policy, whatever the data say.

    Parameters
    ----------
    network : Network
        The network of the case.
    policy : Policy
        A cap on shares, on concentration or on the number of sources; others may always bind.

    Returns
    -------
    bool
        True where the level is the most that there can be.

    Examples
    --------
    >>> from diversify.formulation import build_network
    >>> from diversify.testing import tiny_case
    >>> never_binds(build_network(tiny_case()), ShareCap(by="country", share=1, stage="refine"))
    True
    """
    if isinstance(policy, ShareCap):
        return policy.share >= 1
    if isinstance(policy, HhiCap):
        return policy.look_through != "touched" and policy.limit >= (10 if policy.weights else 1)
    if isinstance(policy, MaxSources):
        groups = policy.indexed(policy.share_rows(network))
        return all(len(rows) <= policy.count for rows in groups.values())
    return False


def _begins(network: Network, policy: Policy) -> list[Finding]:
    """Say where looking through ends before a mine, since the case goes back no further."""
    if not isinstance(policy, Counted) or not policy.through:
        return []
    lots = {id(row.lots): row.lots for row in policy.share_rows(network) if row.lots is not None}
    sites = sorted({site for found in lots.values() for site in found.begins})
    if not sites:
        return []
    shown = ", ".join(sites[:5]) + (f" and {len(sites) - 5} more" if len(sites) > 5 else "")
    return [
        _warning(
            policy,
            f"policy {policy.name!r}: looks through to {shown}, where the material begins in this "
            "case: they count as if it had been mined there",
            "add the mines that feed them, if these are elsewhere",
            "",
        )
    ]


def _warning(policy: Policy, message: str, remedy: str, code: str) -> Finding:
    return Finding("warning", "policy", None, policy.level_field, None, message, remedy, code=code)
