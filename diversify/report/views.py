"""All figures of a plan, for every choice that a reader of the page can make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from diversify.report.drawing import Drawing
from diversify.report.figures.costs import costs
from diversify.report.figures.frontier import frontier
from diversify.report.figures.map import world_map
from diversify.report.figures.risk import risk
from diversify.report.figures.sankey import sankey
from diversify.report.figures.shares import shares
from diversify.report.figures.stocks import disruptions, stocks
from diversify.report.figures.value import value_added
from diversify.report.flows import By, Flows, capacity, in_order
from diversify.report.subjects import cost_budgets, subjects

if TYPE_CHECKING:
    from diversify.result import Plan

WHOLE: Final = "whole horizon"
BYS: Final[tuple[By, ...]] = ("country", "owner", "site", "bloc")
STYLES: Final = ("areas", "circles")
MOST: Final = 600
"""So many figures a plan are made; beyond, periods have none of their own."""


def choices(flows: Flows, plan: Plan) -> dict[str, list[str]]:
    """Return what a reader can choose between, by the name of the choice.

    Parameters
    ----------
    flows : Flows
        The bookings.
    plan : Plan
        The plan.
    """
    materials = flows.materials
    stages = in_order([stage for m in materials for stage in flows.stages(m)])
    periods = [p for p in flows.periods if p in set(flows.rows["period"])]
    each = sum(2 + len(STYLES) * len(flows.stages(m)) for m in materials)
    kept = periods if len(periods) > 1 and each * len(periods) <= MOST else []
    return {
        "material": materials,
        "period": [WHOLE, *kept],
        "stage": stages,
        "by": list(BYS),
        "style": list(STYLES),
        "subject": sorted(
            subjects(plan.risk, plan.loss_curves, cost_budgets(plan)),
            key=lambda s: materials.index(s) if s in materials else len(materials),
        ),
    }


def views(
    plan: Plan,
    flows: Flows,
    chosen: Mapping[str, list[str]],
    colours: dict[str, str],
    before: tuple[str, pd.DataFrame] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return all figures of a plan, by section and choice.

    Parameters
    ----------
    plan : Plan
        The plan.
    flows : Flows
        Its bookings.
    chosen : mapping
        What a reader can choose between.
    colours : dict
        Colour of each country.
    before : tuple of str and pandas.DataFrame, optional
        Name and shares of another plan.

    Returns
    -------
    dict
        For each section its ``dims`` (names of the choices that it follows) and ``views``, each by
        the choices made, with tabs between.
    """
    market = capacity(plan.case)
    table = plan.shares()
    budgets = cost_budgets(plan)
    whens = [None if p == WHOLE else p for p in chosen["period"]]

    def key(*parts: str | None) -> str:
        return "\t".join(WHOLE if part is None else part for part in parts)

    flow, chart, world = {}, {}, {}
    for m in chosen["material"]:
        for t in whens:
            # A single period has owners and sites too, but the page has to stay small.
            for by in BYS[:3] if t is None else BYS[:1]:
                flow[key(m, t, by)] = sankey(flows, m, t, by, colours)
            for by in BYS if t is None else BYS[:1]:
                chart[key(m, t, by)] = shares(
                    table,
                    flows,
                    market,
                    m,
                    by,
                    t,
                    colours,
                    before,
                )
            for stage in flows.stages(m):
                for style in STYLES:
                    world[key(m, t, stage, style)] = world_map(
                        flows, m, stage, t, areas=style == STYLES[0]
                    )
    risks = {s: risk(plan.risk, plan.loss_curves, s, budgets) for s in chosen["subject"]}
    lone: dict[str, Callable[[], Drawing]] = {
        "costs": lambda: costs(plan.costs),
        "stocks": lambda: stocks(plan.stocks, disruptions(plan.case)),
        "value": lambda: value_added(plan.value_added),
    }
    found = {
        "flows": _section(("material", "period", "by"), flow),
        "map": _section(("material", "period", "stage", "style"), world),
        "shares": _section(("material", "period", "by"), chart),
        "risk": _section(("subject",), risks),
    }
    return found | {name: _section((), {"": make()}) for name, make in lone.items()}


def frontier_view(points: pd.DataFrame, policy: str) -> dict[str, Any]:
    """Return the figure of a frontier as a section without choices."""
    return _section((), {"": frontier(points, policy)})


def _section(dims: tuple[str, ...], drawings: Mapping[str, Drawing]) -> dict[str, Any]:
    return {
        "dims": list(dims),
        "views": {
            key: {
                "data": d.data,
                "layout": d.layout,
                "words": d.words,
                "columns": list(d.columns),
                "rows": [list(row) for row in d.rows],
            }
            for key, d in drawings.items()
        },
    }
