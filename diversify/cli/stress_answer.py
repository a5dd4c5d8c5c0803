"""Plans in real shocks, for programs and for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from diversify.cli.asked import ANSWER
from diversify.cli.blocks import Block, Line, Table, table
from diversify.cli.figures import figure, money

if TYPE_CHECKING:
    import pandas as pd

    from diversify.result import Plan
    from diversify.stressing.events import Event
    from diversify.stressing.record import Stress

BLANK: dict[str, Any] = {
    **ANSWER,
    "case": None,
    "buyers": [],
    "events": [],
    "plans": [],
    "missing": [],
    "table": [],
    "yearly": [],
    "shortage": [],
    "left_out": [],
    "untouched": [],
    "phases": {},
    "digests": {},
    "warnings": [],
    "saved": None,
    "errors": [],
}
"""What ``--json`` prints where there is nothing: the same keys, and nothing in them."""


def answer(found: Stress, plans: dict[str, Plan], missing: dict[str, str]) -> dict[str, Any]:
    """Return what ``--json`` prints of plans in events.

    Parameters
    ----------
    found
        The plans in the events.
    plans
        The plans by name, without those that were solved besides.
    missing
        Why some plans are not there.
    """
    from diversify.result import summary
    from diversify.result.summary import records

    one = summary(next(iter(plans.values())))
    proven = all(plan.record.point == "certified" for plan in plans.values())
    return {
        **BLANK,
        **({key: one[key] for key in ANSWER} if len(plans) == 1 else {}),
        "status": "optimal" if proven else "stopped",
        "point": "certified" if proven else "feasible",
        "seconds": found.seconds["total"],
        "case": found.case,
        "buyers": one["buyers"],
        "events": [
            {"id": event.id, "title": event.title, "since": event.since, "at_months": at}
            for event, at in zip(found.events, found.at, strict=True)
        ],
        "plans": [
            {
                "plan": name,
                "policies": [policy.sentence() for policy in plan.policies],
                "objective": plan.record.objective,
                "point": plan.record.point,
            }
            for name, plan in plans.items()
        ],
        "missing": [{"plan": name, "why": why} for name, why in missing.items()],
        "table": records(found.table),
        "yearly": records(found.yearly),
        "shortage": records(found.shortage),
        "left_out": [{"event": event, "what": what} for event, what in found.left_out],
        "untouched": list(found.untouched),
        "phases": found.seconds,
        "digests": found.digests,
        "warnings": list(found.warnings),
    }


def frames(found: Stress) -> dict[str, pd.DataFrame]:
    """Return the tables by the names of their files."""
    return {
        "table": found.table,
        "yearly": found.yearly,
        "shortage": found.shortage,
        "costs": found.costs,
    }


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as the text of a CSV file."""
    return str(frame.to_csv(index=False, lineterminator="\n"))


def blocks(found: Stress, data: dict[str, Any]) -> tuple[Block, ...]:
    """Return the same for people."""
    many = f"{len(found.events)} event{'' if len(found.events) == 1 else 's'}"
    buyers = " and ".join(data["buyers"])
    shown: list[Block] = [Line(f"{found.case} for {buyers}: {many}", "good")]
    rows = found.table.to_dict("records")
    for event, at in zip(found.events, found.at, strict=True):
        shown.append(_event(event, at, [row for row in rows if row["event"] == event.id]))
    cells = [
        (
            row["plan"],
            money(row["cost_per_year"]),
            money(row["premium_per_year"]),
            figure(100 * row["planned_shortage"], 3),
        )
        for row in found.yearly.to_dict("records")
    ]
    heads = ["plan", ">cost", ">more than no rule", ">left short by plan, %"]
    shown.append(table("A year without any event", heads, cells))
    shown += [Line(f"There is no plan {row['plan']}: {row['why']}") for row in data["missing"]]
    shown += [Line(f"{event}: left out: {what}", "dim") for event, what in found.left_out]
    if found.untouched:
        shown.append(Line(f"Touch nothing of the case: {', '.join(found.untouched)}", "dim"))
    shown += [Line(f"Warning: {said}") for said in found.warnings]
    saved = data["saved"]
    last = f"Saved to {saved}" if saved else "Not saved: --out DIR writes the tables"
    return (*shown, Line(last, "title"))


def _event(event: Event, at: float, rows: list[dict[Any, Any]]) -> Table:
    cells = [
        (
            row["plan"],
            figure(100 * row["shortage"], 3),
            figure(row["shortage_days"], 3),
            _days(row["days_survived"], row["lasts_days"]),
            _money(row["extra_cost"]),
            money(row["lost_output"]),
            money(row["price_effect"]),
            "" if math.isnan(row["score"]) else figure(row["score"], 3),
        )
        for row in rows
    ]
    columns = ["plan", ">short, %", ">days short", ">days survived", ">extra cost"]
    columns += [">lost output", ">dearer", ">score"]
    return table(f"{event.id}: {event.title} (from month {at:g} of the case on)", columns, cells)


def _days(survived: float, lasts: float) -> str:
    if math.isnan(survived):
        return ""
    return "all" if survived >= lasts * (1 - 1e-9) else figure(survived, 3)


def _money(usd: float) -> str:
    return "" if math.isnan(usd) else money(usd)
