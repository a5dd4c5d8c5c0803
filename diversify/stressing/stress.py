"""Play real shocks against plans: what each plan loses, pays and survives, and its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diversify import api
from diversify.case import Case
from diversify.errors import Finding, InputError
from diversify.jobs import Clock, Progress
from diversify.result.plan import Plan
from diversify.scenarios import Scenarios
from diversify.stressing.events import Event, bundled_events, find_event, month_number
from diversify.stressing.ground import Ground
from diversify.stressing.mapping import Mapped, map_event
from diversify.stressing.playing import play, play_best, survived
from diversify.stressing.record import Stress
from diversify.stressing.tables import CLAIRVOYANT, stress_tables

NAIVE = "no rule"
PARTS = 3


def stress(
    plans: Plan | Mapping[str, Plan],
    *events: str | Event,
    at: float | None = None,
    naive: Plan | None = None,
    allow_empty: bool = False,
    progress: Progress | None = None,
) -> Stress:
    r"""Return what plans lose and pay in real shocks, and how near they come to foreknowledge.

    Each plan is met by each event once, without any other disruption; what follows the news is what
    is cheapest then. The score is

    .. math:: \frac{cost(naive) - cost(plan)}{cost(naive) - cost(clairvoyant)}

    with the costs of the whole horizon in the event: 0 for the cheapest plan without any rule, 1
    for who knows the event from the start and that nothing else will happen.

    Parameters
    ----------
    plans : Plan or mapping of str to Plan
        One plan, or several of one case by name; also plans that were read from folders.
    *events : str or Event
        Ids of bundled events, or events of your own
        (:func:`diversify.stressing.events.read_events`); omitted: every bundled event that touches
        the case.
    at : float, optional
        When they begin [months after the start of the case]; omitted: on their date, or after a
        third of the horizon where the case does not know that date.
    naive : Plan, optional
        The plan without any rule; omitted: one of the plans that has no policy, or else it is
        solved, over the scenarios of the first plan.
    allow_empty : bool
        Whether events that touch nothing of the case are played, too.
    progress : callable, optional
        Called with the name of each phase as it begins.

    Returns
    -------
    Stress
        A frozen record with its tables.

    Raises
    ------
    InputError
        If an event is unknown, or touches nothing of the case; if plans are of different cases.

    Examples
    --------
    >>> import diversify as dv
    >>> plan = dv.solve(dv.example("rare-earths-2010"), dv.StockFloor(days=180))
    >>> found = dv.stress(plan, "CHN-REE-2010")
    >>> found.table.set_index("plan")["score"].round(2).to_dict()
    {'no rule': 0.0, 'plan': 0.84, 'clairvoyant': 1.0}
    """
    clock = Clock(progress)
    clock.start("map")
    if isinstance(plans, Plan):
        plans = {"plan" if plans.policies else NAIVE: plans}
    named = dict(plans)
    case = _one_case(named)
    mapped, untouched, starts = place_events(case, events, at, allow_empty=allow_empty)
    clock.start("naive")
    warnings: list[str] = []
    every = _with_naive(named, naive, warnings)
    clock.start("compile")
    ground = Ground(case, mapped, starts)
    clock.start("play")
    points = {name: ground.point(plan) for name, plan in every.items()}
    played = {name: play(ground, point) for name, point in points.items()}
    clock.start("survive")
    days = {name: survived(ground, point) for name, point in points.items()}
    clock.start("clairvoyant")
    best = [play_best(ground, e) for e in range(len(mapped))]
    clock.start("tables")
    return Stress(
        case=case.name,
        events=tuple(m.event for m in mapped),
        plans=(*every, CLAIRVOYANT),
        at=ground.at,
        left_out=_left_out(mapped, ground),
        untouched=untouched,
        digests={"case": case.digest},
        warnings=tuple(warnings),
        seconds=clock.stop(),
        _tables=stress_tables(ground, played, days, best),
    )


def _one_case(plans: Mapping[str, Plan]) -> Case:
    if not plans:
        raise _refused("plans", "", "there is no plan to play", "give one or more")
    taken = sorted({NAIVE, CLAIRVOYANT} & {name for name, plan in plans.items() if plan.policies})
    if CLAIRVOYANT in plans or taken:
        name = CLAIRVOYANT if CLAIRVOYANT in plans else taken[0]
        raise _refused("plans", name, "this name has a meaning of its own", "name it otherwise")
    cases = list({plan.case.digest: plan.case for plan in plans.values()}.values())
    if len(cases) > 1:
        raise _refused(
            "plans",
            ", ".join(case.name for case in cases),
            "the plans are of different cases, or for different buyers",
            "play those of each case by themselves",
        )
    return cases[0]


def _start(case: Case, event: Event, at: float | None) -> float:
    """Return when an event begins: as asked, on its date if the case has it, or after a third."""
    months = 12 * case.period_years
    end = months * case.periods
    if at is not None:
        if not 0 <= at < end:
            remedy = f"give 0 or more, and less than {end:g}"
            raise _refused("at", f"{at:g}", "no event can begin outside the horizon", remedy)
        return float(at)
    dated = event.since_months - month_number(case.settings.start_date.isoformat())
    return dated if 0 <= dated < end else months * (case.periods // PARTS)


def place_events(
    case: Case, events: Sequence[str | Event], at: float | None = None, *, allow_empty: bool = False
) -> tuple[tuple[Mapped, ...], tuple[str, ...], tuple[float, ...]]:
    """Return events on a case, the ids of those that touch nothing of it, and when each begins.

    Parameters
    ----------
    case : Case
        For the buyers that count.
    events, at, allow_empty
        As in :func:`stress`.

    Raises
    ------
    InputError
        As :func:`stress` does, before anything is solved.
    """
    asked = [find_event(e) if isinstance(e, str) else e for e in events or bundled_events()]
    twice = sorted({e.id for e in asked if [a.id for a in asked].count(e.id) > 1})
    if twice:
        raise _refused("event", twice[0], "this event is asked for twice", "give it once")
    found = [map_event(case, event) for event in asked]
    empty = [m for m in found if not m.strikes]
    if empty and not allow_empty and (events or len(empty) == len(found)):
        raise InputError(
            [
                Finding.error(
                    table="stress",
                    column="event",
                    value=m.event.id,
                    message=f"it touches nothing of the case {case.name!r}: "
                    + "; ".join(m.left_out),
                    remedy="play another event, or allow that it is empty",
                )
                for m in empty
            ]
        )
    kept = tuple(found) if allow_empty else tuple(m for m in found if m.strikes)
    starts = tuple(_start(case, m.event, at) for m in kept)
    return kept, tuple(m.event.id for m in empty), starts


def _with_naive(
    plans: Mapping[str, Plan], naive: Plan | None, warnings: list[str]
) -> dict[str, Plan]:
    """Return the plans by name, with the one without any rule first."""
    bare = next((name for name, plan in plans.items() if not plan.policies), None)
    if naive is not None and naive.case.digest != next(iter(plans.values())).case.digest:
        raise _refused(
            "naive", naive.case.name, "the plan is of another case", "solve this one without rules"
        )
    if naive is None and bare is not None:
        naive = plans[bare]
        return {bare: naive, **plans}
    if naive is None:
        naive = _solved(next(iter(plans.values())), warnings)
    return {NAIVE: naive, **plans}


def _solved(plan: Plan, warnings: list[str]) -> Plan:
    record, case = plan.record, plan.case
    seed = record.seed
    scenarios: int | Scenarios | None = None if seed is None else record.scenarios
    found = api.solve(
        case,
        buyer=list(case.buyers),
        scenarios=scenarios,
        seed=seed,
        case_policies=False,
        out_of_sample=0,
    )
    if found.record.digests["scenarios"] != record.digests["scenarios"]:
        warnings.append(
            "the plan was made for scenarios that are not kept with it; the one without any rule "
            "is that of the case's own"
        )
    return found


def _left_out(mapped: Sequence[Mapped], ground: Ground) -> tuple[tuple[str, str], ...]:
    found = [(m.event.id, said) for m in mapped for said in m.left_out]
    for m, lasts in zip(mapped, ground.lasts, strict=True):
        if lasts < m.event.months - 1e-9:
            said = f"of its {m.event.months:g} months the horizon has {lasts:g}"
            found.append((m.event.id, said))
    return tuple(found)


def _refused(column: str, value: str, message: str, remedy: str) -> InputError:
    return InputError(
        [
            Finding.error(
                table="stress", column=column, value=value or None, message=message, remedy=remedy
            )
        ]
    )
