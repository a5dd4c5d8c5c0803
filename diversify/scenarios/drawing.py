"""Draws by the method that a case asks for."""

from __future__ import annotations

from diversify.case import Case
from diversify.scenarios.batch import Scenarios
from diversify.scenarios.importance import importance
from diversify.scenarios.outages import outages
from diversify.scenarios.pointwise import antithetic, sobol

METHODS = {
    "monte_carlo": outages,
    "sobol": sobol,
    "antithetic": antithetic,
    "importance": importance,
}
"""What draws scenarios, by the name of the method in ``case.toml``."""


def drawn(case: Case, count: int, seed: int) -> Scenarios:
    """Return scenarios of the hazards of a case, drawn as its settings say.

    Parameters
    ----------
    case : Case
        A case with hazards.
    count : int
        Number of scenarios.
    seed : int
        The same seed gives the same scenarios.

    Returns
    -------
    Scenarios
        Of every method the law is the same; how evenly it is covered differs.
    """
    return METHODS[case.settings.scenarios.method](case, count, seed)
