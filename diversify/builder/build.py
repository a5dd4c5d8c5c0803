"""From words to a case: materials, importers and parameters become tables that pass all checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from diversify import data
from diversify.builder.buying import add_buyers
from diversify.builder.calibration import cheapest_distance
from diversify.builder.chain import Chain, make_chain
from diversify.builder.facts import ASSUMED, Facts, read_facts
from diversify.builder.names import Importer, find_importer, find_materials
from diversify.builder.needs import Need, read_need
from diversify.builder.parameters import Parameters
from diversify.builder.risks import add_hazards
from diversify.builder.supply import Row, Tables, add_supply
from diversify.case import Case
from diversify.case.dictionary import TABLES
from diversify.errors import Finding, InputError

Words = str | Iterable[str]


@dataclass(frozen=True)
class Built:
    """A case made from the tables, and what a reader must know of it.

    Attributes
    ----------
    case : Case
        Ready to solve.
    parameters : Parameters
        What was assumed.
    chains : tuple of Chain
        Facts, needs and suppliers of each material.
    observed : pandas.DataFrame
        Columns material, stage, name, share: what the undisturbed plan should come near to.
    fit : pandas.DataFrame
        Columns material, stage, distance, cheapest.
    missing : tuple of str
        What the tables do not have.
    """

    case: Case
    parameters: Parameters
    chains: tuple[Chain, ...]
    observed: pd.DataFrame
    fit: pd.DataFrame
    missing: tuple[str, ...]


def build_case(
    material: Words, buyer: Words, *, name: str = "", parameters: Mapping[str, object] | None = None
) -> Case:
    """Return a case of any materials that the bundled tables cover, for any importer.

    Parameters
    ----------
    material : str or iterable of str
        Words of ``diversify.data.materials()``, or chemical symbols.
    buyer : str or iterable of str
        Countries (ISO3 or name) or blocs such as ``EU27``.
    name : str
        Name of the case; empty makes one.
    parameters : mapping, optional
        Values of fields of :class:`diversify.builder.Parameters`, by name.

    Returns
    -------
    Case
        Sites by country and stage, lanes, demand, prices, stocks and hazards, each row with its
        source; calibrated so that its undisturbed plan buys where the importer buys now.

    Raises
    ------
    InputError
        If a material, an importer or a parameter is not known; with candidates.

    Examples
    --------
    >>> case = build_case("gallium", "Germany")
    >>> case.name, case.buyers, case.periods
    ('gallium-DEU', ('DEU',), 8)
    """
    return build(material, buyer, name=name, parameters=parameters).case


def build(
    material: Words,
    buyer: Words,
    *,
    name: str = "",
    parameters: Mapping[str, object] | None = None,
    calibrated: bool = True,
) -> Built:
    """Return a case with its assumptions, gaps and calibration.

    Parameters
    ----------
    material, buyer, name, parameters
        As in :func:`build_case`.
    calibrated : bool
        False gives each country its plain cost, so that the cheapest are bought first.
    """
    chosen, importers, materials = _understood(material, buyer, parameters or {})
    facts = [read_facts(word, chosen.year) for word in materials]
    chains = [make_chain(f, needs, chosen) for f, needs in _needs(facts, importers, chosen)]
    missing: list[str] = []
    for chain in chains:
        every = (*chain.facts.missing, *chain.left_out)
        missing += [f"{chain.facts.material}: {text}" for text in every]
        missing += [
            f"{chain.facts.material}: what {need.importer.name} needs is a stand-in; "
            "--set demand=TONNES gives what you know"
            for need in chain.needs
            if need.demand_cited is ASSUMED and chosen.demand == 0
        ]
    tables, lost = _tables(chains, chosen, calibrated=calibrated)
    case = _case(tables, chains, chosen, name)
    observed = observed_shares(chains)
    fit = pd.DataFrame()
    if calibrated:
        plain, _ = _tables(chains, chosen, calibrated=False)
        fit = cheapest_distance(case, _case(plain, chains, chosen, name), observed)
    return Built(case, chosen, tuple(chains), observed, fit, (*missing, *lost))


def _understood(
    material: Words, buyer: Words, parameters: Mapping[str, object]
) -> tuple[Parameters, list[Importer], tuple[str, ...]]:
    """Return parameters, importers and materials, refusing all that is unclear at once."""
    findings: list[Finding] = []
    chosen = Parameters()
    importers: list[Importer] = []
    materials: tuple[str, ...] = ()
    try:
        chosen = Parameters.given(parameters)
    except InputError as error:
        findings += error.findings
    words = (material,) if isinstance(material, str) else tuple(material)
    try:
        materials = find_materials(words)
    except InputError as error:
        findings += error.findings
    for word in dict.fromkeys((buyer,) if isinstance(buyer, str) else tuple(buyer)):
        try:
            importers.append(find_importer(word, date(chosen.start_year, 1, 1)))
        except InputError as error:
            findings += error.findings
    if not importers and not findings:
        message, remedy = "no importer is named", "name a country or a bloc such as EU27"
        findings.append(Finding.error(table="buyers", message=message, remedy=remedy))
    if findings:
        raise InputError(findings)
    return chosen, list({i.name: i for i in importers}.values()), materials


def _needs(
    facts: list[Facts], importers: list[Importer], chosen: Parameters
) -> list[tuple[Facts, list[Need]]]:
    """Return the needs of each importer by material, refusing all that are unknown at once."""
    found: list[tuple[Facts, list[Need]]] = []
    findings: list[Finding] = []
    for fact in facts:
        needs: list[Need] = []
        for importer in importers:
            try:
                needs.append(read_need(fact, importer, chosen))
            except InputError as error:
                findings += error.findings
        found.append((fact, needs))
    if findings:
        raise InputError(findings)
    return found


def _tables(
    chains: list[Chain], chosen: Parameters, *, calibrated: bool
) -> tuple[Tables, list[str]]:
    tables: Tables = {}
    for chain in chains:
        add_supply(tables, chain, chosen, calibrated=calibrated)
    add_buyers(tables, chains, chosen)
    lost = add_hazards(tables, chains, chosen)
    tables["sources"] = _sources(tables)
    return {key: tables[key] for key in TABLES if tables.get(key)}, lost


def _sources(tables: Tables) -> list[Row]:
    used = {row["source"] for rows in tables.values() for row in rows}
    known = data.sources().set_index("source")
    found: list[Row] = []
    for key in sorted(used):
        row: Row = {"source": key}
        if key in known.index:
            cells = known.loc[key]
            row |= {c: cells[c] for c in ("title", "obtained_from", "tier", "reference", "licence")}
        else:
            title = "our own assumption; the README and the note of the row say how it was set"
            row |= {"title": title, "licence": "CC0 (our own assumption)"}
        found.append(row)
    return found


def _case(tables: Tables, chains: list[Chain], chosen: Parameters, name: str) -> Case:
    buyers = [need.importer.name for need in chains[0].needs]
    materials = [chain.facts.material for chain in chains]
    label = name or "-".join([*materials, *buyers])
    settings = {
        "schema": 1,
        "name": label,
        "title": f"{_listed(materials)} for {_listed(buyers)}",
        "description": "Made from the bundled reference tables; README.md lists every assumption.",
        "start": f"{chosen.start_year}-01",
        "periods": chosen.quarters,
        "period": "quarter",
        "price_year": max(chain.facts.price_year for chain in chains),
        "currency": "USD",
        "discount_rate": chosen.discount_rate,
        "buyer": buyers[:1],
        "scenarios": {"count": chosen.scenarios, "seed": chosen.seed},
    }
    return Case.from_frames(settings, {key: pd.DataFrame(rows) for key, rows in tables.items()})


def _listed(names: list[str]) -> str:
    words = [name.replace("_", " ") for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def observed_shares(chains: Iterable[Chain]) -> pd.DataFrame:
    """Return the shares by country that the undisturbed plan should come near to."""
    rows: list[dict[str, Any]] = []
    for chain in chains:
        stages = {"mine": chain.mines, chain.last[0].stage: chain.last}
        for stage, places in stages.items():
            whole = sum(place.now for place in places)
            if stage == chain.last[0].stage:
                # What was left out counts as missed, too.
                seen: dict[str, float] = {}
                for need in chain.needs:
                    for country, share in need.shares.items():
                        seen[country] = seen.get(country, 0.0) + need.primary * share
            else:
                seen = {place.country: place.now for place in places}
            whole = sum(seen.values())
            rows += [
                {"material": chain.facts.material, "stage": stage, "name": c, "share": t / whole}
                for c, t in seen.items()
                if whole > 0
            ]
    return pd.DataFrame(rows, columns=["material", "stage", "name", "share"])
