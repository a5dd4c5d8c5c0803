"""Emissions that look like another unit, and a carbon price that nothing pays."""

from __future__ import annotations

from diversify.case.findings import Findings
from diversify.case.settings import Settings
from diversify.case.tables import Tables

MOST = 100_000.0
"""Rhodium, the largest figure known, has 35,100 t CO2e/t (Nuss and Eckelman 2014)."""


def check_commons(tables: Tables, settings: Settings, findings: Findings) -> None:
    """Warn of emissions beyond any known, and of a price without emissions."""
    emitting = False
    for name in ("sites", "lanes"):
        table = tables[name]
        for position, (amount,) in table.sound("emissions"):
            emitting = emitting or amount > 0
            if amount > MOST:
                table.report(
                    findings,
                    "",
                    position,
                    "emissions",
                    f"emissions are {amount:g} t CO2e per tonne, more than of any known material",
                    "give tonnes of CO2e per tonne, not kilograms",
                    severity="warning",
                )
    if any(settings.carbon_prices) and not emitting:
        findings.add(
            "",
            "there is a carbon price, and no site or lane has emissions",
            "give emissions in sites or lanes, or leave carbon_price out",
            column="carbon_price",
            value=", ".join(f"{price:g}" for price in settings.carbon_price),
            severity="warning",
        )
