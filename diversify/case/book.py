"""A whole case in one workbook: a sheet for each table, one for settings, one for policies.

Headings carry their unit, range and meaning as notes, so that a template explains itself.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diversify.case.columns import Column
from diversify.case.dictionary import TABLES
from diversify.case.settings import Settings
from diversify.case.whole import written_whole
from diversify.case.write import escape
from diversify.errors import Finding, InputError

if TYPE_CHECKING:
    from diversify.case.case import Case

SETTINGS, POLICY, HELP = "case", "policy", "help"
SETTING_HEADINGS = ("setting", "value", "meaning")
POLICY_HEADINGS = (
    "kind",
    "name",
    "by",
    "names",
    "stage",
    "material",
    "buyer",
    "period",
    "share",
    "measure",
    "level",
    "limit",
    "days",
    "foreign_only",
    "look_through",
    "allow_empty",
    "priority",
)
STARTING: Mapping[str, Any] = {
    "schema": 1,
    "name": "my-case",
    "title": "",
    "start": "2026-01",
    "periods": 12,
    "period": "quarter",
    "price_year": 2025,
    "discount_rate": 0.07,
    "scenarios.count": 200,
    "scenarios.seed": 1,
}
WIDEST, VALIDATED, LONGEST_LIST = 40, 1000, 250


def write_book(case: Case | None, path: str | Path, *, force: bool = False) -> Path:
    """Write a case, or an empty template, as one workbook, and return its path.

    Parameters
    ----------
    case
        The case; None for a template with every table, empty.
    path
        Of an ``.xlsx`` file.
    force
        Replace a file that is there.

    Raises
    ------
    InputError
        If the path is taken or is no ``.xlsx``, or openpyxl is not installed.

    Examples
    --------
    >>> from diversify.case import example, read
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_book(example("first-steps"), Path(folder, "first.xlsx"))
    ...     read(path).digest == example("first-steps").digest
    True
    """
    path = Path(path)
    book = new_book(path, force=force)
    given = STARTING if case is None else _settings(case.settings)
    rows = [(name, value, meaning(name)) for name, value in given.items()]
    fill_sheet(book.create_sheet(SETTINGS), SETTING_HEADINGS, rows)
    policies = () if case is None else case.policies
    headings = list(dict.fromkeys([*POLICY_HEADINGS, *(key for row in policies for key in row)]))
    cells = [[_plain(policy.get(key)) for key in headings] for policy in policies]
    fill_sheet(book.create_sheet(POLICY), headings, cells)
    for name, spec in TABLES.items():
        given_table = case is None or name in case.tables
        if not given_table and not spec.required:
            continue
        headings, cells = [column.name for column in spec.columns], []
        if case is not None and name in case.tables:
            frame = case.raw(name)
            headings = [str(column) for column in frame.columns]
            cells = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
        sheet = book.create_sheet(name)
        fill_sheet(sheet, headings, cells)
        known = {column.name: column for column in spec.columns}
        for index, heading in enumerate(headings, start=1):
            if heading in known:  # a heading may be one's own
                _explain(sheet, index, known[heading])
    fill_sheet(book.create_sheet(HELP), _HELP_HEADINGS, _help())
    return save_book(book, path)


def new_book(path: Path, *, force: bool = False) -> Any:
    """Return an empty workbook for a path that may be written to.

    Parameters
    ----------
    path
        Where it will be saved.
    force
        Whether a file that is there may be replaced.
    """
    if path.suffix.lower() != ".xlsx":
        raise _refused(path, "a workbook ends in .xlsx", "name it so")
    if path.exists() and not (force and path.is_file()):
        raise _refused(path, "there is something of this name", "name another, or use force")
    try:
        from openpyxl import Workbook
    except ImportError:
        raise _refused(
            path,
            "workbooks need openpyxl, which is not installed",
            "pip install 'diversify-supply[tables]'",
        ) from None
    book = Workbook()
    book.remove(book.active)
    return book


def fill_sheet(sheet: Any, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write headings and rows to a sheet; no text in it can run as a formula.

    Parameters
    ----------
    sheet
        Of openpyxl.
    headings
        The first row.
    rows
        Cells; None stays empty.
    """
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    widths = [len(str(name)) for name in headings]
    for number, row in enumerate([headings, *rows], start=1):
        for index, value in enumerate(row, start=1):
            shown = cell_value(value)
            if shown is None:
                continue
            cell = sheet.cell(number, index)
            cell.value = shown
            if isinstance(shown, str):
                cell.data_type = "s"
                cell.number_format = "@"
            widths[index - 1] = max(widths[index - 1], min(len(str(shown)), WIDEST))
    for cell in sheet[1] if headings else ():
        cell.font = Font(bold=True)
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width + 2
    sheet.freeze_panes = "A2"


def cell_value(value: Any) -> str | float | int | None:
    r"""Return what a cell holds: numbers as numbers, text so that it is never a formula.

    Examples
    --------
    >>> cell_value("=1+1"), cell_value("\tx"), cell_value(2.5), cell_value(float("nan"))
    ("'=1+1", "'\tx", 2.5, None)
    >>> cell_value(float("inf")), cell_value(True)
    ('inf', 'yes')
    """
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if value is None or value != value:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value if abs(value) < float("inf") else ("inf" if value > 0 else "-inf")
    return escape(ILLEGAL_CHARACTERS_RE.sub("�", str(value)))


def save_book(book: Any, path: Path) -> Path:
    """Save a workbook, whole or not at all, and return its path."""
    path = path.absolute()
    with written_whole(path) as scratch:
        book.save(scratch)
    return path


def settings_of(rows: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """Return what ``case.toml`` would hold from the rows of the sheet of settings.

    A dot parts a table from its key; text that begins with a bracket is a value of TOML.

    Examples
    --------
    >>> settings_of([("name", "a"), ("scenarios.count", 5), ("buyer", '["EU27", "JPN"]')])
    {'name': 'a', 'scenarios': {'count': 5}, 'buyer': ['EU27', 'JPN']}
    """
    found: dict[str, Any] = {}
    for name, value in rows:
        *tables, key = str(name).strip().split(".")
        inner = found
        for part in tables:
            inner = inner.setdefault(part, {})
        inner[key] = given_value(value)
    return found


def given_value(value: Any) -> Any:
    """Return the value that a cell of settings or policies stands for."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text in ("yes", "no"):
        return text == "yes"
    if text[:1] in ("[", "{"):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text[1:] if text[:1] == "'" else text


def meaning(setting: str) -> str:
    """Return what a setting means, by its dotted name."""
    model: Any = Settings
    *tables, key = setting.split(".")
    for part in tables:
        field = model.model_fields.get(part)
        model = getattr(field, "annotation", None)
        if not hasattr(model, "model_fields"):
            return getattr(field, "description", None) or ""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    return fields[key].description or "" if key in fields else ""


def _settings(settings: Settings) -> dict[str, Any]:
    given = settings.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    given.pop("policy", None)
    flat: dict[str, Any] = {"schema": settings.schema_}
    for name, value in given.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": _plain(inner) for key, inner in value.items()}
        else:
            flat[name] = _plain(value)
    return flat


def _plain(value: Any) -> Any:
    """Return a value as a cell has it: lists and tables as text."""
    return json.dumps(value) if isinstance(value, list | tuple | dict) else value


_HELP_HEADINGS = ("table", "column", "needed", "type", "unit", "range", "default", "meaning")


def _help() -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for name, spec in TABLES.items():
        rows.append((name, None, spec.required, None, None, None, None, spec.meaning))
        rows += [
            (name, c.name, c.required, c.type, c.unit, c.range, c.default, c.meaning)
            for c in spec.columns
        ]
    return rows


def _explain(sheet: Any, index: int, column: Column) -> None:
    """Put unit, range and meaning on a heading, and offer the words of a choice."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    parts = [column.meaning, "needed" if column.required else "may be empty"]
    parts += [f"unit: {column.unit}"] if column.unit else []
    parts += [f"range: {column.range}"] if column.range else []
    parts += [f"if empty: {cell_value(column.default)}"] if column.default is not None else []
    sheet.cell(1, index).comment = Comment("\n".join(parts), "diversify", width=320, height=140)
    if column.required:
        sheet.cell(1, index).fill = PatternFill("solid", start_color="FFE8E8E8")
    words = ("yes", "no") if column.type == "flag" else column.choices
    listed = ",".join(words)
    if words and len(listed) <= LONGEST_LIST:
        rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
        letter = get_column_letter(index)
        rule.add(f"{letter}2:{letter}{VALIDATED}")
        sheet.add_data_validation(rule)


def _refused(path: Path, message: str, remedy: str) -> InputError:
    return InputError(
        [Finding.error(table="workbook", value=str(path), message=message, remedy=remedy)]
    )
