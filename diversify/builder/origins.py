"""From which mines each refining country is fed: world flows that agree with both outputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify import data
from diversify.builder.facts import Facts, trade_rows

NEARBY_KM = 500.0
"""Added to each distance, so that neighbours are not infinitely close."""
ROUNDS = 2000
SMALL = 1e-3
"""Weight of nearness beside recorded trade in ore."""


def ore_flows(facts: Facts, year: int) -> tuple[list[str], list[str], NDArray[np.float64]]:
    r"""Return mining countries, refining countries, and the ore that goes from one to the other.

    Each country refines its own ore first. What is left is shared out by recorded trade in ore
    where there is any, else by nearness :math:`1/(d + 500)`, and scaled until rows add up
    to what is mined and columns to what is refined:

    .. math:: X_{mr} = u_m\,A_{mr}\,v_r

    Parameters
    ----------
    facts : Facts
        A material with both stages.
    year : int
        Of the trade.

    Returns
    -------
    mines, refineries : list of str
        ISO3 codes.
    flows : numpy.ndarray
        Tonnes of ore a year; columns sum to the share of each refiner in all that is mined.

    Notes
    -----
    Iterative proportional fitting: Deming and Stephan (1940); in trade and input-output tables
    the RAS method, Stone (1961).
    """
    if facts.mine is None or facts.refine is None:
        raise ValueError("a material with mining and refining is needed")
    mines, refineries = sorted(facts.mine.tonnes), sorted(facts.refine.tonnes)
    mined = np.array([facts.mine.tonnes[c] for c in mines])
    refined = np.array([facts.refine.tonnes[c] for c in refineries])
    refined = refined * (mined.sum() / refined.sum())
    flows = np.zeros((len(mines), len(refineries)))
    for row, country in enumerate(mines):
        if country in refineries:
            column = refineries.index(country)
            flows[row, column] = min(mined[row], refined[column])
    rest = balanced(
        _prior(facts, mines, refineries, year),
        mined - flows.sum(axis=1),
        refined - flows.sum(axis=0),
    )
    return mines, refineries, flows + rest


def balanced(
    prior: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the matrix nearest to ``prior``, in relative entropy, with these sums.

    Parameters
    ----------
    prior : numpy.ndarray
        Above 0 wherever something may flow.
    rows, columns : numpy.ndarray
        Wanted sums, 0 or more, with one total.

    Examples
    --------
    >>> balanced(np.ones((2, 2)), np.array([1.0, 3.0]), np.array([2.0, 2.0])).tolist()
    [[0.5, 0.5], [1.5, 1.5]]
    """
    found = np.array(prior, dtype=float)
    for _ in range(ROUNDS):
        found *= _ratio(rows, found.sum(axis=1))[:, None]
        found *= _ratio(columns, found.sum(axis=0))[None, :]
        if np.allclose(found.sum(axis=1), rows, rtol=1e-9, atol=1e-9 * max(rows.sum(), 1.0)):
            break
    return found


def _ratio(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(wanted, found, out=np.zeros_like(found), where=found > 0)


def _prior(facts: Facts, mines: list[str], refineries: list[str], year: int) -> NDArray[np.float64]:
    near = np.array([[1.0 / (data.distance(m, r) + NEARBY_KM) for r in refineries] for m in mines])
    near /= near.sum()
    codes = facts.codes["mine"]
    if not codes:
        return near
    rows = trade_rows("trade", codes, year)
    known = rows.groupby(["exporter", "importer"])["value_kusd"].sum().to_dict()
    traded = np.array([[float(known.get((m, r), 0.0)) for r in refineries] for m in mines])
    return SMALL * near + traded / traded.sum() if traded.sum() > 0 else near
