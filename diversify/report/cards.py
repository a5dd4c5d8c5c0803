"""What a notebook shows of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diversify.case.card import card
from diversify.report.flows import flows
from diversify.report.words import answer, proof

if TYPE_CHECKING:
    from diversify.result import Plan


def plan_card(plan: Plan) -> str:
    """Return the answer of a plan as a small HTML table.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    """
    _, text = proof(plan)
    rows = [*answer(plan, flows(plan.case, plan.portfolio)), ("Proof", text)]
    return card(f"Plan of {plan.case.name}: {plan.status}, {plan.point}", rows)
