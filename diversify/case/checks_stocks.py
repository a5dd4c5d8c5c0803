"""Stocks that cannot be kept: refilled more slowly than they are lost, rotated for nothing."""

from __future__ import annotations

from diversify.case.findings import Findings
from diversify.case.sheet import Table
from diversify.case.tables import Tables


def check_stocks(tables: Tables, findings: Findings) -> None:
    """Report stocks that are lost faster than refilled, and half of what rotation needs."""
    table = tables["stocks"]
    check_refill(table, findings)
    for position, (often, cost) in table.sound("rotation", "rotation_cost"):
        if (often > 0) != (cost > 0):
            given, missing = ("rotation", "rotation_cost")[:: 1 if often > 0 else -1]
            table.report(
                findings,
                "",
                position,
                missing,
                f"{given} is given without {missing}, so it costs nothing",
                "give both or neither",
                severity="warning",
            )


def check_refill(table: Table, findings: Findings) -> None:
    """Report what is lost faster than it may be refilled."""
    for position, (rate, loss) in table.sound("refill_rate", "loss_rate"):
        if rate is not None and rate < loss:
            table.report(
                findings,
                "",
                position,
                "refill_rate",
                f"{loss:g} of the stock is lost in a year, and only {rate:g} of the target can be "
                "put into store",
                "raise refill_rate, or leave it empty for no limit",
            )
