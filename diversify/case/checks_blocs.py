"""Blocs: dates, and countries in blocs that exclude each other."""

from __future__ import annotations

from diversify.case.codes import read_date
from diversify.case.findings import Findings, did_you_mean
from diversify.case.geography import Geography
from diversify.case.settings import Settings
from diversify.case.tables import Tables


def check_blocs(
    tables: Tables, settings: Settings | None, places: Geography, findings: Findings
) -> None:
    """Report blocs that have no members when they count, and overlaps that are not allowed."""
    _order(tables, findings)
    if settings is not None:
        fixed = _used_from_the_start(tables, settings)
        own = {cell for cell in tables["blocs"].column("bloc") if isinstance(cell, str)}
        _empty(tables, settings, places, fixed, own, findings)
        _changes(settings, places, fixed | own, findings)
        _exclusive(settings, places, findings)


def _order(tables: Tables, findings: Findings) -> None:
    blocs = tables["blocs"]
    for position, (since, until) in blocs.sound("since", "until"):
        if until is not None and read_date(until, last=True) < read_date(since):
            blocs.report(
                findings,
                "B37",
                position,
                "until",
                f"until is before since ({since})",
                "correct one of the two dates",
            )


def _used_from_the_start(tables: Tables, settings: Settings) -> set[str]:
    """Return the names that may be blocs and that count as they are on the first day."""
    used = {cell for cell in tables["buyers"].column("country") if isinstance(cell, str)}
    hazards = tables["hazards"].sound("by", "name")
    used |= {name for _, (by, name) in hazards if by == "bloc"}
    return used | {bloc for group in settings.exclusive_blocs for bloc in group}


def _empty(
    tables: Tables,
    settings: Settings,
    places: Geography,
    fixed: set[str],
    own: set[str],
    findings: Findings,
) -> None:
    day = settings.start_date
    table = tables["blocs"]
    for bloc in sorted((fixed | own) & places.known_blocs() - set(places.blocs)):
        if bloc not in fixed and any(places.of_bloc(bloc, d) for d in settings.period_dates):
            continue
        dates = sorted(m.since for m in places.members if m.bloc == bloc)
        rows = [i for i, cell in enumerate(table.column("bloc")) if cell == bloc]
        message = f"the bloc {bloc!r} has no member on {day}, the first day of the case"
        remedy = f"correct the dates of its members (the earliest is {dates[0]}) or start"
        if rows:
            table.report(findings, "B37", rows[0], "since", message, remedy)
        else:
            findings.add("B37", message, remedy, table="blocs", column="bloc", value=bloc)


def _changes(settings: Settings, places: Geography, used: set[str], findings: Findings) -> None:
    """Warn of members that join or leave while the case runs."""
    first, after = settings.start_date, settings.end_date
    begins = tuple(zip(settings.period_dates, settings.period_labels, strict=True))
    for member in places.members:
        if member.bloc not in used:
            continue
        if first < member.since < after:
            what = f"joins {member.bloc} on {member.since}"
            counts = [label for day, label in begins if day >= member.since]
        elif member.until is not None and first <= member.until < after:
            what = f"leaves {member.bloc} after {member.until}"
            counts = [label for day, label in begins if day > member.until]
        else:
            continue
        findings.add(
            "B37",
            f"{member.country} {what}, while the case runs",
            f"policies count this {f'from {counts[0]} on' if counts else 'in no period'}; homes of "
            f"buyers, hazards and trade measures take the members of {first}: write the bloc in "
            "blocs.csv as it should count",
            table="blocs",
            column="since",
            value=member.country,
            severity="warning",
        )


def _exclusive(settings: Settings, places: Geography, findings: Findings) -> None:
    known = places.known_blocs()
    for number, group in enumerate(settings.exclusive_blocs):
        column = f"exclusive_blocs.{number}"
        seen: dict[str, str] = {}
        for bloc in group:
            if bloc not in known:
                findings.add(
                    "B39",
                    "there is no such bloc",
                    f"{did_you_mean(bloc, known)}add it to blocs.csv",
                    file="case.toml",
                    column=column,
                    value=bloc,
                )
            for country in sorted(places.blocs.get(bloc, ())):
                other = seen.setdefault(country, bloc)
                if other != bloc:
                    findings.add(
                        "B38",
                        f"{country} is in {other} and in {bloc}, which exclude each other",
                        "take it out of one of them in blocs.csv, or do not list the two as "
                        "exclusive",
                        file="case.toml",
                        column=column,
                        value=country,
                    )
