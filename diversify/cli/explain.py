"""``diversify explain``: why no plan keeps all limits, and the smallest change that would do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from diversify.cli.blocks import Line
from diversify.cli.options import (
    AddPolicies,
    AsJson,
    Buyers,
    CaseName,
    Count,
    Debug,
    Force,
    NoPolicies,
    Out,
    Policies,
    Quiet,
    Seed,
)
from diversify.cli.outcome import DONE, INFEASIBLE, Outcome, conclude, progress
from diversify.cli.selection import refuse_contradiction, select

if TYPE_CHECKING:
    from diversify.solver.conflict import Conflict

BLANK: dict[str, Any] = {
    "status": None,
    "conflict": [],
    "smallest": {},
    "sentence": None,
    "case": None,
    "warnings": [],
    "errors": [],
}


def explain(
    case: CaseName,
    buyer: Buyers = None,
    scenarios: Count = None,
    seed: Seed = None,
    policies: Policies = None,
    add_policies: AddPolicies = None,
    no_policies: NoPolicies = False,
    out: Out = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Say which limits clash, and what change would do.

    Exit codes: 0 a plan exists, 2 bad input, 3 infeasible, 130 interrupted.
    """
    refuse_contradiction(policies, no_policies)
    report = progress(quiet)
    blank = dict(BLANK)

    def work() -> Outcome:
        from diversify.cli.folders import refuse_taken, write_files

        refuse_taken(out, force=force, mark="explain.json")
        report("read")
        chosen = select(case, policies, add_policies, no_policies)
        blank["case"] = chosen.case.name
        report("load the solver")
        from diversify import api

        report("explain")
        conflict = api.explain(
            chosen.case,
            *chosen.policies,
            buyer=buyer or None,
            scenarios=scenarios,
            seed=seed,
            case_policies=chosen.case_policies,
        )
        data = {**blank, **_data(conflict)}
        if out is not None:
            write_files(out, {"explain.json": json.dumps(data, indent=1, allow_nan=False) + "\n"})
        code = DONE if conflict is None else INFEASIBLE
        return Outcome(data, (Line(data["sentence"], "good" if code == DONE else ""),), code)

    conclude(work, as_json=as_json, debug=debug, blank=blank)


def _data(conflict: Conflict | None) -> dict[str, Any]:
    if conflict is None:
        return {"status": "feasible", "sentence": "A plan exists: all limits can be kept together."}
    return {
        "status": "infeasible",
        "conflict": conflict.records(),
        "smallest": dict(conflict.smallest),
        "sentence": conflict.sentence(),
    }
