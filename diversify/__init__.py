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
        Exclude,
        ShareCap,
        ShareFloor,
        ShortageBudget,
        SpendCap,
        StockFloor,
        read_policies,
    )
    from diversify.result import Plan, read_plan
    from diversify.risk.mean_cvar import MeanCvar
    from diversify.scenarios import Scenarios
    from diversify.solver.static_allocate import Allocation, allocate

__version__ = "0.1.0"

# Names are looked up when first used: `diversify check` needs no solver (docs/design/layout.md).
_HOME = {
    "diversify.api": ("explain", "solve", "template"),
    "diversify.builder": ("build_case",),
    "diversify.case": ("Case", "example", "read"),
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
        "Exclude",
        "ShareCap",
        "ShareFloor",
        "ShortageBudget",
        "SpendCap",
        "StockFloor",
        "read_policies",
    ),
    "diversify.result": ("Plan", "read_plan"),
    "diversify.risk.mean_cvar": ("MeanCvar",),
    "diversify.scenarios": ("Scenarios",),
    "diversify.solver.static_allocate": ("Allocation", "allocate"),
}
_WHERE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Allocation",
    "Case",
    "CostBudget",
    "DiversifyError",
    "Evaluation",
    "Exclude",
    "Frontier",
    "InfeasibleError",
    "InputError",
    "MeanCvar",
    "NotCertifiedError",
    "NotSolvedError",
    "Plan",
    "Scenarios",
    "ShareCap",
    "ShareFloor",
    "ShortageBudget",
    "SpendCap",
    "StockFloor",
    "StoppedError",
    "UnboundedError",
    "allocate",
    "build_case",
    "evaluate",
    "example",
    "explain",
    "frontier",
    "hhi",
    "read",
    "read_plan",
    "read_policies",
    "scenario_creator",
    "solve",
    "supply_risk",
    "template",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'diversify' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
