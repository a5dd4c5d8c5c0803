"""``diversify solve``: the cheapest plan that keeps the policies, with its certificate."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.blocks import Line
from diversify.cli.options import (
    AddPolicies,
    AsJson,
    Buyers,
    CaseName,
    Count,
    CvarLevel,
    CvarWeight,
    Debug,
    Force,
    MeanWeight,
    NoPolicies,
    Out,
    Policies,
    Quiet,
    Seed,
    positive,
    relative_gap,
)
from diversify.cli.outcome import DONE, INTERRUPTED, STOPPED_WITH_POINT, Outcome, conclude
from diversify.cli.progress import Progress
from diversify.cli.selection import refuse_contradiction, select

if TYPE_CHECKING:
    from diversify.result import Plan

BLANK: dict[str, Any] = {
    "status": None,
    "point": "none",
    "reason": None,
    "objective": None,
    "bound": None,
    "gap": None,
    "certificate": None,
    "scenarios": None,
    "distinct_scenarios": None,
    "method": None,
    "seconds": None,
    "seed": None,
    "shares": [],
    "stocks": [],
    "risk": [],
    "costs": {},
    "prices": [],
    "conflict": [],
    "case": None,
    "buyers": [],
    "policies": [],
    "portfolio": [],
    "decisions": [],
    "marginal_costs": [],
    "phases": {},
    "size": {},
    "ranges": {},
    "digests": {},
    "versions": {},
    "warnings": [],
    "smallest": {},
    "sentence": None,
    "saved": None,
    "errors": [],
}
"""What ``--json`` prints where there is no plan: the same keys, and nothing in them."""


class Information(StrEnum):
    """What is known before news."""

    news = "news"
    clairvoyant = "clairvoyant"


class Method(StrEnum):
    """How a problem is solved."""

    auto = "auto"
    extensive = "extensive"
    decomposed = "decomposed"


def solve(
    case: CaseName,
    buyer: Buyers = None,
    scenarios: Count = None,
    seed: Seed = None,
    policies: Policies = None,
    add_policies: AddPolicies = None,
    no_policies: NoPolicies = False,
    time_limit: Annotated[
        float | None,
        typer.Option(metavar="S", callback=positive, help="Seconds for the solver."),
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(
            metavar="G",
            callback=relative_gap,
            help="Relative gap at which the plan counts as optimal. Default: 1e-6, or 1e-4 for "
            "more than 2,000 distinct scenarios.",
            show_default=False,
        ),
    ] = None,
    out_of_sample: Annotated[
        int, typer.Option(metavar="N", min=0, help="Fresh scenarios to check the risk on.")
    ] = 1000,
    information: Annotated[
        Information, typer.Option(help="Clairvoyant knows all disruptions from the start.")
    ] = Information.news,
    method: Annotated[Method, typer.Option(help="How to solve.")] = Method.auto,
    cvar_level: CvarLevel = 0.95,
    mean_weight: MeanWeight = 1.0,
    cvar_weight: CvarWeight = 0.0,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Processes. Default: one, or as many as there are cores for more than 2,000 "
            "distinct scenarios.",
            show_default=False,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the state of a large solve here; the same command goes on from there.",
        ),
    ] = None,
    out: Out = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Find the cheapest plan that keeps the policies.

    It comes with its proof, the certificate.

    Exit codes: 0 certified, 2 bad input, 3 infeasible, 4 stopped with a plan, 5 stopped without,
    6 not certified, 130 interrupted.
    """
    refuse_contradiction(policies, no_policies)
    report = Progress(quiet)
    blank = dict(BLANK)

    def work() -> Outcome:
        from diversify.cli.folders import refuse_taken

        refuse_taken(out, force=force, mark="plan.json")
        report("read")
        chosen = select(case, policies, add_policies, no_policies)
        blank["case"] = chosen.case.name
        report("load the solver")
        from diversify import api
        from diversify.risk.mean_cvar import MeanCvar

        kind: Any = method.value
        plan = api.solve(
            chosen.case,
            *chosen.policies,
            buyer=buyer or None,
            scenarios=scenarios,
            seed=seed,
            case_policies=chosen.case_policies,
            out_of_sample=out_of_sample,
            information=information.value,
            time_limit=time_limit,
            gap=gap,
            method=kind,
            objective=MeanCvar(level=cvar_level, mean=mean_weight, cvar=cvar_weight),
            workers=workers,
            checkpoint=checkpoint,
            progress=report,
            watch=None if quiet else report.watch,
        )
        saved = None
        if out is not None:
            report("save")
            saved = plan.save(out, force=force)
        return _outcome(plan, case, saved, checkpoint)

    def shown() -> Outcome:
        try:
            return work()
        finally:
            report.end()

    conclude(shown, as_json=as_json, debug=debug, blank=blank)


def _outcome(plan: Plan, given: str, saved: Path | None, checkpoint: Path | None) -> Outcome:
    from diversify.cli.answer import answer
    from diversify.result import summary

    found = summary(plan)
    if saved is None:
        last = "Not saved: --out DIR writes the plan and all its tables as CSV files"
    else:
        last = f"Saved to {saved}"
    name = shlex.quote(given)
    blocks = (
        *answer(plan, found),
        *_stopped(plan, checkpoint),
        Line(last, "title"),
        Line(
            f"Next: diversify solve {name} --add-policies FILE tries another limit, "
            f"diversify check {name} shows the data"
        ),
    )
    data = {**BLANK, **found, "saved": None if saved is None else str(saved)}
    code = DONE if plan.point == "certified" else STOPPED_WITH_POINT
    if plan.record.reason == "interrupted":
        code = INTERRUPTED
    return Outcome(data, blocks, code)


def _stopped(plan: Plan, checkpoint: Path | None) -> tuple[Line, ...]:
    """Say why a plan is not proven, and how to go on."""
    if not plan.record.reason:
        return ()
    if plan.point == "certified":
        return (Line("Interrupted after the plan was certified, before fresh scenarios", "bad"),)
    how = {"time limit": "by the time limit", "interrupted": "by an interruption"}
    kept = checkpoint is not None and plan.record.method == "decomposed"
    then = "; the same command goes on from the checkpoint" if kept else ""
    return (Line(f"Stopped {how[plan.record.reason]}, with the best plan so far{then}", "bad"),)
