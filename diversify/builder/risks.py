"""Hazards: stops of exports and outages by country, from governance and what has happened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from statistics import median

import pandas as pd

from diversify import data
from diversify.builder.chain import Chain
from diversify.builder.facts import Cited
from diversify.builder.names import Importer
from diversify.builder.parameters import Parameters
from diversify.builder.supply import Tables

STOPS = ("export_ban", "export_delay", "export_licence", "export_quota", "sanctions")
ONE_BUYER = {"United States only": "USA"}
WORST = 10.0
GOVERNANCE = Cited(
    "WB-WGI2025", "mean of six indicators of 2024, as weight from 0 to 10", "2024", "CC-BY-4.0"
)  # fmt: skip


def add_hazards(tables: Tables, chains: Sequence[Chain], chosen: Parameters) -> list[str]:
    r"""Add a stop of exports and an outage for each country that matters; return what is wanting.

    .. math:: rate_c = \frac{n_c + prior \cdot w_c / 10}{years}

    with :math:`n_c` the events on record in so many years and :math:`w_c` the governance weight
    from 0 (best) to 10: the record where there is one, governance where there is none.

    Parameters
    ----------
    tables : dict
        Receives the rows; has the sites and lanes.
    chains : sequence of Chain
        One a material.
    chosen : Parameters
        Assumptions.
    """
    weights = data.governance_weights()
    importers = [need.importer for need in chains[0].needs]
    missing: list[str] = []
    struck: dict[str, set[str]] = {}
    for chain in chains:
        for country in sorted(_large(chain, chosen)):
            struck.setdefault(country, set()).add(chain.facts.material)
    for country in sorted(struck):
        weight = weights.get(country)
        if weight is None:
            weight = WORST / 2
            missing.append(f"no governance indicator for {country}: half of the worst is taken")
        _outage(tables, country, sorted(struck[country]), weight, chosen)
    for chain in chains:
        for country in sorted(_large(chain, chosen)):
            weight = weights.get(country, WORST / 2)
            _stop(tables, chain, country, importers, weight, chosen, alone=len(chains) == 1)
    return missing


def _large(chain: Chain, chosen: Parameters) -> set[str]:
    """Return the countries that have enough of a stage for hazards of their own."""
    found: set[str] = set()
    for places in (chain.last, chain.mines):
        for need in chain.needs:
            buyer = need.importer.name
            total = sum(place.base[buyer] for place in places)
            found |= {p.country for p in places if p.base[buyer] >= chosen.hazard_share * total > 0}
    return found


def events(materials: Sequence[str], country: str, chosen: Parameters) -> pd.DataFrame:
    """Return events on record that struck these materials in a country."""
    rows = _disruptions()
    rows = rows[rows["material"].isin(materials)]
    first = chosen.start_year - chosen.history_years
    when = rows["since"].str[:4].astype(float)
    rows = rows[(rows["country"] == country) & (when >= first) & (when < chosen.start_year)]
    # Zero, where the source says so, was a fear and no loss.
    return rows[~(rows["share_lost"] == 0)].drop_duplicates("event")


@cache
def _disruptions() -> pd.DataFrame:
    return data.table("disruptions")


@cache
def stop_months() -> tuple[float, int]:
    """Return the median length of the stops of exports that have ended [months], and their number.

    Examples
    --------
    >>> stop_months()
    (11.2, 5)
    """
    rows = data.table("disruptions", kind=STOPS)
    ended = rows[(rows["until"] != "") & (rows["share_lost"] != 0)].drop_duplicates("event")
    since, until = (pd.to_datetime(ended[c], format="ISO8601") for c in ("since", "until"))
    past = until < pd.Timestamp("2026-01-01")
    months = ((until - since).dt.days / 30.44)[past]
    return round(float(median(months)), 1), len(months)


def _outage(
    tables: Tables, country: str, materials: list[str], weight: float, chosen: Parameters
) -> None:
    known = events(materials, country, chosen)
    known = known[~known["kind"].isin(STOPS)]
    rate = (len(known) + chosen.outage_prior * weight / WORST) / chosen.history_years
    tables.setdefault("hazards", []).append(
        {
            "hazard": f"outage_{country}",
            "kind": "outage",
            "by": "country",
            "name": country,
            "rate_per_year": round(rate, 5),
            "duration_months": chosen.outage_months,
            "severity": chosen.outage_severity,
            **GOVERNANCE.columns(_word(known, weight)),
        }
    )


def _stop(
    tables: Tables,
    chain: Chain,
    country: str,
    importers: Sequence[Importer],
    weight: float,
    chosen: Parameters,
    *,
    alone: bool,
) -> None:
    material = chain.facts.material
    known = events([material], country, chosen)
    known = known[known["kind"].isin(STOPS)]
    aimed = known["scope"].map(ONE_BUYER).fillna("")
    forms = [material] if country in {p.country for p in chain.last} else []
    forms += [f"{material}_ore"] if country in {p.country for p in chain.mines} else []
    months, count = stop_months()
    for form in forms:
        name = f"stop_{country}" if alone and len(forms) == 1 else f"stop_{country}_{form}"
        everyone = known[aimed == ""]
        base = {
            "kind": "outage",
            "by": "country",
            "name": country,
            "commodity": form,
            "exports_only": "yes",
            "duration_months": months,
            "severity": chosen.stop_severity,
        }
        word = f"; length: median of {count} stops that have ended"
        if _leaves(tables, country, form, importers):
            rate = (len(everyone) + chosen.stop_prior * weight / WORST) / chosen.history_years
            tables.setdefault("hazards", []).append(
                {
                    "hazard": name,
                    **base,
                    "rate_per_year": round(rate, 5),
                    **GOVERNANCE.columns(_word(everyone, weight) + word),
                }
            )
        for importer in importers:
            alone_struck = known[aimed == importer.name]
            if not len(alone_struck) or form != material:
                continue
            rate = len(alone_struck) / chosen.history_years
            tables.setdefault("hazards", []).append(
                {
                    "hazard": f"{name}_to_{importer.name}",
                    **base,
                    "destination": importer.name,
                    "rate_per_year": round(rate, 5),
                    **GOVERNANCE.columns(_word(alone_struck, None) + word),
                }
            )


def _leaves(tables: Tables, country: str, form: str, importers: Sequence[Importer]) -> bool:
    """Whether a form leaves the country on some lane."""
    at = {row["site"]: row["country"] for row in tables["sites"]}
    members = {importer.name: importer.members for importer in importers}
    return any(
        lane["commodity"] == form
        and at[lane["origin"]] == country
        and country not in members.get(lane["destination"], {at.get(lane["destination"])})
        for lane in tables["lanes"]
    )


def _word(known: pd.DataFrame, weight: float | None) -> str:
    names = ", ".join(sorted(known["event"])) if len(known) else "none"
    governed = "" if weight is None else f"governance weight {weight:.1f} of 10; "
    return f"{governed}events on record: {names} (table disruptions)"
