"""``diversify frontier``: what a policy costs at one level after another."""

from __future__ import annotations

import math
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.asked import ANSWER, Asked
from diversify.cli.blocks import Block, Line, table
from diversify.cli.command import Run, grouped, indented
from diversify.cli.figures import figure, money
from diversify.cli.folders import move_into
from diversify.cli.options import relative_gap
from diversify.cli.outcome import DONE, INFEASIBLE, Outcome
from diversify.cli.progress import Progress
from diversify.errors import Finding, InputError

if TYPE_CHECKING:
    from diversify.frontiers import Frontier
    from diversify.policies import Policy

COMMON = tuple(ANSWER)
BLANK: dict[str, Any] = {
    **ANSWER,
    "case": None,
    "buyers": [],
    "policy": None,
    "axes": [],
    "policies": [],
    "points": [],
    "check": None,
    "phases": {},
    "digests": {},
    "versions": {},
    "warnings": [],
    "saved": None,
    "errors": [],
}
"""What ``--json`` prints where there is nothing: the same keys, and nothing in them."""


@grouped
def frontier(
    policy: Annotated[
        list[str],
        typer.Option(
            metavar="POLICY",
            help="Whose level is swept: fields such as kind=share_cap,by=country,stage=refine, "
            "the name of one of the case's own policies, or a kind such as share_cap for all of "
            "that kind. May be repeated with its --levels: every combination is a point.",
        ),
    ],
    levels: Annotated[
        list[str],
        typer.Option(metavar="LEVELS", help="A:B:N is N levels from A to B; or 1,0.9,0.8."),
    ],
    asked: Asked,
    *,
    out_of_sample: Annotated[
        int, typer.Option(metavar="N", min=0, help="Fresh scenarios to check the risk on.")
    ] = 1000,
    gap: Annotated[
        float | None,
        typer.Option(
            metavar="G",
            callback=relative_gap,
            help="Relative gap of each point. Default: 1e-6, or 1e-4 where it is decomposed.",
            show_default=False,
        ),
    ] = None,
    run: Run,
) -> None:
    """Find the cheapest plan at each level of a policy, or of each pair of levels of two.

    Levels that no plan keeps are points too, with the status infeasible and what clashes there.

    Exit codes: 0 every point with a plan is certified, 2 bad input, 3 infeasible at every level,
    6 not certified, 130 interrupted.
    """
    if len(policy) != len(levels):
        raise typer.BadParameter("give as many --levels as --policy", param_hint="--levels")
    numbers = [parse_levels(text) for text in levels]
    blank = dict(BLANK)

    def work(report: Progress) -> Outcome:
        wanted = [parse_policy(text) for text in policy]
        chosen = asked.select(report, blank)
        from diversify import frontiers

        first, *more = zip(wanted, numbers, strict=True)
        report.expect(math.prod(len(levels) for levels in numbers), "level ")
        found = frontiers.frontier(
            chosen.case,
            first,
            *more,
            *chosen.policies,
            case_policies=chosen.case_policies,
            out_of_sample=out_of_sample,
            gap=gap,
            progress=report,
            **asked.drawn,
        )
        data = _data(found, chosen.case.name)
        if run.out is not None:
            report("save")
            data["saved"] = str(run.out)
            _save(found, data, run.out)
        code = DONE if any(plan is not None for plan in found.plans) else INFEASIBLE
        return Outcome(data, _blocks(found, data), code)

    run.conclude_run(work, mark="frontier.json", blank=blank)


def parse_policy(text: str) -> Policy | str:
    """Return the policy that fields describe, or the text where it is a name.

    Parameters
    ----------
    text
        ``kind=share_cap,by=country,names=[CHN,RUS]``, or a name without ``kind=``.
    """
    if not text.replace(" ", "").startswith("kind="):
        return text
    from diversify.policies import parse_policies

    fields: dict[str, Any] = {}
    for part in _parts(text):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise InputError(
                [
                    Finding.error(
                        table="policy",
                        value=part,
                        message="this part of --policy is no field",
                        remedy="write name=value, with commas between",
                    )
                ]
            )
        fields[key.strip()] = _value(value.strip())
    return parse_policies([fields], "--policy", level_needed=False)[0]


def _parts(text: str) -> list[str]:
    """Split at commas outside brackets."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return found


def _value(text: str) -> Any:
    if text.startswith("[") and text.endswith("]"):
        return [_value(part.strip()) for part in text[1:-1].split(",") if part.strip()]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def parse_levels(text: str) -> list[float]:
    """Return the levels that a text stands for.

    Parameters
    ----------
    text
        ``A:B:N`` for N levels from A to B, or numbers with commas.

    Examples
    --------
    >>> parse_levels("1:0.5:6")
    [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
    >>> parse_levels("1, 0.65")
    [1.0, 0.65]
    """
    try:
        if ":" not in text:
            return [float(part) for part in text.split(",")]
        first, last, number = text.split(":")
        a, b, count = float(first), float(last), int(number)
    except ValueError:
        count = 0
    if not 2 <= count <= 10_000:
        raise typer.BadParameter(
            f"{text!r} is neither A:B:N with N from 2 on, nor numbers with commas",
            param_hint="--levels",
        )
    # Twelve digits: 0.9 and not 0.8999999999999999.
    return [float(f"{a + (b - a) * i / (count - 1):.12g}") for i in range(count)]


def _data(found: Frontier, case: str) -> dict[str, Any]:
    from diversify.result import summary
    from diversify.result.summary import records

    points = []
    whole: dict[str, Any] = {}
    for level, levels, plan, conflict, seconds in zip(
        found.levels,
        found.grid,
        found.plans,
        found.conflicts,
        found.points["seconds"].tolist(),
        strict=True,
    ):
        point = {key: BLANK[key] for key in COMMON}
        point |= {"status": "infeasible", "value_added": [], "smallest": {}, "sentence": None}
        if plan is not None:
            whole = summary(plan)
            point |= {key: whole[key] for key in COMMON}
            point["value_added"] = records(plan.value_added)
        elif conflict is not None:
            point |= {"conflict": conflict.records(), "smallest": dict(conflict.smallest)}
            point["sentence"] = conflict.sentence()
        points.append({"level": level, "levels": levels, **point, "seconds": seconds})
    good = bool(whole)
    shared = ("scenarios", "distinct_scenarios", "method", "seed", "buyers", "digests", "versions")
    check = found.check
    return {
        **BLANK,
        **({key: whole[key] for key in shared} if good else {}),
        "status": "optimal" if good else "infeasible",
        "point": "certified" if good else "none",
        "seconds": found.seconds["total"],
        "case": case,
        "policy": found.policy,
        "axes": list(found.axes),
        "policies": [p.sentence() for p in _others(found)],
        "points": points,
        "check": None
        if check is None
        else {
            "level": check.level,
            "swept": check.swept,
            "cold": check.cold,
            "seconds": check.seconds,
        },
        "phases": found.seconds,
        "warnings": whole.get("warnings", []),
    }


def _others(found: Frontier) -> list[Policy]:
    plan = next((plan for plan in found.plans if plan is not None), None)
    return (
        [] if plan is None else [p for p in plan.policies if not {p.name, p.kind} & set(found.axes)]
    )


def _save(found: Frontier, data: dict[str, Any], folder: Path) -> None:
    """Write points, JSON and every plan, all or nothing."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        fresh = Path(scratch, "new")
        fresh.mkdir()
        found.points.to_csv(fresh / "points.csv", index=False, lineterminator="\n")
        (fresh / "frontier.json").write_text(indented(data), encoding="utf-8")
        for i, plan in enumerate(found.plans):
            if plan is not None:
                plan.save(fresh / "plans" / f"{i + 1:03d}")
        move_into(fresh, folder)


def _blocks(found: Frontier, data: dict[str, Any]) -> tuple[Block, ...]:
    points = found.points
    good = data["status"] == "optimal"
    count = int((points["status"] != "infeasible").sum())
    title = f"{data['case']}: {found.policy}, {len(points)} levels, {count} with a plan"
    several = list(found.axes) if len(found.axes) > 1 else []
    rows = [_cells(point, several) for point in points.to_dict("records")]
    heads = [f">{name}" for name in several] or [">level"]
    columns = [*heads, "status", ">expected cost", ">price of the level", ">gap", ">s"]
    blocks: list[Block] = [
        Line(title, "good" if good else "bad"),
        table("Cheapest plan at each level", columns, rows),
    ]
    known = [conflict for conflict in found.conflicts if conflict is not None]
    if known:
        at = points["level"][[conflict is known[0] for conflict in found.conflicts]].iloc[0]
        blocks.append(Line(f"Why there is no plan at {at:g}: {known[0].sentence()}"))
    if found.check is not None:
        check = found.check
        blocks.append(
            Line(
                f"Solved again from nothing at {check.level:g}: {money(check.cold)}, which agrees "
                f"with the sweep",
                "dim",
            )
        )
    saved = data["saved"]
    last = f"Saved to {saved}" if saved else "Not saved: --out DIR writes points and plans"
    return (*blocks, Line(last, "title"))


def _cells(point: dict[Any, Any], several: list[str]) -> tuple[str, ...]:
    found = ("", "", "")
    if point["status"] != "infeasible":
        price = f"{figure(point['price'], 4)} {point['unit']}"
        found = (money(point["objective"]), price, f"{point['gap']:.1e}")
    levels = [figure(point[name]) for name in several] or [figure(point["level"])]
    return (*levels, point["status"], *found, f"{point['seconds']:.1f}")
