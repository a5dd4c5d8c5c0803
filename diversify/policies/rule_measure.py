"""What a rule of one's own measures on a plan, read off its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo
from pyomo.core.expr import identify_variables

from diversify.formulation import start_build
from diversify.policies.rule_rows import add_rule

if TYPE_CHECKING:
    from diversify.formulation import Network
    from diversify.interfaces import PlanView
    from diversify.policies.rule import Rule


def just_holding(rule: Rule, view: PlanView) -> dict[str, float]:
    """Return the level at which each row of a rule would just hold for a plan.

    Parameters
    ----------
    rule : Rule
        With rows on the plan.
    view : PlanView
        A solved plan.

    Returns
    -------
    dict
        By index: for a rule without a level, the room that the row needs (below 0: it has some).
        Rows that use other variables than bookings, volumes, stocks and qualified sites are left
        out: a plan view does not hold them.
    """
    build = start_build(view.network)
    add_rule(rule, build)
    _set_values(build.model, view)
    symbol = build.symbols[rule.name]
    found = {}
    for row in build.model.plan.component_data_objects(pyo.Constraint):
        if build.rows.get(id(row)) != rule.name:
            continue
        if any(v.value is None for v in identify_variables(row.expr) if v is not symbol):
            continue
        # Both sides are affine in the symbol: two values give the level at which they are equal.
        gap = []
        for value in (0.0, 1.0):
            symbol.set_value(value)
            left, right = row.expr.args[0], row.expr.args[-1]
            gap.append(float(pyo.value(left) - pyo.value(right)))
        if gap[1] != gap[0]:
            label = row.index() if row.parent_component().is_indexed() else "all"
            words = label if isinstance(label, tuple) else (label,)
            found[" ".join(map(str, words))] = gap[0] / (gap[0] - gap[1])
    return found


def _set_values(model: Any, view: PlanView) -> None:
    network: Network = view.network
    plan = model.plan
    for key, tonnes in view.booked.items():
        plan.book[key].set_value(tonnes)
    for pair, tonnes in view.targets.items():
        plan.target[pair].set_value(tonnes)
    for site, qualified in getattr(view, "qualified", {}).items():
        plan.qualify[site].set_value(float(qualified))
    for stage, material, t in plan.volume:
        plan.volume[stage, material, t].set_value(
            sum(
                network.contained(lane, material) * view.booked.get((lane, t), 0.0)
                for lane in network.leaves_stage(stage, material)
            )
        )
