"""Listed scenarios: probabilities, values, and a row for each hazard and period."""

from __future__ import annotations

from math import fsum

from diversify.case.checks_striking import check_correlations, check_lasting
from diversify.case.findings import Findings, listing
from diversify.case.settings import Settings
from diversify.case.sheet import Table
from diversify.case.striking import RISING_KINDS
from diversify.case.tables import Tables

_SUM = 1e-9


def check_scenarios(tables: Tables, settings: Settings, findings: Findings) -> None:
    """Report listed scenarios that are not complete or not a distribution."""
    scenarios = tables["scenarios"]
    source = settings.scenarios.source
    wanted = {"listed": "scenarios", "hazards": "hazards"}.get(source or "")
    if wanted and wanted not in tables.unread and not tables.has(wanted):
        findings.add(
            "D65",
            f"scenarios are to come from the table {wanted}, which is not there",
            f"add {wanted}.csv, or leave source out",
            file="case.toml",
            column="scenarios.source",
            value=source,
        )
    check_lasting(tables, settings, findings)
    check_correlations(tables, settings, findings)
    if tables.has("scenarios"):
        _probabilities(scenarios, findings)
        _values(tables, findings)
        if settings.scenarios.missing == "refuse":
            _complete(tables, settings, findings)


def _probabilities(scenarios: Table, findings: Findings) -> None:
    first: dict[str, tuple[int, float]] = {}
    for position, (name, probability) in scenarios.sound("scenario", "probability"):
        row, other = first.setdefault(name, (position, probability))
        if probability != other:
            scenarios.report(
                findings,
                "D63",
                position,
                "probability",
                f"{name!r} has another probability in {scenarios.place(row)} ({other:g})",
                "write the same probability on each row of a scenario",
            )
    for name, (row, probability) in first.items():
        if probability == 0:
            scenarios.report(
                findings,
                "D64",
                row,
                "probability",
                f"{name!r} cannot happen: no measure counts it, and no plan is made for it",
                "give it a probability, or leave it out",
                severity="warning",
            )
    if scenarios.names("scenario") is None or scenarios.names("probability") is None:
        return
    if len(first) == 1:
        scenarios.report(
            findings,
            "D65",
            None,
            "scenario",
            "there is one scenario, so no uncertainty: every risk measure equals the mean",
            "list more, or draw them from hazards",
            severity="warning",
        )
    total = fsum(probability for _, probability in first.values())
    if abs(total - 1) > _SUM:
        scenarios.report(
            findings,
            "D63",
            None,
            "probability",
            f"the probabilities of the scenarios add up to {total:.12g}, not 1",
            "correct them; they are never scaled",
        )


def _values(tables: Tables, findings: Findings) -> None:
    kinds = {name: kind for _, (name, kind) in tables["hazards"].sound("hazard", "kind")}
    scenarios = tables["scenarios"]
    for position, (hazard, value) in scenarios.sound("hazard", "value"):
        if kinds.get(hazard, "demand") not in RISING_KINDS and value > 1:
            guess = f"did you mean {value / 100:g}?" if value <= 100 else "write at most 1"
            scenarios.report(
                findings, "D66", position, "value", "availability is a fraction, at most 1", guess
            )


def _complete(tables: Tables, settings: Settings, findings: Findings) -> None:
    hazards = tables.names("hazards.hazard")
    scenarios = tables["scenarios"]
    listed: dict[str, dict[str, set[int | None]]] = {}
    for _, (name, hazard, period) in scenarios.sound("scenario", "hazard", "period"):
        listed.setdefault(name, {}).setdefault(hazard, set()).add(period)
    if hazards is None or scenarios.names("hazard") is None or scenarios.names("period") is None:
        return
    every = set(range(1, settings.periods + 1))
    for name, periods in listed.items():
        missing = [hazard for hazard in sorted(hazards) if hazard not in periods]
        for hazard, found in sorted(periods.items()):
            absent = every - found if None not in found else set()
            if absent:
                missing.append(f"{hazard} in period {listing([str(p) for p in sorted(absent)])}")
        if missing:
            row = next(i for i, (n,) in scenarios.sound("scenario") if n == name)
            scenarios.report(
                findings,
                "D67",
                row,
                "hazard",
                f"the scenario {name!r} says nothing about {listing(missing)}",
                'add the rows (value 1 = undisturbed), or write missing = "available" under '
                "[scenarios] in case.toml",
            )
