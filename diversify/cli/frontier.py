"""``diversify frontier``: what a policy costs at one level after another."""

from __future__ import annotations

import json
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from diversify.cli.blocks import Block, Line, table
from diversify.cli.figures import figure, money
from diversify.cli.folders import move_into, refuse_taken
from diversify.cli.options import (
    AddPolicies,
    AsJson,
    Buyers,
    CaseName,
    Count,
    Debug,
    Force,
    NoPolicies,
    Out,
    Policies,
    Quiet,
    Seed,
)
from diversify.cli.outcome import DONE, INFEASIBLE, Outcome, conclude, progress
from diversify.cli.selection import refuse_contradiction, select
from diversify.cli.solve import BLANK as BLANK_SOLVE
from diversify.errors import Finding, InputError

if TYPE_CHECKING:
    from diversify.frontiers import Frontier
    from diversify.policies import Policy

COMMON = (
    "status", "point", "objective", "bound", "gap", "certificate", "scenarios",
    "distinct_scenarios", "method", "seconds", "seed", "shares", "stocks", "risk", "costs",
    "prices", "conflict",
)  # fmt: skip
BLANK: dict[str, Any] = {
    **{key: BLANK_SOLVE[key] for key in COMMON},
    "case": None,
    "buyers": [],
    "policy": None,
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


def frontier(
    case: CaseName,
    policy: Annotated[
        str,
        typer.Option(
            metavar="POLICY",
            help="Whose level is swept: fields such as kind=share_cap,by=country,stage=refine, "
            "or the name of one of the case's own policies.",
        ),
    ],
    levels: Annotated[
        str,
        typer.Option(metavar="LEVELS", help="A:B:N is N levels from A to B; or 1,0.9,0.8."),
    ],
    buyer: Buyers = None,
    scenarios: Count = None,
    seed: Seed = None,
    policies: Policies = None,
    add_policies: AddPolicies = None,
    no_policies: NoPolicies = False,
    out_of_sample: Annotated[
        int, typer.Option(metavar="N", min=0, help="Fresh scenarios to check the risk on.")
    ] = 1000,
    out: Out = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Find the cheapest plan at each level of one policy.

    Levels that no plan keeps are points too, with the status infeasible.

    Exit codes: 0 every point with a plan is certified, 2 bad input, 3 infeasible at every level,
    6 not certified, 130 interrupted.
    """
    refuse_contradiction(policies, no_policies)
    numbers = parse_levels(levels)
    report = progress(quiet)
    blank = dict(BLANK)

    def work() -> Outcome:
        refuse_taken(out, force=force, mark="frontier.json")
        wanted = parse_policy(policy)
        report("read")
        chosen = select(case, policies, add_policies, no_policies)
        blank["case"] = chosen.case.name
        report("load the solver")
        from diversify import frontiers

        swept: Policy | str = wanted
        kept, own = list(chosen.policies), chosen.case_policies
        same = [p for p in kept if p.name == wanted]
        if same and isinstance(wanted, str):
            # A name may also be that of a policy in one of the files.
            swept = same[0]
            kept.remove(same[0])
        found = frontiers.frontier(
            chosen.case,
            swept,
            *kept,
            levels=numbers,
            buyer=buyer or None,
            scenarios=scenarios,
            seed=seed,
            case_policies=own,
            out_of_sample=out_of_sample,
            progress=report,
        )
        data = _data(found, chosen.case.name)
        if out is not None:
            report("save")
            data["saved"] = str(out)
            _save(found, data, out)
        code = DONE if any(plan is not None for plan in found.plans) else INFEASIBLE
        return Outcome(data, _blocks(found, data), code)

    conclude(work, as_json=as_json, debug=debug, blank=blank)


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

    points = []
    whole: dict[str, Any] = {}
    for level, plan, seconds in zip(
        found.levels, found.plans, found.points["seconds"].tolist(), strict=True
    ):
        point = {key: BLANK[key] for key in COMMON} | {"status": "infeasible"}
        if plan is not None:
            whole = summary(plan)
            point = {key: whole[key] for key in COMMON}
        points.append({"level": level, **point, "seconds": seconds})
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
    return [] if plan is None else [p for p in plan.policies if p.name != found.policy]


def _save(found: Frontier, data: dict[str, Any], folder: Path) -> None:
    """Write points, JSON and every plan, all or nothing."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        fresh = Path(scratch, "new")
        fresh.mkdir()
        found.points.to_csv(fresh / "points.csv", index=False, lineterminator="\n")
        text = json.dumps(data, indent=1, allow_nan=False)
        (fresh / "frontier.json").write_text(text + "\n", encoding="utf-8")
        for i, plan in enumerate(found.plans):
            if plan is not None:
                plan.save(fresh / "plans" / f"{i + 1:03d}")
        move_into(fresh, folder)


def _blocks(found: Frontier, data: dict[str, Any]) -> tuple[Block, ...]:
    points = found.points
    good = data["status"] == "optimal"
    count = int((points["status"] != "infeasible").sum())
    title = f"{data['case']}: {found.policy}, {len(points)} levels, {count} with a plan"
    rows = [_cells(point) for point in points.to_dict("records")]
    columns = [">level", "status", ">expected cost", ">price of the level", ">gap", ">s"]
    blocks: list[Block] = [
        Line(title, "good" if good else "bad"),
        table("Cheapest plan at each level", columns, rows),
    ]
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


def _cells(point: dict[Any, Any]) -> tuple[str, ...]:
    found = ("", "", "")
    if point["status"] != "infeasible":
        price = f"{figure(point['price'], 4)} {point['unit']}"
        found = (money(point["objective"]), price, f"{point['gap']:.1e}")
    return (figure(point["level"]), point["status"], *found, f"{point['seconds']:.1f}")
