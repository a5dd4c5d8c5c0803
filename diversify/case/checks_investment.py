"""Investment: what can be built, replaced, recovered and got cheaper must fit the case."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import isinf
from typing import Any

from diversify.case.convert import converted
from diversify.case.findings import Findings, did_you_mean
from diversify.case.settings import Settings
from diversify.case.sheet import BAD, Table
from diversify.case.tables import Tables

_SLACK = 1e-9


def check_investment(tables: Tables, settings: Settings, findings: Findings) -> None:
    """Report expansions, discounts, substitutes and by-products that contradict the case."""
    _expansions(tables, settings, findings)
    _offtakes(tables, settings, findings)
    _discounts(tables, settings, findings)
    _substitutes(tables, findings)
    _byproducts(tables, settings, findings)
    for name in ("substitutes", "byproducts"):
        _lives(tables[name], findings)


def _numbers(table: Table, column: str, settings: Settings) -> list[float | None]:
    return [value for _, value in converted(table, table.spec.column(column), settings)]


def _cells(table: Table, *columns: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield the rows of which none of these cells was refused, empty ones as None."""
    rows = zip(*(table.column(column) for column in columns), strict=True)
    return ((i, row) for i, row in enumerate(rows) if not any(cell is BAD for cell in row))


def _expansions(tables: Tables, settings: Settings, findings: Findings) -> None:
    table = tables["expansions"]
    capacity = dict(
        zip(
            tables["sites"].column("site"),
            _numbers(tables["sites"], "capacity", settings),
            strict=True,
        )
    )
    most, module = (_numbers(table, name, settings) for name in ("most", "module"))
    for position, (site, earliest, latest) in _cells(table, "site", "earliest", "latest"):
        size = capacity.get(site)
        if size is not None and isinf(size):
            table.report(
                findings,
                "",
                position,
                "site",
                "the capacity of the site has no limit, so nothing can be added to it",
                "give the site its capacity of today in sites, 0 if it is not built yet",
            )
        for column, period in (("earliest", earliest), ("latest", latest)):
            if period is not None and period > settings.periods:
                table.report(
                    findings,
                    "B39",
                    position,
                    column,
                    f"the case has {settings.periods} periods",
                    f"write a period from 1 to {settings.periods}",
                )
        if latest is not None and latest < (earliest or 1):
            table.report(
                findings,
                "",
                position,
                "latest",
                f"the last period to decide is before the first ({earliest or 1})",
                "swap them, or leave them empty",
            )
        largest, one = most[position], module[position]
        if largest is not None and one and one > largest * (1 + _SLACK):
            table.report(
                findings,
                "",
                position,
                "module",
                f"one module is {one:g} t a period, more than may be added ({largest:g})",
                "lower module or raise most",
            )


def _offtakes(tables: Tables, settings: Settings, findings: Findings) -> None:
    """Report minimum offtakes that a site cannot make with all that may be built."""
    table, sites = tables["expansions"], tables["sites"]
    added: dict[str, float | None] = {}
    for site, most in zip(table.column("site"), _numbers(table, "most", settings), strict=True):
        before = added.get(site, 0.0)
        added[site] = None if before is None or most is None else before + most
    least, size = (_numbers(sites, name, settings) for name in ("minimum_offtake", "capacity"))
    for position, (site,) in _cells(sites, "site"):
        low, own, more = least[position], size[position], added.get(site)
        if low is None or own is None or more is None:
            continue
        if low > (own + more) * (1 + _SLACK):
            sites.report(
                findings,
                "",
                position,
                "minimum_offtake",
                f"minimum_offtake is {low:g} t, more than capacity with all that may be built "
                f"({own + more:g} t)",
                "lower minimum_offtake or raise most in expansions",
            )


def _discounts(tables: Tables, settings: Settings, findings: Findings) -> None:
    table, lanes = tables["discounts"], tables["lanes"]
    threshold = _numbers(table, "threshold", settings)
    each = _numbers(table, "cut_per_tonne", settings)
    ends = _carried(lanes)
    groups: dict[tuple[Any, ...], list[int]] = {}
    columns = ("site", "commodity", "destination", "kind", "cut", "cut_per_tonne")
    for position, (site, commodity, destination, _, cut, money) in _cells(table, *columns):
        key = (site, commodity, destination)
        groups.setdefault(key, []).append(position)
        if tables.known("lanes") and key not in ends:
            table.report(
                findings,
                "B39",
                position,
                "commodity",
                f"no lane carries it from {site!r}"
                + (f" to {destination!r}" if destination else ""),
                "correct the names, or add the lane",
            )
        if (cut is None) == (money is None):
            table.report(
                findings,
                "",
                position,
                "cut",
                "the cut is given twice" if money is not None else "there is no cut",
                "fill in either cut or cut_per_tonne",
            )
    for key, rows in groups.items():
        if key[2] is not None and (*key[:2], None) in groups:
            table.report(
                findings,
                "",
                rows[0],
                "destination",
                "the site grants discounts on all destinations together, too",
                "give discounts by destination, or for all together, not both",
            )
        _rising(table, rows, threshold, each, findings)


def _carried(lanes: Table) -> set[tuple[str, str, str | None]]:
    """Return origin, commodity and destination of each lane, and each with any destination."""
    sound = [cells for _, cells in lanes.sound("origin", "commodity", "destination")]
    return {key for a, c, b in sound for key in ((a, c, b), (a, c, None))}


def keep_discounts(tables: dict[str, Table]) -> None:
    """Leave out discounts on what no lane carries any more."""
    if "discounts" not in tables:
        return
    table, ends = tables["discounts"], _carried(tables["lanes"])
    kept = table.take(
        [i for i, key in _cells(table, "site", "commodity", "destination") if key in ends]
    )
    if len(kept):
        tables["discounts"] = kept
    else:
        del tables["discounts"]


def _rising(
    table: Table,
    rows: list[int],
    threshold: list[float | None],
    each: list[float | None],
    findings: Findings,
) -> None:
    """Report tiers of several kinds, and cuts that fall as the volume rises."""
    kinds, cuts = table.column("kind"), table.column("cut")
    if len({kinds[i] for i in rows} - {BAD}) > 1:
        table.report(
            findings,
            "",
            rows[0],
            "kind",
            "its tiers are of both kinds",
            "write the same kind on each tier",
        )
    if len({cuts[i] is None for i in rows}) > 1:
        table.report(
            findings,
            "",
            rows[0],
            "cut",
            "some of its tiers have a cut as a share and some in money",
            "write the cuts of all its tiers in the same way",
        )
        return
    known = sorted((size, i) for i in rows if (size := threshold[i]) is not None)
    for (_, before), (_, after) in pairwise(known):
        shown = "cut" if cuts[after] is not None else "cut_per_tonne"
        low, high = (each[i] if cuts[i] is None else cuts[i] for i in (before, after))
        if low is not None and high is not None and high <= low:
            table.report(
                findings,
                "",
                after,
                shown,
                "the cut is not above that of the tier before it",
                "let the cuts rise with the threshold, or leave the tier out",
            )


def _substitutes(tables: Tables, findings: Findings) -> None:
    table = tables["substitutes"]
    wanted = {key for _, key in tables["demand"].sound("buyer", "commodity")}
    for position, (buyer, commodity) in _cells(table, "buyer", "commodity"):
        if tables.known("demand") and (buyer, commodity) not in wanted:
            table.report(
                findings,
                "B39",
                position,
                "commodity",
                f"{buyer!r} has no demand for it, so there is nothing to replace",
                "correct the names, or add the demand",
            )


def _byproducts(tables: Tables, settings: Settings, findings: Findings) -> None:
    table = tables["byproducts"]
    sites = tables.names("sites.site")
    hosts = tables.names("byproducts.host") or set()
    output = _numbers(table, "host_output", settings)
    rows = _cells(table, "site", "host", "recovery", "most_recovery", "host_output")
    for position, (site, host, recovery, most, given) in rows:
        if sites is not None and host not in sites and given is None:
            table.report(
                findings,
                "B39",
                position,
                "host",
                "there is no such site",
                f"{did_you_mean(host, sites)}correct the name, or give its host_output",
            )
        if sites is not None and host in sites and given is not None:
            table.report(
                findings,
                "",
                position,
                "host_output",
                "the host is a site of the case, whose activity the plan decides",
                "leave host_output empty, or give the host a name that is no site",
            )
        if given is not None and output[position] is not None and isinf(output[position] or 0):
            table.report(
                findings,
                "",
                position,
                "host_output",
                "the output of the host has no limit",
                "give the activity of the host",
            )
        if host == site or site in hosts:
            table.report(
                findings,
                "",
                position,
                "host",
                "a by-product cannot be the host of itself or of another by-product",
                "name the site whose activity carries it",
            )
        if most is not None and most < recovery - _SLACK:
            table.report(
                findings,
                "",
                position,
                "most_recovery",
                f"less than what is recovered today ({recovery:g})",
                "raise it, or leave it empty",
            )


def _lives(table: Table, findings: Findings) -> None:
    for position, (cost, life) in _cells(table, "capital_cost", "life_years"):
        if cost and life is None:
            table.report(
                findings,
                "B26",
                position,
                "life_years",
                "there is a capital cost and no life to spread it over",
                "give the years that it lasts",
            )
