"""``diversify stress``: real shocks played against a plan, or against a set of plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.asked import Asked
from diversify.cli.blocks import Line, table
from diversify.cli.command import Run, grouped, indented
from diversify.cli.options import (
    AddPolicies,
    Buyers,
    Count,
    Measures,
    NoPolicies,
    Policies,
    Seed,
    several,
)
from diversify.cli.outcome import DONE, STOPPED_WITH_POINT, Outcome
from diversify.cli.progress import Progress
from diversify.cli.selection import Selection
from diversify.cli.stress_answer import BLANK, answer, blocks, csv_text, frames
from diversify.errors import Finding, InputError

if TYPE_CHECKING:
    from diversify.result import Plan
    from diversify.stressing.events import Event


@grouped
def stress(
    case: Annotated[
        str | None,
        typer.Argument(
            metavar="[CASE]",
            help="A folder with case.toml, or the name of a bundled example; not needed with "
            "--plan or --list.",
            show_default=False,
        ),
    ] = None,
    *,
    event: Annotated[
        list[str] | None,
        several("ID", "Which event, such as CHN-REE-2010", default="all that touch the case"),
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML file with events of your own, [[event]]."),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Show the events, and what touches the case if given.")
    ] = False,
    plan: Annotated[list[Path] | None, several("DIR", "A plan that solve --out wrote")] = None,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare", help="Solve and play no rule, 65 % cap, N-1, CVaR budget and stock only."
        ),
    ] = False,
    at: Annotated[
        float | None,
        typer.Option(
            metavar="M",
            min=0,
            help="Month of the case in which events begin. Default: their date, or after a third.",
            show_default=False,
        ),
    ] = None,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Play events that touch nothing of the case.")
    ] = False,
    buyer: Buyers = None,
    scenarios: Count = None,
    seed: Seed = None,
    policies: Policies = None,
    add_policies: AddPolicies = None,
    no_policies: NoPolicies = False,
    measures: Measures = None,
    run: Run,
) -> None:
    """Play real shocks against the plan of a case, saved plans, or the usual set of plans.

    The score is 0 for the plan without any rule and 1 for who knows the event from the start.

    Exit codes: 0 played, 2 bad input, 3 infeasible, 4 played with a plan that is not
    proven, 6 not certified, 130 interrupted.
    """
    if case is None and not plan and not listed:
        raise typer.BadParameter("name a case, or give --plan DIR", param_hint="CASE")
    if plan and (compare or policies or add_policies or no_policies or measures):
        raise typer.BadParameter("a saved plan is played as it is", param_hint="--plan")
    if compare and (policies or add_policies):
        raise typer.BadParameter("the set has its own policies", param_hint="--compare")
    blank = dict(BLANK)

    def work(report: Progress) -> Outcome:
        from diversify.stressing import events as known

        every = known.bundled_events()
        own = () if events is None else known.read_events(events)
        every = _together(every, own)
        if listed:
            return _listed(every, case, buyer)
        wanted: tuple[Event, ...] = tuple(known.find_event(name, every) for name in event or ())
        wanted = wanted or own
        missing: dict[str, str] = {}
        if plan:
            plans = _read(plan, case)
        else:
            rules = (policies, add_policies, no_policies, measures)
            asked = Asked(str(case), buyer, scenarios, seed, *rules)
            selected = asked.select(report, blank)
            from diversify.jobs import restricted
            from diversify.stressing.stress import place_events

            # What cannot be played is refused before anything is solved.
            on = restricted(selected.case, asked.drawn["buyer"])
            place_events(on, wanted, at, allow_empty=allow_empty)
            plans, missing = _solved(selected, asked, report, compare=compare)
        first = next(iter(plans.values()))
        blank["case"] = first.case.name
        from diversify.stressing.stress import stress as played

        found = played(
            plans,
            *wanted,
            at=at,
            allow_empty=allow_empty,
            progress=report,
        )
        data = answer(found, plans, missing)
        files = {
            "stress.json": indented(data),
            **{f"{name}.csv": csv_text(frame) for name, frame in frames(found).items()},
        }
        data["saved"] = run.write(files)
        code = DONE if data["point"] == "certified" else STOPPED_WITH_POINT
        return Outcome(data, blocks(found, data), code)

    run.conclude_run(work, mark="stress.json", blank=blank)


def _together(bundled: tuple[Event, ...], own: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return all events; one of the user replaces the bundled one of its id."""
    mine = {event.id for event in own}
    return (*own, *(event for event in bundled if event.id not in mine))


def _read(folders: list[Path], case: str | None) -> dict[str, Plan]:
    from diversify.case import read
    from diversify.result import read_plan

    found: dict[str, Plan] = {}
    for folder in folders:
        name = folder.name or str(folder)
        found[name if name not in found else str(folder)] = read_plan(folder)
    if case is not None:
        given = read(case)
        for name, plan in found.items():
            if given.for_buyers(*plan.case.buyers).digest != plan.case.digest:
                message = f"the plan {name!r} is not one of the case as it is now"
                remedy = "leave the case out, or solve it again"
                raise InputError(
                    [Finding.error(table="stress", column="plan", message=message, remedy=remedy)]
                )
    return found


def _solved(
    chosen: Selection, asked: Asked, report: Progress, *, compare: bool
) -> tuple[dict[str, Plan], dict[str, str]]:
    if compare:
        from diversify.stressing.plans import usual_plans

        return usual_plans(chosen.case, progress=report, **asked.drawn)
    from diversify import api

    plan = api.solve(
        chosen.case,
        *chosen.policies,
        case_policies=chosen.case_policies,
        out_of_sample=0,
        progress=report,
        **asked.drawn,
    )
    return {"plan" if plan.policies else "no rule": plan}, {}


def _listed(events: tuple[Event, ...], case: str | None, buyer: list[str] | None) -> Outcome:
    rows: list[dict[str, Any]] = []
    mapped = {}
    if case is not None:
        from diversify.case import read
        from diversify.stressing.mapping import map_event

        given = read(case)
        names = buyer or given.settings.buyer
        given = given.for_buyers(*names) if names else given
        mapped = {event.id: map_event(given, event) for event in events}
    for event in events:
        row: dict[str, Any] = {"id": event.id, "since": event.since, "title": event.title}
        row |= {"source": event.source, "facts": list(event.facts)}
        row["effects"] = [
            {"sentence": effect.sentence, "basis": effect.basis, "note": effect.note}
            for effect in event.effect
        ]
        row["touches"] = bool(mapped[event.id].strikes) if mapped else None
        rows.append(row)
    heads = ["event", "since", "what", *(["touches the case"] if mapped else [])]
    said = {True: ("yes",), False: ("no",), None: ()}
    cells = [(r["id"], r["since"], r["title"], *said[r["touches"]]) for r in rows]
    last = Line(
        "Next: diversify stress CASE --event ID plays one against the plan of a case", "dim"
    )
    data = {**BLANK, "status": "ok", "case": case, "events": rows}
    return Outcome(data, (table("Events", heads, cells), last))
