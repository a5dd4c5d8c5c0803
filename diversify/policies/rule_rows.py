"""The rows of a rule of one's own: read from its function, checked, and given to the template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr import EqualityExpression, RangedExpression, identify_variables
from pyomo.core.expr.relational_expr import RelationalExpression

from diversify.errors import Finding, InputError
from diversify.policies.rule_checks import Asked, wrong

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.policies.rule import Rule

BLOCKS = ("plan", "ops", "expected")


def add_rule(rule: Rule, build: Build) -> None:
    """Add the rows of a rule to a template.

    Parameters
    ----------
    rule : Rule
        With the function.
    build : Build
        The template under construction.

    Raises
    ------
    InputError
        With everything that is wrong with the rule: relations that are not linear, that are always
        true or false, that use variables from elsewhere, variables that it fixed.
    """
    symbol = build.level(rule.name, rule.level_value)
    rows, findings = _asked(rule, build, symbol)
    model = build.model
    known = {
        name: {id(v) for v in getattr(model, name).component_data_objects(pyo.Var)}
        for name in ("plan", "ops", "data", "level")
    }
    for row in rows:
        findings += wrong(rule, row, known)
    sound = not findings
    if sound and rule.level is not None and rows:
        used = {id(v) for row in rows for v in identify_variables(row.relation)}
        if id(symbol) not in used:
            findings.append(
                rule.finding(
                    "level",
                    rule.level,
                    "no row of it uses the level",
                    "use the third argument of the function, or give no level",
                )
            )
    if findings:
        raise InputError(findings)
    if not rows:
        rule.empty(build, "its function asks for no row")
        return
    room = symbol if rule.level is None else None
    given: dict[Any, Any] = {}
    for row in rows:
        if row.own is None:
            given.update(_halves(row.index, row.relation, room))
        else:
            if room is not None:
                ((_, wider),) = _halves(None, row.relation, room).items()
                row.own.set_value(wider)
            build.rows[id(row.own)] = rule.name
    # A Pyomo set has one dimension.
    for size in sorted({_size(index) for index in given}):
        build.add_rows(
            rule.where,
            rule.name,
            [index for index in given if _size(index) == size],
            lambda *key: given[_key(key)],
            "" if size == 1 else f" {size}",
        )


def _key(index: Any) -> Any:
    parts = index if isinstance(index, tuple) else (index,)
    return parts[0] if len(parts) == 1 else parts


def _size(index: Any) -> int:
    return len(index) if isinstance(index, tuple) else 1


def _asked(rule: Rule, build: Build, symbol: Any) -> tuple[list[Asked], list[Finding]]:
    """Call the function and return its rows, with what it did to the model besides."""
    model = build.model
    before = {id(c) for c in model.component_objects(descend_into=True)}
    rows_before = {id(c) for c in model.component_data_objects(pyo.Constraint)}
    fixed_before = {id(v) for v in model.component_data_objects(pyo.Var) if v.fixed}
    try:
        level = None if rule.level is None else symbol
        rows = list(_pairs(rule.function(model, build.network, level), rule.where))
    except InputError:
        raise
    except Exception as error:
        why = " ".join(str(error).split())
        message = f"its function failed: {type(error).__name__}: {why}"
        remedy = "correct the function; a relation that is a Python bool is always true or false"
        raise InputError([rule.finding(None, None, message, remedy)]) from error
    findings = _repeated(rule, rows)
    for component in model.component_objects((pyo.Var, pyo.Objective), descend_into=True):
        block = component.parent_block()
        inside = block is model.plan or block is model.ops
        if id(component) in before or (inside and component.ctype is pyo.Var):
            continue
        what = "a variable" if component.ctype is pyo.Var else "an objective"
        findings.append(
            rule.finding(
                None,
                component.name,
                f"it adds {what}, {component.name!r}, outside the blocks plan and ops",
                "add variables to model.plan or model.ops, and leave the objective as it is",
            )
        )
    findings += [
        rule.finding(
            None,
            variable.name,
            f"it fixes the variable {variable.name}",
            "give it equal bounds, or write an equation for it",
        )
        for variable in model.component_data_objects(pyo.Var)
        if variable.fixed and id(variable) not in fixed_before
    ]
    for row in model.component_data_objects(pyo.Constraint):
        if id(row) in rows_before:
            continue
        block = row.parent_component().parent_block()
        place = next((name for name in BLOCKS if getattr(model, name) is block), None)
        if place is None:
            findings.append(
                rule.finding(
                    None,
                    row.name,
                    f"it adds the constraint {row.name} outside plan, ops and expected",
                    "add it to model.plan, model.ops or model.expected",
                )
            )
        else:
            rows.append(Asked(row.name, row.expr, place, row))
    return rows, findings


def _pairs(given: Any, where: str) -> Iterator[Asked]:
    if given is None:
        return
    if isinstance(given, RelationalExpression | bool | np.bool_):
        yield Asked("all", given, where)
        return
    pairs: Iterable[Any] = given.items() if isinstance(given, Mapping) else given
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"it gives {pair!r}, which is no pair of an index and a relation")
        index, relation = pair
        if relation is not pyo.Constraint.Skip:
            yield Asked(_key(index), relation, where)


def _repeated(rule: Rule, rows: Iterable[Asked]) -> list[Finding]:
    seen: set[Any] = set()
    findings = []
    for row in rows:
        if row.index in seen:
            message = f"it gives the index {row.index!r} twice"
            findings.append(rule.finding(None, row.index, message, "give each row its own index"))
        seen.add(row.index)
    return findings


def _halves(index: Any, relation: Any, room: Any) -> dict[Any, Any]:
    """Return the relation as rows with one side each, with room on top where there is some."""
    more = 0 if room is None else room
    if isinstance(relation, EqualityExpression):
        left, right = relation.args
        return {index: left - right == more if room is not None else relation}
    if isinstance(relation, RangedExpression):
        low, body, high = relation.args
        parts = index if isinstance(index, tuple) else (index,)
        return {(*parts, "low"): low - body <= more, (*parts, "high"): body - high <= more}
    low, high = relation.args
    return {index: low - high <= more if room is not None else relation}
