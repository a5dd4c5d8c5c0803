"""Units: those that are missing, slips by a factor of 1000, bases, and years of prices."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from diversify.case.columns import Column
from diversify.case.convert import converted, factor_of_year
from diversify.case.findings import Findings, did_you_mean
from diversify.case.settings import Settings
from diversify.case.sheet import BAD, Table
from diversify.case.tables import Tables

_SLIP = 1000.0
_ENOUGH = 3


def check_units(tables: Tables, settings: Settings, findings: Findings) -> None:
    """Report missing units and years, and note the range of each column after conversion."""
    for table in tables:
        for column in _quantities(table):
            _missing(table, column, findings)
            _range(table, column, settings, findings)
        _blanks(table, findings)
        _price_years(table, settings, findings)
    for name, column_name, group in _SUSPECTS:
        table = tables[name]
        _slips(table, table.spec.column(column_name), group, settings, findings)
    _bases(tables, findings)
    _sources_of_conversions(tables, findings)


_SUSPECTS = (
    ("sites", "capacity", "stage"),
    ("sites", "cost", "stage"),
    ("lanes", "freight", "commodity"),
    ("demand", "quantity", "commodity"),
    ("shortages", "cost", "commodity"),
    ("stocks", "holding_cost", "commodity"),
)


def _quantities(table: Table) -> Iterator[Column]:
    return (c for c in table.spec.columns if c.measure and c.type == "number")


def _missing(table: Table, column: Column, findings: Findings) -> None:
    """Report an optional unit that is missing where a number needs it."""
    partners = [("B26", column.unit_column)]
    partners += [("B32", column.per_column)] if column.per_column else []
    for code, partner in partners:
        if table.spec.column(partner).required:
            continue
        units = table.column(partner)
        for position, value in enumerate(table.column(column.name)):
            if value is None or value is BAD or value in (0.0, float("inf")):
                continue
            if units[position] is None:
                table.report(
                    findings,
                    code,
                    position,
                    partner,
                    f"{partner} is missing, and {column.name} is given",
                    f"fill it in: {table.spec.column(partner).meaning} Nothing is assumed.",
                )


def _range(table: Table, column: Column, settings: Settings, findings: Findings) -> None:
    values = [
        value
        for _, value in converted(table, column, settings)
        if value is not None and value not in (0.0, float("inf"))
    ]
    if column.name in table.cells and values:
        findings.note(
            f"{table.name}.{column.name}: {min(values):.6g} to {max(values):.6g} {column.unit}"
        )


def _blanks(table: Table, findings: Findings) -> None:
    """Note what empty cells of an optional limit were taken for."""
    for column in table.spec.columns:
        if column.default == float("inf") and len(table):
            empty = sum(cell is None for cell in table.column(column.name))
            if empty:
                findings.note(
                    f"{table.name}.{column.name}: {empty} of {len(table)} rows are empty, "
                    "which means no limit"
                )


def _price_years(table: Table, settings: Settings, findings: Findings) -> None:
    if "price_year" not in table.cells:
        return
    for position in range(len(table)):
        if factor_of_year(table, position, settings) is None:
            year = table.column("price_year")[position]
            table.report(
                findings,
                "B31",
                position,
                "price_year",
                f"prices of {year} in a case with prices of {settings.price_year}",
                f"convert them, or write deflator = {{ {year} = … }} in case.toml",
            )


def _slips(
    table: Table, column: Column, group: str, settings: Settings, findings: Findings
) -> None:
    groups: dict[str, list[tuple[int, float]]] = {}
    labels = table.column(group)
    for position, value in converted(table, column, settings):
        if value is not None and value not in (0.0, float("inf")) and labels[position] is not BAD:
            groups.setdefault(labels[position], []).append((position, value))
    for label, rows in groups.items():
        middle = median(value for _, value in rows)
        if len(rows) < _ENOUGH:
            continue
        for position, value in rows:
            if value >= _SLIP * middle or value <= middle / _SLIP:
                table.report(
                    findings,
                    "B29",
                    position,
                    column.name,
                    f"{value:.6g} {column.unit} is {value / middle:.3g} times the median of "
                    f"{group} {label!r} ({middle:.6g}): a possible unit slip",
                    "check its unit",
                    "warning",
                )


def _bases(tables: Tables, findings: Findings) -> None:
    if not tables.known("commodities", "conversions"):
        return
    own = {name: basis for _, (name, basis) in tables["commodities"].sound("commodity", "basis")}
    factors = {key for _, key in tables["conversions"].sound("commodity", "from_basis")}
    for name in ("demand", "stocks"):
        table = tables[name]
        given = table.column("basis")
        for position, commodity in enumerate(table.column("commodity")):
            basis = given[position]
            if basis is None or basis is BAD or commodity not in own:
                continue
            if basis != own[commodity] and (commodity, basis) not in factors:
                known = [own[commodity], *(b for c, b in factors if c == commodity)]
                table.report(
                    findings,
                    "B28",
                    position,
                    "basis",
                    f"{commodity!r} counts {own[commodity]!r}, and conversions has no factor "
                    "from this basis",
                    f"{did_you_mean(basis, known)}add a row to conversions, with its source",
                )


def _sources_of_conversions(tables: Tables, findings: Findings) -> None:
    table = tables["conversions"]
    for position, source in enumerate(table.column("source")):
        if source is None:
            table.report(
                findings,
                "B28",
                position,
                "source",
                "a conversion without a source",
                "say where the factor comes from",
                "warning",
            )
