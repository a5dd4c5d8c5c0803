"""The case: what the user gives, checked, in base units, and never changed."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diversify.case.bundled import example_path
from diversify.case.card import case_card
from diversify.case.checks import check
from diversify.case.checks_investment import keep_discounts
from diversify.case.dictionary import TABLES
from diversify.case.findings import Findings, did_you_mean, listing
from diversify.case.frames import frame_sheets, normal_frame, raw_frame
from diversify.case.geography import Geography, geography
from diversify.case.matching import Struck, struck
from diversify.case.measures import covering_measures
from diversify.case.normalise import Columns, normalise
from diversify.case.parsing import Options, number_text
from diversify.case.reading import read_folder
from diversify.case.settings import Settings, read_settings
from diversify.case.sheet import Sheet, Table
from diversify.case.tables import Tables
from diversify.case.typed import type_sheet
from diversify.case.write import write_case
from diversify.errors import Finding, InputError

if TYPE_CHECKING:
    import pandas as pd

_NOT_IN_DIGEST = {"schema_", "policy", "decimal", "limits"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Case:
    """A checked case: its settings and its tables.

    Made by ``read`` from a folder or by ``Case.from_frames`` from tables in memory. Two cases
    are equal if their digests and policies are.

    Parameters
    ----------
    settings
        The settings of ``case.toml``.
    warnings
        What is allowed but doubtful.
    notes
        Lines for the report of ``diversify check``: ranges after conversion, what empty cells
        were taken for.
    digest
        SHA-256 of settings and tables. The order of rows and columns, the form of numbers and
        the policies do not change it.
    """

    settings: Settings
    warnings: tuple[Finding, ...]
    notes: tuple[str, ...]
    digest: str
    _tables: Tables
    _normal: dict[str, Columns]
    _places: Geography
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict)

    @classmethod
    def from_frames(
        cls,
        settings: Settings | Mapping[str, Any],
        tables: Mapping[str, pd.DataFrame],
        policies: Iterable[Mapping[str, Any]] | None = None,
    ) -> Case:
        """Return the case of tables in memory, checked as if they were read from files.

        Parameters
        ----------
        settings
            What ``case.toml`` would hold.
        tables
            A frame for each table, with the columns of the table dictionary; NaN, None and
            empty text are missing. Rows are named by position, counted from 0.
        policies
            Policies as plain tables; they replace those of the settings.
        """
        findings = Findings()
        if isinstance(settings, Settings):
            settings = settings.model_dump(by_alias=True)
        given = copy.deepcopy(dict(settings))
        if policies is not None:
            given["policy"] = [copy.deepcopy(dict(policy)) for policy in policies]
        read = read_settings(given, findings)
        sheets = frame_sheets(tables, findings)
        return _build(read, sheets, frozenset(), findings, None)

    def table(self, name: str) -> pd.DataFrame:
        """Return a normalised table: base units, defaults filled, sorted by key; a fresh copy."""
        _known_table(name)
        if name not in self._frames:
            self._frames[name] = normal_frame(name, self._normal[name])
        return self._frames[name].copy()

    def raw(self, name: str) -> pd.DataFrame:
        """Return a table as the user gave it, typed; without columns if it was not given."""
        _known_table(name)
        return raw_frame(self._tables[name])

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables that were given."""
        return tuple(table.name for table in self._tables)

    @property
    def name(self) -> str:
        """Name of the case."""
        return self.settings.name

    @property
    def policies(self) -> tuple[dict[str, Any], ...]:
        """The policies of ``case.toml``, as plain tables; fresh copies."""
        return copy.deepcopy(self.settings.policy)

    @property
    def buyers(self) -> tuple[str, ...]:
        """The names of all buyers, sorted."""
        return tuple(self._normal["buyers"]["buyer"])

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.settings.periods

    @property
    def period_years(self) -> float:
        """Length of a period [years]."""
        return self.settings.period_years

    @property
    def period_labels(self) -> tuple[str, ...]:
        """What each period is called, such as ``2026-Q1``."""
        return self.settings.period_labels

    @property
    def scenario_source(self) -> str:
        """Where scenarios come from: ``listed`` or ``hazards``."""
        default = "listed" if self._tables.has("scenarios") else "hazards"
        return self.settings.scenarios.source or default

    def countries_of(self, name: str) -> frozenset[str]:
        """Return the ISO3 codes of a country, bloc or buyer on the first day of the case."""
        found = self._places.of(name)
        if found is not None:
            return found
        known = [*self.buyers, *self._places.blocs]
        raise InputError(
            [
                _no_such(
                    name,
                    f"no country, bloc or buyer has this name on {self.settings.start_date}",
                    f"{did_you_mean(name, known)}buyers and blocs: {listing(known, 30)}",
                    "B33",
                )
            ]
        )

    def countries_in_time(self, name: str) -> tuple[frozenset[str], ...]:
        """Return the ISO3 codes of a country, bloc or buyer on the first day of each period.

        A bloc has none before it has members.
        """
        if name not in self._places.known_blocs():
            return (self.countries_of(name),) * self.periods
        return tuple(self._places.of_bloc(name, day) for day in self.settings.period_dates)

    def exposure(self) -> dict[str, Struck]:
        """Return what each hazard strikes, by its name."""
        hazards = self._tables["hazards"]
        found = {
            name: struck(self._tables, position, self._places)
            for position, name in enumerate(hazards.column("hazard"))
        }
        return {name: found[name] for name in sorted(found)}

    def for_buyers(self, *names: str) -> Case:
        """Return the case of these buyers only, with what still concerns them.

        Demand, stocks and costs of shortage of other buyers are left out, so are lanes and sites
        from which nothing reaches these, and hazards that then strike nothing, with their rows in
        listed scenarios.
        """
        unknown = [name for name in names if name not in self.buyers]
        if unknown or not names:
            raise InputError([_unknown_buyer(name, self.buyers) for name in unknown or [""]])
        if set(names) == set(self.buyers):
            return self
        others = set(self.buyers) - set(names)
        tables = dict(self._tables.given)
        for table, column in (
            ("buyers", "buyer"),
            ("demand", "buyer"),
            ("shortages", "buyer"),
            ("stocks", "buyer"),
            ("substitutes", "buyer"),
            ("pool_members", "buyer"),
            ("lanes", "destination"),
            ("hazards", "destination"),
        ):
            _keep(tables, table, lambda cell: cell not in others, column)
        _keep(tables, "pools", set(_cells_of(tables, "pool_members", "pool")).__contains__, "pool")
        _keep_upstream(tables, set(names))
        kept = _striking(Tables(tables), self._places)
        _keep(tables, "hazards", lambda cell: cell in kept, "hazard")
        _keep(tables, "scenarios", lambda cell: cell in kept, "hazard")
        for column in ("hazard_a", "hazard_b"):
            _keep(tables, "correlations", lambda cell: cell in kept, column)
        shocks = set(_cells_of(tables, "hazards", "shock"))
        _keep(tables, "shocks", lambda cell: cell in shocks, "shock")
        covering = covering_measures(Tables(tables), self._places)
        _keep(tables, "measures", lambda cell: cell in covering, "measure")
        settings = self.settings.model_copy(update={"buyer": tuple(sorted(set(names)))})
        findings = Findings()
        return assemble(settings, Tables(tables), findings, None)

    def with_table(self, name: str, frame: pd.DataFrame | None) -> Case:
        """Return the case with another table of this name, or without it, checked as a whole."""
        tables = {other: self.raw(other) for other in self.tables if other != name}
        return Case.from_frames(self.settings, tables | ({} if frame is None else {name: frame}))

    def write(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write the case to a folder, all of it or nothing, and return the folder.

        An existing folder that is not empty is refused unless ``force``; then its tables are
        replaced and its other files are kept.
        """
        return write_case(Path(folder), self.settings, list(self._tables), force=force)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Case)
            and self.digest == other.digest
            and self.settings.policy == other.settings.policy
        )

    def __hash__(self) -> int:
        return hash(self.digest)

    def _repr_html_(self) -> str:
        return case_card(self)

    def __repr__(self) -> str:
        return (
            f"<Case {self.name!r}: {len(self._normal['sites']['site'])} sites, "
            f"{len(self._normal['lanes']['lane'])} lanes, {len(self.buyers)} buyers, "
            f"{self.periods} {self.settings.period}s, {self.digest[:12]}>"
        )


def read(path_or_name: str | Path) -> Case:
    """Return the case in a folder, or the bundled case of this name.

    Everything that is wrong is collected and refused once, as an InputError.
    """
    path = Path(path_or_name)
    if not path.is_dir() and not path.exists() and len(path.parts) == 1:
        path = example_path(str(path_or_name))
    findings = Findings()
    folder = read_folder(path, findings)
    settings = folder.settings
    return _build(settings, folder.sheets, folder.unread, findings, str(path))


def example(name: str) -> Case:
    """Return the bundled case of this name; an unknown name is an InputError."""
    return read(example_path(name))


def _build(
    settings: Settings | None,
    sheets: list[Sheet],
    unread: frozenset[str],
    findings: Findings,
    folder: str | None,
) -> Case:
    options = Options(settings.decimal, settings.aliases) if settings else Options()
    tables = {sheet.table: type_sheet(sheet, options, findings) for sheet in sheets}
    return assemble(settings, Tables(tables, unread), findings, folder)


def assemble(
    settings: Settings | None, tables: Tables, findings: Findings, folder: str | None
) -> Case:
    """Return the case of typed tables, after all checks; refuse what any of them found."""
    tables.report_missing(findings, folder)
    places = geography(tables, settings)
    check(tables, settings, places, findings)
    if settings is None or findings.errors:
        raise InputError(findings.items)
    for code, meant in sorted(settings.aliases.items()):
        findings.note(f"country {code} counts as {meant}, as aliases says")
    return Case(
        settings=settings,
        warnings=tuple(findings.warnings),
        notes=tuple(findings.notes),
        digest=_digest(settings, tables),
        _tables=tables,
        _normal=normalise(tables, settings, places),
        _places=places,
    )


def _digest(settings: Settings, tables: Tables) -> str:
    """Return the SHA-256 of what decides the case, in one canonical form."""
    given = settings.model_dump(mode="json", exclude=_NOT_IN_DIGEST)
    if not any(settings.carbon_prices):
        # A case without one has the digest that it had before there was such a setting.
        del given["carbon_price"]
    content = {"settings": given, "tables": {t.name: _canonical(t) for t in tables if len(t)}}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(table: Table) -> dict[str, list[str | None]]:
    keys = [table.column(name) for name in table.spec.key]
    order = sorted(
        range(len(table)),
        key=lambda i: [(k[i] is not None, 0 if k[i] is None else k[i]) for k in keys],
    )
    return {
        name: [_cell_text(cells[i]) for i in order]
        for name, cells in table.cells.items()
        if any(cell is not None for cell in cells)
    }


def _cell_text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return number_text(cell)


def _keep(tables: dict[str, Table], name: str, test: Any, column: str) -> None:
    if name not in tables:
        return
    cells = tables[name].column(column)
    kept = tables[name].take([i for i, cell in enumerate(cells) if test(cell)])
    if len(kept):
        tables[name] = kept
    else:
        del tables[name]


def _cells_of(tables: dict[str, Table], name: str, column: str) -> list[Any]:
    return tables[name].column(column) if name in tables else []


def _keep_upstream(tables: dict[str, Table], names: set[str]) -> None:
    """Keep only lanes and sites from which something reaches one of the names."""
    lanes = tables["lanes"]
    ends = list(zip(lanes.column("origin"), lanes.column("destination"), strict=True))
    reached = set(names)
    hosts = list(zip(*(_cells_of(tables, "byproducts", c) for c in ("host", "site")), strict=True))
    while added := {a for a, b in (*ends, *hosts) if b in reached} - reached:
        reached |= added
    _keep(tables, "lanes", lambda cell: cell in reached, "destination")
    _keep(tables, "sites", lambda cell: cell in reached, "site")
    for name in ("recipes", "expansions", "byproducts"):
        _keep(tables, name, lambda cell: cell in reached, "site")
    keep_discounts(tables)


def _striking(tables: Tables, places: Geography) -> set[str]:
    """Return the hazards that strike something."""
    hazards = tables["hazards"]
    names = hazards.column("hazard")
    return {names[i] for i in range(len(hazards)) if struck(tables, i, places)}


def _known_table(name: str) -> None:
    if name not in TABLES:
        remedy = f"{did_you_mean(name, TABLES)}tables: {', '.join(TABLES)}"
        raise InputError([_no_such(name, "there is no table of this name", remedy, "A4")])


def _no_such(value: str, message: str, remedy: str, code: str) -> Finding:
    return Finding.error(table="case", value=value, message=message, remedy=remedy, code=code)


def _unknown_buyer(name: str, buyers: tuple[str, ...]) -> Finding:
    return Finding.error(
        table="buyers",
        column="buyer",
        value=name or None,
        message="the case has no such buyer",
        remedy=f"{did_you_mean(name, buyers)}buyers: {listing(buyers, 30)}",
        code="B39",
    )
