"""``diversify explain``: why not, why, what each rule costs, and how tight it could be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.asked import Asked
from diversify.cli.blocks import Block, Line, table
from diversify.cli.command import Run, grouped, indented
from diversify.cli.figures import figure, money
from diversify.cli.outcome import DONE, INFEASIBLE, Outcome
from diversify.cli.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from diversify.result import Plan
    from diversify.solver.conflict import Conflict

BLANK: dict[str, Any] = {
    "status": None,
    "conflict": [],
    "smallest": {},
    "sentence": None,
    "suppliers": [],
    "prices": [],
    "rules": [],
    "tightest": [],
    "case": None,
    "warnings": [],
    "errors": [],
}
MaybeCase = Annotated[
    str | None,
    typer.Argument(
        metavar="[CASE]",
        help="A folder with case.toml, or the name of a bundled example; not with --plan.",
        show_default=False,
    ),
]
Price = Annotated[
    bool, typer.Option("--price", help="Also solve without each rule: what it costs as a whole.")
]
Tightest = Annotated[
    bool, typer.Option("--tightest", help="Also find the tightest level of each rule with a plan.")
]


@dataclass(frozen=True, slots=True)
class AskedOrSaved(Asked):
    """The case and what else is asked about it, or nothing where a saved plan is given."""

    case: MaybeCase = None  # type: ignore[assignment]


@grouped
def explain(
    asked: AskedOrSaved,
    *,
    plan: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="A saved plan: say why each supplier is used in it, or not."
        ),
    ] = None,
    price: Price = False,
    tightest: Tightest = False,
    run: Run,
) -> None:
    """Say which limits clash, and what change would do; or why a plan is as it is.

    Exit codes: 0 a plan exists, 2 bad input, 3 infeasible, 130 interrupted.
    """
    if (asked.case is None) == (plan is None):
        raise typer.BadParameter("give either CASE or --plan DIR", param_hint="CASE")
    blank = dict(BLANK)

    def work(report: Progress) -> Outcome:
        if plan is not None:
            outcome = _why(plan, blank, report, price=price, tightest=tightest)
        else:
            outcome = _why_not(asked, blank, report, price=price, tightest=tightest)
        run.write({"explain.json": indented(outcome.data)})
        return outcome

    run.conclude_run(work, mark="explain.json", blank=blank)


def _why_not(
    asked: Asked, blank: dict[str, Any], report: Progress, *, price: bool, tightest: bool
) -> Outcome:
    chosen = asked.select(report, blank)
    from diversify import api, pricing
    from diversify.result.summary import records

    report("explain")
    given: dict[str, Any] = {"case_policies": chosen.case_policies, **asked.drawn}
    conflict = api.explain(chosen.case, *chosen.policies, **given)
    data = {**blank, **_data(conflict)}
    code = DONE if conflict is None else INFEASIBLE
    blocks: list[Block] = [Line(data["sentence"], "good" if code == DONE else "")]
    if price and conflict is None:
        rules = pricing.price_of_rules(chosen.case, *chosen.policies, progress=report, **given)
        data["rules"] = records(rules)
        blocks.append(_rules(rules))
    if tightest:
        levels = pricing.tightest(chosen.case, *chosen.policies, progress=report, **given)
        data["tightest"] = records(levels)
        blocks.append(_levels(levels))
    return Outcome(data, tuple(blocks), code)


def _why(
    folder: Path, blank: dict[str, Any], report: Progress, *, price: bool, tightest: bool
) -> Outcome:
    report("read")
    from diversify import pricing
    from diversify.result import read_plan
    from diversify.result.summary import records

    plan = read_plan(folder)
    suppliers = plan.suppliers
    data = {
        **blank,
        "case": plan.case.name,
        "status": plan.status,
        "suppliers": records(suppliers),
        "prices": records(plan.prices),
        "sentence": "\n".join(suppliers["sentence"].tolist()),
    }
    blank["case"] = plan.case.name
    blocks: list[Block] = [
        Line(f"{plan.case.name}: why each supplier is used, or not", "good"),
        *(Line(f"- {sentence}") for sentence in suppliers["sentence"]),
    ]
    if suppliers.empty:
        blocks.append(Line("The plan is not proven to be the cheapest, so nothing is said of it."))
    if price:
        rules = pricing.price_of_rules(plan, progress=report)
        data["rules"] = records(rules)
        blocks.append(_rules(rules))
    if tightest:
        levels = _plan_levels(plan, report)
        data["tightest"] = records(levels)
        blocks.append(_levels(levels))
    return Outcome(data, tuple(blocks), DONE)


def _plan_levels(plan: Plan, report: Progress) -> pd.DataFrame:
    from diversify import pricing

    seed = plan.record.seed
    return pricing.tightest(
        plan.case,
        *plan.policies,
        buyer=list(plan.case.buyers),
        scenarios=None if seed is None else plan.record.scenarios,
        seed=seed,
        case_policies=False,
        progress=report,
    )


def _rules(rules: pd.DataFrame) -> Block:
    rows = [
        (
            row["policy"],
            money(row["cost_with"]),
            money(row["cost_without"]) if row["saving"] == row["saving"] else row["status"],
            money(row["saving"]) if row["saving"] == row["saving"] else "",
        )
        for row in rules.to_dict("records")
    ]
    columns = ["rule", ">cost with all", ">without it", ">it costs"]
    return table("What each rule costs as a whole", columns, rows)


def _levels(levels: pd.DataFrame) -> Block:
    rows = [
        (
            row["policy"],
            figure(row["level"], 6),
            figure(row["tightest"], 5) if row["tightest"] == row["tightest"] else "no plan",
        )
        for row in levels.to_dict("records")
    ]
    return table("The tightest level of each rule alone", ["rule", ">level", ">tightest"], rows)


def _data(conflict: Conflict | None) -> dict[str, Any]:
    if conflict is None:
        return {"status": "feasible", "sentence": "A plan exists: all limits can be kept together."}
    return {
        "status": "infeasible",
        "conflict": conflict.records(),
        "smallest": dict(conflict.smallest),
        "sentence": conflict.sentence(),
    }
