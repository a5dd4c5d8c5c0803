"""``diversify stockpile``: how much to hold, how long it lasts, what a day more costs and saves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.asked import ANSWER, Asked
from diversify.cli.blocks import Block, Line, Table
from diversify.cli.command import Run, grouped, indented
from diversify.cli.figures import figure, money, money_unit
from diversify.cli.outcome import DONE, STOPPED_WITH_POINT, Outcome
from diversify.cli.progress import Progress

if TYPE_CHECKING:
    from diversify.sizing import Stockpile
    from diversify.study.estimate import Estimate

BLANK: dict[str, Any] = {
    **ANSWER,
    "case": None,
    "buyers": [],
    "pools": [],
    "survival": [],
    "foresight_gap": None,
    "foresight": None,
    "value_of_stochastic_solution": None,
    "value_of_perfect_information": None,
    "sure": None,
    "played": None,
    "warnings": [],
    "errors": [],
}
SHOWN = 12
"""Nodes shown in the terminal; ``--json`` and ``--out`` have all."""


@grouped
def stockpile(
    asked: Asked,
    *,
    sample: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Draws that the plan is made for; all scenarios are played forward.",
        ),
    ] = 120,
    replications: Annotated[
        int,
        typer.Option(
            metavar="M",
            min=0,
            help="Batches of fresh draws that say how good the plan is; 0 for none.",
        ),
    ] = 2,
    rolling: Annotated[
        bool,
        typer.Option(
            "--rolling", help="Ration stock over the time that disruptions are expected to last."
        ),
    ] = False,
    run: Run,
) -> None:
    """Say how much to hold of each material, and for how many days that lasts.

    The plan is made for a sample of the scenarios, and then played forward in all of them, where
    nobody knows how long a disruption will last.

    Exit codes: 0 certified, 2 bad input, 3 infeasible, 4 stopped with a plan, 5 stopped without,
    6 not certified, 130 interrupted.
    """
    blank = dict(BLANK)

    def work(report: Progress) -> Outcome:
        chosen = asked.select(report, blank)
        from diversify.sizing import stockpile as size

        found = size(
            chosen.case,
            *chosen.policies,
            case_policies=chosen.case_policies,
            sample=sample,
            replications=replications,
            rule="rolling" if rolling else "myopic",
            progress=report,
            **asked.drawn,
        )
        data = {**blank, **_data(found)}
        saved = run.write({"stockpile.json": indented(data)})
        code = DONE if found.plan.point == "certified" else STOPPED_WITH_POINT
        return Outcome(data, (*_blocks(found), _last(saved)), code)

    run.conclude_run(work, mark="stockpile.json", blank=blank)


def _data(found: Stockpile) -> dict[str, Any]:
    from diversify.result import summary
    from diversify.result.summary import records

    whole = summary(found.plan)
    played, worth, sampled = found.simulation, found.information, found.sampled
    gap = found.foresight_gap
    return {
        **{key: whole[key] for key in BLANK if key in whole},
        "seconds": found.seconds["total"],
        "stocks": records(found.stocks),
        "pools": records(found.plan.pools),
        "survival": records(found.survival),
        "foresight_gap": _finite(gap),
        "foresight": records(played.shortage),
        "value_of_stochastic_solution": _finite(worth.of_stochastic_solution),
        "value_of_perfect_information": _finite(worth.of_perfect_information),
        "sure": {
            "value_of_perfect_information": _between(sampled.of_perfect_information),
            "value_of_stochastic_solution": _between(sampled.of_stochastic_solution),
            "optimality_gap": _between(sampled.gap),
            "scenarios": sampled.scenarios,
        },
        "played": {
            "rule": played.rule,
            "scenarios": played.scenarios,
            "distinct_scenarios": played.distinct_scenarios,
            "seed": played.seed,
            "cost": _finite(played.cost),
            "cost_with_foresight": _finite(played.cost_with_foresight),
        },
        "warnings": list(found.warnings),
    }


def _between(found: Estimate | None) -> dict[str, float | None] | None:
    if found is None:
        return None
    return {"value": _finite(found.value), "low": _finite(found.low), "high": _finite(found.high)}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _blocks(found: Stockpile) -> tuple[Block, ...]:
    from diversify.report.pooled import pool_sentences

    plan = found.plan
    blocks: list[Block] = [
        Line(f"Stocks of {', '.join(plan.case.buyers)}: {plan.case.name}", "title"),
        Line(f"{plan.status}, {plan.point}: expected cost {money(plan.objective)}"),
        *_stocks(found),
        *(Line(said) for said in pool_sentences(plan.pools)),
        *_survival(found),
        *_sure(found),
        *(Line(f"Note: {said}") for said in found.warnings),
    ]
    return tuple(blocks)


def _stocks(found: Stockpile) -> list[Block]:
    table = found.stocks
    if table.empty and not found.plan.pools.empty:
        return []
    if table.empty:
        return [Line("The case has no stocks")]
    unit, size = money_unit(float(table["cost_per_year"].max()))
    rows = [
        (
            row["buyer"],
            row["commodity"],
            figure(row["tonnes"]),
            _number(row["days"]),
            _number(row["cost_per_year"] / size),
            _number(row["cost_of_one_more_day"] / size),
            _number(row["loss_avoided_per_day"] / size),
        )
        for row in table.to_dict("records")
    ]
    columns = ("buyer", "commodity", ">t", ">days", ">cost", ">day costs", ">day saves")
    title = f"What to hold; what it and one more day cost and save, {unit} a year"
    return [Table(title, columns, tuple(rows))]


def _survival(found: Stockpile) -> list[Block]:
    table = found.survival.sort_values("time_to_survive_days", kind="stable")
    if table.empty:
        return []
    losses = [x for x in table["loss"] if math.isfinite(x)]
    unit, size = money_unit(max(losses, default=0.0))
    rows = [
        (
            row["node"],
            f"{'all ' if row['whole_horizon'] else ''}{row['time_to_survive_days']:,.0f}",
            f"{row['without_stock_days']:,.0f}",
            _number(row["time_to_recover_days"]),
            _number(row["loss"] / size),
        )
        for row in table.head(SHOWN).to_dict("records")
    ]
    more = len(table) - len(rows)
    title = f"Days survived without each; loss until it recovers, {unit}"
    columns = ("node", ">with stock", ">without", ">recovers", ">loss")
    rest = [Line(f"{more} more survive longer: --json has all")] if more > 0 else []
    return [Table(title, columns, tuple(rows)), *rest]


def _sure(found: Stockpile) -> list[Block]:
    played, sampled = found.simulation, found.sampled
    gap = found.foresight_gap
    lines: list[Block] = []
    if gap is not None and math.isfinite(gap):
        lines.append(
            Line(
                f"Without foresight it costs {money(gap)} more, at most "
                f"({played.scenarios:,} scenarios)"
            )
        )
    known, planned = (
        _spoken(value) for value in (sampled.of_perfect_information, sampled.of_stochastic_solution)
    )
    worth = found.information
    lines.append(
        Line(f"Knowing the future would save {known or money(worth.of_perfect_information)}")
    )
    value = worth.of_stochastic_solution
    if math.isfinite(value):
        lines.append(
            Line(f"Planning for the mean instead would cost {planned or money(value)} more")
        )
    else:
        lines.append(Line("A plan for the mean fails in some scenario"))
    if sampled.gap is not None and sampled.scenarios:
        share = sampled.gap.high / max(1.0, abs(worth.recourse))
        lines.append(
            Line(
                f"A better plan could save {money(sampled.gap.high)} at most ({share:.2g} of the "
                f"cost), with 95 % confidence ({sampled.scenarios:,} fresh draws)"
            )
        )
    return lines


def _spoken(found: Estimate | None) -> str:
    """Return an estimate with its interval, or nothing where there is none."""
    if found is None or not math.isfinite(found.high) or found.low == found.high:
        return ""
    return f"{money(found.value)} ({money(found.low)} to {money(found.high)})"


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    return "no limit" if math.isinf(value) else figure(value)


def _last(saved: str | None) -> Line:
    if saved is None:
        return Line("Not saved: --out DIR writes stockpile.json", "title")
    return Line(f"Saved to {saved}", "title")
