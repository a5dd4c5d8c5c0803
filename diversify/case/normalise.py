"""The tables that the model reads: base units, defaults filled, sorted by key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diversify.case.convert import converted
from diversify.case.geography import Geography
from diversify.case.investment import NORMAL_INVESTMENT, complete_investment
from diversify.case.pools import NORMAL_POOLS, complete_pools
from diversify.case.settings import Settings
from diversify.case.sheet import Table
from diversify.case.stocks import complete_stocks
from diversify.case.striking import NORMAL_COLUMNS, NORMAL_HAZARDS, complete_hazards
from diversify.case.tables import Tables

Columns = dict[str, list[Any]]

NORMAL: dict[str, dict[str, str]] = {
    "commodities": {"commodity": "str", "material": "str", "basis": "str", "price": "float"},
    "contents": {"commodity": "str", "material": "str", "content": "float"},
    "conversions": {"commodity": "str", "from_basis": "str", "factor": "float"},
    "buyers": {"buyer": "str", "country": "str"},
    "sites": {
        "site": "str",
        "country": "str",
        "owner": "str",
        "stage": "str",
        "capacity": "float",
        "cost": "float",
        "fixed_cost": "float",
        "minimum_offtake": "float",
        "lead_time_months": "float",
        "recovery_months": "float",
        "emissions": "float",
        "radioactive": "float",
    },
    "recipes": {
        "site": "str",
        "recipe": "str",
        "direction": "str",
        "commodity": "str",
        "amount": "float",
        "yield": "float",
    },
    "lanes": {
        "lane": "str",
        "origin": "str",
        "destination": "str",
        "commodity": "str",
        "freight": "float",
        "tariff": "float",
        "quota": "float",
        "booking_cost": "float",
        "flex": "float",
        "take_or_pay": "float",
        "spot_limit": "float",
        "spot_premium": "float",
        "corridor": "str",
        "emissions": "float",
    },
    "demand": {
        "buyer": "str",
        "commodity": "str",
        "period": "int",
        "quantity": "float",
        "firm": "bool",
    },
    "shortages": {
        "buyer": "str",
        "commodity": "str",
        "tier": "int",
        "share": "float",
        "cost": "float",
    },
    "stocks": {
        "buyer": "str",
        "commodity": "str",
        "initial": "float",
        "capacity": "float",
        "holding_cost": "float",
        "loss_rate": "float",
        "end_discount": "float",
        "rotation": "float",
        "rotation_cost": "float",
        "refill_rate": "float",
    },
    "hazards": {
        "hazard": "str",
        "kind": "str",
        "by": "str",
        "name": "str",
        "stage": "str",
        "commodity": "str",
        "exports_only": "bool",
        "destination": "str",
        "rate_per_year": "float",
        "duration_months": "float",
        "severity": "float",
        **NORMAL_COLUMNS,
    },
    "scenarios": {
        "scenario": "str",
        "probability": "float",
        "hazard": "str",
        "period": "int",
        "value": "float",
    },
    "measures": {
        "measure": "str",
        "kind": "str",
        "origin": "str",
        "destination": "str",
        "commodity": "str",
        "stage": "str",
        "tariff": "float",
        "quantity": "float",
        "months": "float",
        "price": "float",
        "since": "str",
        "until": "str",
        "announced": "bool",
        "allow_empty": "bool",
    },
    "blocs": {"bloc": "str", "country": "str", "since": "str", "until": "str"},
    "sources": {"source": "str", "title": "str"},
    **NORMAL_HAZARDS,
    **NORMAL_INVESTMENT,
    **NORMAL_POOLS,
}
"""The columns of each normalised table, with their types."""


def lane_name(origin: str, destination: str, commodity: str) -> str:
    """Return the name of a lane.

    Examples
    --------
    >>> lane_name("Mine A", "EU27", "NdPr oxide")
    'Mine A>EU27:NdPr oxide'
    """
    return f"{origin}>{destination}:{commodity}"


def normalise(tables: Tables, settings: Settings, places: Geography) -> dict[str, Columns]:
    """Return each table in base units, complete and sorted by key."""
    normal = {name: _plain(tables[name], settings) for name in NORMAL}
    for name in ("sites", "buyers"):
        normal[name]["country"] = [places.country(code) for code in normal[name]["country"]]
    lanes = normal["lanes"]
    lanes["lane"] = [
        lane_name(*end)
        for end in zip(lanes["origin"], lanes["destination"], lanes["commodity"], strict=True)
    ]
    _to_own_basis(normal, tables)
    complete_stocks(normal, settings.period_years)
    hazards = normal["hazards"]
    hazards["name"] = [
        places.country(name) if by == "country" else name
        for by, name in zip(hazards["by"], hazards["name"], strict=True)
    ]
    complete_hazards(hazards)
    normal["demand"] = _expanded(normal["demand"], settings.periods)
    normal["scenarios"] = _scenarios(normal, settings)
    normal["contents"] = contents(normal["commodities"], normal["contents"])
    normal["blocs"] = _blocs(places)
    complete_investment(normal, settings.periods)
    complete_pools(normal, settings.period_years)
    return {name: _sorted(name, tables, columns) for name, columns in normal.items()}


def contents(commodities: Columns, given: Columns) -> Columns:
    """Return what each commodity holds; one without rows holds only its own material."""
    known = set(given["commodity"])
    rows = list(zip(given["commodity"], given["material"], given["content"], strict=True))
    rows += [
        (commodity, material, 1.0)
        for commodity, material in zip(
            commodities["commodity"], commodities["material"], strict=True
        )
        if commodity not in known
    ]
    return _from_rows(("commodity", "material", "content"), rows)


def _plain(table: Table, settings: Settings) -> Columns:
    columns: Columns = {}
    for name, kind in NORMAL[table.name].items():
        if name == "lane":
            columns[name] = []
            continue
        column = table.spec.column(name)
        if kind == "float":
            nan = float("nan")
            columns[name] = [nan if v is None else v for _, v in converted(table, column, settings)]
        else:
            filled = table.filled(column)
            columns[name] = ["" if c is None else c for c in filled] if kind == "str" else filled
    return columns


def _to_own_basis(normal: dict[str, Columns], tables: Tables) -> None:
    own = dict(zip(normal["commodities"]["commodity"], normal["commodities"]["basis"], strict=True))
    conversions = normal["conversions"]
    factors = {
        (commodity, basis): factor
        for commodity, basis, factor in zip(
            conversions["commodity"], conversions["from_basis"], conversions["factor"], strict=True
        )
    }
    for name, columns in (("demand", ("quantity",)), ("stocks", ("initial", "capacity"))):
        for position, basis in enumerate(tables[name].column("basis")):
            commodity = normal[name]["commodity"][position]
            if basis is None or basis == own[commodity]:
                continue
            for column in columns:
                normal[name][column][position] *= factors[commodity, basis]
            if name == "stocks":  # paid per tonne in the basis in which the stock was given
                normal[name]["holding_cost"][position] /= factors[commodity, basis]


def _expanded(columns: Columns, periods: int) -> Columns:
    """Return the table with a row for each period in place of each row without one."""
    names = tuple(columns)
    at = names.index("period")
    rows: list[tuple[Any, ...]] = []
    for row in zip(*columns.values(), strict=True):
        if row[at] is not None:
            rows.append(row)
        else:
            rows += [(*row[:at], period, *row[at + 1 :]) for period in range(1, periods + 1)]
    return _from_rows(names, rows)


def _scenarios(normal: dict[str, Columns], settings: Settings) -> Columns:
    """Return listed scenarios for each hazard and period; what is not listed is undisturbed."""
    columns = _expanded(normal["scenarios"], settings.periods)
    names = tuple(columns)
    rows = list(zip(*columns.values(), strict=True))
    probability = {row[0]: row[1] for row in rows}
    listed = {(row[0], row[2], row[3]) for row in rows}
    rows += [
        (scenario, weight, hazard, period, 1.0)
        for scenario, weight in probability.items()
        for hazard in normal["hazards"]["hazard"]
        for period in range(1, settings.periods + 1)
        if (scenario, hazard, period) not in listed
    ]
    return _from_rows(names, rows)


def _blocs(places: Geography) -> Columns:
    rows = [
        (m.bloc, m.country, m.since.isoformat(), m.until.isoformat() if m.until else "")
        for m in places.members
    ]
    return _from_rows(("bloc", "country", "since", "until"), rows)


def _from_rows(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Columns:
    return {name: [row[index] for row in rows] for index, name in enumerate(names)}


def _sorted(name: str, tables: Tables, columns: Columns) -> Columns:
    keys = [columns[key] for key in tables[name].spec.key]
    order = sorted(range(len(keys[0])), key=_row_key(keys))
    return {label: [columns[label][i] for i in order] for label in NORMAL[name]}


def _row_key(keys: list[list[Any]]) -> Callable[[int], tuple[Any, ...]]:
    # Texts are compared by code point, so the order is the same under every locale.
    return lambda i: tuple(key[i] for key in keys)
