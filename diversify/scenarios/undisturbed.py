"""The one scenario in which nothing happens."""

from __future__ import annotations

import numpy as np

from diversify.case import Case
from diversify.scenarios.batch import Scenarios


def undisturbed(case: Case) -> Scenarios:
    """Return the batch of one scenario without any disruption.

    Parameters
    ----------
    case : Case
        Any case.

    Returns
    -------
    Scenarios
        With probability 1; risk then equals the mean.
    """
    hazards = tuple(sorted(case.table("hazards")["hazard"]))
    values = np.ones((1, len(hazards), case.periods))
    return Scenarios(hazards, values, np.ones(1), ("undisturbed",), None, "listed")
