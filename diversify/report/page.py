"""The page of a plan: one file that works offline."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from diversify import __version__
from diversify.case.whole import written_whole
from diversify.errors import Finding, InputError
from diversify.report.compare import differences, refuse_strangers
from diversify.report.figures.map import NOTE
from diversify.report.flows import Flows, flows
from diversify.report.numbers import figure, money, percent
from diversify.report.outlines import outlines
from diversify.report.palette import DARK, LIGHT, assigned
from diversify.report.payload import content, library, packed
from diversify.report.rules import Rule, rules
from diversify.report.sections import sections
from diversify.report.sources import Provenance, provenance
from diversify.report.subjects import countries_by_weight
from diversify.report.tables import Sheet, sheet
from diversify.report.views import choices, frontier_view, views
from diversify.report.words import Caveat, answer, caveats, proof

if TYPE_CHECKING:
    from diversify.frontiers import Frontier
    from diversify.result import Plan

FIRST = ("decisions", "suppliers", "portfolio", "shares", "stocks", "costs", "risk", "prices")
LAST = ("marginal_costs", "loss_curves", "first_stage")


@dataclass(frozen=True, slots=True)
class Side:
    """One plan of the page, ready to be written down."""

    name: str
    plan: Plan
    answer: list[tuple[str, str]]
    proven: bool
    proof: str
    caveats: list[Caveat]
    rules: list[Rule]
    sheets: list[Sheet]
    record: list[tuple[str, str]]


def write_page(
    plans: tuple[Plan, ...],
    path: Path,
    names: tuple[str, ...] | None = None,
    *,
    frontier: Frontier | tuple[str, pd.DataFrame] | None = None,
    stress: pd.DataFrame | None = None,
    force: bool = False,
) -> Path:
    """Write one plan, or two side by side, as a page, and return its path.

    Parameters
    ----------
    plans : tuple of Plan
        One or two, of the same case.
    path : pathlib.Path
        Of the HTML file.
    names : tuple of str, optional
        What the plans are called.
    frontier : Frontier or tuple of str and pandas.DataFrame, optional
        A frontier, or the name of its policy and its points.
    stress : pandas.DataFrame, optional
        What real shocks did to plans: the table of :func:`diversify.stress`.
    force : bool
        Replace a file that is there.

    Raises
    ------
    InputError
        If the cases differ, or something is at the path already.
    """
    refuse_strangers(plans)
    refuse_taken(path, force=force)
    text = page(plans, names, frontier=frontier, stress=stress)
    path = path.absolute()
    with written_whole(path) as scratch:
        scratch.write_text(text, encoding="utf-8", newline="\n")
    return path


def refuse_taken(path: Path, *, force: bool) -> None:
    """Refuse a path that holds something which may not be replaced."""
    if path.is_dir():
        message, remedy = "a folder is there already", "name a file, such as report.html"
    elif path.exists() and not force:
        message, remedy = "a file is there already", "name another file, or use force"
    else:
        return
    raise InputError(
        [Finding.error(table="report", value=str(path), message=message, remedy=remedy)]
    )


def page(
    plans: tuple[Plan, ...],
    names: tuple[str, ...] | None = None,
    *,
    frontier: Frontier | tuple[str, pd.DataFrame] | None = None,
    stress: pd.DataFrame | None = None,
) -> str:
    """Return the page as HTML, the same for the same plans.

    Parameters
    ----------
    plans, names, frontier, stress
        As in :func:`write_page`.
    """
    refuse_strangers(plans)
    case = plans[0].case
    labels = names or (("Plan",) if len(plans) == 1 else ("Plan A", "Plan B"))
    booked = [flows(plan.case, plan.portfolio) for plan in plans]
    known = provenance(case)
    swept = _swept(frontier)
    sides = [_side(*each) for each in zip(labels, plans, booked, strict=True)]
    played = None if stress is None else sheet("stress", stress, "What real shocks do", 60)
    extra = _extra(plans, labels, known, swept)
    extra += [played] if played is not None else []
    data = _data(plans, labels, booked, sides, extra, swept)
    script, library_packed = library()
    own = _asset("script.js")
    loader = _asset("loader.js")
    text: str = _template().render(
        case=case,
        sides=sides,
        known=known,
        source_sheet=sheet("sources", known.sources, "Sources", shown=40),
        assumed_sheet=sheet("assumed", known.tables, "How sure the rows are", shown=40),
        extra=extra,
        stress=played,
        version=__version__,
        light=LIGHT,
        dark=DARK,
        css=_asset("style.css"),
        loader=loader,
        own=own,
        library=library_packed,
        content=packed(content(data)),
        printed=css_text(known.stamp),
        hashes=[_hash(text) for text in (loader, own, script)],
        choices=data["choices"],
        sections=sections(plans, with_frontier=swept is not None),
        map_note=NOTE,
        map_source=outlines().source,
        percent=percent,
        money=money,
    )
    return text


def _data(
    plans: tuple[Plan, ...],
    labels: tuple[str, ...],
    booked: list[Flows],
    sides: list[Side],
    extra: list[Sheet],
    swept: tuple[str, pd.DataFrame] | None,
) -> dict[str, Any]:
    first = [choices(f, p) for f, p in zip(booked, plans, strict=True)]
    chosen = {
        name: list(dict.fromkeys(value for found in first for value in found[name]))
        for name in first[0]
    }
    colours = assigned(c for found in booked for c in countries_by_weight(found))
    figures = []
    for i, (plan, flow, mine) in enumerate(zip(plans, booked, first, strict=True)):
        before = (labels[0], plans[0].shares()) if i else None
        figures.append(views(plan, flow, mine, colours, before))
    if swept is not None:
        figures[0]["frontier"] = frontier_view(swept[1], swept[0])
    tables = [[(s.name, s.csv) for s in side.sheets] for side in sides]
    tables.append([(s.name, s.csv) for s in extra])
    return {
        "choices": chosen,
        "plans": figures,
        "tables": tables,
        "file": plans[0].case.name,
    }


def _side(name: str, plan: Plan, booked: Flows) -> Side:
    proven, text = proof(plan)
    return Side(
        name=name,
        plan=plan,
        answer=answer(plan, booked),
        proven=proven,
        proof=text,
        caveats=[c for c in caveats(plan, __version__) if c.text != text],
        rules=rules(plan),
        sheets=_sheets(plan),
        record=_record(plan),
    )


def _sheets(plan: Plan) -> list[Sheet]:
    names = list(plan.tables)
    middle = [n for n in names if n not in (*FIRST, *LAST)]
    order = [n for n in (*FIRST, *middle, *LAST) if n in names]
    return [sheet(name, plan.table(name)) for name in order if len(plan.table(name))]


def _extra(
    plans: tuple[Plan, ...],
    labels: tuple[str, ...],
    known: Provenance,
    swept: tuple[str, pd.DataFrame] | None,
) -> list[Sheet]:
    found = []
    if len(plans) == 2:
        found.append(
            sheet("differences", differences(plans, labels), "What differs between the plans", 40)
        )
    if swept is not None:
        found.append(sheet("frontier", swept[1], f"Cheapest plan at each level of {swept[0]}", 40))
    found.append(sheet("data_rows", known.notes, "Every row of data, its source and note", 8))
    return found


def _record(plan: Plan) -> list[tuple[str, str]]:
    record = plan.record
    seed = "none: the scenarios are listed" if record.seed is None else str(record.seed)
    return [
        ("status", f"{record.status}, {record.point}"),
        ("expected cost", money(record.objective)),
        ("proven lower bound", money(record.bound)),
        ("relative gap", figure(record.gap, 3)),
        ("method", record.method),
        ("scenarios", f"{record.scenarios}, of which {record.distinct_scenarios} differ"),
        ("fresh scenarios", str(record.out_of_sample)),
        ("seed", seed),
        ("seconds", figure(record.seconds.get("total", float("nan")), 3)),
        *((f"digest of the {name}", value) for name, value in record.digests.items()),
        *((f"version of {name}", value) for name, value in record.versions.items()),
    ]


def _swept(
    frontier: Frontier | tuple[str, pd.DataFrame] | None,
) -> tuple[str, pd.DataFrame] | None:
    if frontier is None or isinstance(frontier, tuple):
        return frontier
    return frontier.policy, frontier.points


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    world = Environment(
        loader=PackageLoader("diversify.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return world.get_template("page.html.j2")


def _asset(name: str) -> str:
    return (files("diversify.report") / "templates" / name).read_text(encoding="utf-8")


def css_text(text: str) -> str:
    r"""Return a text for a string of CSS, in which only letters, digits and spaces stand bare.

    Examples
    --------
    >>> css_text('a"}')
    'a\\000022 \\00007d '
    """
    return "".join(
        c if c == " " or (c.isascii() and c.isalnum()) else f"\\{ord(c):06x} " for c in text
    )


def _hash(script: str) -> str:
    """Return what the page's policy needs to let a script run: its hash, and nothing else runs."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
