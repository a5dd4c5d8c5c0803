"""Every assumption of the builder that no table holds: its name, default, unit and reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from diversify.case.findings import did_you_mean, listing
from diversify.errors import Finding, InputError

SHORTAGE_TIERS = ((0.1, 3.0), (0.3, 10.0), (0.6, 30.0))
"""Share of demand and value of lost output, in prices of the material."""


def _known(
    default: Any, unit: str, why: str, low: float = 0.0, high: float = math.inf, whole: bool = False
) -> Any:
    meta = {"unit": unit, "why": why, "low": low, "high": high, "whole": whole}
    return field(default=default, metadata=meta)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is assumed where the tables are silent; each is printed in the README of the case.

    Examples
    --------
    >>> Parameters.given({"headroom": "0.5"}).headroom
    0.5
    >>> [row for row in Parameters().rows() if row[0] == "recovery"][0][1:3]
    ('0.95', '1')
    """

    year: int = _known(
        2024,
        "year",
        "the last year that trade and refining both have; output of later years is an estimate",
        2023,
        2100,
        True,
    )
    start_year: int = _known(
        2026, "year", "the case begins on its first of January", 1990, 2100, True
    )
    quarters: int = _known(
        8, "quarters", "long enough for a stop of a year and what follows", 1, 120, True
    )
    scenarios: int = _known(
        100, "1", "enough to see the risk; ask for more for an answer", 1, 1e6, True
    )
    seed: int = _known(1, "1", "so that two runs draw the same", 0, 2**31 - 1, True)
    discount_rate: float = _known(0.07, "1/year", "usual cost of capital in industry", 0, 0.99)
    countries: int = _known(
        10,
        "1",
        "the largest producers of each stage; smaller ones are left "
        "out unless the importer buys from them",
        1,
        200,
        True,
    )
    smallest_share: float = _known(
        0.005, "1", "producers below this share of the world are left out likewise", 0, 0.5
    )
    demand: float = _known(
        0.0, "t/year", "what the importer needs; 0 takes it from the tables", 0, 1e12
    )
    headroom: float = _known(
        0.25,
        "1",
        "how much more than now an importer can get from a "
        "country, over the larger of what it buys there and its part of "
        "that country's output",
    )
    byproduct_headroom: float = _known(
        0.05,
        "1",
        "the same for materials won mostly as by-products: the host metal sets their output",
    )
    byproduct_share: float = _known(0.5, "1", "from this share of by-product output on", 0, 1)
    extra_premium: float = _known(
        0.25,
        "1",
        "what more than now costs at least, over the dearest "
        "present source, as a share of the price",
    )
    cost_spread: float = _known(
        0.2,
        "1",
        "cost of the last tonne of the world less that of the "
        "first, as a share of the price; the largest producers are taken "
        "as the cheapest",
        0,
        2,
    )
    ore_value: float = _known(
        0.6,
        "1",
        "share of the price that is paid at the mine, where a stage of refining follows",
        0.01,
        0.99,
    )
    recovery: float = _known(
        0.95, "1", "share of the metal in ore that a refinery gets out", 0.01, 1
    )
    grade: float = _known(
        0.3,
        "1",
        "share of what a ship carries of ore or concentrate that is "
        "the element, for freight; where the basis is a gross weight, 1",
        1e-4,
        1,
    )
    recycled_cost: float = _known(0.9, "1", "cost of recycled material, as a share of the price")
    stock_days: float = _known(30.0, "days", "what industry has in store")
    stock_room_days: float = _known(
        180.0,
        "days",
        "room for stocks: the highest target that Japan names (table stockpile_norms)",
    )
    holding: float = _known(0.02, "1/year", "storage and insurance, as a share of the price")
    end_discount: float = _known(
        0.1, "1", "stock left at the end is worth the price less this", 0, 1
    )
    spot_share: float = _known(
        0.5, "1", "share of the extra volume that can be had on the spot market after news"
    )
    spot_premium: float = _known(
        1.0,
        "1",
        "premium on the spot market after news, as a share of "
        "the price; prices of minor metals doubled in 2024 and 2025 "
        "(table price_points)",
    )
    hazard_share: float = _known(
        0.02, "1", "countries below this share of a stage have no hazard of their own", 0, 1
    )
    history_years: float = _known(
        25.0,
        "years",
        "events of so many years before the start are "
        "counted (tables disruptions and export_restrictions)",
        1,
        100,
    )
    stop_prior: float = _known(
        0.5,
        "events",
        "stops of exports that the worst governed country "
        "would have had without any on record; others in proportion to "
        "their governance weight",
    )
    stop_severity: float = _known(
        0.6,
        "1",
        "share of exports lost in a stop: the ban on cobalt of 2025 took 0.47 of the world's 0.73",
        0.01,
        1,
    )
    outage_prior: float = _known(1.0, "events", "the same for strikes, storms, unrest and power")
    outage_severity: float = _known(
        0.3, "1", "share of a country's output lost in an outage", 0.01, 1
    )
    outage_months: float = _known(
        3.0,
        "months",
        "14 outages on record ended within a year, after 2.8 months on average",
        0.1,
        600,
    )

    @classmethod
    def given(cls, values: Mapping[str, object]) -> Parameters:
        """Return the defaults with these values, refusing all that is unclear at once."""
        known = {f.name: f for f in fields(cls)}
        findings: list[Finding] = []
        taken: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                remedy = f"{did_you_mean(name, known)}parameters: {listing(sorted(known), 40)}"
                findings.append(_refused(name, value, "there is no such parameter", remedy))
                continue
            meta = known[name].metadata
            try:
                number = float(str(value))
            except ValueError:
                number = math.nan
            whole = meta["whole"] and number != math.floor(number) if number == number else False
            if not meta["low"] <= number <= meta["high"] or math.isinf(number) or whole:
                kind = "a whole number" if meta["whole"] else "a number"
                remedy = f"give {kind} from {meta['low']:g} to {meta['high']:g} [{meta['unit']}]"
                findings.append(_refused(name, value, "the value cannot be used", remedy))
                continue
            taken[name] = int(number) if meta["whole"] else number
        if findings:
            raise InputError(findings)
        return cls(**taken)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return name, value, unit and reason of each."""
        return [
            (f.name, f"{getattr(self, f.name):g}", f.metadata["unit"], f.metadata["why"])
            for f in fields(self)
        ]


def _refused(name: str, value: object, message: str, remedy: str) -> Finding:
    return Finding.error(
        table="parameters", column=name, value=str(value), message=message, remedy=remedy
    )
