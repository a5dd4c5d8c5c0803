"""Buyers: demand, what it costs to go without, stocks."""

from __future__ import annotations

from collections.abc import Sequence

from diversify.builder.chain import Chain
from diversify.builder.facts import ASSUMED
from diversify.builder.parameters import SHORTAGE_TIERS, Parameters
from diversify.builder.supply import Tables

DAYS = 365.0


def add_buyers(tables: Tables, chains: Sequence[Chain], chosen: Parameters) -> None:
    """Add each importer, its demand, its tiers of shortage and its room for stock.

    Parameters
    ----------
    tables : dict
        Receives the rows.
    chains : sequence of Chain
        One a material.
    chosen : Parameters
        Assumptions.
    """
    for need in chains[0].needs:
        name = need.importer.name
        note = f"stands for all users of the material in {name}"
        tables.setdefault("buyers", []).append(
            {"buyer": name, "country": name, **ASSUMED.columns(note)}
        )
    for chain in chains:
        facts = chain.facts
        for need in chain.needs:
            key = {"buyer": need.importer.name, "commodity": facts.material}
            tables.setdefault("demand", []).append(
                {
                    **key,
                    "quantity": float(f"{need.total:.6g}"),
                    "unit": "t",
                    "per": "year",
                    **need.demand_cited.columns(need.demand_note),
                }
            )
            for tier, (share, times) in enumerate(SHORTAGE_TIERS, 1):
                tables.setdefault("shortages", []).append(
                    {
                        **key,
                        "tier": tier,
                        "share": share,
                        "cost": float(f"{times * facts.price:.6g}"),
                        "cost_unit": "USD/t",
                        "price_year": facts.price_year,
                        **ASSUMED.columns(f"value of lost output, {times:g} times the price"),
                    }
                )
            a_day = need.total / DAYS
            tables.setdefault("stocks", []).append(
                {
                    **key,
                    "initial": float(f"{chosen.stock_days * a_day:.6g}"),
                    "capacity": float(f"{chosen.stock_room_days * a_day:.6g}"),
                    "unit": "t",
                    "holding_cost": float(f"{chosen.holding * facts.price:.6g}"),
                    "holding_cost_unit": "USD/t",
                    "loss_rate": 0,
                    "end_discount": chosen.end_discount,
                    "price_year": facts.price_year,
                    **ASSUMED.columns(
                        f"{chosen.stock_days:g} days of use in store, room for "
                        f"{chosen.stock_room_days:g}"
                    ),
                }
            )
