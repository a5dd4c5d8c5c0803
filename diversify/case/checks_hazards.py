"""Hazards: each must strike something, and say how often, how long and how much."""

from __future__ import annotations

from diversify.case.checks_striking import check_striking
from diversify.case.codes import country_problem
from diversify.case.findings import Findings, did_you_mean, listing
from diversify.case.geography import Geography
from diversify.case.matching import struck
from diversify.case.normalise import lane_name
from diversify.case.sheet import BAD, Table
from diversify.case.striking import EXPORT_KINDS, EXPORTERS, RISING_KINDS
from diversify.case.tables import Tables

_NEEDED = (
    "sites.site",
    "sites.country",
    "sites.owner",
    "sites.stage",
    "lanes.origin",
    "lanes.destination",
    "lanes.commodity",
    "buyers.buyer",
    "buyers.country",
    "demand.buyer",
    "demand.commodity",
    "commodities.commodity",
)
"""The columns that must have been read to say whom a hazard strikes."""


def check_hazards(tables: Tables, places: Geography, findings: Findings) -> None:
    """Report hazards that strike nothing or are not complete."""
    check_striking(tables, findings)
    hazards = tables["hazards"]
    readable = all(tables.names(column) is not None for column in _NEEDED)
    for position, (kind, by, name) in hazards.sound("kind", "by", "name"):
        _complete(hazards, position, kind, findings)
        if kind == "demand" and by in ("site", "owner", "lane", "corridor"):
            hazards.report(
                findings,
                "B39",
                position,
                "by",
                "a hazard of demand strikes buyers",
                "write buyer, country, bloc or commodity",
            )
            continue
        if kind in EXPORT_KINDS and by not in EXPORTERS:
            continue
        if kind == "demand":
            _only_outage(hazards, position, findings)
        if by == "country":
            problem = country_problem(name, places.aliases)
            if problem is not None:
                hazards.report(
                    findings, problem.code, position, "name", problem.message, problem.remedy
                )
                continue
        elif readable:
            known = _known(tables, places, by)
            if name not in known:
                hazards.report(
                    findings,
                    "B39",
                    position,
                    "name",
                    f"there is no such {by}",
                    f"{did_you_mean(name, known)}known: {listing(sorted(known))}",
                )
                continue
        if readable and (by != "bloc" or name in places.blocs):
            _strikes(tables, hazards, position, places, findings)


def _known(tables: Tables, places: Geography, by: str) -> set[str]:
    if by == "bloc":
        return places.known_blocs()
    if by == "lane":
        ends = tables["lanes"].sound("origin", "destination", "commodity")
        return {lane_name(*end) for _, end in ends}
    column = {
        "site": ("sites", "site"),
        "owner": ("sites", "owner"),
        "corridor": ("lanes", "corridor"),
        "buyer": ("buyers", "buyer"),
        "commodity": ("commodities", "commodity"),
    }[by]
    return {cell for _, (cell,) in tables[column[0]].sound(column[1]) if cell}


def _complete(hazards: Table, position: int, kind: str, findings: Findings) -> None:
    rate, duration, severity, shock = (
        hazards.column(name)[position]
        for name in ("rate_per_year", "duration_months", "severity", "shock")
    )
    drawn = any(cell is not None and cell is not BAD for cell in (rate, shock))
    known = kind in ("export_ban", "licence_delay") or any(
        hazards.column(name)[position] is not None for name in ("severity_low", "severity_high")
    )
    if drawn:
        for name, cell in (("duration_months", duration), ("severity", severity)):
            if cell is None and not (name == "severity" and known):
                hazards.report(
                    findings,
                    "A8",
                    position,
                    name,
                    f"{name} is missing",
                    f"fill it in: a hazard with a {'rate' if rate is not None else 'shock'} "
                    "needs it",
                )
    if kind not in RISING_KINDS and isinstance(severity, float) and severity > 1:
        guess = f"did you mean {severity / 100:g}?" if severity <= 100 else "write at most 1"
        hazards.report(
            findings,
            "B30",
            position,
            "severity",
            "an outage cannot take more than all: shares are fractions, at most 1",
            guess,
        )


def _only_outage(hazards: Table, position: int, findings: Findings) -> None:
    for name in ("stage", "exports_only"):
        if hazards.column(name)[position]:
            hazards.report(
                findings,
                "B39",
                position,
                name,
                "a hazard of demand has no such limit",
                "leave the cell empty",
            )


def _strikes(
    tables: Tables, hazards: Table, position: int, places: Geography, findings: Findings
) -> None:
    if struck(tables, position, places):
        return
    limits = [
        f"{name} {hazards.column(name)[position]!r}"
        for name in ("stage", "commodity", "destination")
        if isinstance(hazards.column(name)[position], str)
    ]
    if hazards.column("exports_only")[position] is True:
        limits.append("exports only")
    hazards.report(
        findings,
        "B39",
        position,
        "name",
        "the hazard strikes no site, lane or demand"
        + (f" (with {', '.join(limits)})" if limits else ""),
        "correct it, or leave it out",
    )
