"""Draws by the method that a case asks for."""

from __future__ import annotations

from diversify.case import Case
from diversify.scenarios.batch import Scenarios
from diversify.scenarios.hazards import read_hazards
from diversify.scenarios.importance import event_kinds, importance
from diversify.scenarios.outages import outages
from diversify.scenarios.pointwise import antithetic, sobol

# Draws for each kind of event, below which rare kinds take too many of them.
EACH = 2
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


def telling(case: Case, count: int, seed: int) -> Scenarios:
    """Return scenarios from which a plan learns most, few as they are.

    Rare events are drawn often and weigh little, by :func:`importance`, unless the case asks for
    another method, its hazards are joined by a copula, or there are too few scenarios for its kinds
    of events.

    Parameters
    ----------
    case, count, seed
        As in :func:`drawn`.

    Returns
    -------
    Scenarios
        The law is the same as that of :func:`drawn`.
    """
    plain = case.settings.scenarios.method == "monte_carlo" and case.table("correlations").empty
    if plain and count >= EACH * event_kinds(read_hazards(case)):
        return importance(case, count, seed)
    return drawn(case, count, seed)
