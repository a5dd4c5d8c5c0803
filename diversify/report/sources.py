"""Where the numbers of a case come from, how old they are, and how many are assumed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from diversify.case import Case

NOT_DATA = ("sources", "scenarios")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Sources and assumptions of a case.

    Attributes
    ----------
    tables : pandas.DataFrame
        Columns table, rows, verified, assumed, unsourced, years.
    sources : pandas.DataFrame
        Columns source, title, licence, reference, years, rows.
    notes : pandas.DataFrame
        Columns table, row, source, source_page, year, verified, note: one for each row of data.
    stamp : str
        What has to stand on every page.
    illustrative : bool
        Whether the stamp is a warning.
    """

    tables: pd.DataFrame
    sources: pd.DataFrame
    notes: pd.DataFrame
    stamp: str
    illustrative: bool


def provenance(case: Case) -> Provenance:
    """Return the sources and assumptions of a case, with their years.

    Parameters
    ----------
    case : Case
        Any case.
    """
    notes = pd.concat(
        [_notes(case, name) for name in case.tables if name not in NOT_DATA], ignore_index=True
    )
    known = notes["source"] != ""
    assumed = notes["source"] == "assumed"
    verified = notes["verified"] == "yes"
    marks = notes.assign(verified_=verified, assumed_=assumed, unsourced_=~known, count=1).groupby(
        "table", sort=False
    )
    tables = pd.DataFrame(
        {
            "rows": marks["count"].sum(),
            "verified": marks["verified_"].sum(),
            "assumed": marks["assumed_"].sum(),
            "unsourced": marks["unsourced_"].sum(),
            "years": marks["year"].agg(_span),
        }
    ).reset_index()
    used = notes[known].groupby("source", sort=False)["year"].agg([_span, "count"]).reset_index()
    used.columns = pd.Index(["source", "years", "rows"])
    sources = _titles(case).merge(used, on="source", how="right").fillna("")
    doubtful = int((~verified).sum())
    stamp = _stamp(len(notes), doubtful, int(known.sum()), notes[known & ~assumed])
    return Provenance(tables, sources, notes, stamp, doubtful > 0)


def _notes(case: Case, name: str) -> pd.DataFrame:
    raw = case.raw(name)
    columns = [c for c in raw.columns if c not in _ABOUT]
    keys = [c for c in columns if raw[c].map(lambda v: isinstance(v, str)).any()][:3]
    rows = raw[keys].astype(object).map(_text)
    found = pd.DataFrame(
        {"table": name, "row": [" · ".join(filter(None, r)) for r in rows.to_numpy()]}
    )
    for column in ("source", "source_page", "year", "verified", "note"):
        cells = raw[column].map(_text) if column in raw.columns else pd.Series([""] * len(raw))
        found[column] = cells.to_list()
    return found


_ABOUT = frozenset(
    {"source", "source_page", "year", "licence", "verified", "x_verified_columns", "note"}
)


def _text(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _span(years: pd.Series) -> str:
    known = sorted({y for y in years if y})
    if not known:
        return ""
    return known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"


def _titles(case: Case) -> pd.DataFrame:
    columns = ["source", "title", "licence", "reference"]
    raw = case.raw("sources") if "sources" in case.tables else pd.DataFrame(columns=["source"])
    found = pd.DataFrame(
        {c: raw[c].map(_text) if c in raw.columns else [""] * len(raw) for c in columns}
    )
    return found.astype(str)


def _stamp(rows: int, doubtful: int, sourced: int, read: pd.DataFrame) -> str:
    years = _span(read["year"])
    names = list(dict.fromkeys(read["source"]))
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    origin = f"Sources: {shown}" + (f", {years}." if years else ".") if names else ""
    if not sourced:
        return f"Illustrative: none of the {rows} rows of data names a source."
    if doubtful:
        text = f"Illustrative, not advice: {doubtful} of {rows} rows are assumed or unverified."
        return f"{text} {origin}".strip()
    return origin
