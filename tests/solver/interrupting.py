"""A small problem that takes several plans, solved with or without a checkpoint, and stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diversify as dv
from diversify.policies import ShortageBudget
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.state import State
from diversify.testing import small_case
from tests.rows import bought, outage

GAP = 1e-6


def case(*, decided: bool = False) -> dv.Case:
    """A site that often fails, a dear one that never does, and one between."""
    fixed = {"fixed_cost": 2.0, "capacity": 12.0} if decided else {}
    return small_case(
        sites=[{"site": s, "cost": c, **fixed} for s, c in (("A", 1), ("B", 2), ("C", 3))],
        periods=4,
        hazards=[outage("A", 0.3, 1.0, "stop A"), outage("B", 0.15, 0.7, "stop B")],
        **bought(40, "A", "B", "C", quantity=10),
    )


Solve = Callable[..., dv.Plan]
KINDS: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "plain": ({}, ()),
    "budget": ({}, (ShortageBudget(measure="cvar", level=0.9, limit=0.05),)),
    "tail": ({"objective": MeanCvar(0.9, 0.5, 0.5)}, ()),
    "decided": ({"decided": True}, ()),
}


def solver(kind: str, **common: Any) -> Solve:
    options, policies = KINDS[kind]
    chosen = case(decided=bool(options.get("decided")))
    given = {name: value for name, value in options.items() if name != "decided"}

    def solve(**more: Any) -> dv.Plan:
        return dv.solve(
            chosen,
            *policies,
            **{
                "scenarios": 60,
                "seed": 3,
                "method": "decomposed",
                "out_of_sample": 0,
                "gap": GAP,
                **given,
                **common,
                **more,
            },
        )

    return solve


class Stop:
    """Interrupts at the n-th plan that is looked at."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, _: State) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def close(value: float, other: float) -> bool:
    return abs(value - other) <= 2 * GAP * (1 + abs(other))
