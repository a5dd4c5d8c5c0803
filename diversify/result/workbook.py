"""A plan as a workbook: the answer, its rules, and every table on a sheet of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diversify.case.book import fill_sheet, new_book, save_book
from diversify.report.tables import TITLES

if TYPE_CHECKING:
    from diversify.result.plan import Plan

ANSWER, POLICIES = "answer", "policies"


def write_workbook(plan: Plan, path: str | Path, *, force: bool = False) -> Path:
    """Write a plan as an ``.xlsx`` file and return its path.

    Parameters
    ----------
    plan : Plan
        The plan.
    path : path-like
        Of the file.
    force : bool
        Replace a file that is there.

    Returns
    -------
    pathlib.Path
        The file. Text that a spreadsheet would run as a formula begins with a quote.

    Raises
    ------
    InputError
        If the path is taken or is no ``.xlsx``, or openpyxl is not installed.
    """
    path = Path(path)
    book = new_book(path, force=force)
    fill_sheet(book.create_sheet(ANSWER), ("what", "value"), _answer(plan))
    fill_sheet(
        book.create_sheet(POLICIES),
        ("policy", "kind", "level", "sentence"),
        [(p.name, p.kind, p.level_value, p.sentence()) for p in plan.policies],
    )
    for name in plan.tables:
        frame = plan.table(name)
        sheet = book.create_sheet(name)
        rows = frame.itertuples(index=False, name=None)
        fill_sheet(sheet, [str(column) for column in frame.columns], rows)
        if len(frame.columns):
            sheet.auto_filter.ref = sheet.dimensions
    return save_book(book, path)


def _answer(plan: Plan) -> list[tuple[str, Any]]:
    record, proof = plan.record, plan.record.certificate
    rows: list[tuple[str, Any]] = [
        ("case", plan.case.name),
        ("buyers", ", ".join(plan.case.buyers)),
        ("status", record.status),
        ("point", record.point),
        ("expected cost [USD, present value]", record.objective),
        ("proven lower bound [USD]", record.bound),
        ("relative gap", record.gap),
        ("certificate, primal", None if proof is None else proof.primal),
        ("certificate, dual", None if proof is None else proof.dual),
        ("certificate, gap", None if proof is None else proof.gap),
        ("scenarios", record.scenarios),
        ("scenarios that differ", record.distinct_scenarios),
        ("fresh scenarios", record.out_of_sample),
        ("seed", record.seed),
        ("method", record.method),
    ]
    rows += [(f"digest of {name}", value) for name, value in record.digests.items()]
    rows += [(f"version of {name}", value) for name, value in record.versions.items()]
    rows += [("settings", json.dumps(plan.case.settings.model_dump(mode="json")))]
    rows += [("warning", text) for text in record.warnings]
    return rows + [(f"sheet {name}", TITLES.get(name, name)) for name in plan.tables]
