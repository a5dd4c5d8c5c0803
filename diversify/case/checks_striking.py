"""How hazards strike: distributions that exist, prices that are clear, shocks that strike."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, isfinite
from typing import TYPE_CHECKING

from diversify.case.findings import Findings, listing
from diversify.case.settings import Settings
from diversify.case.sheet import BAD, Table
from diversify.case.striking import EXPORT_KINDS, EXPORTERS, RISING_KINDS, SPREAD
from diversify.case.tables import Tables

if TYPE_CHECKING:
    from diversify.case.correlations import Pair

# A hazard that is there for more of the time than this was hardly meant as one that comes and goes.
ALWAYS = 0.95
# Standard deviation of a length over its mean, within which a distribution is computed.
SPREADS = (0.01, 100.0)


def check_striking(tables: Tables, findings: Findings) -> None:
    """Report columns of hazards that contradict each other, and shocks that strike nothing."""
    hazards = tables["hazards"]
    for position in range(len(hazards)):
        row = {
            name: cells[position]
            for name in _COLUMNS
            for cells in (hazards.column(name),)
            if cells[position] is not BAD
        }
        if len(row) == len(_COLUMNS):
            for column, code, message, remedy in _problems(row):
                hazards.report(findings, code, position, column, message, remedy)
    _shocks(tables, findings)


_COLUMNS = (
    "kind",
    "by",
    "duration_months",
    "severity",
    "duration_distribution",
    "duration_sd_months",
    "severity_low",
    "severity_high",
    "severity_sd",
    "price_rise",
    "price_inside",
    "price_outside",
)

Row = dict[str, object]
Problem = tuple[str, str, str, str]


def _problems(row: Row) -> Iterable[Problem]:
    if row["kind"] in EXPORT_KINDS and row["by"] not in EXPORTERS:
        yield (
            "by",
            "B39",
            f"a hazard of kind {row['kind']} strikes what leaves a country",
            "write country, bloc, owner or site",
        )
    yield from _length(row)
    yield from _severity(row)
    yield from _prices(row)


def _length(row: Row) -> Iterable[Problem]:
    spread, mean = row["duration_sd_months"], row["duration_months"]
    needs = row["duration_distribution"] in SPREAD
    if needs and spread is None:
        yield (
            "duration_sd_months",
            "A8",
            f"a {row['duration_distribution']} length needs a standard deviation",
            "fill it in, or take another distribution",
        )
    if spread is not None and not needs:
        yield (
            "duration_sd_months",
            "D71",
            "only lognormal and weibull lengths have a standard deviation of their own",
            "leave the cell empty, or take one of these distributions",
        )
    if needs and isinstance(spread, float) and isinstance(mean, float):
        low, high = SPREADS
        if not low <= spread / mean <= high:
            yield (
                "duration_sd_months",
                "D71",
                f"the standard deviation is {spread / mean:g} times the mean",
                f"give one between {low:g} and {high:g} times the mean",
            )


def _severity(row: Row) -> Iterable[Problem]:
    low, high, spread, mean = (
        row[name] for name in ("severity_low", "severity_high", "severity_sd", "severity")
    )
    for given, missing in (("severity_low", "severity_high"), ("severity_high", "severity_low")):
        if row[given] is not None and row[missing] is None:
            yield missing, "A8", f"{missing} is missing", f"fill it in, or leave {given} empty"
    if isinstance(low, float) and isinstance(high, float):
        if low > high:
            yield "severity_low", "D71", "severity_low is above severity_high", "swap the two"
        if high > 1 and row["kind"] not in RISING_KINDS:
            guess = f"did you mean {high / 100:g}?" if high <= 100 else "write at most 1"
            yield "severity_high", "B30", "no more than all can be lost", guess
        for other in ("severity", "severity_sd"):
            if row[other] is not None:
                yield (
                    other,
                    "D71",
                    "a severity between a low and a high end has no other figures",
                    "leave the cell empty, or leave severity_low and severity_high empty",
                )
    elif isinstance(spread, float) and isinstance(mean, float):
        most = (mean * (1 - mean)) ** 0.5 if mean < 1 else 0.0
        if spread >= most:
            yield (
                "severity_sd",
                "D71",
                f"no severity from 0 to 1 with mean {mean:g} varies that much",
                f"write less than {most:.3g}"
                if most
                else "leave the cell empty: with such a mean the severity cannot vary",
            )


def _prices(row: Row) -> Iterable[Problem]:
    apart = [name for name in ("price_inside", "price_outside") if row[name] is not None]
    if row["price_rise"] is not None and apart:
        yield (
            "price_rise",
            "D71",
            f"there is one rise for all lanes, and {' and '.join(apart)} for some",
            "give price_rise, or the other two",
        )
    if row["kind"] == "price" and (row["price_rise"] is not None or apart):
        name = "price_rise" if row["price_rise"] is not None else apart[0]
        yield name, "B39", "the severity of a price hazard is the rise", "leave the cell empty"
    elif row["kind"] == "demand" and apart:
        yield (
            apart[0],
            "B39",
            "demand rises inside and outside of no country",
            "give price_rise, the rise for all",
        )


def _shocks(tables: Tables, findings: Findings) -> None:
    shocks, used = tables["shocks"], tables["hazards"].names("shock")
    if used is None:
        return
    for position, (shock,) in shocks.sound("shock"):
        if shock not in used:
            shocks.report(
                findings,
                "B39",
                position,
                "shock",
                "no hazard belongs to the shock",
                "name it in the column shock of hazards, or leave it out",
            )


def check_lasting(tables: Tables, settings: Settings, findings: Findings) -> None:
    """Warn of hazards that hardly ever end: an outage that is meant to pass, and does not."""
    horizon = 12 * settings.periods * settings.period_years
    hazards = tables["hazards"]
    for position, (rate, months) in hazards.sound("rate_per_year", "duration_months"):
        if not rate or not months or not isfinite(months):
            continue
        # Share of the time in the long run, of outages that begin at random and may overlap.
        share = 1 - exp(-rate * months / 12)
        if months > max(horizon, 12) or share > ALWAYS:
            hazards.report(
                findings,
                "D71",
                position,
                "duration_months",
                f"it lasts {months:g} months on average and the case {horizon:g}, so it is there "
                f"{100 * share:.0f} % of the time in the long run: who is struck stays struck",
                "shorten it, or lower the rate, unless that is meant",
                severity="warning",
            )


def check_correlations(tables: Tables, settings: Settings, findings: Findings) -> None:
    """Report correlations that no hazards can have together."""
    table = tables["correlations"]
    pairs = [pair for _, pair in table.sound("hazard_a", "hazard_b", "rho")]
    if not pairs or len(pairs) < len(table):
        return
    _not_symmetric(table, findings)
    _not_drawn(tables, findings)
    if not findings.errors:
        _not_definite(table, pairs, settings, findings)


def _not_symmetric(table: Table, findings: Findings) -> None:
    seen: dict[tuple[str, str], tuple[int, float]] = {}
    for position, (a, b, rho) in table.sound("hazard_a", "hazard_b", "rho"):
        if a == b and rho != 1:
            table.report(
                findings,
                "D70",
                position,
                "rho",
                "a hazard goes together with itself: the diagonal is 1",
                "write 1, or leave the row out",
            )
        row, other = seen.setdefault((min(a, b), max(a, b)), (position, rho))
        if other != rho:
            table.report(
                findings,
                "D70",
                position,
                "rho",
                f"{table.place(row)} gives the same pair {other:g}: the matrix is not symmetric",
                "write each pair once",
            )


def _not_drawn(tables: Tables, findings: Findings) -> None:
    rates = {h: rate for _, (h, rate) in tables["hazards"].sound("hazard", "rate_per_year")}
    table = tables["correlations"]
    for column in ("hazard_a", "hazard_b"):
        for position, (hazard,) in table.sound(column):
            if hazard in rates and not rates[hazard]:
                table.report(
                    findings,
                    "D70",
                    position,
                    column,
                    "the hazard has no rate of its own, so its beginnings are not drawn",
                    "give it a rate_per_year, or leave the row out",
                )


def _not_definite(table: Table, pairs: list[Pair], settings: Settings, findings: Findings) -> None:
    from diversify.case.correlations import correlation, distance, nearest, smallest

    names, matrix = correlation(pairs)
    least = smallest(matrix)
    if least >= 0:
        return
    words = f"the correlations of {listing(list(names))} contradict each other"
    if settings.scenarios.repair is None:
        table.report(
            findings,
            "D70",
            None,
            "rho",
            f"{words}: the smallest eigenvalue of their matrix is {least:.6g}, below 0",
            'weaken them, or write repair = "nearest" under [scenarios] in case.toml',
        )
        return
    moved = distance(matrix, nearest(matrix))
    table.report(
        findings,
        "D70",
        None,
        "rho",
        f"{words}; the nearest matrix that can be is taken, at a distance of {moved:.6g} "
        "(Frobenius norm)",
        "correct the correlations if that is too far",
        severity="warning",
    )
