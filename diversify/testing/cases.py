"""Small cases in memory, to try policies, hazards and formulations on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from diversify.case import Case

Row = Mapping[str, Any]
Listed = Mapping[str, tuple[float, Mapping[str, Sequence[float]]]]

_SETTINGS: dict[str, Any] = {
    "name": "small",
    "start": "2026-01",
    "periods": 1,
    "period": "year",
    "price_year": 2025,
    "discount_rate": 0.0,
}
_FILL: dict[str, dict[str, Any]] = {
    "commodities": {"basis": "contained", "price": 1.0, "price_unit": "USD/t"},
    "buyers": {"country": "DEU"},
    "sites": {
        "country": "AUS",
        "stage": "refine",
        "capacity": math.inf,
        "unit": "t",
        "per": "period",
        "cost": 0.0,
        "cost_unit": "USD/t",
        "fixed_cost_unit": "USD",
    },
    "recipes": {"recipe": "make", "direction": "output", "amount": 1.0},
    "lanes": {"freight": 0.0, "freight_unit": "USD/t", "unit": "t", "per": "period"},
    "demand": {"unit": "t", "per": "period"},
    "shortages": {"tier": 1, "share": 1.0, "cost_unit": "USD/t"},
    "stocks": {
        "capacity": math.inf,
        "unit": "t",
        "holding_cost": 0.0,
        "holding_cost_unit": "USD/t",
        "end_discount": 0.0,
    },
    "hazards": {"kind": "outage"},
    "expansions": {
        "option": "more",
        "capital_cost_unit": "USD/t",
        "unit": "t",
        "per": "period",
    },
    "discounts": {
        "kind": "all_units",
        "unit": "t",
        "per": "period",
        "cut_unit": "USD/t",
    },
    "substitutes": {
        "substitute": "other",
        "cost": 0.0,
        "cost_unit": "USD/t",
        "capital_cost_unit": "USD/t",
    },
    "byproducts": {"unit": "t", "per": "period", "capital_cost_unit": "USD/t"},
    "pools": {
        "capacity": "inf",
        "unit": "t",
        "holding_cost": 0.0,
        "holding_cost_unit": "USD/t",
        "end_discount": 0.0,
        "draw_fee_unit": "USD/t",
    },
    "pool_members": {"access_fee_unit": "USD"},
}


def small_case(
    *,
    sites: Iterable[Row],
    lanes: Iterable[Row],
    demand: Iterable[Row],
    recipes: Iterable[Row] = (),
    commodities: Iterable[Row] = (),
    contents: Iterable[Row] = (),
    buyers: Iterable[Row] = (),
    shortages: Iterable[Row] = (),
    stocks: Iterable[Row] = (),
    hazards: Iterable[Row] = (),
    expansions: Iterable[Row] = (),
    discounts: Iterable[Row] = (),
    substitutes: Iterable[Row] = (),
    byproducts: Iterable[Row] = (),
    pools: Iterable[Row] = (),
    pool_members: Iterable[Row] = (),
    scenarios: Listed | None = None,
    policies: Iterable[Row] = (),
    **settings: Any,
) -> Case:
    """Return a case from a few rows, with everything that they leave open filled in.

    Mass is in tonnes, capacities and demand are per period, money is in USD.

    Parameters
    ----------
    sites, lanes, demand, recipes, commodities, contents, buyers, shortages, stocks, hazards
        Rows of the tables. A site is its own owner and, without a recipe, makes a tonne of each
        commodity that leaves it per tonne of activity; a commodity is its own material and costs
        1 USD/t; a buyer is in Germany. Demand without shortage costs is firm.
    expansions, discounts, substitutes, byproducts
        Rows of the tables of what can be invested in.
    pools, pool_members
        Rows of the tables of stocks that several buyers hold together.
    scenarios : mapping, optional
        Label to probability and, by hazard, the value in each period; a hazard that is not named
        is undisturbed.
    policies
        Policies of the case, as TOML tables.
    **settings
        As in ``case.toml``; one period of a year and no discounting where they are left out.

    Returns
    -------
    Case
        Checked like any other.

    Examples
    --------
    >>> small_case(
    ...     sites=[{"site": "A", "cost": 10}],
    ...     lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
    ...     demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
    ... ).buyers
    ('Works',)
    """
    rows: dict[str, list[dict[str, Any]]] = {
        "sites": [{"owner": row["site"], **row} for row in sites],
        "lanes": [dict(row) for row in lanes],
        "demand": [dict(row) for row in demand],
        "recipes": [dict(row) for row in recipes],
        "commodities": [{"material": row["commodity"], **row} for row in commodities],
        "contents": [dict(row) for row in contents],
        "buyers": [dict(row) for row in buyers],
        "shortages": [dict(row) for row in shortages],
        "stocks": [dict(row) for row in stocks],
        "hazards": [dict(row) for row in hazards],
        "expansions": [dict(row) for row in expansions],
        "discounts": [dict(row) for row in discounts],
        "substitutes": [dict(row) for row in substitutes],
        "byproducts": [dict(row) for row in byproducts],
        "pools": [dict(row) for row in pools],
        "pool_members": [dict(row) for row in pool_members],
    }
    made = sorted({(row["origin"], row["commodity"]) for row in rows["lanes"]})
    known = {row["site"] for row in rows["recipes"]}
    rows["recipes"] += [{"site": s, "commodity": c} for s, c in made if s not in known]
    known = {row["commodity"] for row in rows["commodities"]}
    carried = sorted({row["commodity"] for row in rows["lanes"]} - known)
    rows["commodities"] += [{"commodity": c, "material": c} for c in carried]
    known = {row["buyer"] for row in rows["buyers"]}
    rows["buyers"] += [{"buyer": b} for b in sorted({r["buyer"] for r in rows["demand"]} - known)]
    soft = {(row["buyer"], row["commodity"]) for row in rows["shortages"]}
    for row in rows["demand"]:
        row.setdefault("firm", (row["buyer"], row["commodity"]) not in soft)
    given = {**_SETTINGS, **settings}
    if scenarios is not None:
        hazard_names = [row["hazard"] for row in rows["hazards"]]
        rows["scenarios"] = list(_listed_rows(scenarios, hazard_names, int(given["periods"])))
    tables = {
        name: pd.DataFrame([{**_FILL.get(name, {}), **row} for row in table])
        for name, table in rows.items()
        if table
    }
    return Case.from_frames(given, tables, policies)


def _listed_rows(
    scenarios: Listed, hazards: Sequence[str], periods: int
) -> Iterator[dict[str, Any]]:
    for label, (probability, values) in scenarios.items():
        for hazard in hazards:
            for t, value in enumerate(values.get(hazard, [1.0] * periods), start=1):
                yield {
                    "scenario": label,
                    "probability": probability,
                    "hazard": hazard,
                    "period": t,
                    "value": value,
                }


def tiny_case(**settings: Any) -> Case:
    """Return the case that the battery runs on unless it is given another.

    Two mines, two refineries and a recycler serve one buyer with a stock, over two years, in three
    listed scenarios. China is cheapest, so that everything comes from there unless a policy says
    otherwise; its embargo begins in the second year.

    Parameters
    ----------
    **settings
        As in ``case.toml``.

    Returns
    -------
    Case
        With the materials Nd (in demand) and La (in the ore only).
    """
    ends = [
        ("Mine C", "Ref C", "ore"),
        ("Mine C", "Ref E", "ore"),
        ("Mine A", "Ref E", "ore"),
        ("Ref C", "Works", "oxide"),
        ("Ref E", "Works", "oxide"),
        ("Loop", "Works", "oxide"),
    ]
    refine = [
        row
        for site in ("Ref C", "Ref E")
        for row in (
            {"site": site, "direction": "input", "commodity": "ore", "amount": 2.0},
            {"site": site, "commodity": "oxide", "amount": 1.25, "yield": 0.8},
        )
    ]
    return small_case(
        commodities=[
            {"commodity": "ore", "material": "Nd", "price": 4.0},
            {"commodity": "oxide", "material": "Nd", "price": 20.0},
        ],
        contents=[
            {"commodity": "ore", "material": "Nd", "content": 0.75},
            {"commodity": "ore", "material": "La", "content": 0.25},
        ],
        buyers=[{"buyer": "Works", "country": "DEU"}],
        sites=[
            {"site": "Mine C", "country": "CHN", "stage": "mine", "capacity": 20, "cost": 1},
            {"site": "Mine A", "country": "AUS", "stage": "mine", "capacity": 6, "cost": 2},
            {"site": "Ref C", "country": "CHN", "stage": "refine", "capacity": 10, "cost": 3},
            {"site": "Ref E", "country": "DEU", "stage": "refine", "capacity": 5, "cost": 6},
            {"site": "Loop", "country": "DEU", "stage": "recycle", "capacity": 1, "cost": 16},
        ],
        recipes=[{"site": s, "commodity": "ore"} for s in ("Mine C", "Mine A")]
        + refine
        + [{"site": "Loop", "commodity": "oxide"}],
        lanes=[{"origin": o, "destination": d, "commodity": c, "freight": 1} for o, d, c in ends],
        demand=[{"buyer": "Works", "commodity": "oxide", "quantity": 4}],
        shortages=[
            {"buyer": "Works", "commodity": "oxide", "tier": 1, "share": 0.25, "cost": 60},
            {"buyer": "Works", "commodity": "oxide", "tier": 2, "share": 0.75, "cost": 90},
        ],
        stocks=[
            {
                "buyer": "Works",
                "commodity": "oxide",
                "capacity": 5,
                "holding_cost": 2,
                "end_discount": 0.25,
            }
        ],
        hazards=[
            {"hazard": "embargo", "by": "country", "name": "CHN"},
            {"hazard": "strike", "by": "site", "name": "Mine A"},
        ],
        scenarios={
            "calm": (0.85, {}),
            "embargo": (0.05, {"embargo": [1, 0]}),
            "strike": (0.1, {"strike": [0.5, 1]}),
        },
        **{"name": "tiny", "periods": 2, "discount_rate": 0.25, **settings},
    )
