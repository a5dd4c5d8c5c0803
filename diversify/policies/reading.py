"""Policies from TOML tables and back."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from diversify.errors import Finding, InputError
from diversify.policies.base import Policy
from diversify.policies.cost_budget import CostBudget
from diversify.policies.crma import Crma
from diversify.policies.emissions_cap import EmissionsCap
from diversify.policies.exclude import Exclude
from diversify.policies.hhi_cap import HhiCap
from diversify.policies.max_sources import MaxSources
from diversify.policies.min_sources import MinSources
from diversify.policies.producer_value_floor import ProducerValueFloor
from diversify.policies.radioactive_cap import RadioactiveCap
from diversify.policies.share_cap import ShareCap
from diversify.policies.share_floor import ShareFloor
from diversify.policies.shortage_budget import ShortageBudget
from diversify.policies.spend_cap import SpendCap
from diversify.policies.stock_floor import StockFloor
from diversify.policies.stock_norm import StockNorm
from diversify.policies.survive_loss import SurviveLoss
from diversify.policies.time_to_survive import TimeToSurvive

KINDS: dict[str, type[Policy]] = {
    "share_cap": ShareCap,
    "share_floor": ShareFloor,
    "hhi_cap": HhiCap,
    "min_sources": MinSources,
    "max_sources": MaxSources,
    "exclude": Exclude,
    "stock_floor": StockFloor,
    "stock_norm": StockNorm,
    "survive_loss": SurviveLoss,
    "time_to_survive": TimeToSurvive,
    "spend_cap": SpendCap,
    "shortage_budget": ShortageBudget,
    "cost_budget": CostBudget,
    "emissions_cap": EmissionsCap,
    "radioactive_cap": RadioactiveCap,
    "producer_value_floor": ProducerValueFloor,
    "crma": Crma,
}


def parse_policies(
    tables: Iterable[Mapping[str, Any]], file: str | None = None, *, level_needed: bool = True
) -> tuple[Policy, ...]:
    """Return the policies that a list of TOML tables describes.

    Parameters
    ----------
    tables : iterable of mapping
        As ``[[policy]]`` reads.
    file : str, optional
        Named in errors.
    level_needed : bool
        Whether each policy must have its level; a sweep gives it one.

    Returns
    -------
    tuple of Policy
        In the order given, each with a name of its own.

    Raises
    ------
    InputError
        With every unknown kind or field and every value out of range.

    Examples
    --------
    >>> parse_policies([{"kind": "stock_floor", "days": 60}])[0].name
    'stock_floor'
    """
    findings: list[Finding] = []
    found: list[Policy] = []
    for number, table in enumerate(tables, start=1):
        fields = dict(table)
        kind = fields.get("kind")
        if kind not in KINDS:
            findings.append(_unknown_kind(kind, number, file))
            continue
        try:
            policy = KINDS[kind](**fields)
        except ValidationError as error:
            findings += _invalid(error, KINDS[kind], number, file)
            continue
        if policy.open and level_needed:
            findings.append(_without_level(policy, number, file))
        found.append(policy)
    if findings:
        raise InputError(findings)
    return named_apart(found)


def read_policies(path: Path | str) -> tuple[Policy, ...]:
    """Return the policies of a TOML file with a list of ``[[policy]]`` tables.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    tuple of Policy
        In the order of the file.

    Raises
    ------
    InputError
        If the file is missing, is no TOML, or holds anything but policies that are in order.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            [
                _problem(
                    str(path), f"cannot be read: {error.strerror}", "give the path of a TOML file"
                )
            ]
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            [_problem(str(path), f"is not TOML: {error}", "correct the file")]
        ) from None
    strange = sorted(set(content) - {"policy"})
    if strange or not isinstance(content.get("policy", []), list):
        raise InputError(
            [
                _problem(
                    str(path),
                    f"holds {', '.join(strange) or 'policy as a table'}",
                    "use only [[policy]] tables",
                )
            ]
        )
    if not content.get("policy"):
        raise InputError(
            [_problem(str(path), "holds no policy", "write at least one [[policy]] table")]
        )
    return parse_policies(content["policy"], str(path))


def policy_toml(policy: Policy) -> dict[str, Any]:
    """Return a policy as a TOML table, without the fields that have their default.

    Parameters
    ----------
    policy : Policy
        Any policy.

    Returns
    -------
    dict
        What :func:`parse_policies` reads back to an equal policy.

    Examples
    --------
    >>> policy_toml(StockFloor(days=60))
    {'kind': 'stock_floor', 'name': 'stock_floor', 'days': 60.0}
    """
    fields = policy.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    return {
        "kind": policy.kind,
        "name": policy.name,
        **{k: v for k, v in fields.items() if k not in ("kind", "name")},
    }


def policies_schema() -> dict[str, Any]:
    """Return the JSON Schema of a list of policies.

    Returns
    -------
    dict
        JSON Schema with one definition a kind.
    """
    from functools import reduce
    from operator import or_

    union: Any = reduce(or_, KINDS.values())
    return TypeAdapter(list[union]).json_schema(by_alias=True)


def named_apart(policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """Return the policies with names that differ; a second policy of one name gets a number."""
    taken = {policy.name for policy in policies}
    met: set[str] = set()
    apart = []
    for policy in policies:
        number = 1
        if policy.name in met:
            number = next(n for n in count(2) if f"{policy.name} #{n}" not in taken)
            taken.add(f"{policy.name} #{number}")
        met.add(policy.name)
        apart.append(
            policy
            if number == 1
            else policy.model_copy(update={"name": f"{policy.name} #{number}"})
        )
    return tuple(apart)


def _problem(file: str, message: str, remedy: str) -> Finding:
    return Finding.error(
        table="policy", message=f"the policy file {message}", remedy=remedy, file=file
    )


def _unknown_kind(kind: Any, number: int, file: str | None) -> Finding:
    if kind == "rule":
        return Finding.error(
            table="policy",
            row=number,
            column="kind",
            value="rule",
            message=f"policy {number} is a rule of one's own: a function, which no file holds",
            remedy="give it to diversify.solve in Python; what is in the file still holds besides",
            file=file,
        )
    near = difflib.get_close_matches(str(kind), KINDS, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known kinds: {', '.join(KINDS)}"
    return Finding.error(
        table="policy",
        row=number,
        column="kind",
        value=None if kind is None else str(kind),
        message=f"policy {number} has an unknown kind"
        if kind is not None
        else f"policy {number} has no kind",
        remedy=hint,
        file=file,
    )


def _without_level(policy: Policy, number: int, file: str | None) -> Finding:
    return Finding.error(
        table="policy",
        row=number,
        column=policy.level_field,
        message=f"policy {number} ({policy.kind}): Field required",
        remedy=f"see `diversify schema` for {policy.kind}",
        file=file,
    )


def _invalid(
    error: ValidationError, kind: type[Policy], number: int, file: str | None
) -> list[Finding]:
    fields = [f.alias or n for n, f in kind.model_fields.items()]
    found = []
    for item in error.errors():
        column = ".".join(str(p) for p in item["loc"]) or None
        remedy = f"see `diversify schema` for {kind.model_fields['kind'].default}"
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden" and column:
            message = f"unknown field {column!r}"
            near = difflib.get_close_matches(column, fields, n=1, cutoff=0.5)
            remedy = f"did you mean {near[0]!r}?" if near else f"known fields: {', '.join(fields)}"
        value = item.get("input")
        found.append(
            Finding.error(
                table="policy",
                row=number,
                column=column,
                value=None if isinstance(value, dict) else str(value),
                message=f"policy {number} ({kind.model_fields['kind'].default}): {message}",
                remedy=remedy,
                file=file,
            )
        )
    return found
