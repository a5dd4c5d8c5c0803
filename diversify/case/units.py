"""Units of mass, money and time, and how many base units each is."""

from __future__ import annotations

from diversify.case.columns import Measure

# Fractions of whole numbers, so that no unit is rounded before it is used.
MASSES: dict[str, tuple[float, float]] = {
    "t": (1.0, 1.0),
    "kt": (1e3, 1.0),
    "Mt": (1e6, 1.0),
    "kg": (1.0, 1e3),
    "g": (1.0, 1e6),
    "lb": (45359237.0, 1e11),
    "oz_t": (311034768.0, 1e13),
}
"""Tonnes in one unit, as (times, over); ``lb`` is the pound, ``oz_t`` the troy ounce."""

MONIES: dict[str, float] = {"USD": 1.0, "kUSD": 1e3, "MUSD": 1e6, "BUSD": 1e9}
"""US dollars in one unit."""

TIMES: tuple[str, ...] = ("year", "quarter", "month", "period")
"""What a rate may be counted per."""

YEARS: dict[str, float] = {"year": 1.0, "quarter": 0.25, "month": 1.0 / 12.0}
"""Years in one period of this kind."""

_MONTHS: dict[str, int] = {"year": 12, "quarter": 3, "month": 1}


def units_of(measure: Measure) -> tuple[str, ...]:
    """Return the units that a column of this measure may have.

    Examples
    --------
    >>> units_of("money")
    ('USD', 'kUSD', 'MUSD', 'BUSD')
    """
    if measure.startswith("mass"):
        return tuple(MASSES)
    if measure == "money":
        return tuple(MONIES)
    if measure.startswith("money per mass"):
        return tuple(f"{money}/{mass}" for money in MONIES for mass in MASSES)
    return ()


def to_tonnes(value: float, unit: str) -> float:
    """Return a mass [t].

    Examples
    --------
    >>> to_tonnes(1.5, "kt"), to_tonnes(300, "kg")
    (1500.0, 0.3)
    """
    times, over = MASSES[unit]
    return value * times / over


def to_dollars(value: float, unit: str) -> float:
    """Return an amount of money [USD]."""
    return value * MONIES[unit]


def to_dollars_per_tonne(value: float, unit: str) -> float:
    """Return a price [USD/t].

    Examples
    --------
    >>> to_dollars_per_tonne(60, "USD/kg")
    60000.0
    """
    money, mass = unit.split("/")
    times, over = MASSES[mass]
    return value * MONIES[money] * over / times


def per_period(value: float, per: str, period: str) -> float:
    """Return a rate per model period, from a rate per year, quarter, month or period.

    Examples
    --------
    >>> per_period(1200, "year", "quarter")
    300.0
    """
    if per == "period":
        return value
    return value * _MONTHS[period] / _MONTHS[per]
