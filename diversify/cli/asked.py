"""What a run is about, by the options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict

from diversify.cli.options import (
    AddPolicies,
    Buyers,
    CaseName,
    Count,
    CvarLevel,
    CvarWeight,
    MeanWeight,
    Measures,
    NoPolicies,
    Policies,
    Seed,
)
from diversify.cli.progress import Progress
from diversify.cli.selection import Selection, refuse_contradiction, select

if TYPE_CHECKING:
    from diversify.risk.mean_cvar import MeanCvar

PROOF: dict[str, Any] = {
    "status": None,
    "point": "none",
    "objective": None,
    "bound": None,
    "gap": None,
    "certificate": None,
    "scenarios": None,
    "distinct_scenarios": None,
    "method": None,
    "seconds": None,
    "seed": None,
}
"""The keys of ``--json`` that every solved problem has, without their values."""
ANSWER: dict[str, Any] = {
    **PROOF,
    "shares": [],
    "stocks": [],
    "risk": [],
    "costs": {},
    "prices": [],
    "conflict": [],
}
"""The keys of ``--json`` that every plan has, without their values."""


class Method(StrEnum):
    """How a problem is solved."""

    auto = "auto"
    extensive = "extensive"
    decomposed = "decomposed"


class Drawn(TypedDict):
    """For whom, and over which scenarios, as ``diversify.solve`` takes it."""

    buyer: list[str] | None
    scenarios: int | None
    seed: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The case, whom to plan for, the draws, and the policies."""

    case: CaseName
    buyer: Buyers = None
    scenarios: Count = None
    seed: Seed = None
    policies: Policies = None
    add_policies: AddPolicies = None
    no_policies: NoPolicies = False
    measures: Measures = None

    def __post_init__(self) -> None:
        refuse_contradiction(self.policies, self.no_policies)

    @property
    def drawn(self) -> Drawn:
        """For whom, and over which scenarios."""
        return {"buyer": self.buyer or None, "scenarios": self.scenarios, "seed": self.seed}

    def select(self, report: Progress, blank: dict[str, Any]) -> Selection:
        """Return the case and its policies, and name the case in the blank answer.

        Parameters
        ----------
        report
            Is told that the case is read, and that the solver is loaded afterwards.
        blank
            What ``--json`` prints where the command fails.
        """
        report("read")
        chosen = select(
            self.case, self.policies, self.add_policies, self.no_policies, self.measures
        )
        blank["case"] = chosen.case.name
        report("load the solver")
        return chosen


@dataclass(frozen=True, slots=True)
class Goal:
    """What is minimised: mean and conditional value at risk of the cost."""

    cvar_level: CvarLevel = 0.95
    mean_weight: MeanWeight = 1.0
    cvar_weight: CvarWeight = 0.0

    def objective(self) -> MeanCvar:
        """Return the objective, refusing weights that mean nothing."""
        from diversify.risk.mean_cvar import MeanCvar

        return MeanCvar(level=self.cvar_level, mean=self.mean_weight, cvar=self.cvar_weight)
