"""What a plan has figures of: materials, subjects of risk, countries that matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from diversify.report.flows import Flows

if TYPE_CHECKING:
    from diversify.result import Plan


def cost_budgets(plan: Plan) -> frozenset[str]:
    """Return the names of the policies that limit the risk of cost."""
    return frozenset(policy.name for policy in plan.policies if policy.kind == "cost_budget")


def subjects(risk: pd.DataFrame, curves: pd.DataFrame, budgets: frozenset[str]) -> list[str]:
    """Return the materials whose shortage has risk figures, and ``cost``.

    Parameters
    ----------
    risk, curves : pandas.DataFrame
        The plan's tables.
    budgets : frozenset of str
        Names of budgets on cost.
    """
    known = [str(name) for name in dict.fromkeys(curves["what"].tolist())]
    short = [name for name in risk["budget"].tolist() if name not in budgets | {"cost"}]
    known += [name.rpartition(": ")[2] for name in short if ": " in name]
    return [*dict.fromkeys(name for name in known if name != "cost"), "cost"]


def countries_by_weight(flows: Flows) -> list[str]:
    """Return countries by their largest share at any stage, so that colours go to what matters."""
    best: dict[str, float] = {}
    for material in flows.materials:
        rows = flows.leaving(material)
        whole = rows.groupby("stage")["mass"].sum()
        part = rows.groupby(["stage", "country"])["mass"].sum()
        for key, mass in zip(part.index.tolist(), part.tolist(), strict=True):
            best[key[1]] = max(best.get(key[1], 0.0), mass / float(whole[key[0]]))
    return sorted(best, key=lambda c: (-best[c], c))
