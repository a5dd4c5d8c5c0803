"""Names: each that is referred to must exist, and be clear."""

from __future__ import annotations

from diversify.case.codes import country_problem
from diversify.case.findings import Findings, did_you_mean, listing
from diversify.case.geography import Geography
from diversify.case.settings import Settings
from diversify.case.sheet import BAD
from diversify.case.tables import Tables


def check_names(
    tables: Tables, settings: Settings | None, places: Geography, findings: Findings
) -> None:
    """Report names that refer to nothing, and names that may be mistaken."""
    _references(tables, findings)
    _clear_names(tables, findings)
    _buyer_places(tables, places, findings)
    if settings is not None:
        _chosen_buyers(tables, settings, findings)


def _references(tables: Tables, findings: Findings) -> None:
    for table in tables:
        for column in table.spec.columns:
            known = tables.names(*column.refers) if column.refers else None
            if known is None:
                continue
            what = " or ".join(ref.split(".")[1] for ref in column.refers)
            for position, cell in enumerate(table.column(column.name)):
                if cell is None or cell is BAD or cell in known:
                    continue
                given = " or ".join(f"{ref.split('.')[0]}" for ref in column.refers)
                table.report(
                    findings,
                    "B39",
                    position,
                    column.name,
                    f"there is no such {what}",
                    f"{did_you_mean(cell, known)}add it to {given}, or correct the name; "
                    "nothing is added by itself",
                )


def _clear_names(tables: Tables, findings: Findings) -> None:
    """Refuse what would make the name of a lane, 'origin>destination:commodity', ambiguous."""
    for name, column in (("sites", "site"), ("buyers", "buyer")):
        table = tables[name]
        for position, cell in enumerate(table.column(column)):
            if isinstance(cell, str) and (">" in cell or ":" in cell):
                table.report(
                    findings,
                    "A21",
                    position,
                    column,
                    "'>' and ':' part the names in 'origin>destination:commodity'",
                    "write the name without them",
                )
    sites = {cell.casefold(): cell for cell in tables["sites"].column("site") if cell}
    buyers = tables["buyers"]
    for position, cell in enumerate(buyers.column("buyer")):
        if isinstance(cell, str) and cell.casefold() in sites:
            buyers.report(
                findings,
                "A6",
                position,
                "buyer",
                f"the site {sites[cell.casefold()]!r} has the same name",
                "give the buyer or the site another name",
            )


def _buyer_places(tables: Tables, places: Geography, findings: Findings) -> None:
    buyers = tables["buyers"]
    blocs = places.known_blocs()
    for position, (buyer, cell) in buyers.sound("buyer", "country"):
        namesake, home = places.of_place(buyer), places.of_place(cell)
        if namesake is not None and home is not None and namesake != home:
            buyers.report(
                findings,
                "B33",
                position,
                "buyer",
                f"the buyer has the name of a country or bloc and is in {cell}",
                "correct its country, or give it another name; its name stands for the buyer",
                "warning",
            )
        if cell in blocs:
            continue
        problem = country_problem(cell, places.aliases)
        if problem is not None:
            near = did_you_mean(cell, blocs)
            buyers.report(
                findings,
                problem.code,
                position,
                "country",
                f"{problem.message}, nor a bloc",
                f"{near}{problem.remedy}; blocs: {listing(sorted(blocs), 30)}",
            )


def _chosen_buyers(tables: Tables, settings: Settings, findings: Findings) -> None:
    known = tables.names("buyers.buyer")
    if known is None:
        return
    for name in settings.buyer:
        if name not in known:
            findings.add(
                "B39",
                "the table buyers has no such buyer",
                f"{did_you_mean(name, known)}buyers: {listing(sorted(known))}",
                file="case.toml",
                column="buyer",
                value=name,
            )
