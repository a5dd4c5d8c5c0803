"""The battery's case with emissions and residues, and changes of cases in memory."""

from __future__ import annotations

from typing import Any

from diversify.case import Case
from diversify.testing import tiny_case

EMISSIONS = {"Mine C": 1.0, "Mine A": 0.5, "Ref C": 3.0, "Ref E": 1.0, "Loop": 0.25}
RESIDUES = {"Mine C": 0.1, "Mine A": 0.2, "Ref C": 0.5}


def emitting_case(**settings: Any) -> Case:
    """Return the tiny case with figures of common goods.

    Sites emit as ``EMISSIONS`` says, every lane 0.1 t CO2e/t and the one from Mine A 0.3; residues
    are those of ``RESIDUES``.
    """
    case = tiny_case(**settings)
    tables = {name: case.raw(name) for name in case.tables}
    sites, lanes = tables["sites"], tables["lanes"]
    sites["emissions"] = [EMISSIONS[site] for site in sites["site"]]
    sites["radioactive"] = [RESIDUES.get(site, 0.0) for site in sites["site"]]
    lanes["emissions"] = [0.3 if origin == "Mine A" else 0.1 for origin in lanes["origin"]]
    return Case.from_frames(case.settings, tables)
