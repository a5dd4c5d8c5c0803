"""What the last master proves: its multipliers with every coefficient of every cut counted."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.errors import SolverError
from diversify.solver.answer import Answer
from diversify.solver.certificate import TOLERANCE, certify
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.solver.scaling import closest
from diversify.solver.search import Search

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bound:
    """A lower bound on the cost of every plan.

    Attributes
    ----------
    value : float
        With the offset [USD].
    wrong : float
        Dual residual of the multipliers, relative to the costs.
    multipliers : numpy.ndarray
        Of the rows of the master in its unit of money, cuts last.
    """

    value: float
    wrong: float
    multipliers: Vector


def proven(search: Search, linear: Problem, *, warm: bool) -> Bound:
    """Return what the cuts of a search prove, by weak duality in numpy.

    Parameters
    ----------
    search : Search
        At its end.
    linear : Problem
        Its master, without whole decisions or with these fixed.
    warm : bool
        Whether the search's own master is the same problem, and may say it first.

    Returns
    -------
    Bound
        The first that proves the cost of the master's own point, or else the best there is.

    Raises
    ------
    SolverError
        If no way to solve the master ends with multipliers.
    """
    found: list[Bound] = []
    status = "without an answer"
    for answer in _answers(search, linear, warm):
        status = answer.status
        if answer.point is None or answer.multipliers is None:
            continue
        bound, short = _counted(search, linear, answer.point, answer.multipliers)
        if max(bound.wrong, short) <= TOLERANCE:
            return bound
        found.append(bound)
    if not found:
        raise SolverError(f"the final master problem ended {status}")
    return min(found, key=lambda bound: (max(bound.wrong, TOLERANCE), -bound.value))


def _answers(search: Search, linear: Problem, warm: bool) -> Iterator[Answer]:
    """Solve the master from its basis, from nothing, and with all its coefficients."""
    if warm:
        # HiGHS 1.15.1 was seen to run on without end on such a master from a cold start.
        status, point, multipliers = search.master.resolve(linear.lower, linear.upper)
        if status == "optimal":
            yield Answer(status, point, multipliers, -np.inf)
    yield run(linear, solver="simplex")
    # Cuts made at a huge price have coefficients that are too small beside it for a solver, and
    # not for a proof. What cannot be scaled to be seen is refused, and the answers above remain.
    with contextlib.suppress(SolverError):
        exact = _exact(search, linear)
        scaling = closest(exact)
        answer = scaling.answer(run(scaling.problem(exact), solver="simplex"))
        if answer.multipliers is not None:
            multipliers = answer.multipliers.copy()
            multipliers[len(search.frame.rows) :] *= search.frame.money
            yield dataclasses.replace(answer, multipliers=multipliers)


def _exact(search: Search, linear: Problem) -> Problem:
    """Return the master with all coefficients, and with the bounds of the one that is solved."""
    return dataclasses.replace(
        search.frame.problem(search.pool.cuts, exact=True),
        lower=linear.lower,
        upper=linear.upper,
        integer=linear.integer,
    )


def _counted(
    search: Search, linear: Problem, point: Vector, multipliers: Vector
) -> tuple[Bound, float]:
    """Return what multipliers prove with all coefficients counted, and what it falls short by."""
    frame = search.frame
    priced = multipliers.copy()
    priced[len(frame.rows) :] /= frame.money
    proof, bound = certify(_exact(search, linear), point, priced)
    return Bound(bound * frame.money, proof.dual, multipliers), proof.gap
