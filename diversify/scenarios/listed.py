"""Scenarios that the user lists in a table."""

from __future__ import annotations

import numpy as np

from diversify.case import Case
from diversify.scenarios.batch import Scenarios
from diversify.scenarios.hazards import announced


def listed(case: Case) -> Scenarios:
    """Return the scenarios of the case's table, in the order of their labels.

    Parameters
    ----------
    case : Case
        A case with a table ``scenarios``.

    Returns
    -------
    Scenarios
        What the table does not list is undisturbed; reading has refused a table that leaves
        anything out without saying so.
    """
    table = case.table("scenarios")
    hazards = tuple(sorted(case.table("hazards")["hazard"]))
    labels = tuple(sorted(set(table["scenario"])))
    place = {label: i for i, label in enumerate(labels)}
    column = {hazard: i for i, hazard in enumerate(hazards)}
    values = np.ones((len(labels), len(hazards), case.periods))
    probability = np.zeros(len(labels))
    for label, mass, hazard, period, value in zip(
        *(
            table[name].tolist()
            for name in ("scenario", "probability", "hazard", "period", "value")
        ),
        strict=True,
    ):
        values[place[label], column[hazard], int(period) - 1] = value
        probability[place[label]] = mass
    return Scenarios(hazards, values, probability, labels, announced=announced(case))
