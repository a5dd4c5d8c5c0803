"""Trade measures: each must be complete, have its dates in order, and cover something."""

from __future__ import annotations

from diversify.case.codes import country_problem, read_date
from diversify.case.findings import Findings, did_you_mean, listing
from diversify.case.geography import Geography
from diversify.case.measures import NEEDED, Borders, borders, covered_lanes, in_force, word
from diversify.case.settings import Settings
from diversify.case.sheet import BAD, Table
from diversify.case.tables import Tables

NUMBER = {
    "tariff": "tariff",
    "import_quota": "quantity",
    "export_quota": "quantity",
    "export_ban": "",
    "licence_delay": "months",
    "price_floor": "price",
}
"""The column that each kind of measure needs."""
_SIDE = {
    "import_quota": "destination",
    "export_quota": "origin",
    "export_ban": "origin",
    "licence_delay": "origin",
    "price_floor": "origin",
}


def check_measures(
    tables: Tables, settings: Settings | None, places: Geography, findings: Findings
) -> None:
    """Report measures that are not complete, name nobody, or cover no lane or no period."""
    table = tables["measures"]
    readable = all(tables.names(column) is not None for column in NEEDED)
    known = borders(tables, places)
    for position in range(len(table)):
        kind = word(table, position, "kind")
        if kind:
            _numbers(table, position, kind, findings)
            _side(table, position, kind, findings)
        _announced(table, position, findings)
        dated = _dates(table, position, findings)
        if not readable:
            continue
        named = [_named(table, position, end, known, findings) for end in ("origin", "destination")]
        empty = table.column("allow_empty")[position] is True
        if not kind or not all(named) or empty:
            continue
        if _refused(table, position, tables.names("commodities.commodity") or set()):
            continue
        if not covered_lanes(tables, known, position):
            _covers_nothing(table, position, "no lane that crosses a border", findings)
        elif dated and settings is not None:
            _covers_time(table, position, settings, findings)


def _numbers(table: Table, position: int, kind: str, findings: Findings) -> None:
    needed = NUMBER[kind]
    for column in ("tariff", "quantity", "months", "price"):
        cell = table.column(column)[position]
        if column == needed and cell is None:
            table.report(
                findings,
                "A8",
                position,
                column,
                f"{column} is missing",
                f"fill it in: a measure of kind {kind} needs it",
            )
        elif column != needed and cell is not None and cell is not BAD:
            table.report(
                findings,
                "B39",
                position,
                column,
                f"a measure of kind {kind} has no {column}",
                f"leave the cell empty{f' and give {needed}' if needed else ''}",
            )


def _side(table: Table, position: int, kind: str, findings: Findings) -> None:
    side = _SIDE.get(kind)
    if side is not None and table.column(side)[position] is None:
        table.report(
            findings,
            "A8",
            position,
            side,
            f"{side} is missing: whose border is meant?",
            f"give the country, bloc or {'site' if side == 'origin' else 'buyer'} "
            f"whose {kind.replace('_', ' ')} it is",
        )


def _announced(table: Table, position: int, findings: Findings) -> None:
    if table.column("announced")[position] is False:
        table.report(
            findings,
            "B39",
            position,
            "announced",
            "the plan knows every measure from the start; one that comes by surprise is a hazard",
            "write it in hazards.csv (with exports_only, stage, commodity or destination) and its "
            "periods in scenarios.csv, or announce it",
        )


def _dates(table: Table, position: int, findings: Findings) -> bool:
    since, until = (table.column(name)[position] for name in ("since", "until"))
    if not isinstance(since, str) or until is BAD:
        return False
    if until is not None and read_date(until, last=True) < read_date(since):
        table.report(
            findings,
            "B37",
            position,
            "until",
            f"until is before since ({since})",
            "correct one of the two dates",
        )
        return False
    return True


def _named(table: Table, position: int, end: str, known: Borders, findings: Findings) -> bool:
    """Whether what a measure names at one end is known, and clear."""
    if table.column(end)[position] is BAD:
        return False
    name = word(table, position, end)
    others = set(known.sites) | (set(known.homes) if end == "destination" else set())
    area = known.area(name)
    if not name:
        return True
    if name in others and area and known.end(name) != area:
        table.report(
            findings,
            "B33",
            position,
            end,
            "this is the name of a country or bloc and of a site or buyer somewhere else",
            "give the site or buyer another name",
        )
        return False
    if name in others or area:
        return True
    blocs = known.places.known_blocs()
    if name in blocs:
        message = "the bloc has no member on the first day of the case"
        table.report(findings, "B37", position, end, message, "correct the dates of its members")
        return False
    problem = country_problem(name, known.places.aliases)
    near = did_you_mean(name, others)
    what = "site" if end == "origin" else "site or buyer"
    hint = f"{did_you_mean(name, blocs)}{problem.remedy if problem else ''}"
    table.report(
        findings,
        "B39" if near or problem is None else problem.code,
        position,
        end,
        f"there is no such country, bloc or {what}",
        near or hint or f"known: {listing(sorted(others | blocs))}",
    )
    return False


def _refused(table: Table, position: int, commodities: set[str]) -> bool:
    """Whether commodity or stage is wrong in itself, which has been said."""
    if any(table.column(name)[position] is BAD for name in ("commodity", "stage")):
        return True
    return word(table, position, "commodity") not in ("", *commodities)


def _covers_time(table: Table, position: int, settings: Settings, findings: Findings) -> None:
    months = table.column("months")[position]
    if months is BAD:
        return
    limit = float("inf") if months is None else float(months)
    since, until = word(table, position, "since"), word(table, position, "until")
    if not any(in_force(settings, since, until, limit)):
        when = f"no day from {settings.start_date} to before {settings.end_date}"
        _covers_nothing(table, position, when, findings, "since")


def _covers_nothing(
    table: Table, position: int, what: str, findings: Findings, column: str = "measure"
) -> None:
    table.report(
        findings,
        "B39",
        position,
        column,
        f"the measure covers {what}",
        "correct it, leave it out, or write yes in allow_empty",
    )
