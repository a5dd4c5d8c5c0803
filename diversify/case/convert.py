"""Numbers of a table in base units: tonnes, US dollars of the price year, model periods."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from diversify.case.columns import Column
from diversify.case.settings import Settings
from diversify.case.sheet import BAD, Table
from diversify.case.units import per_period, to_dollars, to_dollars_per_tonne, to_tonnes


def factor_of_year(table: Table, position: int, settings: Settings) -> float | None:
    """Return what money of this row is multiplied by, or None if no deflator is given."""
    if not any(column.name == "price_year" for column in table.spec.columns):
        return 1.0
    year = table.column("price_year")[position]
    if year is None or year is BAD or year == settings.price_year:
        return 1.0
    return settings.deflator.get(year)


def converted(
    table: Table, column: Column, settings: Settings
) -> Iterator[tuple[int, float | None]]:
    """Yield (position, value in base units) of each cell; None where it cannot be told.

    A default stands for itself in every unit: only 0 and inf are defaults of quantities.
    """
    values = table.filled(column)
    if not column.measure:
        yield from ((i, None if v is None or v is BAD else float(v)) for i, v in enumerate(values))
        return
    units = table.column(column.unit_column)
    pers = table.column(column.per_column) if column.per_column else [None] * len(table)
    for position, (value, unit, per) in enumerate(zip(values, units, pers, strict=True)):
        if value is None or value is BAD or unit is BAD or per is BAD:
            yield position, None
        elif value in (0.0, float("inf")):
            yield position, value
        elif unit is None or (column.per_column and per is None):
            yield position, None
        else:
            base = _CONVERT[column.measure](value, unit, per, settings)
            if column.measure.startswith("money"):
                factor = factor_of_year(table, position, settings)
                yield position, None if factor is None else base * factor
            else:
                yield position, base


_CONVERT: dict[str, Callable[[float, str, str, Settings], float]] = {
    "mass": lambda value, unit, per, settings: to_tonnes(value, unit),
    "mass per time": lambda value, unit, per, settings: per_period(
        to_tonnes(value, unit), per, settings.period
    ),
    "money": lambda value, unit, per, settings: to_dollars(value, unit),
    "money per mass": lambda value, unit, per, settings: to_dollars_per_tonne(value, unit),
    "money per mass and year": lambda value, unit, per, settings: (
        to_dollars_per_tonne(value, unit) * settings.period_years
    ),
}
