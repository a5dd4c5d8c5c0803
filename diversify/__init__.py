"""The cheapest way to source critical minerals within limits on concentration and risk, proven.

Everything that a user needs is here:

>>> import diversify as dv
>>> case = dv.example("first-steps")
>>> plan = dv.solve(case, dv.ShareCap(by="country", share=0.65, foreign_only=False))
>>> plan.shares("country")[["name", "share"]].round(6).to_dict("list")
{'name': ['AUS', 'CHN'], 'share': [0.35, 0.65]}
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diversify.api import explain, solve, template
    from diversify.builder import build_case
    from diversify.case import Case, example, read
    from diversify.case.calendar import add_measures
    from diversify.certainty import Confidence, confidence
    from diversify.errors import (
        DiversifyError,
        InfeasibleError,
        InputError,
        NotCertifiedError,
        NotSolvedError,
        StoppedError,
        UnboundedError,
    )
    from diversify.evaluating import Evaluation, evaluate
    from diversify.frontiers import Frontier, frontier
    from diversify.indices import hhi, supply_risk
    from diversify.mpisppy import scenario_creator
    from diversify.policies import (
        CostBudget,
        Crma,
        EmissionsCap,
        Exclude,
        HhiCap,
        MaxSources,
        MinSources,
        ProducerValueFloor,
        RadioactiveCap,
        Rule,
        ShareCap,
        ShareFloor,
        ShortageBudget,
        SpendCap,
        StockFloor,
        StockNorm,
        SurviveLoss,
        TimeToSurvive,
        read_policies,
    )
    from diversify.pricing import price_of_rules, tightest
    from diversify.result import Plan, read_plan
    from diversify.risk.mean_cvar import MeanCvar
    from diversify.rivals import Rivalry, compete
    from diversify.scenarios import Scenarios
    from diversify.simulation import (
        AgedStock,
        FannedStock,
        Simulation,
        Source,
        simulate,
        size_stock,
        size_stock_among,
    )
    from diversify.simulation.days import survival
    from diversify.sizing import Stockpile, stockpile
    from diversify.solver.static_allocate import Allocation, allocate
    from diversify.stressing.events import Event, read_events
    from diversify.stressing.plans import usual_plans
    from diversify.stressing.record import Stress
    from diversify.stressing.stress import stress

__version__ = "0.1.0"

# Names are looked up when first used: `diversify check` needs no solver (docs/design/layout.md).
_HOME = {
    "diversify.api": ("explain", "solve", "template"),
    "diversify.builder": ("build_case",),
    "diversify.case": ("Case", "example", "read"),
    "diversify.case.calendar": ("add_measures",),
    "diversify.certainty": ("Confidence", "confidence"),
    "diversify.errors": (
        "DiversifyError",
        "InfeasibleError",
        "InputError",
        "NotCertifiedError",
        "NotSolvedError",
        "StoppedError",
        "UnboundedError",
    ),
    "diversify.evaluating": ("Evaluation", "evaluate"),
    "diversify.frontiers": ("Frontier", "frontier"),
    "diversify.indices": ("hhi", "supply_risk"),
    "diversify.mpisppy": ("scenario_creator",),
    "diversify.policies": (
        "CostBudget",
        "Crma",
        "EmissionsCap",
        "Exclude",
        "HhiCap",
        "MaxSources",
        "MinSources",
        "ProducerValueFloor",
        "RadioactiveCap",
        "Rule",
        "ShareCap",
        "ShareFloor",
        "ShortageBudget",
        "SpendCap",
        "StockFloor",
        "StockNorm",
        "SurviveLoss",
        "TimeToSurvive",
        "read_policies",
    ),
    "diversify.pricing": ("price_of_rules", "tightest"),
    "diversify.result": ("Plan", "read_plan"),
    "diversify.risk.mean_cvar": ("MeanCvar",),
    "diversify.rivals": ("Rivalry", "compete"),
    "diversify.scenarios": ("Scenarios",),
    "diversify.simulation": (
        "AgedStock",
        "FannedStock",
        "Simulation",
        "Source",
        "simulate",
        "size_stock",
        "size_stock_among",
    ),
    "diversify.simulation.days": ("survival",),
    "diversify.sizing": ("Stockpile", "stockpile"),
    "diversify.solver.static_allocate": ("Allocation", "allocate"),
    "diversify.stressing.events": ("Event", "read_events"),
    "diversify.stressing.plans": ("usual_plans",),
    "diversify.stressing.record": ("Stress",),
    "diversify.stressing.stress": ("stress",),
}
_WHERE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "AgedStock",
    "Allocation",
    "Case",
    "Confidence",
    "CostBudget",
    "Crma",
    "DiversifyError",
    "EmissionsCap",
    "Evaluation",
    "Event",
    "Exclude",
    "FannedStock",
    "Frontier",
    "HhiCap",
    "InfeasibleError",
    "InputError",
    "MaxSources",
    "MeanCvar",
    "MinSources",
    "NotCertifiedError",
    "NotSolvedError",
    "Plan",
    "ProducerValueFloor",
    "RadioactiveCap",
    "Rivalry",
    "Rule",
    "Scenarios",
    "ShareCap",
    "ShareFloor",
    "ShortageBudget",
    "Simulation",
    "Source",
    "SpendCap",
    "StockFloor",
    "StockNorm",
    "Stockpile",
    "StoppedError",
    "Stress",
    "SurviveLoss",
    "TimeToSurvive",
    "UnboundedError",
    "add_measures",
    "allocate",
    "build_case",
    "compete",
    "confidence",
    "evaluate",
    "example",
    "explain",
    "frontier",
    "hhi",
    "price_of_rules",
    "read",
    "read_events",
    "read_plan",
    "read_policies",
    "scenario_creator",
    "simulate",
    "size_stock",
    "size_stock_among",
    "solve",
    "stockpile",
    "stress",
    "supply_risk",
    "survival",
    "template",
    "tightest",
    "usual_plans",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'diversify' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
