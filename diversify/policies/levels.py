"""A policy at one level after another: which policy is meant, and which levels it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import ValidationError

from diversify.case import Case
from diversify.case.findings import did_you_mean
from diversify.errors import Finding, InputError
from diversify.policies.base import Policy
from diversify.policies.reading import named_apart, parse_policies


def swept(
    case: Case, policy: Policy | str, others: Sequence[Policy], case_policies: bool | None
) -> tuple[tuple[Policy, ...], int]:
    """Return all policies of a sweep, named apart, and the place of the one that is swept.

    Parameters
    ----------
    case : Case
        With its own policies.
    policy : Policy or str
        What is swept, or the name of one of the case's own.
    others : sequence of Policy
        What holds besides.
    case_policies : bool or None
        Whether the case's own count besides; None: only if ``policy`` is a name.

    Returns
    -------
    tuple of Policy
        No two of one name.
    int
        Position of the swept one.

    Raises
    ------
    InputError
        If the case has no policy of that name, or its own are left out.
    """
    named = isinstance(policy, str)
    own = parse_policies(case.policies) if named or case_policies else ()
    if isinstance(policy, Policy):
        # It comes first, so that its name stays its own.
        return named_apart([policy, *own, *others]), 0
    names = [p.name for p in own]
    if policy not in names or case_policies is False:
        missing = policy not in names
        raise InputError(
            [
                Finding.error(
                    table="frontier",
                    column="policy",
                    value=policy,
                    message="the case has no policy of this name"
                    if missing
                    else "the policies of the case are left out, and this is one of them",
                    remedy=f"{did_you_mean(policy, names)}its own are: {', '.join(names) or 'none'}"
                    if missing
                    else "do not leave them out",
                )
            ]
        )
    return named_apart([*own, *others]), names.index(policy)


def at_levels(policy: Policy, levels: Sequence[float]) -> dict[float, Policy]:
    """Return a policy at each of some levels, checked like any policy.

    Parameters
    ----------
    policy : Policy
        With or without a level of its own.
    levels : sequence of float
        One or more; repetitions count once.

    Returns
    -------
    dict
        The policy at each level.

    Raises
    ------
    InputError
        With a finding for each level that the policy does not take.

    Examples
    --------
    >>> from diversify.policies import StockFloor
    >>> [policy.days for policy in at_levels(StockFloor(), [30, 60]).values()]
    [30.0, 60.0]
    """
    findings = [] if len(levels) else [_refused(policy, None, "there is no level to sweep")]
    found: dict[float, Policy] = {}
    for given in levels:
        if isinstance(given, bool | str) or not math.isfinite(given):
            findings.append(_refused(policy, given, "a level is no finite number"))
            continue
        level = float(given)
        try:
            found[level] = _checked(policy, level)
        except ValidationError as error:
            findings += [
                _refused(policy, given, item["msg"].removeprefix("Value error, "))
                for item in error.errors()
            ]
    if findings:
        raise InputError(findings)
    return found


def _checked(policy: Policy, level: float) -> Policy:
    fields = type(policy).model_fields
    if policy.level_field in fields:
        given = policy.model_dump(by_alias=True) | {policy.level_field: level}
        type(policy)(**given)
    return policy.with_level(level)


def _refused(policy: Policy, level: object, message: str) -> Finding:
    return Finding.error(
        table="frontier",
        column="levels",
        value=None if level is None else str(level),
        message=f"policy {policy.name!r}: {message}",
        remedy=f"give levels of {policy.level_field}, such as 0.8 for a share"
        if policy.level_field == "share"
        else f"give levels of {policy.level_field} as numbers",
    )
