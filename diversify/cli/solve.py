"""``diversify solve``: the cheapest plan that keeps the policies, with its certificate."""

from __future__ import annotations

import shlex
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.asked import ANSWER, Asked, Goal, Method
from diversify.cli.blocks import Line
from diversify.cli.command import Run, grouped
from diversify.cli.options import positive, relative_gap
from diversify.cli.outcome import DONE, INTERRUPTED, STOPPED_WITH_POINT, Outcome
from diversify.cli.progress import Progress

if TYPE_CHECKING:
    from diversify.result import Plan

BLANK: dict[str, Any] = {
    **ANSWER,
    "reason": None,
    "case": None,
    "buyers": [],
    "policies": [],
    "portfolio": [],
    "decisions": [],
    "pools": [],
    "marginal_costs": [],
    "value_added": [],
    "common_goods": [],
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
MANY, FINE, COARSE = 2000, 1e-6, 1e-4
"""The usual gaps, for a guess of the time that is left."""


class Information(StrEnum):
    """What is known before news."""

    news = "news"
    clairvoyant = "clairvoyant"


@grouped
def solve(
    asked: Asked,
    *,
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
    goal: Goal,
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
    excel: Annotated[
        bool, typer.Option("--excel", help="Write plan.xlsx, too, to the folder of --out.")
    ] = False,
    run: Run,
) -> None:
    """Find the cheapest plan that keeps the policies.

    It comes with its proof, the certificate.

    Exit codes: 0 certified, 2 bad input, 3 infeasible, 4 stopped with a plan, 5 stopped without,
    6 not certified, 130 interrupted.
    """
    if excel:
        _refuse_excel(run)
    blank = dict(BLANK)

    def work(report: Progress) -> Outcome:
        chosen = asked.select(report, blank)
        from diversify import api

        kind: Any = method.value
        report.aim(gap or (FINE if (asked.scenarios or 0) <= MANY else COARSE))
        plan = api.solve(
            chosen.case,
            *chosen.policies,
            case_policies=chosen.case_policies,
            out_of_sample=out_of_sample,
            information=information.value,
            time_limit=time_limit,
            gap=gap,
            method=kind,
            objective=goal.objective(),
            workers=workers,
            checkpoint=checkpoint,
            progress=report,
            watch=None if run.quiet else report.watch,
            **asked.drawn,
        )
        saved = None
        if run.out is not None:
            report("save")
            saved = plan.save(run.out, force=run.force)
            if excel:
                plan.to_excel(saved / "plan.xlsx")
        return _outcome(plan, asked.case, saved, checkpoint)

    run.conclude_run(work, mark="plan.json", blank=blank)


def _refuse_excel(run: Run) -> None:
    """Refuse a workbook that could not be written, before any work is done."""
    if run.out is None:
        raise typer.BadParameter("name the folder too: --out DIR", param_hint="--excel")
    if find_spec("openpyxl") is None:
        remedy = "pip install 'diversify-supply[tables]'"
        raise typer.BadParameter(f"workbooks need openpyxl: {remedy}", param_hint="--excel")


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
