"""The chain: what lanes carry is made where they begin and used where they end."""

from __future__ import annotations

from diversify.case.findings import Findings, did_you_mean, listing
from diversify.case.tables import Tables


def check_chain(tables: Tables, findings: Findings) -> None:
    """Report lanes, sites and demand that nothing connects."""
    if not tables.known("sites", "recipes", "lanes", "buyers", "demand"):
        return
    made, used = _recipes(tables)
    wanted = {
        key for name in ("demand", "stocks") for _, key in tables[name].sound("buyer", "commodity")
    }
    _lanes(tables, made, used, wanted, findings)
    _sites(tables, made, used, findings)
    _demand(tables, findings)


def _recipes(tables: Tables) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    made: dict[str, set[str]] = {}
    used: dict[str, set[str]] = {}
    for _, (site, way, commodity) in tables["recipes"].sound("site", "direction", "commodity"):
        (made if way == "output" else used).setdefault(site, set()).add(commodity)
    return made, used


def _lanes(
    tables: Tables,
    made: dict[str, set[str]],
    used: dict[str, set[str]],
    wanted: set[tuple[str, str]],
    findings: Findings,
) -> None:
    lanes = tables["lanes"]
    sites = tables.names("sites.site") or set()
    buyers = tables.names("buyers.buyer") or set()
    refused = tables["recipes"].names("commodity") is None
    for position, (origin, destination, commodity) in lanes.sound(
        "origin", "destination", "commodity"
    ):
        if origin == destination:
            lanes.report(
                findings,
                "B39",
                position,
                "destination",
                "the lane ends where it begins",
                "correct one of its ends",
            )
        if refused:
            continue
        outputs = made.get(origin, set())
        if origin in sites and commodity not in outputs:
            makes = f"it makes {listing(sorted(outputs))}" if outputs else "it has no recipe"
            lanes.report(
                findings,
                "B40",
                position,
                "commodity",
                f"the lane carries what no recipe of {origin!r} makes; {makes}",
                f"{did_you_mean(commodity, outputs)}correct the lane, or add an output to recipes",
            )
        if destination in sites and commodity not in used.get(destination, set()):
            lanes.report(
                findings,
                "B40",
                position,
                "destination",
                f"no recipe of the destination takes {commodity!r}, so the lane is never used",
                "add an input to recipes, or leave the lane out",
                "warning",
            )
        if destination in buyers and (destination, commodity) not in wanted:
            lanes.report(
                findings,
                "B40",
                position,
                "destination",
                f"the buyer has neither demand nor stock for {commodity!r}, so the lane is "
                "never used",
                "add demand or stock, or leave the lane out",
                "warning",
            )


def _sites(
    tables: Tables, made: dict[str, set[str]], used: dict[str, set[str]], findings: Findings
) -> None:
    lanes = tables["lanes"]
    begins = {cell for _, (cell,) in lanes.sound("origin")}
    arrives = {key for _, key in lanes.sound("destination", "commodity")}
    sites = tables["sites"]
    for position, (site,) in sites.sound("site"):
        if site not in begins:
            sites.report(
                findings,
                "B40",
                position,
                "site",
                "no lane begins at the site, so it is never used",
                "add a lane, or leave the site out",
                "warning",
            )
        elif site not in made and site not in used:
            sites.report(
                findings,
                "B40",
                position,
                "site",
                "the site has no recipe",
                "add its outputs to recipes",
                "warning",
            )
        for commodity in sorted(used.get(site, set())):
            if site in begins and (site, commodity) not in arrives:
                sites.report(
                    findings,
                    "B40",
                    position,
                    "site",
                    f"no lane brings {commodity!r}, which a recipe of the site takes",
                    "add a lane to the site, or leave the input out",
                    "warning",
                )


def _demand(tables: Tables, findings: Findings) -> None:
    demand = tables["demand"]
    arrives = {key for _, key in tables["lanes"].sound("destination", "commodity")}
    stocked = {
        (buyer, commodity)
        for _, (buyer, commodity, initial) in tables["stocks"].sound(
            "buyer", "commodity", "initial"
        )
        if initial
    }
    reported: set[tuple[str, str]] = set()
    for position, (buyer, commodity) in demand.sound("buyer", "commodity"):
        key = (buyer, commodity)
        if key in arrives or key in reported:
            continue
        reported.add(key)
        if key in stocked:
            demand.report(
                findings,
                "B40",
                position,
                "commodity",
                f"no lane brings it to {buyer!r}; only the stock is there",
                "add a lane",
                "warning",
            )
        else:
            demand.report(
                findings,
                "B40",
                position,
                "commodity",
                f"no lane brings it to {buyer!r}: it has no supplier",
                "add a lane from a site that makes it",
            )
