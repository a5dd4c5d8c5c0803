"""Rows of small cases, and a case, that many tests use."""

from __future__ import annotations

from typing import Any

from diversify.case import Case
from diversify.testing import small_case


def outage(site: str, rate: float, severity: float = 1.0, hazard: str = "stop") -> dict[str, Any]:
    """A hazard that now and then stops a site for a year."""
    return {
        "hazard": hazard,
        "by": "site",
        "name": site,
        "rate_per_year": rate,
        "duration_months": 12,
        "severity": severity,
    }


def bought(cost: float, *sites: str, quantity: float = 1.0) -> dict[str, list[dict[str, Any]]]:
    """The tables of metal that one buyer takes from each site, and of what a shortage costs."""
    return {
        "lanes": [{"origin": s, "destination": "Works", "commodity": "metal"} for s in sites],
        "demand": [{"buyer": "Works", "commodity": "metal", "quantity": quantity}],
        "shortages": [{"buyer": "Works", "commodity": "metal", "cost": cost}],
    }


def two_in_an_ore(
    content: tuple[float, float], prices: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> dict[str, list[dict[str, Any]]]:
    """The tables of an ore that holds N and D, each of which is sold by itself."""
    kinds = (("ore", "N"), ("N", "N"), ("D", "D"))
    return {
        "commodities": [
            {"commodity": commodity, "material": material, "price": price}
            for (commodity, material), price in zip(kinds, prices, strict=True)
        ],
        "contents": [
            {"commodity": "ore", "material": material, "content": part}
            for material, part in zip("ND", content, strict=True)
        ],
    }


def cheap_or_safe(*rates: float) -> Case:
    """A sells at 1 and may fail, B at 2 never; what is short costs 5; one period of a year.

    A has one hazard for each of the rates.
    """
    return small_case(
        sites=[{"site": "A", "cost": 1}, {"site": "B", "cost": 2}],
        **bought(5, "A", "B"),
        hazards=[outage("A", rate) for rate in rates],
    )
