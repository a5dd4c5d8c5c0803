"""What may be wrong with one row of a rule of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pyomo.core.expr import InequalityExpression, RangedExpression, identify_variables
from pyomo.core.expr.relational_expr import RelationalExpression
from pyomo.repn import generate_standard_repn

from diversify.errors import Finding

if TYPE_CHECKING:
    from diversify.policies.rule import Rule


@dataclass(frozen=True, slots=True)
class Asked:
    """One row that a function asks for: its index, relation and block, or what is wrong.

    Attributes
    ----------
    index : object
        As the function gave it.
    relation : object
        What should be a Pyomo relation.
    block : str
        ``plan``, ``ops`` or ``expected``.
    own : pyomo constraint or None
        The constraint, where the function added it itself.
    """

    index: Any
    relation: Any
    block: str
    own: Any = None


def wrong(rule: Rule, row: Asked, known: Mapping[str, set[int]]) -> Iterator[Finding]:
    """Yield what is wrong with one row.

    Parameters
    ----------
    rule : Rule
        For its name.
    row : Asked
        The row.
    known : mapping
        ``id`` of each variable by the block it is on: plan, ops, data, level.
    """
    relation, where = row.relation, f"row {row.index!r}"

    def finding(message: str, remedy: str, value: Any = None) -> Finding:
        return rule.finding(None, value, f"{where} {message}", remedy)

    if isinstance(relation, bool | np.bool_):
        always = "true" if relation else "false"
        yield finding(
            f"is always {always}: it has no variable",
            "leave such a row out, or correct what it adds up",
            bool(relation),
        )
        return
    if not isinstance(relation, RelationalExpression):
        yield finding("is no relation", "compare two expressions with <=, >= or ==", relation)
        return
    if isinstance(relation, InequalityExpression) and relation.strict:
        yield finding("is a strict inequality", "write <= or >=", relation)
        return
    if row.own is not None and isinstance(relation, RangedExpression):
        yield finding("has two sides", "add two constraints, one for each side", relation)
        return
    variables = list(identify_variables(relation))
    every = set().union(*known.values())
    strange = [v.name for v in variables if id(v) not in every]
    if strange:
        yield finding(
            f"uses the variable {strange[0]}, which is not on plan or ops",
            "use the model that the function gets, and add variables to model.plan or model.ops",
            strange[0],
        )
        return
    later = [v.name for v in variables if id(v) in known["ops"] | known["data"]]
    if row.block == "plan" and later:
        yield finding(
            f"is on the plan and uses {later[0]}, which is known in a scenario only",
            'say where="ops" or where="expected"',
            later[0],
        )
    if not any(id(v) in known["plan"] | known["ops"] for v in variables):
        yield finding(
            "has no decision in it, so that it always holds or never",
            "leave it out, or correct what it adds up",
            relation,
        )
    elif term := _nonlinear(relation, known["data"] | known["level"]):
        yield finding(
            f"is not linear: {term}",
            "use sums of variables times numbers, data symbols or the level",
            term,
        )


def _nonlinear(relation: Any, symbols: set[int]) -> str:
    """Return the first term that is not linear in the decisions, as text, or nothing."""
    used = [v for v in identify_variables(relation) if id(v) in symbols]
    values = [(v, v.value) for v in used]
    try:
        for v in used:
            v.fix(0.5)
        for side in relation.args:
            form = generate_standard_repn(side, compute_values=False, quadratic=False)
            if form.nonlinear_expr is not None:
                return str(form.nonlinear_expr)
    finally:
        for v, value in values:
            v.unfix()
            v.set_value(value)
    return ""
