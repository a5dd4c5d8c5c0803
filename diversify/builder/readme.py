"""The README of a case that was built: what it is, what it assumes, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from diversify import data
from diversify.builder.build import Built
from diversify.builder.chain import Chain
from diversify.builder.needs import Need
from diversify.builder.parameters import SHORTAGE_TIERS
from diversify.builder.risks import stop_months
from diversify.builder.shipping import rates

POLICIES = """
# Policies are yours to choose. One that the Union aims at (Regulation (EU) 2024/1252):
# [[policy]]
# kind = "share_cap"
# name = "one third country"
# by = "country"
# share = 0.65
# foreign_only = true
#
# [[policy]]
# kind = "shortage_budget"
# name = "the worst twentieth"
# measure = "cvar"
# level = 0.95
# limit = 0.05
"""


def write_built(built: Built, folder: str | Path, *, force: bool = False) -> Path:
    """Write a built case to a folder, with its README, and return the folder.

    Parameters
    ----------
    built : Built
        What :func:`diversify.builder.build` gave.
    folder : str or path
        A new folder.
    force : bool
        Replace a case that is there.
    """
    written = built.case.write(folder, force=force)
    with Path(written, "case.toml").open("a", encoding="utf-8", newline="\n") as handle:
        handle.write(POLICIES)
    Path(written, "README.md").write_text(readme(built), encoding="utf-8", newline="\n")
    return written


def readme(built: Built) -> str:
    """Return the README of a built case, in Markdown."""
    case = built.case
    parts = [
        f"# {case.settings.title}",
        "Made by `diversify init` from the bundled reference tables. Change what you know better: "
        "every row of every table says where it comes from, and `verified = no` marks what was "
        "derived or assumed. It is a start, not a forecast.",
        "## What is in it",
        *[_material(chain) for chain in built.chains],
        "## How near it is to what is observed",
        "Half the sum of the differences of shares by country, 0 to 1, between the undisturbed "
        "plan without policies and what is observed; beside it the same for a plan that buys "
        "from the cheapest first. The importer's suppliers are observed; the mines behind their "
        "refineries are estimated.",
        _table(
            ("material", "stage", "distance", "cheapest first"),
            [(m, s, f"{d:.3f}", f"{c:.3f}") for m, s, d, c in built.fit.to_numpy().tolist()],
        ),
        _restrictions(built),
        "## What is missing",
        _bullets(built.missing) or "Nothing that the builder looks for.",
        "No figure was made up for it. Stated stand-ins are the parameters below.",
        "## How it was made",
        _method(),
        "## Assumptions",
        "`diversify init ... --set NAME=VALUE` changes one.",
        _table(("parameter", "value", "unit", "why"), built.parameters.rows()),
        _table(
            ("shortage", "share of demand", "value of lost output, in prices"),
            [(f"tier {i}", f"{s:g}", f"{v:g}") for i, (s, v) in enumerate(SHORTAGE_TIERS, 1)],
        ),
        "Going without costs what is not made, which is worth far more than the material; the "
        "tiers are assumed: thrift first, stopped lines last.",
        "## Sources",
        _sources(case.raw("sources")),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _material(chain: Chain) -> str:
    facts = chain.facts
    stages = " and ".join(s for s, o in (("mined", facts.mine), ("refined", facts.refine)) if o)
    lines = [
        f"**{facts.material}** ({facts.basis}; {stages} output of {facts.last.cited.year}; "
        f"{facts.price:,.0f} USD/t, {facts.price_note})"
    ]
    if facts.hosts:
        names = " or ".join(facts.hosts)
        lines.append(
            f"Won as a by-product of {names}: sites of stage `mine` are the hosts, whose output "
            "bounds it. Where a country has several hosts, the one with the larger output is "
            "taken; where none is on record, the site has no host."
        )
    elif facts.byproduct >= 0.5:
        lines.append(
            f"{facts.byproduct:.0%} of the world's output comes with another metal, so that its "
            "price moves output little: `byproduct_headroom` applies."
        )
    lines += [_need(need) for need in chain.needs]
    return "\n\n".join(lines)


def _need(need: Need) -> str:
    largest = sorted(need.shares.items(), key=lambda item: (-item[1], item[0]))[:6]
    listed = ", ".join(f"{country} {share:.3f}" for country, share in largest)
    return (
        f"- {need.importer.name} needs {need.total:,.4g} t a year ({need.demand_note}). "
        f"Primary supply: {listed} ({need.shares_note})."
    )


def _restrictions(built: Built) -> str:
    names = [chain.facts.material for chain in built.chains]
    rows = data.table("export_restrictions", material=names, allow_empty=True)
    rows = rows[~rows["status"].str.startswith("ended")]
    if not len(rows):
        return ""
    columns = ["country", "material", "measure", "since", "status", "scope"]
    return "\n\n".join(
        [
            "## Restrictions in force or announced",
            "They raise the rate of a stop; trade under them is taken as it was recorded. Where "
            "one leaves less than that, lower the capacity or quota by hand.",
            _table(columns, rows[columns].to_numpy().tolist()),
        ]
    )


def _method() -> str:
    months, count = stop_months()
    line = rates()
    return _bullets(
        [
            "A country is one site at each stage, sized to the importer's part of its output: "
            "what it buys there now, and (`_extra`) what it could buy beyond that.",
            "Need and suppliers: imports by value over the reference price, plus own output that "
            "is not exported (tables trade, trade_totals, production); old scrap adds to it "
            "(recycling).",
            "Mines behind a refining country: its own first, then shared out by recorded trade "
            "in ore or by nearness so that all outputs agree (iterative proportional fitting).",
            "Cost: the price, times a cost curve in which the largest producer is the cheapest "
            "(`cost_spread`).",
            "Calibration: what lies beyond the present supply costs the gap to the dearest "
            "present source and `extra_premium` on top (positive mathematical programming, "
            "Howitt 1995, with one step).",
            f"Freight: {line.fixed:g} USD/t + {line.per_km:g} USD/t/km times {line.detour:g} "
            "times the distance of capitals (table freight; rough).",
            "Tariffs: those of the table tariffs that are in force, else none.",
            "Hazards: rate = (events on record + prior × governance weight / 10) / "
            f"`history_years`; a stop lasts {months:g} months, the median of {count} that ended.",
            "Stocks belong to the importer; what is in store is assumed.",
            "Emissions: a world average from ore to metal (table impacts), at the last stage, the "
            "same for every country; recycling has no figure and counts as 0.",
        ]
    )


def _sources(rows: pd.DataFrame) -> str:
    columns = [c for c in ("source", "title", "licence") if c in rows.columns]
    return _table(columns, rows[columns].fillna("").to_numpy().tolist())


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    body = ["| " + " | ".join(str(c).replace("|", "/") for c in row) + " |" for row in rows]
    return "\n".join([*head, *body])


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
