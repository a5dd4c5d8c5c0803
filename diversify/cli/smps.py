"""``diversify smps``: a two-stage stochastic program in SMPS files, with its certificate."""

from __future__ import annotations

import csv
import io
import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.asked import PROOF, Goal, Method
from diversify.cli.blocks import Block, Line, table
from diversify.cli.command import Run, grouped, indented
from diversify.cli.figures import figure
from diversify.cli.options import count_option, positive, relative_gap, seed_option
from diversify.cli.outcome import DONE, STOPPED_WITH_POINT, Outcome
from diversify.cli.progress import Progress

if TYPE_CHECKING:
    from diversify.risk.mean_cvar import MeanCvar
    from diversify.smps import Answer, StochasticProgram

BLANK: dict[str, Any] = {
    **PROOF,
    "support": None,
    "name": None,
    "sense": None,
    "first_stage": [],
    "low": None,
    "high": None,
    "recourse": None,
    "value_of_perfect_information": None,
    "value_of_stochastic_solution": None,
    "warnings": [],
    "saved": None,
    "errors": [],
}
"""What ``--json`` prints where there is no answer: the same keys, and nothing in them."""
SHOWN = 30


@grouped
def smps(
    stem: Annotated[
        str,
        typer.Argument(
            metavar="STEM",
            help="The common path of the core, time and stoch file, one of them, or their folder.",
            show_default=False,
        ),
    ],
    *,
    scenarios: Annotated[int | None, count_option("all that may happen are listed")] = None,
    seed: Annotated[int | None, seed_option("a new one, which the answer names")] = None,
    method: Annotated[Method, typer.Option(help="How to solve.")] = Method.auto,
    values: Annotated[
        bool | None,
        typer.Option(
            "--values/--no-values",
            help="Compute the values of perfect information and of the stochastic solution.",
            show_default="where it is quick",
        ),
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(
            metavar="G",
            callback=relative_gap,
            help="Relative gap at which the plan counts as optimal. Default: 1e-6; for more than "
            "2,000 distinct draws 1e-4.",
            show_default=False,
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(metavar="S", callback=positive, help="Seconds for the solver."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Processes. Default: one, or as many as there are cores for more than 50,000 "
            "distinct scenarios.",
            show_default=False,
        ),
    ] = None,
    goal: Goal,
    run: Run,
) -> None:
    """Solve a two-stage stochastic program in SMPS files.

    All scenarios are listed, or with --scenarios drawn; the answer to a sample comes with an
    interval on the true optimum.

    Exit codes: 0 certified, 2 bad input, 3 infeasible, 4 stopped with a plan, 5 stopped without,
    6 not certified, 130 interrupted.
    """
    blank = dict(BLANK)

    def work(report: Progress) -> Outcome:
        report("load the solver")
        from diversify.smps import read, solve

        objective = goal.objective()
        report("read")
        program = read(stem)
        blank.update(_about(program), warnings=[str(finding) for finding in program.warnings])
        kind: Any = method.value
        answer = solve(
            program,
            scenarios=scenarios,
            seed=seed,
            method=kind,
            objective=objective,
            values=values,
            gap=gap,
            time_limit=time_limit,
            workers=workers,
            progress=report,
        )
        data = {**BLANK, **_about(program), **answer.record}
        if run.out is not None:
            report("save")
            data["saved"] = run.write(_files(answer, data))
        code = DONE if answer.point == "certified" else STOPPED_WITH_POINT
        return Outcome(data, _blocks(program, answer, objective, stem, data["saved"]), code)

    run.conclude_run(work, mark="answer.json", blank=blank)


def _about(program: StochasticProgram) -> dict[str, Any]:
    return {
        "name": program.name,
        "sense": "max" if program.maximise else "min",
        "support": program.support,
        "recourse": program.recourse,
    }


def _files(answer: Answer, data: dict[str, Any]) -> dict[str, str]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "value"])
    writer.writerows([name, repr(value)] for name, value in answer.first_stage.items())
    kept = {name: value for name, value in data.items() if name not in ("saved", "errors")}
    return {"answer.json": indented(kept), "first_stage.csv": text.getvalue()}


def _blocks(
    program: StochasticProgram, answer: Answer, objective: MeanCvar, stem: str, saved: str | None
) -> tuple[Block, ...]:

    good = answer.point == "certified"
    blocks: list[Block] = [
        Line(f"{program.name}: {answer.status}, {answer.point}", "good" if good else "bad"),
        Line(f"{_goal(program, objective)}: {figure(answer.objective, 10)}"),
    ]
    if answer.seed is not None:
        sides = (
            "no bound" if side is None else figure(side, 7) for side in (answer.low, answer.high)
        )
        blocks.append(Line(f"True optimum, 95 % interval: {' to '.join(sides)}"))
    known, planned = answer.value_of_perfect_information, answer.value_of_stochastic_solution
    if known is not None:
        said = "none: it has no recourse" if planned is None else figure(planned, 7)
        blocks.append(Line(f"Value of perfect information: {figure(known, 7)}"))
        blocks.append(Line(f"Value over the plan for the mean: {said}"))
    if answer.certificate is not None:
        proof = answer.certificate
        parts = f"primal {proof.primal:.1e}, dual {proof.dual:.1e}, gap {proof.gap:.1e}"
        blocks.append(Line(f"Certificate: {parts} ({proof.allowed})"))
    how = f"method {answer.method}, {answer.seconds:.1f} s"
    blocks.append(Line(f"Scenarios: {_count(answer)}; {answer.recourse} recourse; {how}", "dim"))
    held = [(name, value) for name, value in answer.first_stage.items() if value != 0.0]
    rows = [(name, figure(value, 7)) for name, value in held[:SHOWN]]
    rest = len(held) - len(rows)
    title = f"First stage, {len(answer.first_stage)} columns, zeros left out"
    blocks.append(table(title, ["column", ">value"], rows))
    if rest:
        blocks.append(Line(f"and {rest} more: --json or --out shows all"))
    if answer.warnings:
        blocks.append(Line("Warnings", "title"))
        blocks += [Line(f"- {warning}") for warning in answer.warnings]
    if saved is not None:
        blocks.append(Line(f"Saved to {saved}", "title"))
    else:
        blocks.append(Line("Not saved: --out DIR writes the answer and the first stage", "title"))
    again = f"Next: diversify smps {shlex.quote(stem)} --cvar-weight 1 weighs the worst 5 % as well"
    return (*blocks, Line(again))


def _goal(program: StochasticProgram, objective: MeanCvar) -> str:
    what = "profit" if program.maximise else "cost"
    if objective.plain:
        return f"Expected {what}"
    sign = "-" if program.maximise else "+"
    risk = f"{objective.cvar:g} CVaR {objective.level:g} of the cost"
    return f"{objective.mean:g} expected {what} {sign} {risk}"


def _count(answer: Answer) -> str:
    differ = f"{answer.distinct_scenarios} differ"
    if answer.seed is None:
        return f"all {answer.scenarios} ({differ})"
    may = "infinitely many" if answer.support is None else figure(float(answer.support))
    return f"{answer.scenarios} drawn of {may} ({differ}), seed {answer.seed}"
