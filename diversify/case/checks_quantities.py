"""Quantities that must fit each other: periods, tiers of shortage, stocks, bookings."""

from __future__ import annotations

from diversify.case.convert import converted
from diversify.case.findings import Findings
from diversify.case.settings import Settings
from diversify.case.sheet import BAD, Table
from diversify.case.tables import Tables

_SUM = 1e-9
_SLACK = 1e-9

Key = tuple[str, str]


def check_quantities(tables: Tables, settings: Settings, findings: Findings) -> None:
    """Report numbers that contradict each other."""
    for name in ("demand", "scenarios"):
        _periods(tables[name], settings, findings)
    _every_or_one(tables["demand"], ("buyer", "commodity"), findings)
    _every_or_one(tables["scenarios"], ("scenario", "hazard"), findings)
    _tiers(tables, settings, findings)
    expanded = {site for _, (site,) in tables["expansions"].sound("site")}
    fixed = [i for i, s in enumerate(tables["sites"].column("site")) if s not in expanded]
    _at_most(tables["sites"].take(fixed), "minimum_offtake", "capacity", settings, findings)
    _at_most(tables["stocks"], "initial", "capacity", settings, findings)


def _periods(table: Table, settings: Settings, findings: Findings) -> None:
    for position, cell in enumerate(table.column("period")):
        if cell is not None and cell is not BAD and cell > settings.periods:
            table.report(
                findings,
                "B39",
                position,
                "period",
                f"the case has {settings.periods} periods",
                f"write a period from 1 to {settings.periods}",
            )


def _every_or_one(table: Table, key: Key, findings: Findings) -> None:
    """Report rows for one period beside a row for every period."""
    every = {row[:2]: i for i, row in table.sound(*key, "period") if row[2] is None}
    for position, row in table.sound(*key, "period"):
        if row[2] is not None and row[:2] in every:
            table.report(
                findings,
                "A5",
                position,
                "period",
                f"{' + '.join(map(repr, row[:2]))} has a row for every period already, "
                f"{table.place(every[row[:2]])}",
                "write the periods one by one, or only the row for every period",
            )


def _tiers(tables: Tables, settings: Settings, findings: Findings) -> None:
    table = tables["shortages"]
    costs = dict(converted(table, table.spec.column("cost"), settings))
    tiers: dict[Key, list[tuple[int, int, float]]] = {}
    complete = True
    for position in range(len(table)):
        buyer, commodity, tier, share = (
            table.column(name)[position] for name in ("buyer", "commodity", "tier", "share")
        )
        if any(cell is BAD for cell in (buyer, commodity, tier, share)):
            complete = False
            continue
        tiers.setdefault((buyer, commodity), []).append((tier, position, share))
    if complete:
        for key, rows in tiers.items():
            rows.sort()
            _shares(table, key, rows, findings)
            _rising(table, rows, costs, findings)
        if tables.known("shortages"):
            _without_tiers(tables["demand"], set(tiers), findings)


def _shares(table: Table, key: Key, rows: list[tuple[int, int, float]], findings: Findings) -> None:
    total = sum(share for _, _, share in rows)
    if abs(total - 1) > _SUM:
        table.report(
            findings,
            "B30",
            rows[0][1],
            "share",
            f"the shares of the tiers of {key[0]!r} + {key[1]!r} add up to {total:.12g}, not 1",
            "correct them; they are never scaled",
        )


def _rising(
    table: Table,
    rows: list[tuple[int, int, float]],
    costs: dict[int, float | None],
    findings: Findings,
) -> None:
    before = 0.0
    for tier, position, _ in rows:
        cost = costs[position]
        if cost is None:
            continue
        if cost < before:
            table.report(
                findings,
                "",
                position,
                "cost",
                f"tier {tier} costs {cost:g} USD/t, less than the tier before it ({before:g})",
                "number the tiers from the cheapest, which is given up first",
            )
        before = cost


def _without_tiers(demand: Table, tiered: set[Key], findings: Findings) -> None:
    reported: set[Key] = set()
    for position, (buyer, commodity, firm) in demand.sound("buyer", "commodity", "firm"):
        key = (buyer, commodity)
        if not firm and key not in tiered and key not in reported:
            reported.add(key)
            demand.report(
                findings,
                "",
                position,
                "commodity",
                f"nothing says what it costs {buyer!r} to go without it",
                "add its tiers to shortages, or write firm = yes",
            )


def _at_most(
    table: Table, smaller: str, larger: str, settings: Settings, findings: Findings
) -> None:
    small = converted(table, table.spec.column(smaller), settings)
    large = converted(table, table.spec.column(larger), settings)
    for (position, low), (_, high) in zip(small, large, strict=True):
        if low is not None and high is not None and low > high * (1 + _SLACK):
            table.report(
                findings,
                "",
                position,
                smaller,
                f"{smaller} is {low:g} t, more than {larger} ({high:g} t)",
                f"lower {smaller} or raise {larger}",
            )
