"""``diversify compete``: several buyers and the same capacity, together, alone and in turn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.blocks import Block, Line, Table
from diversify.cli.command import Run, grouped, indented
from diversify.cli.figures import figure, money_unit
from diversify.cli.options import CaseName, Count, Policies, Seed
from diversify.cli.outcome import DONE, INFEASIBLE, Outcome
from diversify.cli.progress import Progress
from diversify.cli.selection import select

if TYPE_CHECKING:
    from diversify.case import Case
    from diversify.policies import Policy
    from diversify.rivals import Rivalry

BLANK: dict[str, Any] = {
    "status": None,
    "buyers": [],
    "table": [],
    "effects": [],
    "shares": [],
    "value_added": [],
    "seconds": None,
    "case": None,
    "warnings": [],
    "errors": [],
}
Names = Annotated[
    str | None,
    typer.Option(
        "--buyers",
        metavar="A,B",
        help="Who competes, in the order of the turns. Default: what the case says, else all.",
        show_default=False,
    ),
]
AllOrders = Annotated[bool, typer.Option("--all-orders", help="Take the turns in every order.")]
NoEffects = Annotated[
    bool,
    typer.Option("--no-effects", help="Do not solve again without the policies of each buyer."),
]


@grouped
def compete(
    case: CaseName,
    run: Run,
    buyers: Names = None,
    policies: Policies = None,
    all_orders: AllOrders = False,
    no_effects: NoEffects = False,
    scenarios: Count = None,
    seed: Seed = None,
) -> None:
    """Let several buyers compete for the same capacity: jointly, each alone, and in turn.

    A policy of FILE with a buyer is that buyer's; one without is every buyer's, for itself. The
    case's own policies are left out. Exit codes: 0 solved, 2 bad input, 3 some setting cannot be
    met, 130 interrupted.
    """
    blank = dict(BLANK)

    def work(report: Progress) -> Outcome:
        report("read")
        chosen = select(case, policies, None, policies is None)
        blank["case"] = chosen.case.name
        names = [name.strip() for name in buyers.split(",")] if buyers else None
        report("load the solver")
        from diversify.rivals import compete as play

        found = play(
            chosen.case,
            names,
            _of_each(chosen.case, names, chosen.policies),
            orders="all" if all_orders else "given",
            effects=not no_effects,
            scenarios=scenarios,
            seed=seed,
            progress=report,
        )
        data = {**blank, **_data(found)}
        run.write({"compete.json": indented(data)})
        met = data["status"] == "optimal"
        return Outcome(data, _blocks(found), DONE if met else INFEASIBLE)

    run.conclude_run(work, mark="compete.json", blank=blank)


def _of_each(
    case: Case, names: list[str] | None, policies: tuple[Policy, ...]
) -> dict[str, list[Policy]]:
    everyone = names or list(case.settings.buyer) or list(case.buyers)
    given: dict[str, list[Policy]] = {}
    for policy in policies:
        own = getattr(policy, "buyer", None)
        for name in [own] if own else everyone:
            given.setdefault(name, []).append(policy)
    return given


def _records(frame: Any) -> list[dict[str, Any]]:
    return [
        {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
        for row in frame.to_dict("records")
    ]


def _data(found: Rivalry) -> dict[str, Any]:
    table = found.table
    met = (table["status"] != "infeasible").all()
    return {
        "status": "optimal" if met else "infeasible",
        "buyers": list(found.buyers),
        "table": _records(table),
        "effects": _records(found.effects),
        "shares": _records(found.shares),
        "value_added": _records(found.value_added),
        "seconds": found.seconds,
    }


def _blocks(found: Rivalry) -> tuple[Block, ...]:
    table = found.table
    unit, size = money_unit(float(table["cost"].max()))

    def amount(value: float, plus: str = "") -> str:
        # What is below the gap of the solves is nothing.
        none = abs(value) < 1e-6 * float(table["cost"].max())
        sign = plus if value > 0 and not none else ""
        return "" if math.isnan(value) else sign + figure(0.0 if none else value / size)

    rows = [
        (
            f"{row['mode']} {row['order']}".strip(),
            f"all but those of {row['without']}" if row["without"] else "all",
            row["buyer"],
            "cannot be met" if row["status"] == "infeasible" else amount(row["cost"]),
            figure(row["unit_cost"]),
            _part(row["shortage"]),
        )
        for row in table.to_dict("records")
    ]
    columns = ("", "policies", "buyer", f">{unit}", ">USD per t", ">short")
    blocks: list[Block] = [
        Line("Buyers of the same capacity: " + ", ".join(found.buyers), "title"),
        Table("Expected cost, cost per tonne delivered, and shortage", columns, tuple(rows)),
    ]
    effects = [
        (
            f"{row['mode']} {row['order']}".strip(),
            row["of"],
            row["buyer"],
            amount(row["cost"], "+"),
            _part(row["shortage"], "+"),
        )
        for row in found.effects.to_dict("records")
    ]
    if effects:
        headings = ("", "policies of", "on", f">{unit}", ">short")
        blocks.append(Table("What the policies of one do to each", headings, tuple(effects)))
    return tuple(blocks)


def _part(share: float, sign: str = "") -> str:
    """Return a part of demand as text; below a hundred thousandth it is nothing."""
    if math.isnan(share):
        return ""
    return "0 %" if abs(share) < 1e-5 else f"{100 * share:{sign}.3f} %"
